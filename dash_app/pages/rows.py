"""What is behind a number: the plays that it is made of, under the same filters."""

from collections.abc import Callable, Collection

from dash_app.filters import NARROWINGS
from dash_app.markup import Html, element
from dash_app.page_request import ROWS, DashboardPage, Days, Visit
from dash_app.panels.interactions import InteractionPanel
from dash_app.panels.panel import Panel, drawn
from dash_app.panels.plays import SHOWN, plays


def rows_page(
    path: str,
    heading: str,
    panel: tuple[str, Callable[..., Panel]],
    takes: Collection[str],
    own: Collection[str] = (),
    days: Days = "plays",
) -> DashboardPage:
    """A page of the single rows behind a number: a panel, by its name, of so many at a time."""
    name, listed = panel

    def rows(visit: Visit) -> Html:
        return element("div", drawn(listed(visit, SHOWN), visit), class_="panels")

    return DashboardPage(
        path,
        heading,
        rows,
        takes=frozenset({"period", *takes}),
        own=("of", *own, "cursor"),
        in_menu=False,
        of_plays=days == "plays",
        days=days,
        panels={name: listed},
    )


def interactions_page(
    kind: InteractionPanel, listed: Callable[..., Panel], *own: str
) -> DashboardPage:
    """The page of the rows of searches, or of recommendations; `own` are names of its address."""
    takes = {*kind.share.filters}.difference(kind.own)
    panel, own = (kind.rows, listed), (*kind.own, *own)
    return rows_page(kind.rows_page, kind.label(kind.whole), panel, takes, own, "interactions")


PAGE = rows_page(ROWS, "Rows", ("plays", plays), ("tz", *NARROWINGS))
