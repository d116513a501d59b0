"""What will be watched, who is leaving, what next: models over what the lake holds.

A model is a pure function over rows that were known at a moment. What it says on a day becomes a
partition of its tables by origin (`origins`), which is written once.
"""
