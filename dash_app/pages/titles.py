"""What there is to watch: the catalogue, searched and sorted."""

from dash_app.markup import Html, element, fragment
from dash_app.page_request import DashboardPage, Visit
from dash_app.panels.catalogue import SHOWN, catalogue
from dash_app.panels.controls import searching
from dash_app.panels.panel import drawn


def titles(visit: Visit) -> Html:
    """The page's content."""
    panel = drawn(catalogue(visit, SHOWN), visit)
    return fragment(
        searching(visit, "Search titles", longest=200), element("div", panel, class_="panels")
    )


PAGE = DashboardPage(
    "/titles",
    "Titles",
    titles,
    takes=frozenset(
        {"period", "compare", "tz", "content_type", "genre", "language", "maturity_rating"}
    ),
    of_plays=False,
    by_days=True,
    usual="all",
    own=("search", "sort", "order", "cursor"),
    panels={"catalogue": catalogue},
)
