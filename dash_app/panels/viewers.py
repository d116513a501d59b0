"""How many people watch, by day, week and month, and how often they come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dash_app import formats
from dash_app.charts.lines import Other, lines
from dash_app.charts.scale import labelled
from dash_app.figures import lines as figure
from dash_app.panels.links import behind
from dash_app.panels.marked import marked, words
from dash_app.panels.panel import Key, Panel
from dash_app.panels.trend import CUT, days_of, granularity, over_time
from dash_app.table import Column, Table, measured
from dash_app.visit import Visit
from netflix_pipeline.metrics import METRICS
from netflix_pipeline.serving import Answer, Period, Series

LOOKS = {"dau": "", "wau": "c2", "mau": "c3"}
"""The counts of viewers, and how their lines are drawn."""
Course = Mapping[str, Sequence[float | None]]
"""Values over a period, by metric."""
OF_LAST_DAY = "Of each {step} its last day's number is shown."


def ask(visit: Visit) -> Answer[Series]:
    """What `stickiness` shows."""
    return visit.queries.series(
        "stickiness",
        visit.period,
        granularity=granularity(visit.period),
        compare=visit.compared,
    )


def viewers(visit: Visit, answer: Answer[Series], course: Course) -> Panel:
    """The panel of daily, weekly and monthly viewers.

    `course` has the values of each, by the stretches of the period that `answer` has.
    """
    answer = answer.model_copy(update={"metrics": tuple(LOOKS)})
    buckets, step = answer.data.buckets, answer.data.granularity
    values = {name: course[name] for name in LOOKS}
    days = [days_of(bucket) for bucket in buckets]
    marks = marked(visit.notes, days)
    notes = words(marks, [CUT if bucket.partial else None for bucket in buckets])
    heading = f"Daily, weekly and monthly viewers by {step}"
    rows = [
        (*((each.from_,) if step == "day" else (each.from_, each.to)), *counts, note or None)
        for each, *counts, note in zip(days, *values.values(), notes, strict=True)
    ]
    said = formats.weekday if step == "day" else formats.day
    table = Table(
        heading,
        (
            Column("from", "Day (UTC)" if step == "day" else "From (UTC)", said),
            *((Column("to", "To", formats.day),) if step != "day" else ()),
            *(measured(name, METRICS[name].label, METRICS[name].unit) for name in LOOKS),
            Column("notes", "To know"),
        ),
        tuple(rows) if any(values["mau"]) else (),
        tuple(_plays(visit, each) for each in days),
        keys=1 if step == "day" else 2,
    )
    dates = [each.from_ for each in days]
    tick_day = formats.day_of_year if dates[0].year == dates[-1].year else formats.month
    summary = _summary({name: told[-1] for name, told in values.items()}, days[-1])
    return Panel(
        name="viewers",
        heading=heading,
        summary=summary,
        table=table,
        answer=answer,
        chart=lines(
            values["dau"],
            others=[Other(look, values[name]) for name, look in LOOKS.items() if look],
            label=f"{heading}. {summary}",
            tick=formats.short,
            labels={at: tick_day(dates[at]) for at in labelled(len(dates))},
            partial=frozenset(at for at, bucket in enumerate(buckets) if bucket.partial),
            marks=marks,
        ),
        figure=lambda: figure(table, "from", list(LOOKS), "users"),
        keys=[Key(look, METRICS[name].label) for name, look in LOOKS.items()],
        rows=_plays(visit),
        note=OF_LAST_DAY.format(step=step) if step != "day" else None,
    )


def stickiness(visit: Visit, answer: Answer[Series]) -> Panel:
    """The panel of stickiness, beside the days that it is compared with."""
    panel = over_time(
        visit, answer, visit.notes, name="stickiness", link=lambda days: _plays(visit, days)
    )
    step = answer.data.granularity
    note = OF_LAST_DAY.format(step=step) if step != "day" else None
    return replace(panel, rows=_plays(visit), note=note)


def _plays(visit: Visit, days: Period | None = None) -> str:
    return behind(visit, days, metric="viewers")


def _summary(last: Mapping[str, float | None], days: Period) -> str:
    """What the last day shows."""
    daily, weekly, monthly = (formats.number(last[name]) for name in LOOKS)
    return (
        f"{formats.weekday(days.to)}: {daily} viewers, {weekly} in the 7 days "
        f"and {monthly} in the 30 days that end with it."
    )
