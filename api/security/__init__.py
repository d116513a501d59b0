"""Who may ask for what, and how much: layers around the application."""
