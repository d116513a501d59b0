"""The most viewed films, and seasons and series, of a week: everywhere, or in a country."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

from dash_app import formats
from dash_app.filters import ViewState
from dash_app.markup import Html, element, fragment
from dash_app.page_request import DashboardPage, Visit
from dash_app.panels.controls import kept
from dash_app.panels.day_field import day_field
from dash_app.panels.panel import Panel, all_drawn
from dash_app.panels.top10 import HEADINGS, ask, ranked
from netflix_pipeline.serving.questions.top10 import Top10

WEEK = timedelta(days=7)


PANELS: dict[str, Callable[[Visit], Panel]] = {
    which: partial(ranked, which=which) for which in HEADINGS
}


def top10(visit: Visit) -> Html:
    """The page's content."""
    return fragment(_weeks(visit, ask(visit).data), all_drawn(visit, PANELS, "side-by-side"))


def _weeks(visit: Visit, data: Top10) -> Html:
    """Which week is shown, and links to those around it."""

    def link(week: date, text: str, there: date | None) -> Html | None:
        if there is None:
            return None
        return element("a", text, href=visit.link(visit.filters.with_own(week=week.isoformat())))

    first, last = data.first_week, data.last_week
    earlier = first if first and data.week - WEEK >= first else None
    later = last if last and data.week + WEEK <= last else None
    sunday = data.week + WEEK - timedelta(days=1)
    return element(
        "nav",
        link(data.week - WEEK, "← Week before", earlier),
        element(
            "p",
            element("strong", f"{formats.day(data.week)} – {formats.day(sunday)}"),
            " · Monday to Sunday, UTC",
            " · not over yet, provisional" if data.provisional else None,
        ),
        _choosing(visit, data),
        link(data.week + WEEK, "Week after →", later),
        aria_label="Week",
        class_="weeks",
    )


def _choosing(visit: Visit, data: Top10) -> Html:
    """The field for a day of another week."""
    last = data.last_week + WEEK - timedelta(days=1) if data.last_week else None
    return element(
        "form",
        day_field("Week of", "week", data.week, first=data.first_week, last=last),
        kept(visit.filters.with_own(week=None)),
        element("button", "Show", type="submit"),
        action=visit.path,
        method="get",
        aria_label="Other week",
        class_="dates",
    )


def dated(visit: Visit) -> ViewState:
    """The same of the week that is shown."""
    return visit.filters.with_own(week=ask(visit).data.week.isoformat())


PAGE = DashboardPage(
    "/top10",
    "Top 10",
    top10,
    takes=frozenset({"country"}),
    takes_one=frozenset({"country"}),
    of_plays=False,
    own=("week",),
    dated=dated,
    panels=PANELS,
)
