"""The searches that a number is made of, under the same filters."""

from dash_app.markup import Html, element
from dash_app.page_request import DashboardPage, Visit
from dash_app.panels.interaction_rows import SHOWN, searches
from dash_app.panels.interactions import SEARCHES
from dash_app.panels.panel import drawn


def rows(visit: Visit) -> Html:
    """The page's content."""
    return element("div", drawn(searches(visit, SHOWN), visit), class_="panels")


PAGE = DashboardPage(
    SEARCHES.rows_page,
    "Searches",
    rows,
    takes=frozenset({"period", *SEARCHES.share.filters}),
    own=("of", "term", "cursor"),
    in_menu=False,
    of_plays=False,
    days="interactions",
    panels={SEARCHES.rows: searches},
)
