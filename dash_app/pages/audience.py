"""Who watches, who comes back and who stays away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial

from dash_app.markup import Html, element, fragment
from dash_app.page_request import DashboardPage, Visit
from dash_app.panels import lifecycle, retention, segments, viewers
from dash_app.panels.cards import OF_LAST_DAY
from dash_app.panels.panel import Panel, drawn
from dash_app.panels.people import people
from dash_app.panels.trend import granularity
from netflix_pipeline.serving import Answer
from netflix_pipeline.serving.questions.courses import CoursesQuestion
from netflix_pipeline.serving.questions.headline import HeadlineQuestion
from netflix_pipeline.serving.questions.lifecycle import LifecycleWeek
from netflix_pipeline.serving.questions.retention import Retention
from netflix_pipeline.serving.questions.segments import SegmentsQuestion
from netflix_pipeline.serving.questions.series import Series


@dataclass(frozen=True)
class AudienceQueries:
    """What the page asks, each question at most once."""

    visit: Visit

    @cached_property
    def course(self) -> dict[str, tuple[float | None, ...]]:
        """The counts of viewers and stickiness over the period."""
        step = granularity(self.visit.period)
        return self.visit.source.ask(
            CoursesQuestion(OF_LAST_DAY, self.visit.period, granularity=step)
        ).data

    @property
    def shapes(self) -> dict[str, list[float | None]]:
        """The same of those days, weeks or months that are whole."""
        step = granularity(self.visit.period)
        return {name: self.visit.of_whole(values, step) for name, values in self.course.items()}

    @cached_property
    def earlier(self) -> dict[str, tuple[float | None, ...]]:
        """The counts of viewers over the period compared with; none where there is none.

        Days and weeks of both stand beside one another, as they are whole weeks apart; months do
        not.
        """
        step, earlier = granularity(self.visit.period), self.visit.earlier
        if earlier is None or step == "month":
            return {}
        return self.visit.source.ask(
            CoursesQuestion(tuple(viewers.LOOKS), earlier, granularity=step)
        ).data

    @cached_property
    def stickiness(self) -> Answer[Series]:
        """Stickiness over the period, beside the days that it is compared with."""
        return viewers.ask(self.visit)

    @cached_property
    def lifecycle(self) -> Answer[tuple[LifecycleWeek, ...]]:
        """People by week and by what they did before."""
        return lifecycle.ask(self.visit)

    @cached_property
    def retention(self) -> Answer[Retention]:
        """Who comes back."""
        return retention.ask(self.visit)


PANELS: dict[str, Callable[[Visit, AudienceQueries], Panel]] = {
    "viewers": lambda visit, queries: viewers.viewers(
        visit, queries.stickiness, queries.course, queries.earlier
    ),
    "stickiness": lambda visit, queries: viewers.stickiness(visit, queries.stickiness),
    "lifecycle": lambda visit, queries: lifecycle.lifecycle(visit, queries.lifecycle),
    "segments": lambda visit, _: segments.segments(visit, visit.source.ask(SegmentsQuestion())),
    "retention": lambda visit, queries: retention.retention(visit, queries.retention),
}


def panel(visit: Visit, name: str) -> Panel:
    """One panel of the page by itself."""
    return PANELS[name](visit, AudienceQueries(visit))


def audience(visit: Visit) -> Html:
    """The page's content."""
    queries = AudienceQueries(visit)
    glance = visit.source.ask(
        HeadlineQuestion(visit.whole, names=OF_LAST_DAY, compare=visit.compared)
    )
    panels = [drawn(made(visit, queries), visit) for made in PANELS.values()]
    return fragment(
        people(visit, glance, queries.shapes, queries.lifecycle, queries.retention),
        element("div", panels, class_="panels"),
    )


PAGE = DashboardPage(
    "/audience",
    "Audience",
    audience,
    takes=frozenset({"period", "compare"}),
    panels={name: partial(panel, name=name) for name in PANELS},
)
