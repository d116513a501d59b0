"""One series: its seasons and episodes, how many go on from one to the next, and how far."""

from collections.abc import Callable, Mapping
from functools import partial

from dash_app.markup import Html, fragment
from dash_app.page_request import SERIES, DashboardPage, Visit
from dash_app.pages import title
from dash_app.panels.episodes import episodes, funnel, furthest, next_episode, seasons
from dash_app.panels.panel import Panel, all_drawn

PANELS: Mapping[str, Callable[[Visit], Panel]] = {
    "funnel": funnel,
    "furthest": furthest,
    "next-episode": next_episode,
    "seasons": seasons,
    "episodes": episodes,
    **{name: partial(title.panel, name=name) for name in title.PANELS},
}


def series(visit: Visit) -> Html:
    """The page's content."""
    panels = all_drawn(visit, PANELS, "of-series")
    similar = all_drawn(visit, title.OF_PEOPLE, "of-launch")
    return fragment(title.above(visit), panels, title.launched(visit), similar)


PAGE = DashboardPage(
    SERIES,
    "Series",
    series,
    takes=title.TAKES,
    own=title.PAGE.own,
    in_menu=False,
    named=title.called,
    launch=title.launch,
    panels={**PANELS, **title.OF_LAUNCH, **title.OF_PEOPLE},
)
