"""How are we doing: a period's numbers, its days, what moved them, who watched where, and what."""

from collections.abc import Callable
from functools import partial

from dash_app.markup import Html, fragment
from dash_app.page_request import OVERVIEW, DashboardPage, Visit
from dash_app.panels.breakdown import mix, ranking
from dash_app.panels.cards import SHOWN, cards
from dash_app.panels.contributions import BY, OF, moved
from dash_app.panels.hours import hours
from dash_app.panels.panel import Panel, all_drawn
from dash_app.panels.trend import LINES, granularity, trend
from netflix_pipeline.serving import Answer, Period
from netflix_pipeline.serving.questions.headline import Glance, HeadlineQuestion
from netflix_pipeline.serving.questions.series import CoursesQuestion

PANELS: dict[str, Callable[[Visit], Panel]] = {
    "trend": trend,
    "moved": moved,
    "hours": hours,
    "titles": ranking,
    "device": partial(mix, by="device"),
    "country": partial(mix, by="country"),
    "genre": partial(mix, by="genre"),
}


def overview(visit: Visit) -> Html:
    """The page's content."""

    def glance(period: Period) -> Answer[Glance]:
        question = HeadlineQuestion(
            period, visit.narrowing, compare=visit.compared, zone=visit.zone
        )
        return visit.source.ask(question)

    now = glance(visit.period)
    last_day = now if visit.whole == visit.period else glance(visit.whole)
    names = tuple(name for name in SHOWN if name in now.data.values)
    step = granularity(visit.period)
    trends = visit.source.ask(
        CoursesQuestion(
            names,
            visit.period,
            visit.narrowing,
            granularity=step,
            week_start=visit.week_start,
            zone=visit.zone,
        )
    ).data
    shapes = {
        name: visit.of_whole(values, step, visit.weeks_of(name)) for name, values in trends.items()
    }
    glances = cards(visit, now, last_day, shapes)
    return fragment(glances, all_drawn(visit, PANELS, "overview"))


PAGE = DashboardPage(
    OVERVIEW, "Overview", overview, own=(BY, OF, LINES), shows=SHOWN, panels=PANELS
)
