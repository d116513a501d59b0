"""Which days a question is about."""

from __future__ import annotations

from datetime import date, timedelta

from netflix_pipeline.serving.answers import Period
from netflix_pipeline.serving.errors import BadPeriod
from netflix_pipeline.serving.snapshots import Snapshot

DEFAULT_DAYS = 28
MOST_DAYS = 3660
"""The longest period that is answered: ten years."""


def resolve(snapshot: Snapshot, period: Period | None, last: date | None = None) -> Period:
    """The period asked for; without one, the 28 days that end with `last`.

    `last` is the last day with data where it is left out; without any data it is the day on which
    the snapshot was built. Raises BadPeriod.
    """
    if period is None:
        last = last or snapshot.info.data_to or snapshot.info.built_at.date()
        return Period(from_=last - timedelta(days=DEFAULT_DAYS - 1), to=last)
    if period.to < period.from_:
        raise BadPeriod(
            f"the period ends on {period.to}, before it begins on {period.from_}: swap the two."
        )
    if period.days > MOST_DAYS:
        raise BadPeriod(
            f"the period has {period.days} days, and at most {MOST_DAYS} are answered at once: "
            "ask for a shorter one."
        )
    return period
