"""How are we doing: the headline numbers of a period, its days, its most watched titles."""

from __future__ import annotations

from dash_app.markup import Html, element, fragment
from dash_app.panels.cards import SHOWN, cards
from dash_app.panels.ranking import ranking
from dash_app.panels.trend import trend
from dash_app.visit import Page, Visit

TITLES = 10


def overview(visit: Visit) -> Html:
    """The page's content."""
    queries, period, earlier, by = visit.queries, visit.period, visit.earlier, visit.filters.by
    trends = {name: queries.daily(period, name).data for name in SHOWN}
    return fragment(
        cards(
            queries.headline(period),
            queries.headline(earlier) if earlier else None,
            trends,
        ),
        element(
            "div",
            trend(
                queries.daily(period, by),
                queries.daily(earlier, by) if earlier else None,
            ),
            ranking(queries.top_titles(period, TITLES, by), by),
            class_="columns",
        ),
    )


PAGE = Page("/", "Overview", overview, takes=frozenset({"period", "by", "compare"}))
