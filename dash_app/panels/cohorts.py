"""Who comes back: by the week or the day of the first play, or by what people began with."""

from collections.abc import Sequence
from datetime import date
from itertools import groupby

from dash_app import figures, formats, labels
from dash_app.charts.heat_map import matrix
from dash_app.filters import BadAddress
from dash_app.markup import Html, Node, element
from dash_app.page_request import Visit
from dash_app.panels import people_groups, weeks
from dash_app.panels.panel import PEOPLE, Panel
from dash_app.table import Table, TableColumn, measured
from netflix_pipeline.serving import Period
from netflix_pipeline.serving.query.cohorts import Beginning
from netflix_pipeline.serving.questions.cohorts import (
    Cohorts,
    CohortsQuestion,
    Step,
    StepLater,
)

OWN = "cohorts"
"""The name of the address that says which people are a cohort."""
Kind = Step | Beginning
CALLED: dict[Kind, str] = {
    "week": "By week",
    "day": "By day",
    "first_title": "First title",
    "first_country": "First country",
    "first_device": "First device",
}
FEWEST, MOST = 35, 56
"""Days whose cohorts are shown: of the first of them it is known who came back 28 days later."""
LATER: dict[Step, Sequence[int]] = {"day": (*range(1, 8), 14, 21, 28), "week": range(1, weeks.MOST)}
"""The steps that have a column."""
TOLD: dict[Step, tuple[int, int]] = {"day": (1, 7), "week": (1, 4)}
"""Those that the sentence tells."""
NOTE = "What is not over is left out: a share is of the people of whom it is over."


def retention(visit: Visit) -> Panel:
    """The panel of the cohorts that the address asks for. Raises BadAddress."""
    kind = _kind(visit)
    choices = _switch(visit, kind)
    if kind == "week":
        return weeks.retention(visit, choices)
    if kind == "day":
        asked = CohortsQuestion("day", None, _days(visit), most=LATER["day"][-1])
    else:
        asked = CohortsQuestion("week", kind, weeks.shown(visit), most=LATER["week"][-1])
    return _panel(visit, asked, choices)


def _kind(visit: Visit) -> Kind:
    wanted = visit.own(OWN) or "week"
    for kind in CALLED:
        if kind == wanted:
            return kind
    raise BadAddress(f"{OWN} is one of {', '.join(CALLED)}.")


def _switch(visit: Visit, now: Kind) -> Html:
    """The links to other cohorts."""
    links = [
        element(
            "a",
            label,
            href=visit.link(visit.filters.with_own(**{OWN: None if kind == "week" else kind})),
            aria_current="true" if kind == now else None,
        )
        for kind, label in CALLED.items()
    ]
    return element("div", links, role="group", aria_label="Cohorts", class_="segments")


def _days(visit: Visit) -> Period:
    """The days whose cohorts are shown: those of the period, within FEWEST and MOST."""
    period, last = visit.period, visit.period.to.toordinal()
    first = max(min(period.from_.toordinal(), last - FEWEST + 1), last - MOST + 1, 1)
    return Period(from_=date.fromordinal(first), to=period.to)


def _panel(visit: Visit, asked: CohortsQuestion, choices: Html) -> Panel:
    answer = visit.source.ask(asked)
    data, step = answer.data, asked.step
    by = people_groups.CALLED[asked.by] if asked.by else "First day"
    told = people_groups.CALLED[asked.by].lower() if asked.by else "day of the first play"
    names = _names(data)
    hours, rate = labels.metric("hours_viewed"), labels.metric("cohort_retention")
    table = Table.of(
        f"Retention by {told}",
        (
            TableColumn("group", by, none=people_groups.OTHERS),
            TableColumn("offset", f"{step.capitalize()}s later", formats.number),
            TableColumn("cohort_users", "People", formats.number),
            TableColumn("active_users", "Came back", formats.number),
            TableColumn("retention", rate.label, formats.percent),
            measured("hours_viewed", hours.label, hours.unit),
        ),
        data.cohorts,
        keys=2,
        group=lambda each: names[each.group],
    )
    people = sum(each.cohort_users for each in data.rates if not each.offset)
    return Panel(
        name="retention",
        heading=f"Who comes back, by {told}",
        summary=_summary(data),
        table=table,
        answer=answer,
        shown=_matrix(data, names, by, table.caption) if data.cohorts else None,
        figure=figures.heat_map(table, "offset", "group", "retention"),
        facts=[("Rests on", formats.counted(people, *PEOPLE))],
        sentences=(weeks.PLAYED,),
        rows=visit.behind(answer.period, metric="plays"),
        choices=choices,
        note=" ".join(filter(None, (_shown(visit, answer.period), NOTE))),
        nothing="Nobody played for the first time in these days.",
    )


def _shown(visit: Visit, shown: Period | None) -> str | None:
    """Of whom it is told, where these are not the people of the period."""
    if shown is None or shown == visit.period:
        return None
    return f"Shown: people who played for the first time in {formats.period(shown)}."


def _names(data: Cohorts) -> dict[str | None, str | None]:
    """What each cohort is called."""
    if data.by:
        return people_groups.names_of(data.by, [one for one in data.cohorts if not one.offset])
    begun = {each.group for each in data.cohorts if each.group}
    return {None: None} | {group: formats.day(date.fromisoformat(group)) for group in begun}


def _matrix(data: Cohorts, names: dict[str | None, str | None], by: str, caption: str) -> Html:
    """A row of all cohorts together, and one for each."""
    over = {each.offset for each in data.rates}
    offsets = [k for k in LATER[data.step] if k in over]
    cohorts: list[tuple[str, dict[int, StepLater]]] = [
        ("All", {each.offset: each for each in data.rates})
    ]
    for group, steps in groupby(data.cohorts, lambda each: each.group):
        called = names[group] or people_groups.OTHERS
        cohorts.append((called, {each.offset: each for each in steps}))
    known = [[cohort.get(k) for k in offsets] for _, cohort in cohorts]
    return matrix(
        [[each.retention if each else None for each in row] for row in known],
        [[_share(each) for each in row] for row in known],
        heads=[by, "People", *(_later(k, data.step) for k in offsets)],
        names=[[name, formats.number(cohort[0].cohort_users)] for name, cohort in cohorts],
        caption=f"{caption}, and {data.step}s later",
    )


def _share(each: StepLater | None) -> Node:
    if each is None:
        return None
    of = formats.counted(each.cohort_users, *PEOPLE)
    told = f"{formats.number(each.active_users)} of {of}"
    return element("span", formats.percent(each.retention), title=told)


def _later(count: int, step: Step) -> Node:
    """The head of a column, short for the eye."""
    words = f" {step} later" if count == 1 else f" {step}s later"
    return [f"+{count}", element("span", words, class_="unseen")]


def _summary(data: Cohorts) -> str:
    """How many come back after one step, and after some more."""
    known = {each.offset: each for each in data.rates}
    parts = [
        f"{formats.percent(known[k].retention)} after {formats.counted(k, data.step)}"
        for k in TOLD[data.step]
        if k in known
    ]
    return (
        f"Of those who played for the first time, came back: {', '.join(parts)}." if parts else ""
    )
