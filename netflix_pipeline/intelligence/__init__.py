"""Models that learn from gold and silver: pure functions over frames, and what evaluates them.

Every fit and every evaluation uses only rows that were known at its moment.
"""
