"""What people searched for or were recommended: two kinds of interactions, asked alike.

Their cards, how many there were, and the share that was clicked: in the course of time, by group.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import Any

from dash_app import figures, formats, labels
from dash_app.filters import BadAddress
from dash_app.markup import Html, element
from dash_app.page_request import ROWS, Visit
from dash_app.panels import comparing
from dash_app.panels.breakdown import beside_others, naming, of_all
from dash_app.panels.cards import against, at_a_glance, card
from dash_app.panels.panel import Panel
from dash_app.panels.time_buckets import Steps
from dash_app.panels.trend import Course, course_of, granularity, over_time
from dash_app.table import Table, TableColumn, before_cells, measured
from netflix_pipeline.metrics import Metric
from netflix_pipeline.serving import (
    LONGEST,
    Answer,
    Choice,
    Period,
    Question,
    beside,
)
from netflix_pipeline.serving import Filters as Narrowing
from netflix_pipeline.serving.questions import interactions
from netflix_pipeline.serving.questions.interactions import (
    OTHERS,
    RecommendationFilters,
    RecommendationsQuestion,
    SearchesQuestion,
)
from netflix_pipeline.serving.questions.series import Series, SeriesQuestion

MOST_DAYS_BY_GROUP = 366
"""Days that are told by group at once."""


@dataclass(frozen=True, eq=False)
class InteractionPanel:
    """One kind of interactions.

    `metric` is that of the share that was clicked. `whole` counts all of them, and `counts` has
    the name and the meaning of each column that is counted; `own` are filters that only it takes.
    `arrived` is the table of their arrivals, `rows` what the page of single ones is called, and
    `ask` the question for them.
    """

    name: str
    metric: str
    whole: str
    counts: Mapping[str, tuple[str, str]]
    arrived: str
    rows: str
    ask: Callable[[Period, Mapping[str, Choice | str], str | None], Question[Any]]
    nothing: str
    own: tuple[str, ...] = ()

    @property
    def share(self) -> Metric:
        """The metric of the share that was clicked, as it is called here."""
        return labels.metric(self.metric)

    @property
    def rows_page(self) -> str:
        """The path of the page of single ones."""
        return f"{ROWS}/{self.rows}"

    def label(self, column: str) -> str:
        """What a count is called."""
        return self.counts[column][0]

    def rests_on(self, answer: Answer[Any]) -> str:
        """What the share of an answer is of."""
        whole = getattr(answer.data.totals, self.whole)
        return f"{self.label(self.whole)}: {formats.number(whole)}"

    def given(self, visit: Visit) -> dict[str, Choice | str]:
        """What it is narrowed to on a visit. Raises BadAddress."""
        own = {name: value for name in self.own if (value := visit.own(name))}
        for name, value in own.items():
            if len(value) > LONGEST:
                raise BadAddress(f"what `{name}` is narrowed to is too long to be a name.")
        return visit.narrowing.given | own

    def behind(self, visit: Visit, **own: str | None) -> str:
        """The address of the single ones behind a number of a visit."""
        chosen = {name: visit.own(name) for name in self.own}
        filters = replace(visit.filters.carried(), narrowing=visit.narrowing)
        return self.rows_page + filters.with_own(**chosen | own).query()

    def refused(self, visit: Visit) -> list[str]:
        """The filters of a visit that this kind cannot take."""
        return [name for name in visit.narrowing.given if name not in self.share.filters]

    def other(self, visit: Visit) -> Visit | None:
        """The other side of a visit, where the kind can be told of it."""
        other = visit.other
        return None if other is None or self.refused(other) else other


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
    "searches",
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
    "recommendations",
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

    def counted(self, column: str, answer: Answer[Any], days_before: int = 0) -> list[int]:
        """The sums of a count over the stretches of the course, or over those days before it."""
        days = {each.day: getattr(each, column) for each in answer.data.days}
        shift = timedelta(days=days_before)
        return [
            sum(days.get(step.from_ - shift + timedelta(days=day), 0) for day in range(step.days))
            for step in Steps.of(self.course.data, ()).days
        ]


def ask(visit: Visit, kind: InteractionPanel) -> InteractionCourse | None:
    """All that is told of a kind but its groups; None under a filter that it cannot take."""
    if kind.refused(visit):
        return None
    given, other = kind.given(visit), kind.other(visit)
    now = visit.source.ask(kind.ask(visit.period, given, None))
    before = visit.source.ask(kind.ask(other.period, kind.given(other), None)) if other else None
    if given.keys() <= Narrowing.model_fields.keys():
        course = visit.source.ask(
            SeriesQuestion(
                kind.share.name,
                visit.period,
                Narrowing(**given),
                granularity=granularity(visit.period),
                compare=visit.compared if other else None,
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
    if known is None or known.meets(visit.period):
        return f"{kind.nothing}."
    return f"{kind.nothing}: those that are known are of {formats.period(known)}."


def refused(visit: Visit, kind: InteractionPanel, name: str, heading: str) -> Panel:
    """A panel of a kind that cannot be had under the visit's filters: it says so."""
    refused, given = " and ".join(kind.refused(visit)), visit.narrowing.given
    answer = Answer[None](
        data=None,
        period=visit.period,
        filters=Narrowing(**{each: given[each] for each in kind.refused(visit)}).told,
        metrics=(kind.share.name,),
        snapshot=visit.info,
    )
    what = kind.label(kind.whole)
    unknown = f"{what} are not known by {refused}."
    return Panel(name, heading, "", Table(heading, (), ()), answer, nothing=unknown)


def cards(visit: Visit, kind: InteractionPanel) -> Html:
    """A card for each count, and for the share that was clicked; or why they cannot be had."""
    course = ask(visit, kind)
    names = (kind.whole, kind.share.name, *(name for name in kind.counts if name != kind.whole))
    made = [_card(visit, kind, course, name) for name in names]
    return at_a_glance(made, f"{kind.label(kind.whole)} at a glance")


def _card(
    visit: Visit, kind: InteractionPanel, course: InteractionCourse | None, name: str
) -> Html:
    of_share = name == kind.share.name
    metric = kind.share
    if not of_share:
        label, sentence = kind.counts[name]
        unit = kind.label(kind.whole).lower()
        metric = replace(
            metric, name=f"{kind.name}_{name}", label=label, sentence=sentence, unit=unit
        )
    if course is None:
        can = ", ".join(kind.share.filters)
        return card(metric, None, [], element("p", f"only by {can}", class_="change none"))
    value = getattr(course.now.data.totals, name)
    before = getattr(course.before.data.totals, name) if course.before else None
    facts = [("Unit", metric.unit)]
    if of_share:
        facts.append(("Rests on", kind.rests_on(course.now)))
    facts += [
        ("Period", formats.period(visit.period)),
        ("As of", formats.moment(course.now.snapshot.as_of)),
    ]
    values = course.course.data.lines[0].values if of_share else course.counted(name, course.now)
    trend = visit.of_whole(values, course.course.data.granularity)
    then = comparing.then(visit, visit.earlier if course.before else None)
    return card(metric, value, facts, against(metric.unit, value, before, then), trend)


def volume(visit: Visit, kind: InteractionPanel) -> Panel:
    """The panel of how many there were, with and without a click."""
    label, course = kind.label(kind.whole), ask(visit, kind)
    if course is None:
        return refused(visit, kind, f"{kind.name}-volume", label)
    steps = Steps.of(course.course.data, visit.notes_of(visit.period, kind.arrived))
    counted = {name: course.counted(name, course.now) for name in kind.counts}
    whole, clicked = counted[kind.whole], counted["clicked"]
    unclicked = [n - part for n, part in zip(whole, clicked, strict=True)]
    heading = f"{label} by {steps.step}"
    columns = [TableColumn(name, kind.label(name), formats.number) for name in kind.counts]
    columns.append(TableColumn("not_clicked", "Without a click", formats.number))
    values: list[Sequence[float | None]] = [*counted.values(), unclicked]
    compared = course.course.data.compared_with
    if course.before and compared:
        columns += comparing.columns(visit, kind.whole)
        counts = course.counted(kind.whole, course.before, compared.days_before)
        then = beside(counts, steps.days, visit.period, compared.period)
        values += [then, list(map(partial(formats.difference, kind.whole), whole, then))]
    table = steps.table(heading, columns, values, visit.of_days).rows_if(any(whole))
    summary = (
        f"{formats.number(sum(whole))} in all, {formats.number(sum(clicked))} with a click and "
        f"{formats.number(sum(whole) - sum(clicked))} without."
    )
    parts = [
        figures.column(table, "from", "clicked", name="With a click", partial=steps.partial),
        figures.column(
            table, "from", "not_clicked", name="Without", color="step-3", partial=steps.partial
        ),
    ]
    return Panel(
        name=f"{kind.name}-volume",
        heading=heading,
        summary=summary,
        table=table,
        answer=course.now.model_copy(update={"metrics": ()}),
        figure=figures.stacked(table, "from", parts, value=label, shapes=steps.shapes),
        sentences=[f"{label}: {sentence}" for label, sentence in kind.counts.values()],
        rows=kind.behind(visit),
        nothing=nothing(visit, kind),
    )


def share(visit: Visit, kind: InteractionPanel) -> Panel:
    """The panel of the share that was clicked, in the course of the period."""
    name, course = f"{kind.name}-clicks", ask(visit, kind)
    if course is None:
        return refused(visit, kind, name, kind.share.label)
    notes = visit.notes_of(visit.period, kind.arrived)
    panel = over_time(visit, course.course, notes, name=name, whole=True)
    facts = [("Rests on", kind.rests_on(course.now))]
    return replace(panel, rows=kind.behind(visit), facts=facts, nothing=nothing(visit, kind))


def groups(visit: Visit, kind: InteractionPanel, by: str) -> Panel:
    """The panel of the share that was clicked by a dimension, the largest group first."""
    name = f"{kind.name}-{by}"
    heading = f"{kind.share.label} by {by}"
    if kind.refused(visit):
        return refused(visit, kind, name, heading)
    period = _latest(visit.period)
    others, chosen = _of_all(visit, by)
    given = kind.given(others)
    answer = visit.source.ask(kind.ask(period, given, by))
    other = kind.other(replace(others, filters=others.filters.dated(period)))
    there = kind.ask(_latest(other.period), kind.given(other), by) if other else None
    before = {
        each.group: getattr(each, kind.share.name)
        for each in (visit.source.ask(there).data.groups if there else ())
    }
    rows = answer.data.groups
    names = ["All others" if e.group == OTHERS else formats.dimension(by, e.group) for e in rows]
    shares = [getattr(each, kind.share.name) for each in rows]
    table = Table(
        heading,
        (
            naming(by, by.capitalize(), chosen),
            measured(kind.share.name, kind.share.label, kind.share.unit),
            *(comparing.columns(visit, kind.share.unit) if other else ()),
            *(TableColumn(column, kind.label(column), formats.number) for column in kind.counts),
        ),
        tuple(
            (
                None if each.group == OTHERS else each.group,
                value,
                *(before_cells(kind.share.unit, value, before.get(each.group)) if other else ()),
                *(getattr(each, column) for column in kind.counts),
            )
            for value, each in zip(shares, rows, strict=True)
        ),
        tuple(_narrower(visit, by, each.group) for each in rows),
    )
    said = [
        f"{formats.percent(value)} of {formats.short(getattr(each, kind.whole))} "
        f"{formats.marked(kind.share.unit, value, before.get(each.group))}".rstrip()
        for value, each in zip(shares, rows, strict=True)
    ]
    notes = (
        beside_others(visit, by, chosen),
        f"Of the last {MOST_DAYS_BY_GROUP} days of the period." if period != visit.period else None,
    )
    return Panel(
        name=name,
        heading=heading,
        summary=_summary(kind, names, answer.data),
        table=table,
        answer=answer,
        figure=figures.bars(
            table,
            by,
            kind.share.name,
            said,
            unit=kind.share.unit,
            chosen=[at for at, each in enumerate(rows) if each.group in chosen],
        ),
        note=" ".join(filter(None, notes)) or None,
        choices=comparing.choices(visit, by, [e.group for e in rows if e.group != OTHERS]),
        rows=kind.behind(visit) if period == visit.period else None,
        nothing=nothing(visit, kind),
    )


def _summary(kind: InteractionPanel, names: Sequence[str], data: Any) -> str:
    """The largest group beside all together: small ones differ by chance."""
    if not names:
        return ""
    first, every = data.groups[0], data.totals
    share = kind.share.name
    alike = sum(
        getattr(each, kind.whole) == getattr(first, kind.whole)
        for each in data.groups
        if each.group != OTHERS
    )
    most = "which has most" if alike <= 1 else "one of those with most"
    return (
        f"{formats.percent(getattr(first, share))} for {names[0]}, {most}; "
        f"{formats.percent(getattr(every, share))} of all "
        f"{formats.number(getattr(every, kind.whole))}."
    )


def _of_all(visit: Visit, by: str) -> tuple[Visit, tuple[str, ...]]:
    """The visit without what it is narrowed to by a dimension, and that, to be marked."""
    own = visit.own(by) if by in visit.page.own else None
    if own is None:
        return of_all(visit, by)
    return replace(visit, filters=visit.filters.with_own(**{by: None})), (own,)


def _narrower(visit: Visit, by: str, group: str) -> str:
    """Where a group leads: to this page narrowed to it, or no longer; the others to all of it."""
    if group == OTHERS:
        return visit.link()
    if by in visit.page.own:
        own = None if visit.own(by) == group else group
        return visit.link(visit.filters.with_own(**{by: own}))
    return visit.link(visit.filters.toggled(by, group))


def _latest(period: Period) -> Period:
    """The last days of a period, as many as are told by group."""
    first = max(period.from_.toordinal(), period.to.toordinal() - MOST_DAYS_BY_GROUP + 1)
    return Period(from_=date.fromordinal(first), to=period.to)
