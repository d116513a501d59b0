"""Dagster's webserver behind a door of ours, in one process: there is no way around it.

Dagster's own asks nobody who they are, and does what any site's page tells a browser to ask it for.
"""
