"""The filters that have a list in the bar, and the values to choose from in each."""

from dash_app import formats
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


def values_of(visit: Visit, name: str) -> list[tuple[str, str, int]]:
    """The values to choose from: each, what it is called, and how many plays ever have it."""
    known = plays_of(visit.source.current())[name]
    chosen = visit.filters.narrowing.given.get(name)
    given = chosen.values if chosen else ()
    plays = dict.fromkeys(given, 0) | known
    told = [(value, formats.dimension(name, value), count) for value, count in plays.items()]
    if name == WEEKDAY:
        first = FIRST_DAYS[visit.week_start]
        return sorted(told, key=lambda each: (int(each[0]) - first) % 7)
    if name == COHORT:
        newest = sorted(told, reverse=True)
        return newest[:MOST_WEEKS] + [each for each in newest[MOST_WEEKS:] if each[0] in given]
    return sorted(told, key=lambda each: formats.natural(each[1]))
