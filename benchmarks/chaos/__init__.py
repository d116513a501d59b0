"""kill -9 of every process that `netflix-pipeline serve` starts, one at a time, under load."""
