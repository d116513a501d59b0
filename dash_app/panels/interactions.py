"""What people searched for or were recommended: two kinds of interactions, asked alike."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from dash_app import formats
from dash_app.filters import BadAddress
from dash_app.labels import metric
from dash_app.page_request import Visit
from dash_app.panels.course import Course, course_of
from dash_app.panels.panel import Panel
from dash_app.panels.time_buckets import Steps
from dash_app.panels.trend import granularity
from dash_app.table import Table
from netflix_pipeline.metrics import Metric
from netflix_pipeline.serving import LONGEST, Answer, Period, Question
from netflix_pipeline.serving import Filters as Narrowing
from netflix_pipeline.serving.query import interactions
from netflix_pipeline.serving.questions.interactions import (
    RecommendationFilters,
    RecommendationsQuestion,
    SearchesQuestion,
)
from netflix_pipeline.serving.questions.series import Series, SeriesQuestion


@dataclass(frozen=True, eq=False)
class InteractionPanel:
    """One kind of interactions.

    `metric` is that of the share that was clicked. `whole` counts all of them, and `counts` has
    the name and the meaning of each column that is counted; `own` are filters that only it takes.
    `arrived` is the table of their arrivals, `ask` the question for them.
    """

    name: str
    metric: str
    whole: str
    counts: Mapping[str, tuple[str, str]]
    arrived: str
    ask: Callable[[Period, Mapping[str, str], str | None], Question[Any]]
    nothing: str
    own: tuple[str, ...] = ()

    @property
    def share(self) -> Metric:
        """The metric of the share that was clicked, as it is called here."""
        return metric(self.metric)

    def label(self, column: str) -> str:
        """What a count is called."""
        return self.counts[column][0]

    def rests_on(self, answer: Answer[Any]) -> str:
        """What the share of an answer is of."""
        whole = getattr(answer.data.totals, self.whole)
        return f"{self.label(self.whole)}: {formats.number(whole)}"

    def given(self, visit: Visit) -> dict[str, str]:
        """What it is narrowed to on a visit. Raises BadAddress."""
        own = {name: value for name in self.own if (value := visit.own(name))}
        for name, value in own.items():
            if len(value) > LONGEST:
                raise BadAddress(f"what `{name}` is narrowed to is too long to be a name.")
        return visit.narrowing.given | own

    def refused(self, visit: Visit) -> list[str]:
        """The filters of a visit that this kind cannot take."""
        return [name for name in visit.narrowing.given if name not in self.share.filters]


SEARCHES = InteractionPanel(
    "search",
    "search_success",
    "searches",
    {
        "searches": ("Searches", "Searches, with or without a click."),
        "clicked": ("With a click", "Searches of which a result was clicked."),
        "without_results": ("Without results", "Searches that found nothing."),
    },
    "search_events",
    lambda period, given, by: SearchesQuestion(period, Narrowing(**given), by),
    "Nobody searched in this period",
)
RECOMMENDATIONS = InteractionPanel(
    "recommendation",
    "recommendation_ctr",
    "shown",
    {
        "shown": ("Recommendations", "Recommendations shown, clicked or not."),
        "clicked": ("Clicked", "Recommendations that were clicked."),
    },
    "recommendation_events",
    lambda period, given, by: RecommendationsQuestion(period, RecommendationFilters(**given), by),
    "No recommendation was shown in this period",
    own=("algorithm",),
)


@dataclass(frozen=True)
class InteractionCourse:
    """A kind in the course of a visit's period, and in the period that it is compared with.

    `course` has the share by day, week or month, `now` the counts of the period and its days.
    """

    kind: InteractionPanel
    course: Answer[Series]
    now: Answer[Any]
    before: Answer[Any] | None

    def counted(self, column: str) -> list[int]:
        """The sums of a count over the stretches of the course."""
        return self._summed(self.now, column, 0)

    def counted_before(self, column: str) -> list[int]:
        """The same of the days that they are compared with; empty without such."""
        compared = self.course.data.compared_with
        if self.before is None or compared is None:
            return []
        return self._summed(self.before, column, compared.days_before)

    def _summed(self, answer: Answer[Any], column: str, earlier: int) -> list[int]:
        days = {each.day: getattr(each, column) for each in answer.data.days}
        shift = timedelta(days=earlier)
        return [
            sum(days[step.from_ - shift + timedelta(days=day)] for day in range(step.days))
            for step in Steps.of(self.course.data, ()).days
        ]


def ask(visit: Visit, kind: InteractionPanel) -> InteractionCourse | None:
    """All that is told of a kind but its groups; None under a filter that it cannot take."""
    if kind.refused(visit):
        return None
    given, earlier = kind.given(visit), visit.earlier
    now = visit.source.ask(kind.ask(visit.period, given, None))
    before = visit.source.ask(kind.ask(earlier, given, None)) if earlier else None
    if given.keys() <= Narrowing.model_fields.keys():
        course = visit.source.ask(
            SeriesQuestion(
                kind.share.name,
                visit.period,
                Narrowing(**given),
                granularity=granularity(visit.period),
                compare=visit.compared,
            )
        )
    else:
        then = _daily(kind, before) if before else None
        course = course_of(kind.share.name, _daily(kind, now), then, visit.compared)
    return InteractionCourse(kind, course, now, before)


def _daily(kind: InteractionPanel, answer: Answer[Any]) -> Course:
    days = [getattr(day, kind.share.name) for day in answer.data.days]
    return Course(answer, getattr(answer.data.totals, kind.share.name), days)


def nothing(visit: Visit, kind: InteractionPanel) -> str:
    """What is said where there are none in a period: when there were some."""
    known = interactions.days(visit.source.current(), kind.share.name)
    if known is None or (visit.period.from_ <= known.to and known.from_ <= visit.period.to):
        return f"{kind.nothing}."
    return f"{kind.nothing}: those that are known are of {formats.period(known)}."


def refused(visit: Visit, kind: InteractionPanel, name: str, heading: str) -> Panel:
    """A panel of a kind that cannot be had under the visit's filters: it says so."""
    refused = " and ".join(kind.refused(visit))
    answer = Answer[None](
        data=None,
        period=visit.period,
        filters={each: visit.narrowing.given[each] for each in kind.refused(visit)},
        metrics=(kind.share.name,),
        snapshot=visit.info,
    )
    what = kind.label(kind.whole)
    unknown = f"{what} are not known by {refused}."
    return Panel(name, heading, "", Table(heading, (), ()), answer, nothing=unknown)
