"""What Dagster and Celery add: to a backfill, to a night, to what is kept of runs."""
