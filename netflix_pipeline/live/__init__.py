"""What is happening now: kept in memory, from the events of the last hour."""
