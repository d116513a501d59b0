"""Tell me when it changes: an alert on a number, what it would have said; and views by mail."""

from collections.abc import Callable

from dash_app.alerting import OWN
from dash_app.filters import NARROWINGS
from dash_app.markup import Html, element
from dash_app.page_request import ALERTS, DashboardPage, Visit
from dash_app.panels.business_alerts import asking, kept, met, preview, wanted
from dash_app.panels.panel import Panel, drawn
from dash_app.panels.reports import reports

PANELS: dict[str, Callable[[Visit], Panel]] = {"met": met}


def alerts(visit: Visit) -> Html:
    """The page's content."""
    shown = preview(visit)
    panels = [drawn(panel(visit), visit) for panel in PANELS.values()] if shown.found else None
    return element(
        "div",
        asking(visit, shown),
        panels,
        kept(visit, shown),
        reports(visit),
        class_="panels alerting",
    )


PAGE = DashboardPage(
    ALERTS,
    "Alerts and reports",
    alerts,
    takes=frozenset({"tz", *NARROWINGS}),
    own=OWN,
    in_menu=False,
    of_plays=False,
    of_reader=True,
    keeps_own=True,
    panels=PANELS,
    wrong=lambda visit: bool(wanted(visit).wrong),
)
