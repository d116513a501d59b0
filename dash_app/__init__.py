"""The dashboard: a Dash app over the published snapshot."""
