"""How are we doing: a period's numbers, its days, what moved them, who watched where, and what."""

from functools import partial

from dash_app.markup import Html, fragment
from dash_app.page_request import OVERVIEW, DashboardPage, Visit
from dash_app.panels.breakdown import mix, ranking
from dash_app.panels.cards import OF_LAST_DAY, SHOWN, cards
from dash_app.panels.contributions import BY, OF, moved
from dash_app.panels.hours import hours
from dash_app.panels.panel import Panels, being_drawn
from dash_app.panels.trend import LINES, granularity, trend
from netflix_pipeline.serving import Answer
from netflix_pipeline.serving.questions.headline import Glance, HeadlineQuestion
from netflix_pipeline.serving.questions.series import CoursesQuestion

PANELS: Panels = {
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
    panels = being_drawn(visit, PANELS, "overview")
    now = visit.source.ask(
        HeadlineQuestion(visit.period, visit.narrowing, compare=visit.compared, zone=visit.zone)
    )
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
    glances = cards(visit, now, _of_last_day(visit, now), shapes)
    return fragment(glances, panels())


def _of_last_day(visit: Visit, now: Answer[Glance]) -> Answer[Glance]:
    """The answer of which the cards are told that are of a period's last day that is over."""
    if visit.whole == visit.period:
        return now
    if visit.narrowing.given:  # these take no filter: what is said instead has no number in it
        return now.model_copy(update={"period": visit.whole})
    by_days = None if visit.against else visit.compared
    question = HeadlineQuestion(visit.whole, names=OF_LAST_DAY, compare=by_days, zone=visit.zone)
    return visit.source.ask(question)


PAGE = DashboardPage(
    OVERVIEW, "Overview", overview, own=(BY, OF, LINES), shows=SHOWN, panels=PANELS
)
