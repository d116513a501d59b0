"""What a sitting is, and from which value on a play is a starter, watcher or completer.

Beside them, how many people must be behind a text that one of them typed before others see it.

A threshold holds from its exact value on. Durations and runtimes come in decimals, shares in 32
bits or as quotients, so that a computer may hold the exact value as a little less: values that are
less by at most one in a million count as it.
"""

from datetime import timedelta

TOLERANCE = 1e-6


def least(threshold: float) -> float:
    """The smallest value that counts as the threshold."""
    return threshold * (1 - TOLERANCE)


STARTER_SECONDS = least(120)
WATCHER_REACHED = least(0.7)
COMPLETER_REACHED = least(0.9)

STEPS = 20
"""Into how many equal steps the length of a title is divided."""
STEPS_REACHED = STEPS / (1 - TOLERANCE)
"""By what a reached share is multiplied: the whole steps in the product were reached."""


SITTING_GAP = timedelta(minutes=30)
"""The longest pause between two plays of one sitting."""
BINGE_EPISODES = 3
"""Starters of different episodes of one series from which a sitting is a binge."""
FUNNEL_USERS = 50
"""Users of an episode from which the step to the next one may be called the best or the worst.

The share that goes on is then uncertain by at most 7 points (one standard error, √(0.25 ÷ 50));
of fewer, the largest and the smallest of many steps are mostly chance.
"""

LEAST_PEOPLE = 10
"""People who must have searched for a term, in the period and under the filters that are asked for,
before it is shown."""
