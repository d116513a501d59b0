"""The services that people open: API, dashboard and Dagster, each a process of its own.

Nothing is imported here: a web server's own process needs little of it (`web_server`).
"""
