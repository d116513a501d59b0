"""What is behind a number: the plays that it is made of, under the same filters."""

from dash_app.filters import NARROWINGS
from dash_app.markup import Html, element
from dash_app.page_request import ROWS, DashboardPage, Visit
from dash_app.panels.panel import drawn
from dash_app.panels.plays import SHOWN, plays


def rows(visit: Visit) -> Html:
    """The page's content."""
    return element("div", drawn(plays(visit, SHOWN), visit), class_="panels")


PAGE = DashboardPage(
    ROWS,
    "Rows",
    rows,
    takes=frozenset({"period", "tz", *NARROWINGS}),
    own=("of", "cursor"),
    in_menu=False,
    panels={"plays": plays},
)
