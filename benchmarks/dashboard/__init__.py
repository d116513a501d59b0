"""`make bench-dashboard`: how long people wait for the dashboard, in a real browser."""
