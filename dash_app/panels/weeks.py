"""Which whole weeks stand for a period, where a metric goes by weeks."""

from collections.abc import Sequence
from datetime import date, timedelta

from dash_app import formats
from dash_app.page_request import Visit
from netflix_pipeline.serving import Period

WEEK = timedelta(days=7)
FEWEST, MOST = 12, 52
"""Weeks that are shown: fewer than these do not tell who comes back, more nobody reads."""


def shown(visit: Visit) -> Period:
    """The days whose weeks are shown: those of the visit's period, within FEWEST and MOST."""
    period = visit.period
    monday = _monday(period.to)
    first = min(period.from_, _before(monday, FEWEST - 1))
    return Period(from_=max(first, _before(monday, MOST - 1)), to=period.to)


def weeks_shown(visit: Visit, mondays: Sequence[date]) -> str | None:
    """Where the weeks that are shown are not those of the period, that it is so."""
    period = visit.period
    if mondays and mondays[0] < _monday(period.from_):
        return f"Shown: {formats.counted(len(mondays), 'week')}, also those before the period."
    limit = _monday(shown(visit).from_)
    if _monday(max(period.from_, visit.info.data_from or period.from_)) < limit:
        return f"Shown: the last {MOST} weeks of the period."
    return None


def whole(monday: date) -> Period:
    """All days of a week."""
    return Period(from_=monday, to=monday + WEEK - timedelta(days=1))


def named(monday: date) -> str:
    """A week as people read it: by its first day."""
    return formats.day(monday)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _before(day: date, weeks: int) -> date:
    """The day so many weeks earlier, or the first that there is."""
    return date.fromordinal(max(1, day.toordinal() - 7 * weeks))
