"""What a sitting is, for all who chain plays to one."""

from datetime import timedelta

SITTING_GAP = timedelta(minutes=30)
"""The longest pause between two plays of one sitting."""
BINGE_EPISODES = 3
"""Starters of different episodes of one series from which a sitting is a binge."""
