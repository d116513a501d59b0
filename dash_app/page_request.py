"""A page, and one visit to it: all that what it shows may depend on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, cast

from dash_app.day_notes import Note, concerns, of_data, of_lateness, of_people
from dash_app.filters import CHOICES, DEFAULT_PERIOD, BadAddress, ViewState
from dash_app.live_window import CatchingUp, Now
from dash_app.markup import Html
from netflix_pipeline import time_zones
from netflix_pipeline.addresses import filled, query_string, segments
from netflix_pipeline.business_alerts.receivers import NOBODY_TOLD, AlertReceivers
from netflix_pipeline.contracts.dimensions import LEVELS
from netflix_pipeline.errors import DamagedFile
from netflix_pipeline.ids import trimmed
from netflix_pipeline.metrics import METRICS
from netflix_pipeline.monitoring import AlertReport, ObjectiveReport
from netflix_pipeline.receiving.live_answers import Live
from netflix_pipeline.serving import (
    PRESETS,
    Answer,
    Choice,
    Compare,
    Granularity,
    NoSnapshot,
    Period,
    Preset,
    SnapshotInfo,
    Source,
    arrivals,
    compared_with,
    completeness,
    stretches,
    title_names,
)
from netflix_pipeline.serving import Filters as Narrowing
from netflix_pipeline.serving.query.comparisons import chosen_days, chosen_filter, other_side
from netflix_pipeline.serving.query.periods import WeekStart
from netflix_pipeline.serving.query.zones import days_of_zone
from netflix_pipeline.serving.questions import interactions
from netflix_pipeline.serving.questions.episodes import series_ids
from netflix_pipeline.serving.questions.quality import LedgerQuestion
from netflix_pipeline.state import NOBODY, Annotation, BusinessAlert, Marked
from netflix_pipeline.state.reports import Report
from netflix_pipeline.time_zones import UTC

if TYPE_CHECKING:
    from dash_app.panels.panel import Panel


MOST_ARRIVALS = 400
"""Days whose arrivals are asked for at once, whatever the period."""
Pace = Literal["events", "minutes"]
"""When a page changes by itself: with what comes in, or as time passes."""
Days = Literal["plays", "arrivals", "interactions"]
"""What the days of a page are those of: viewing, arrival, or searches and recommendations."""
OVERVIEW = "/"
ROWS = "/rows"
TITLE = "/titles/{title_id}"
SERIES = "/series/{series_id}"
ALERTS = "/alerts"
"""Paths of pages that others lead to; in braces as their PAGE has them."""
RESTS_ON = {
    "starters": "starters",
    "viewers": "starters",
    "completion_rate": "starters",
    "watchers": "watchers",
    "completers": "completers",
    "plays_without_duration": "plays_without_duration",
}
"""Which plays a measure rests on, where not on all."""


@dataclass(frozen=True)
class DashboardPage:
    """One page of the dashboard.

    `path` may hold names in braces, `/titles/{title_id}`. `takes` are the filters that it shows its
    numbers under: some of `period`, `by`, `compare`, `tz` and the names in NARROWINGS; others are
    taken along to the next page, and said to be without effect here. Those that it `takes_one` of
    are so where several values are chosen, or some left out. `own` are names of its address that
    mean something to it alone, such as a table's `sort`. A page with `in_menu` is in the
    navigation. A `live` page changes by itself, at that pace, while somebody looks at it.
    The period of a page is of the `days` of what it is about.
    `usual` is the preset period that it shows where its address names none. `named` gives the
    heading of one visit, where that is not the page's. `launch` gives the day on which what it is
    about came to the service; without it the page knows no period since then. `dated` names the
    days that a page without a period shows, where its address may leave them open.
    `shows` are the metrics of its cards.
    A page `of_plays` has nothing to show where nothing was played in its period under its filters.
    One `by_days` is compared with other days only: its filters choose what it lists.
    `panels` are those of which CSV and figure can be had by themselves, by name. What a page shows
    that is `of_reader` is its reader's own. What is `own` begins anew under other filters, unless a
    page `keeps_own`. One that shows itself what of its address cannot be so tells by `wrong` that
    it is.
    """

    path: str
    heading: str
    content: Callable[[Visit], Html]
    takes: frozenset[str] = CHOICES
    takes_one: frozenset[str] = frozenset()
    own: tuple[str, ...] = ()
    in_menu: bool = True
    live: Pace | None = None
    days: Days = "plays"
    of_plays: bool = True
    by_days: bool = False
    usual: str = DEFAULT_PERIOD
    named: Callable[[Visit], str] | None = None
    launch: Callable[[Visit], date | None] | None = None
    dated: Callable[[Visit], ViewState] | None = None
    shows: tuple[str, ...] = ()
    panels: Mapping[str, Callable[[Visit], Panel]] = field(default_factory=dict)
    of_reader: bool = False
    keeps_own: bool = False
    wrong: Callable[[Visit], bool] | None = None

    @property
    def presets(self) -> dict[str, Preset]:
        """The preset periods that it can show, by name."""
        return {name: one for name, one in PRESETS.items() if self.launch or not one.of_launch}

    def match(self, path: str) -> dict[str, str] | None:
        """What the names in braces stand for in an address's path; None where it is another."""
        wanted, given = self.path[1:].split("/"), segments(path)
        if len(wanted) != len(given):
            return None
        parameters = {}
        for name, value in zip(wanted, given, strict=True):
            if name.startswith("{") and (told := trimmed(value)):
                parameters[name[1:-1]] = told
            elif name != value:
                return None
        return parameters

    def at(self, **values: str) -> str:
        """The path of the page for these values of the names in braces."""
        return filled(self.path, **values)


def days_of(answer: Answer[Any]) -> Period:
    """The days of an answer that is about some, and not about all that there is."""
    assert answer.period is not None
    return answer.period


@dataclass(frozen=True)
class Visit:
    """One visit to a page. All its questions go to one snapshot.

    `path` is the path as it stands in the address, `arguments` what the page's names in braces
    stand for, `annotations` are all that people said of days and its `reader` may see, whose name
    is empty where nobody signs in. `now` tells of the last hour.
    Of the `erased` nothing is told, also while the snapshot has them. Where its numbers are of one
    thing, such as a title, that is the `subject`, as a filter of the plays behind them. Weeks of
    the home begin with `usual_start`, its days are those of `usual_zone`. `alerts` tells what
    fires, `objectives` what is left of their budgets, where that is known. `kept_alerts` and
    `kept_reports` are the reader's own, and `receivers` those who can be told of them.
    """

    page: DashboardPage
    path: str
    filters: ViewState
    source: Source
    arguments: Mapping[str, str] = field(default_factory=dict)
    annotations: Sequence[Annotation] = ()
    now: Now = field(default_factory=Now)
    erased: Marked = NOBODY
    subject: Mapping[str, str] = field(default_factory=dict)
    reader: str = ""
    usual_start: WeekStart = "monday"
    alerts: Callable[[], AlertReport] | None = None
    objectives: Callable[[], ObjectiveReport] | None = None
    usual_zone: str = UTC
    kept_alerts: Sequence[BusinessAlert] = ()
    kept_reports: Sequence[Report] = ()
    receivers: AlertReceivers = NOBODY_TOLD

    @cached_property
    def info(self) -> SnapshotInfo:
        """The snapshot that is shown."""
        return self.source.current().info

    @cached_property
    def happening(self) -> Live | CatchingUp:
        """The last hour, at one moment."""
        return self.now.read()

    @cached_property
    def dated(self) -> SnapshotInfo:
        """The snapshot, from the first day to the last that the page can be about."""
        if self.page.days == "plays":
            return self.info
        days = {"arrivals": arrivals, "interactions": interactions.days}
        known = days[self.page.days](self.source.current())
        first, last = (known.from_, known.to) if known else (None, None)
        return self.info.model_copy(update={"data_from": first, "data_to": last})

    @property
    def week_start(self) -> WeekStart:
        """The day with which weeks of plays begin."""
        return self.filters.week_start or self.usual_start

    @property
    def asked_zone(self) -> str:
        """The time zone that the address or the home asks for."""
        return self.filters.zone or self.usual_zone

    @property
    def zone(self) -> str:
        """The time zone of which days and hours of plays are, on this page."""
        return self.asked_zone if "tz" in self.page.takes else UTC

    @cached_property
    def unfinished(self) -> date | None:
        """The day of the page's zone that was not over when the newest record came; else None."""
        info, clock = self.dated, time_zones.clock(self.zone)
        if clock is None or info.as_of is None or info.days is None:
            return info.unfinished
        day = info.as_of.astimezone(clock).date()
        return day if day <= days_of_zone(clock, info.days).to else None

    @cached_property
    def period(self) -> Period:
        """The days that it is about. Raises BadAddress where nothing was launched."""
        relative, custom = self.filters.relative, self.filters.custom
        if relative is None:
            assert custom
            return custom
        if relative.of_launch and self.page.launch is None:
            raise BadAddress("only titles have a launch: choose another `period` for this page.")
        return self.preset_days(relative)

    def preset_days(self, preset: Preset) -> Period:
        """The days of a preset period on this page, given the data there is."""
        launch = self.page.launch(self) if preset.of_launch and self.page.launch else None
        return preset.period(self.dated, self.week_start, launch)

    @cached_property
    def against(self) -> tuple[str, Choice] | None:
        """The filter by which the page is compared, and its value; None where that is by days.

        One that the page does not take is without effect, but another title on the page of one.
        """
        against, page = self.filters.against, self.page
        if against is None or "compare" not in page.takes or page.by_days:
            return None
        name, choice = against
        if self.title_id and name in LEVELS:
            return against if choice.is_one else None
        takes = name in page.takes and (choice.is_one or name not in page.takes_one)
        return against if takes else None

    @property
    def comparison(self) -> str:
        """What it is compared with, as addresses say it: nothing where that is without effect."""
        without_effect = self.filters.against is not None and self.against is None
        return "none" if without_effect else self.filters.compare

    @cached_property
    def earlier(self) -> Period | None:
        """The days that they are compared with, where there are such."""
        return self.compared_with(self.comparison)

    @cached_property
    def other(self) -> Visit | None:
        """The same visit on the other side of its comparison; None where there is nothing.

        Raises UnknownValues.
        """
        if self.compared is None:
            return None
        snapshot, arguments = self.source.current(), self.arguments
        side = other_side(snapshot, self.compared, self.period, self.filters.narrowing)
        filters = replace(self.filters.fixed(side.period), narrowing=side.filters, compare="none")
        if self.title_id and self.against and self.against[0] in LEVELS:
            (title_id,) = self.against[1].values
            arguments = dict.fromkeys(arguments, title_id)
        return replace(self, filters=filters, arguments=arguments)

    def compared_with(self, comparison: str) -> Period | None:
        """The days that a comparison means; None for no comparison, and where data are missing.

        By a filter they are its own. Of chosen days there are data of some.
        """
        said, known = self.filters.compared(comparison), self.dated.days
        if said is None:
            return None
        if chosen_filter(said):
            return self.period
        if days := chosen_days(said):
            return days if known and known.meets(days) else None
        compare = cast("Compare", said)
        return compared_with(self.source.current(), self.period, compare, self.dated.data_from)

    @property
    def compared(self) -> str | None:
        """How the query layer is asked for `earlier`; None where there is nothing to compare."""
        return self.filters.compared(self.comparison) if self.earlier else None

    @cached_property
    def whole(self) -> Period:
        """The period without its last day where that is not over, and not all of it.

        What a period shows of its last day is of the last one that is over: it would be next to
        nothing in the first hour of a day.
        """
        period, last = self.period, self.dated.unfinished
        if last != period.to or period.days == 1:
            return period
        return Period(from_=period.from_, to=period.to - timedelta(days=1))

    def weeks_of(self, metric: str) -> WeekStart:
        """The day with which weeks of a metric begin."""
        return self.week_start if METRICS[metric].by_calendar else "monday"

    def of_whole(
        self,
        values: Sequence[float | None],
        step: Granularity,
        week_start: WeekStart = "monday",
    ) -> list[float | None]:
        """Those of the values by day, week or month of the period whose days are all whole.

        Of days there are values of those that the filters let in.
        """
        over = [
            not cut and days.to <= self.whole.to
            for days, cut in stretches(self.period, step, week_start)
            if step != "day" or self.narrowing.lets_in(days.from_)
        ]
        whole_values = [value for value, whole in zip(values, over, strict=True) if whole]
        return whole_values if len(whole_values) > 1 else list(values)

    def lets_in(self, day: date) -> bool:
        """Whether its filters let in plays of a day, or those of the side that it stands beside."""
        there = self.other.narrowing.lets_in(day) if self.against and self.other else False
        return there or self.narrowing.lets_in(day)

    @cached_property
    def days_let_in(self) -> int:
        """How many days of the period its filters let in."""
        if self.narrowing.weekday is None:
            return self.period.days
        return sum(map(self.narrowing.lets_in, self.period.each))

    @cached_property
    def notes(self) -> tuple[Note, ...]:
        """What to know of the days of the period."""
        return self.notes_of(self.period)

    def notes_of(self, period: Period, table: str = "watch_events") -> tuple[Note, ...]:
        """What to know of some days, by day: for charts over time to mark.

        `table` is the one whose arrivals tell what numbers lack.
        """
        # Of all days, where they are not too many: every view asks for the same then.
        known = arrivals(self.source.current())
        asked = known if known and known.days <= MOST_ARRIVALS else period
        arrived = self.source.ask(LedgerQuestion(asked, table=table)).data.days
        notes = (
            *of_people(self.said, period, self.titles_named),
            *of_data(self.dated, self.unfinished, arrived, period),
            *of_lateness(self.to_come(period)),
        )
        return tuple(sorted(notes, key=lambda note: note.day))

    def to_come(self, period: Period) -> Mapping[date, float]:
        """Of those of some days that are over, and provisional: the share of rows still to come."""
        if self.page.days != "plays":
            return {}
        return completeness(self.source.current()).still_to_come(period, self.info.days)

    @property
    def title_id(self) -> str | None:
        """The id of the title, or of the series, that its page is about."""
        return self.arguments.get("title_id") or self.arguments.get("series_id")

    @cached_property
    def said(self) -> tuple[Annotation, ...]:
        """The annotations that are about what it shows."""
        title_id = self.arguments.get("title_id")
        return tuple(each for each in self.annotations if concerns(each, self.narrowing, title_id))

    @cached_property
    def titles_named(self) -> Mapping[str, str | None]:
        """The names of the titles that these are about, by id."""
        ids = sorted({each.title_id for each in self.said if each.title_id})
        return title_names(self.source.current(), ids) if ids else {}

    @cached_property
    def narrowing(self) -> Narrowing:
        """What the page's numbers are narrowed to: those filters that the page takes."""
        return self.filters.narrowing.model_copy(update=dict.fromkeys(self.without_effect))

    @cached_property
    def without_effect(self) -> frozenset[str]:
        """The narrowings of the address that the page does not take."""
        one = self.page.takes_one
        return frozenset(
            name
            for name, choice in self.filters.narrowing.given.items()
            if name not in self.page.takes or (name in one and not choice.is_one)
        )

    def own(self, name: str) -> str | None:
        """What the address says under a name that only this page knows."""
        return dict(self.filters.own).get(name)

    def owns(self, name: str) -> tuple[str, ...]:
        """All values that it has under such a name, in order."""
        return tuple(value for known, value in self.filters.own if known == name)

    def link(self, filters: ViewState | None = None, path: str | None = None) -> str:
        """The address of this page under other filters, or of another page under the same."""
        if path is None or path == self.path:
            return self.path + (filters or self.filters).query()
        return path + (filters or self.filters).carried().query()

    def of_days(self, days: Period) -> str:
        """The address of this page in other days, or no longer so; a table on it begins anew."""
        if days == self.filters.custom:
            return self.link(self.filters.over(self.page.usual).with_own(cursor=None))
        return f"{self.path}?from={days.from_}&to={days.to}{self._besides_days}"

    @cached_property
    def _besides_days(self) -> str:
        """What addresses of this page in other days say behind them: charts have many of these."""
        return query_string(self.filters.with_own(cursor=None).besides_days()).replace("?", "&", 1)

    def narrowed(self, name: str, chosen: str | Choice | None) -> str:
        """The address of this page narrowed to something; its own rest begins anew."""
        return self._anew(self.filters.narrowed(name, chosen))

    def without(self, name: str, value: str) -> str:
        """The address of this page where one value of a filter is no longer chosen."""
        return self._anew(self.filters.without(name, value))

    def toggled(self, name: str, value: str) -> str:
        """The address of this page narrowed to a value, or no longer so."""
        return self._anew(self.filters.toggled(name, value))

    def _anew(self, filters: ViewState) -> str:
        return self.link(filters if self.page.keeps_own else replace(filters, own=()))

    def behind(self, period: Period | None = None, *, metric: str | None = None) -> str:
        """The address of the plays behind a number of this visit.

        Those of `period`, or of the whole visit, and of the page's `subject`.
        """
        filters = replace(self.filters.carried(), narrowing=self.narrowing)
        for name, value in self.subject.items():
            filters = filters.narrowed(name, value)
        if period is None and self.filters.relative and self.filters.relative.of_launch:
            period = self.period  # elsewhere nobody knows of which launch
        if period is not None:
            filters = filters.fixed(period)
        return ROWS + filters.with_own(of=RESTS_ON.get(metric or self.filters.by)).query()

    @cached_property
    def series(self) -> frozenset[str]:
        """The ids of the series of which episodes are known; none where no snapshot can be read."""
        try:
            return series_ids(self.source.current())
        except (NoSnapshot, DamagedFile):  # what happens now is shown all the same
            return frozenset()

    def title_page(self, title_id: str) -> str:
        """The address of a title's or a series' page, under these filters and in this period."""
        narrowing = self.filters.narrowing.model_copy(update=dict.fromkeys(LEVELS))
        filters = replace(self.filters, narrowing=narrowing, usual=DEFAULT_PERIOD)
        path = filled(TITLE, title_id=title_id)
        if title_id in self.series:
            path = filled(SERIES, series_id=title_id)
        return self.link(filters, path)

    def title_pages(self, title_ids: Sequence[str | None]) -> list[str | None]:
        """The addresses of titles' pages; None for those that no snapshot knows: they have none."""
        ids = sorted({title_id for title_id in title_ids if title_id})
        try:
            known = title_names(self.source.current(), ids) if ids else {}
        except (NoSnapshot, DamagedFile):
            known = {}
        pages = {
            each: self.title_page(each) for each in ids if each in known or each in self.series
        }
        return [pages.get(each or "") for each in title_ids]
