"""Preset periods: days that move on with the data, each under the name that addresses have for it.

They are relative to the last day with data. What is said to be over, such as yesterday and last
week, is the last one that has ended within the data: a day of which more may come is no yesterday.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from netflix_pipeline.serving.answer import Period, SnapshotInfo
from netflix_pipeline.serving.query.periods import (
    A_DAY,
    MOST_DAYS,
    Compare,
    WeekStart,
    begin_of,
)


@dataclass(frozen=True)
class Known:
    """What presets are relative to.

    `data` are the days with data, `over` is the last of them that is over, `launch` the day of the
    launch of what is asked about, as far as the data go. Weeks begin with `week_start`.
    """

    data: Period
    over: date
    launch: date
    week_start: WeekStart


@dataclass(frozen=True)
class Preset:
    """A period that moves on with the data.

    It is `label` in a menu and `phrase` within a sentence. `previous` is how it is compared with
    the period before it: with the one of its own kind; None where there is none before it.
    """

    label: str
    phrase: str
    days: Callable[[Known], Period]
    previous: Compare | None = "previous"
    of_launch: bool = False

    def period(
        self, info: SnapshotInfo, week_start: WeekStart = "monday", launch: date | None = None
    ) -> Period:
        """Its days, given the data that there are; `launch` is the day on which something came.

        Where that is not known, it is the first day with data.
        """
        data = info.days
        assert data is not None
        # Of data that are older than can be answered at once, the newest.
        earliest = max(data.from_, data.to - timedelta(days=MOST_DAYS - 1))
        began = min(max(launch or earliest, earliest), data.to)
        known = Known(Period(from_=earliest, to=data.to), info.over or data.to, began, week_start)
        return self.days(known)


def _last(days: int) -> Callable[[Known], Period]:
    """The last days with data."""
    back = timedelta(days=days - 1)
    return lambda known: Period(from_=known.data.to - back, to=known.data.to)


def _whole(unit: str) -> Callable[[Known], Period]:
    """The last day, week or month that is over."""

    def days(known: Known) -> Period:
        last = begin_of(known.over + A_DAY, unit, known.week_start) - A_DAY
        return Period(from_=begin_of(last, unit, known.week_start), to=last)

    return days


def _to_date(unit: str) -> Callable[[Known], Period]:
    """What there is of the month, quarter or year of the last day with data."""
    return lambda known: Period(from_=begin_of(known.data.to, unit), to=known.data.to)


PRESETS = {
    "yesterday": Preset("Yesterday", "yesterday", _whole("day")),
    "7d": Preset("7 days", "the last 7 days", _last(7)),
    "28d": Preset("28 days", "the last 28 days", _last(28)),
    "90d": Preset("90 days", "the last 90 days", _last(90)),
    "last_week": Preset("Last week", "last week", _whole("week")),
    "last_month": Preset("Last month", "last month", _whole("month"), "previous_month"),
    "month_to_date": Preset(
        "Month to date", "this month to date", _to_date("month"), "previous_month"
    ),
    "quarter_to_date": Preset(
        "Quarter to date", "this quarter to date", _to_date("quarter"), "previous_quarter"
    ),
    "year_to_date": Preset("Year to date", "this year to date", _to_date("year"), "previous_year"),
    "all": Preset("All", "all days", lambda known: known.data),
    "since_launch": Preset(
        "Since launch",
        "since the launch",
        lambda known: Period(from_=known.launch, to=known.data.to),
        None,
        of_launch=True,
    ),
}
"""Every preset by its name, in the order of menus."""
