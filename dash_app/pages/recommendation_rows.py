"""The recommendations that a number is made of, under the same filters."""

from dash_app.markup import Html, element
from dash_app.page_request import DashboardPage, Visit
from dash_app.panels.interaction_rows import SHOWN, recommendations
from dash_app.panels.interactions import RECOMMENDATIONS
from dash_app.panels.panel import drawn


def rows(visit: Visit) -> Html:
    """The page's content."""
    return element("div", drawn(recommendations(visit, SHOWN), visit), class_="panels")


PAGE = DashboardPage(
    RECOMMENDATIONS.rows_page,
    "Recommendations",
    rows,
    takes=frozenset({"period", "device"}),
    own=("of", *RECOMMENDATIONS.own, "cursor"),
    in_menu=False,
    of_plays=False,
    days="interactions",
    panels={RECOMMENDATIONS.rows: recommendations},
)
