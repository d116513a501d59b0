// Starts Dash's renderer. Its own inline script would need an exception in the security policy.
window.renderer = new DashRenderer();
