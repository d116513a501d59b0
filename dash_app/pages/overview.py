"""How are we doing: the headline numbers of a period, its days, its most watched titles."""

from __future__ import annotations

from dash_app.filters import Filters, before
from dash_app.markup import Html, element, fragment
from dash_app.panels.cards import SHOWN, cards
from dash_app.panels.picker import picker
from dash_app.panels.ranking import ranking
from dash_app.panels.trend import trend
from netflix_pipeline.serving import Queries

PATH = "/"
HEADING = "Overview"
TITLES = 10


def overview(queries: Queries, filters: Filters) -> Html:
    """The page's content; all its questions should go to one snapshot."""
    info = queries.info()
    period = filters.period(info)
    previous = before(period, info)
    now = queries.headline(period)
    was = queries.headline(previous) if previous else None
    trends = {name: queries.daily(period, name).data for name in SHOWN}
    return fragment(
        picker(PATH, filters, period, previous, info),
        cards(now, was, trends),
        element(
            "div",
            trend(
                queries.daily(period, filters.by),
                queries.daily(previous, filters.by) if previous else None,
            ),
            ranking(queries.top_titles(period, TITLES, filters.by), filters.by),
            class_="columns",
        ),
    )
