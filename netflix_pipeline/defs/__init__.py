"""Dagster: the assets, their checks, the schedule and the sensor, and runs of them."""
