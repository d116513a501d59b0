"""The numbers of a period, under filters, by the definitions: over lists of plays and sittings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from netflix_pipeline_tests.reference import daily
from netflix_pipeline_tests.reference.narrowing import (
    FILTERS,
    Given,
    Values,
    filters_of,
    narrowed,
)
from netflix_pipeline_tests.reference.rows import Item, Row, grouped, total

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from netflix_pipeline_tests.reference.plays import Play
    from netflix_pipeline_tests.reference.published import Published
    from netflix_pipeline_tests.reference.sittings import Sitting

OF_SITTINGS = ("sittings", "avg_sitting_minutes", "binge_rate")
OF_AUDIENCE = ("dau", "wau", "mau", "stickiness", "peak_concurrent")
TAKEN = {
    **dict.fromkeys(OF_SITTINGS, ("country", "device", "plan")),
    **dict.fromkeys(OF_AUDIENCE, ()),
}
"""The filters that a metric can take, where these are not all."""

Numbers = dict[str, float | None]


@dataclass(frozen=True)
class Days:
    """Days, both included."""

    first: date
    last: date

    def earlier(self, days: int) -> Days:
        """The same, that many days earlier."""
        shift = timedelta(days=days)
        return Days(self.first - shift, self.last - shift)

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


def takes(metric: str, filters: Given) -> bool:
    """Whether a metric can be had under filters."""
    return filters_of(filters) <= set(TAKEN.get(metric, FILTERS))


def numbers(known: Published, days: Days, filters: Given) -> Numbers:
    """Every metric of a period that can take the filters; worked out once."""
    told = (
        (name, values if isinstance(values, str) else tuple(values))
        for name, values in filters.items()
    )
    return _numbers(known, days, tuple(told))


@cache
def _numbers(known: Published, days: Days, told: tuple[tuple[str, Values], ...]) -> Numbers:
    filters = dict(told)
    plays, sittings = _by_day(known, told)
    found = of_plays(_within(days, plays), known.titles)
    if takes("sittings", filters):
        found |= of_sittings(_within(days, sittings))
    if not filters:
        found |= of_audience(known.plays, days)
    return found


@cache
def _by_day(
    known: Published, told: tuple[tuple[str, Values], ...]
) -> tuple[dict[date, list[Play]], dict[date, list[Sitting]]]:
    """The plays that filters leave, by day, and the sittings, where they can take the filters."""
    filters = dict(told)
    sittings = narrowed(known.sittings, filters) if takes("sittings", filters) else []
    return (
        grouped(narrowed(known.plays, filters), lambda play: play.day),
        grouped(sittings, lambda sitting: sitting.day),
    )


def _within(days: Days, by_day: Mapping[date, list[Item]]) -> list[Item]:
    return [one for day, of_day in by_day.items() if day in days for one in of_day]


def of_plays(plays: list[Play], titles: dict[str, Row]) -> Numbers:
    """The measures of plays."""
    told: Numbers = daily.measures(plays)
    return told | {
        "hours_viewed": total(play.watch_seconds for play in plays) / 3600,
        "views": daily.views(plays, titles),
        "hours_without_runtime": daily.seconds_without_runtime(plays, titles) / 3600,
        "viewers": len(daily.viewers(plays)),
        "completion_rate": daily.completion_rate(plays),
    }


def of_sittings(sittings: list[Sitting]) -> Numbers:
    """The measures of sittings."""
    minutes = total(sitting.watch_seconds for sitting in sittings) / 60
    binges = sum(sitting.binge for sitting in sittings)
    return {
        "sittings": len(sittings),
        "avg_sitting_minutes": _share(minutes, len(sittings)),
        "binge_rate": _share(binges, len(sittings)),
    }


def counted_of(known: Published, metric: str) -> tuple[list[Any], Callable[[list[Any]], Numbers]]:
    """What a metric is counted of, plays or sittings; and the numbers of some of them."""
    if metric in OF_SITTINGS:
        return known.sittings, of_sittings
    return known.plays, partial(of_plays, titles=known.titles)


def of_audience(plays: list[Play], days: Days) -> Numbers:
    """The audience of the last day, and the most plays at once of any day, from all plays."""
    last = daily.audience(plays, days.last)
    running: dict[date, dict[object, int]] = {}
    for play in plays:
        for minute in play.minutes if daily.runs_within(play, days.first, days.last) else ():
            if minute.date() in days:
                of_day = running.setdefault(minute.date(), {})
                of_day[minute] = of_day.get(minute, 0) + 1
    peaks = [max(of_day.values()) for of_day in running.values()]
    return last | {
        "stickiness": _share(last["dau"], last["mau"]),
        "peak_concurrent": max(peaks, default=0),
    }


def _share(part: float | None, whole: float | None) -> float | None:
    return (part or 0) / whole if whole else None
