"""What was not as expected: found, and told apart from data that are missing."""
