"""What a view is about, and its address: the query of the URL says all of it.

`?period=7d|28d|90d|all`, or `?from=YYYY-MM-DD&to=YYYY-MM-DD`; `&by=` the measure that the chart
shows and titles are ranked by. What is left out is the default: 28 days, hours viewed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from urllib.parse import parse_qsl, urlencode

from netflix_pipeline.errors import BadInput
from netflix_pipeline.serving import Period, SnapshotInfo

PRESETS: dict[str, tuple[int | None, str]] = {
    "7d": (7, "7 days"),
    "28d": (28, "28 days"),
    "90d": (90, "90 days"),
    "all": (None, "All"),
}
"""Periods that end with the last day with data: their days (None: all there are), and a label."""
DEFAULT_PERIOD = "28d"

MEASURES = {
    "hours_viewed": "Hours",
    "views": "Views",
    "viewers": "Viewers",
    "plays": "Plays",
}
DEFAULT_MEASURE = "hours_viewed"


class BadAddress(BadInput):
    """The query of an address says what cannot be shown."""


@dataclass(frozen=True)
class Filters:
    """A view's state: a preset, or the two ends of a period; and the measure."""

    preset: str | None = DEFAULT_PERIOD
    custom: Period | None = None
    by: str = DEFAULT_MEASURE

    @classmethod
    def parse(cls, query: str) -> Filters:
        """What a URL's query says. Raises BadAddress for whatever it does not know.

        A filter that is not understood would otherwise give a silently unfiltered number.
        """
        pairs = parse_qsl(query.removeprefix("?"))
        told = dict(pairs)
        unknown = sorted(set(told) - {"period", "from", "to", "by"})
        if unknown:
            raise BadAddress(f"{', '.join(unknown)} cannot be chosen here: remove it.")
        if len(told) < len(pairs):
            raise BadAddress("something is chosen twice in this address: keep one of each.")
        by = told.get("by", DEFAULT_MEASURE)
        if by not in MEASURES:
            raise BadAddress(f"there is no measure {by!r}: choose one of {', '.join(MEASURES)}.")
        if "from" in told or "to" in told:
            if "period" in told or not {"from", "to"} <= set(told):
                raise BadAddress("give both ends of a period, `from` and `to`, or a `period`.")
            first, last = _day("from", told["from"]), _day("to", told["to"])
            return cls(None, Period(from_=first, to=last), by)
        preset = told.get("period", DEFAULT_PERIOD)
        if preset not in PRESETS:
            raise BadAddress(f"there is no period {preset!r}: choose one of {', '.join(PRESETS)}.")
        return cls(preset, None, by)

    def query(self) -> str:
        """The query that `parse` reads back, defaults left out; empty or with its `?`."""
        told: dict[str, str] = {}
        if self.custom is not None:
            told |= {"from": self.custom.from_.isoformat(), "to": self.custom.to.isoformat()}
        elif self.preset and self.preset != DEFAULT_PERIOD:
            told["period"] = self.preset
        if self.by != DEFAULT_MEASURE:
            told["by"] = self.by
        return f"?{urlencode(told)}" if told else ""

    def over(self, preset: str) -> Filters:
        """The same view of another preset period."""
        return replace(self, preset=preset, custom=None)

    def measured(self, by: str) -> Filters:
        """The same view by another measure."""
        return replace(self, by=by)

    def period(self, info: SnapshotInfo) -> Period:
        """The days that it is about, given the data there is."""
        if self.custom is not None:
            return self.custom
        assert info.data_from is not None
        assert info.data_to is not None
        length, _ = PRESETS[self.preset or DEFAULT_PERIOD]
        first = info.data_to - timedelta(days=length - 1) if length else info.data_from
        return Period(from_=first, to=info.data_to)


def before(period: Period, info: SnapshotInfo) -> Period | None:
    """The period of the same length just before; None where the data do not cover it."""
    if period.days > (period.from_ - date.min).days:
        return None
    length = timedelta(days=period.days)
    previous = Period(from_=period.from_ - length, to=period.to - length)
    if info.data_from is None or previous.from_ < info.data_from:
        return None
    return previous


def _day(name: str, value: str) -> date:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise BadAddress(f"the day {value!r} (`{name}`) is not written as YYYY-MM-DD.")
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise BadAddress(f"there is no day {value!r} (`{name}`) in the calendar.") from error
