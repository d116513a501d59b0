"""The filters that have a list in the bar, and the values to choose from in each."""

from functools import lru_cache

from babel import Locale

from dash_app import formats, labels, locales
from dash_app.filters import NARROWINGS
from dash_app.page_request import Visit
from netflix_pipeline.contracts.dimensions import BEGINNINGS, COHORT, LEVELS, WEEKDAY
from netflix_pipeline.serving.query.periods import FIRST_DAYS
from netflix_pipeline.serving.query.rollups import plays_of

LISTED = tuple(name for name in NARROWINGS if name not in {*LEVELS, *BEGINNINGS})
"""The narrowings that have a list.

Titles are too many, and chosen by their name elsewhere; what people began with by bars of Audience.
"""
MOST_WEEKS = 52
"""Cohorts that are listed, the newest ones, and those that are chosen."""
KEPT = 512
"""Lists that are kept: one a filter, of the newest snapshots and in their readers' locales."""

Values = tuple[tuple[str, str, str], ...]
"""Each value, what it is called, and its plays as people read them."""


def values_of(visit: Visit, name: str) -> Values:
    """The values to choose from: each, what it is called, and how many plays ever have it."""
    chosen = visit.filters.narrowing.given.get(name)
    return _values(
        name,
        tuple(plays_of(visit.source.current())[name].items()),
        chosen.values if chosen else (),
        FIRST_DAYS[visit.week_start],
        locales.current(),
        tuple(labels.current().values.get(name, {}).items()),
    )


@lru_cache(KEPT)
def _values(
    name: str,
    known: tuple[tuple[str, int], ...],
    given: tuple[str, ...],
    week_start: int,
    locale: Locale,
    called: tuple[tuple[str, str], ...],
) -> Values:
    """The same by all that it depends on, also by the `locale` and by what values are `called`."""
    del locale, called  # which `formats` asks for itself
    plays = dict.fromkeys(given, 0) | dict(known)
    told = [
        (value, formats.dimension(name, value), formats.short(count))
        for value, count in plays.items()
    ]
    if name == WEEKDAY:
        return tuple(sorted(told, key=lambda each: (int(each[0]) - week_start) % 7))
    if name == COHORT:
        newest = sorted(told, reverse=True)
        newest = newest[:MOST_WEEKS] + [one for one in newest[MOST_WEEKS:] if one[0] in given]
        return tuple(newest)
    return tuple(sorted(told, key=lambda each: formats.natural(each[1])))
