"""What goes by whole weeks: who came, came back and stayed away, and which weeks are shown.

Lifecycle has the people of each week by what they did before; retention those of each first week,
and how many of them play again weeks later.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import groupby

from dash_app import figures, formats, labels
from dash_app.charts.heat_map import matrix
from dash_app.markup import Html, Node, element
from dash_app.page_request import Visit
from dash_app.panels.panel import PEOPLE, Panel
from dash_app.panels.time_buckets import Steps
from dash_app.table import NOTES, Table, TableColumn
from netflix_pipeline.contracts.dimensions import COHORT
from netflix_pipeline.serving import Answer, Period
from netflix_pipeline.serving.query.periods import WEEK, monday, sunday
from netflix_pipeline.serving.questions.audience import (
    LifecycleQuestion,
    LifecycleWeek,
    Retention,
    RetentionQuestion,
    RetentionRate,
    RetentionWeek,
)

FEWEST, MOST = 12, 52
"""Weeks that are shown: fewer than these do not tell who comes back, more nobody reads."""
PARTS = {
    "returning_users": ("Returning", "part-1"),
    "resurrected_users": ("Resurrected", "part-3"),
    "new_users": ("New", "part-5"),
    "dormant_users": ("Dormant", "part-4"),
}
"""The parts of a week from the line outwards, the last one below it: name, and colour."""
DOWN = "dormant_users"
PROVISIONAL = "not over yet: provisional"
NOTE = (
    "A share leads to the plays of its people in its week. Weeks that are not over are left out, "
    "and All has nobody who began in one."
)
PLAYED = "People here played something, however short; viewers watched for two minutes or more."
OPENS = (
    "A bar opens all plays of its week, whichever people it is of; who is dormant has none in it."
)


def shown(visit: Visit) -> Period:
    """The days whose weeks are shown: those of the visit's period, within FEWEST and MOST."""
    period = visit.period
    last = monday(period.to)
    first = min(period.from_, _before(last, FEWEST - 1))
    return Period(from_=max(first, _before(last, MOST - 1)), to=period.to)


def weeks_shown(visit: Visit, mondays: Sequence[date]) -> str | None:
    """Where the weeks that are shown are not those of the period, that it is so."""
    period = visit.period
    if mondays and mondays[0] < monday(period.from_):
        return f"Shown: {formats.counted(len(mondays), 'week')}, also those before the period."
    limit = monday(shown(visit).from_)
    if monday(max(period.from_, visit.info.data_from or period.from_)) < limit:
        return f"Shown: the last {MOST} weeks of the period."
    return None


def whole(begin: date) -> Period:
    """All days of the week that begins on a Monday."""
    return Period(from_=begin, to=sunday(begin))


def _before(day: date, weeks: int) -> date:
    """The day so many weeks earlier, or the first that there is."""
    return date.fromordinal(max(1, day.toordinal() - 7 * weeks))


def lifecycle_weeks(visit: Visit) -> Answer[tuple[LifecycleWeek, ...]]:
    """What `lifecycle` shows."""
    return visit.source.ask(LifecycleQuestion(shown(visit)))


def lifecycle(visit: Visit) -> Panel:
    """The panel of new, returning, resurrected and dormant people by week."""
    answer = lifecycle_weeks(visit)
    course = answer.data
    mondays = [each.week for each in course]
    days = [whole(each.week) for each in course]
    notes = visit.notes_of(answer.period) if answer.period else ()
    lacking = [PROVISIONAL if each.provisional else None for each in course]
    steps = Steps("week", days, lacking, notes)
    known = any(steps.words)
    table = Table(
        "People by week and by what they did before",
        (
            TableColumn("week", "Week (UTC)", formats.week),
            TableColumn("active_users", "Active", formats.number),
            *(TableColumn(name, label, formats.number) for name, (label, _) in PARTS.items()),
            *((NOTES,) if known else ()),
        ),
        tuple(
            (
                each.week,
                each.active_users,
                *(getattr(each, name) for name in PARTS),
                *((note,) if known else ()),
            )
            for each, note in zip(course, steps.words, strict=True)
        ),
        tuple(visit.behind(each, metric="plays") for each in days),
    )
    parts = [
        figures.column(
            table, "week", name, name=label, color=c, down=name == DOWN, partial=steps.partial
        )
        for name, (label, c) in PARTS.items()
    ]
    return Panel(
        name="lifecycle",
        heading="New, returning and lost people by week",
        summary=_lifecycle_summary(course),
        table=table,
        answer=answer,
        figure=figures.stacked(table, "week", parts, value="Users", shapes=steps.shapes),
        rows=visit.behind(answer.period, metric="plays"),
        note=" ".join(filter(None, (weeks_shown(visit, mondays), PLAYED, OPENS))),
        nothing="Nobody played in these weeks, nor in the week before them.",
    )


def _lifecycle_summary(course: tuple[LifecycleWeek, ...]) -> str:
    """The last week that is over: who came, and who did not."""
    over = [each for each in course if not each.provisional]
    if not over:
        return ""
    last = over[-1]
    return (
        f"In the week of {formats.day(last.week)} {formats.counted(last.active_users, *PEOPLE)} "
        f"played: {formats.number(last.new_users)} for the first time, "
        f"{formats.number(last.resurrected_users)} after a pause; "
        f"{formats.number(last.dormant_users)} of the week before did not."
    )


def columns() -> tuple[TableColumn, ...]:
    """What is told of each cohort, k weeks later."""
    return (
        TableColumn("cohort_week", "First week", formats.day),
        TableColumn("week_offset", "Weeks later", formats.number),
        TableColumn("cohort_users", "People", formats.number),
        TableColumn("active_users", "Came back", formats.number),
        TableColumn("retention", labels.metric("retention").label, formats.percent),
        TableColumn("provisional", "Not over yet", lambda value: "yes" if value else "no"),
    )


def cohorts(visit: Visit) -> Answer[Retention]:
    """What `retention` shows."""
    return visit.source.ask(RetentionQuestion(shown(visit)))


def retention(visit: Visit, choices: Html) -> Panel:
    """The panel of the cohorts' retention, week by week, with links to be told otherwise."""
    answer = cohorts(visit)
    begun = [each.cohort_week for each in answer.data.cohorts if each.week_offset == 0]
    people = formats.counted(_everybody(answer.data), *PEOPLE)
    table = Table.of(
        f"{labels.metric('retention').label} by week of the first play",
        columns(),
        answer.data.cohorts,
        keys=2,
    )
    return Panel(
        name="retention",
        heading="Who comes back, by the week of the first play",
        summary=_retention_summary(answer.data.rates),
        table=table,
        answer=answer,
        shown=_cohorts(visit, answer.data, table.caption),
        figure=figures.heat_map(table, "week_offset", "cohort_week", "retention"),
        facts=[("Rests on", people)],
        sentences=(PLAYED,),
        rows=visit.behind(answer.period, metric="plays"),
        choices=choices,
        note=" ".join(filter(None, (weeks_shown(visit, begun), NOTE))),
        nothing="Nobody played for the first time in these weeks.",
    )


def _cohorts(visit: Visit, data: Retention, caption: str) -> Html:
    """A row of all cohorts together, and one for each, oldest first."""
    after = [rate for rate in data.rates if rate.week_offset and rate.cohorts]
    offsets = [rate.week_offset for rate in after]
    by_week = {
        week: {each.week_offset: each for each in group}
        for week, group in groupby(data.cohorts, lambda each: each.cohort_week)
    }
    people = _people(data)
    known = [[cohort.get(k) for k in offsets] for cohort in by_week.values()]
    rows = [
        [rate.retention for rate in after],
        *([each.retention if each else None for each in row] for row in known),
    ]
    said: list[list[Node]] = [
        [element("span", formats.percent(rate.retention), title=_counted(rate)) for rate in after],
        *(
            [_share(visit, each, first=not (down or right)) for right, each in enumerate(row)]
            for down, row in enumerate(known)
        ),
    ]
    names = [
        ["All", formats.number(_everybody(data))],
        *([formats.day(week), formats.number(n)] for week, n in zip(by_week, people, strict=True)),
    ]
    return matrix(
        rows,
        said,
        heads=["First week", "People", *map(_later, offsets)],
        names=names,
        caption=f"{caption}, and weeks later",
    )


def _everybody(data: Retention) -> int:
    """The people of all cohorts of which the first week is over, together."""
    return sum(rate.cohort_users for rate in data.rates if not rate.week_offset)


def _people(data: Retention) -> list[int]:
    """The people of each cohort, oldest first."""
    return [each.cohort_users for each in data.cohorts if each.week_offset == 0]


def _later(count: int) -> Node:
    """The head of a column, short for the eye."""
    words = "week later" if count == 1 else "weeks later"
    return [f"+{count}", element("span", f" {words}", class_="unseen")]


def _share(visit: Visit, each: RetentionWeek | None, *, first: bool) -> Node:
    """A cell, which leads to the plays of its people in its week.

    Only the first is a stop of the Tab key.
    """
    if each is None or each.retention is None:
        return None
    week = whole(each.cohort_week + each.week_offset * WEEK)
    of_cohort = replace(visit, subject={COHORT: str(each.cohort_week)})
    return element(
        "a",
        formats.percent(each.retention),
        href=of_cohort.behind(week, metric="plays"),
        title=_counted(each),
        tabindex=None if first else -1,
    )


def _counted(each: RetentionRate | RetentionWeek) -> str:
    """What a share rests on."""
    return f"{formats.number(each.active_users)} of {formats.counted(each.cohort_users, *PEOPLE)}"


def _retention_summary(rates: Sequence[RetentionRate]) -> str:
    """How many come back after one week, and after four."""
    known = {rate.week_offset: rate for rate in rates if rate.retention is not None}
    parts = [
        f"{formats.percent(known[k].retention)} after {count}"
        for k, count in ((1, "one week"), (4, "four weeks"))
        if k in known
    ]
    return (
        f"Of those who played for the first time, came back: {', '.join(parts)}." if parts else ""
    )
