"""What is expected: four weeks from an origin on, beside what came, and how far to trust that."""

from dash_app.markup import Html, fragment
from dash_app.page_request import DashboardPage, Visit
from dash_app.panels.anomalies import anomalies
from dash_app.panels.forecast import ORIGIN, accuracy, course, titles
from dash_app.panels.panel import Panels, all_drawn
from netflix_pipeline.contracts.origins import FORECAST_METRICS

PANELS: Panels = {"course": course, "anomalies": anomalies, "accuracy": accuracy}


def forecast(visit: Visit) -> Html:
    """The page's content."""
    return fragment(titles(visit), all_drawn(visit, PANELS))


LEVELS = frozenset({"country", "device", "genre", "title"})
PAGE = DashboardPage(
    "/forecast",
    "Forecast",
    forecast,
    takes=LEVELS | {"by"},
    takes_one=LEVELS,
    own=(ORIGIN,),
    of_plays=False,
    shows=FORECAST_METRICS,
    panels=PANELS,
)
