"""Who comes back: the people of each week, and how many of them play again weeks later."""

from collections.abc import Sequence
from itertools import groupby

from dash_app import formats
from dash_app.charts.matrix import matrix
from dash_app.charts.scale import largest
from dash_app.figures import heat_map
from dash_app.labels import metric
from dash_app.markup import Html, Node, element
from dash_app.page_request import Visit
from dash_app.panels import weeks
from dash_app.panels.links import behind
from dash_app.panels.panel import PEOPLE, Panel
from dash_app.table import Table, TableColumn
from netflix_pipeline.serving import Answer
from netflix_pipeline.serving.questions.retention import (
    Retention,
    RetentionQuestion,
    RetentionRate,
    RetentionWeek,
)

NOTE = (
    "A share leads to all plays of its week: they cannot be narrowed to the people of a cohort. "
    "Weeks that are not over are left out."
)


def columns() -> tuple[TableColumn, ...]:
    """What is told of each cohort, k weeks later."""
    return (
        TableColumn("cohort_week", "First week", weeks.named),
        TableColumn("week_offset", "Weeks later", formats.number),
        TableColumn("cohort_users", "People", formats.number),
        TableColumn("active_users", "Came back", formats.number),
        TableColumn("retention", metric("retention").label, formats.percent),
        TableColumn("provisional", "Not over yet", lambda value: "yes" if value else "no"),
    )


def ask(visit: Visit) -> Answer[Retention]:
    """What `retention` shows."""
    return visit.source.ask(RetentionQuestion(weeks.shown(visit)))


def retention(visit: Visit) -> Panel:
    """The panel of the cohorts' retention, week by week."""
    answer = ask(visit)
    cohorts = answer.data.cohorts
    shown = [each.cohort_week for each in cohorts if each.week_offset == 0]
    table = Table.of(
        f"{metric('retention').label} by week of the first play", columns(), cohorts, keys=2
    )
    return Panel(
        name="retention",
        heading="Who comes back, by the week of the first play",
        summary=_summary(answer.data.rates),
        table=table,
        answer=answer,
        shown=_drawn(visit, answer.data, table.caption),
        figure=heat_map(table, "week_offset", "cohort_week", "retention"),
        facts=[("Rests on", formats.counted(sum(_people(answer.data)), *PEOPLE))],
        rows=behind(visit, answer.period, metric="plays"),
        note=" ".join(filter(None, (weeks.weeks_shown(visit, shown), NOTE))),
        nothing="Nobody played for the first time in these weeks.",
    )


def _drawn(visit: Visit, data: Retention, caption: str) -> Html:
    """A row of all cohorts together, and one for each, oldest first."""
    after = [rate for rate in data.rates if rate.week_offset and rate.cohorts]
    offsets = [rate.week_offset for rate in after]
    cohorts = {
        week: {each.week_offset: each for each in group}
        for week, group in groupby(data.cohorts, lambda each: each.cohort_week)
    }
    people = _people(data)
    known = [[cohort.get(k) for k in offsets] for cohort in cohorts.values()]
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
        ["All", formats.number(sum(people))],
        *([weeks.named(week), formats.number(n)] for week, n in zip(cohorts, people, strict=True)),
    ]
    return matrix(
        rows,
        said,
        heads=["First week", "People", *map(_later, offsets)],
        names=names,
        caption=f"{caption}, and weeks later",
        most=largest(value for row in rows for value in row),
    )


def _people(data: Retention) -> list[int]:
    """The people of each cohort, oldest first."""
    return [each.cohort_users for each in data.cohorts if each.week_offset == 0]


def _later(weeks: int) -> Node:
    """The head of a column, short for the eye."""
    words = "week later" if weeks == 1 else "weeks later"
    return [f"+{weeks}", element("span", f" {words}", class_="unseen")]


def _share(visit: Visit, each: RetentionWeek | None, *, first: bool) -> Node:
    """A cell, which leads to the plays of its week; only the first is a stop of the Tab key."""
    if each is None or each.retention is None:
        return None
    week = weeks.whole(each.cohort_week + each.week_offset * weeks.WEEK)
    href = behind(visit, week, metric="plays")
    return element(
        "a",
        formats.percent(each.retention),
        href=href,
        title=_counted(each),
        tabindex=None if first else -1,
    )


def _counted(each: RetentionRate | RetentionWeek) -> str:
    """What a share rests on."""
    return f"{formats.number(each.active_users)} of {formats.counted(each.cohort_users, *PEOPLE)}"


def _summary(rates: Sequence[RetentionRate]) -> str:
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
