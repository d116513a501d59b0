"""Which whole weeks stand for a period, where a metric goes by weeks."""

from __future__ import annotations

from datetime import date, timedelta

from dash_app import formats
from dash_app.visit import Visit
from netflix_pipeline.serving import Period

WEEK = timedelta(days=7)
FEWEST, MOST = 12, 52
"""Weeks that are shown: fewer than these do not tell who comes back, more nobody reads."""
LATEST = f"The last {MOST} weeks of the period are shown."
EARLIER = f"At least {FEWEST} weeks are shown, with those before the period."


def shown(visit: Visit) -> Period:
    """The days whose weeks are shown: those of the visit's period, within FEWEST and MOST."""
    period = visit.period
    monday = period.to - timedelta(days=period.to.weekday())
    first = min(period.from_, _before(monday, FEWEST - 1))
    return Period(from_=max(first, _before(monday, MOST - 1)), to=period.to)


def said(visit: Visit) -> str | None:
    """Where other weeks are shown than those of the period, that it is so."""
    first = shown(visit).from_
    if first == visit.period.from_:
        return None
    return EARLIER if first < visit.period.from_ else LATEST


def whole(monday: date) -> Period:
    """All days of a week."""
    return Period(from_=monday, to=monday + WEEK - timedelta(days=1))


def named(monday: date) -> str:
    """A week as people read it: by its first day."""
    return formats.day(monday)


def _before(day: date, weeks: int) -> date:
    """The day so many weeks earlier, or the first that there is."""
    return date.fromordinal(max(1, day.toordinal() - 7 * weeks))
