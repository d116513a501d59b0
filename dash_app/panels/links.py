"""Where a number leads: to the plays that it is made of, to the page of a title."""

import re
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from dash_app.filters import DEFAULT_PERIOD
from dash_app.page_request import Visit
from netflix_pipeline.addresses import filled
from netflix_pipeline.serving import Period

ROWS = "/rows"
TITLE = "/titles/{title_id}"
"""Paths of the pages; in braces as their PAGE has them."""
OF = {
    "starters": "starters",
    "viewers": "starters",
    "completion_rate": "starters",
    "watchers": "watchers",
    "completers": "completers",
    "plays_without_duration": "plays_without_duration",
}
"""Which plays a measure rests on, where not on all."""
SEASON = re.compile(r":S[0-9]+$")
"""What an entry's id has after its series'."""
NOTHING: Mapping[str, str] = MappingProxyType({})


def behind(
    visit: Visit,
    period: Period | None = None,
    *,
    metric: str | None = None,
    narrowed: Mapping[str, str] = NOTHING,
    at: tuple[int, int] | None = None,
) -> str:
    """The address of the plays behind a number of this visit.

    Those of `period`, or of the whole visit; `narrowed` further, by filter; `at` a weekday, of
    which 1 is Monday, and an hour.
    """
    filters = visit.filters.carried()
    filters = replace(filters, narrowing=visit.narrowing)
    for name, value in narrowed.items():
        filters = filters.narrowed(name, value)
    if period is not None:
        filters = replace(filters, preset=None, custom=period)
    weekday, hour = map(str, at) if at else (None, None)
    of = OF.get(metric or visit.filters.by)
    return ROWS + filters.with_own(of=of, weekday=weekday, hour=hour).query()


def entry_page(visit: Visit, entry_id: str) -> str:
    """The address of the page of an entry of the Top 10: of a season it is that of its series."""
    return title_page(visit, SEASON.sub("", entry_id))


def title_page(visit: Visit, title_id: str) -> str:
    """The address of a title's page, under the filters and in the period of this visit."""
    path = filled(TITLE, title_id=title_id)
    filters = visit.filters.narrowed("title", None)
    return visit.link(replace(filters, usual=DEFAULT_PERIOD), path=path)
