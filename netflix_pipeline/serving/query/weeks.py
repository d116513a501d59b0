"""Which whole weeks a question is about."""

from datetime import date, timedelta

from netflix_pipeline.serving.answer import Period
from netflix_pipeline.serving.query.periods import resolve
from netflix_pipeline.serving.snapshot.open import Snapshot

WEEK = timedelta(days=7)
DEFAULT_WEEKS = 12


def monday(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def sunday(day: date) -> date:
    """The Sunday of a day's week, or the last day that there is."""
    return date.fromordinal(min(day.toordinal() + 6 - day.weekday(), date.max.toordinal()))


def weeks(snapshot: Snapshot, period: Period | None) -> Period:
    """The whole weeks that a period touches.

    Without one, the 12 weeks that end with that of the last day with data. Raises BadPeriod.
    """
    if period is None:
        last = resolve(snapshot, None).to
        return Period(from_=monday(last) - (DEFAULT_WEEKS - 1) * WEEK, to=sunday(last))
    period = resolve(snapshot, period)
    return Period(from_=monday(period.from_), to=sunday(period.to))


def last_full_week(snapshot: Snapshot) -> date:
    """The Monday of the last week that has ended by the last day with data."""
    return monday(resolve(snapshot, None).to + timedelta(days=1)) - WEEK
