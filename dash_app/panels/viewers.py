"""How many people watch, by day, week and month, and how often they come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from dash_app import formats
from dash_app.charts.lines import Other, lines
from dash_app.figures import lines as figure
from dash_app.labels import metric
from dash_app.page_request import Visit
from dash_app.panels.links import behind
from dash_app.panels.panel import LegendEntry, Panel, nothing_of
from dash_app.panels.time_buckets import Steps
from dash_app.panels.trend import granularity, over_time
from dash_app.table import measured
from netflix_pipeline.serving import Answer, Period
from netflix_pipeline.serving.questions.series import Series, SeriesQuestion

LOOKS = {"dau": "", "wau": "c2", "mau": "c3"}
"""The counts of viewers, and how their lines are drawn."""
Course = Mapping[str, Sequence[float | None]]
"""Values over a period, by metric."""


def ask(visit: Visit) -> Answer[Series]:
    """What `stickiness` shows."""
    return visit.source.ask(
        SeriesQuestion(
            "stickiness",
            visit.period,
            granularity=granularity(visit.period),
            compare=visit.compared,
        )
    )


def viewers(visit: Visit, answer: Answer[Series], course: Course, before: Course) -> Panel:
    """The panel of daily, weekly and monthly viewers, beside the days that they are compared with.

    `course` has the values of each, by the stretches of the period that `answer` has, and `before`
    those of the period compared with; it is empty where there are none.
    """
    answer = answer.model_copy(update={"metrics": tuple(LOOKS)})
    steps = Steps.of(answer.data, visit.notes)
    values = {name: course[name] for name in LOOKS}
    heading = f"Daily, weekly and monthly viewers by {steps.step}"
    columns = [measured(name, metric(name).label, metric(name).unit) for name in LOOKS]
    columns += [
        measured(f"{name}_compared", f"{metric(name).label} before", metric(name).unit)
        for name in before
    ]
    table = steps.table(
        heading, columns, [*values.values(), *before.values()], partial(_plays, visit)
    )
    if not any(map(any, values.values())):
        table = replace(table, rows=(), links=())
    over = [at for at, days in enumerate(steps.days) if days.to <= visit.whole.to]
    last = over[-1] if over else -1
    summary = _summary({name: series[last] for name, series in values.items()}, steps.days[last])
    return Panel(
        name="viewers",
        heading=heading,
        summary=summary,
        table=table,
        answer=answer,
        nothing=nothing_of("viewers"),
        chart=lines(
            values["dau"],
            others=[
                *(Other("before", series) for series in before.values()),
                *(Other(look, values[name]) for name, look in LOOKS.items() if look),
            ],
            label=f"{heading}. {summary}",
            tick=formats.short,
            labels=steps.labels,
            partial=steps.partial,
            marks=steps.marks,
        ),
        figure=lambda: figure(
            table, "from", [*LOOKS, *(f"{name}_compared" for name in before)], "users"
        ),
        keys=[
            *(LegendEntry(look, metric(name).label) for name, look in LOOKS.items()),
            *(
                [LegendEntry("before", formats.period(visit.earlier))]
                if before and visit.earlier
                else []
            ),
        ],
        rows=_plays(visit),
        note=_note(steps.step),
    )


def stickiness(visit: Visit, answer: Answer[Series]) -> Panel:
    """The panel of stickiness, beside the days that it is compared with."""
    name, link = "stickiness", partial(_plays, visit)
    panel = over_time(visit, answer, visit.notes, name=name, link=link)
    return replace(panel, rows=_plays(visit), note=_note(answer.data.granularity))


def _note(step: str) -> str | None:
    return f"Of each {step} its last day's number is shown." if step != "day" else None


def _plays(visit: Visit, days: Period | None = None) -> str:
    return behind(visit, days, metric="viewers")


def _summary(last: Mapping[str, float | None], days: Period) -> str:
    """What the last day shows; the data may not reach 7 or 30 days back."""
    parts = [f"{formats.weekday(days.to)}: {formats.counted(last['dau'], 'viewer')}"]
    parts += [
        f"{formats.number(last[name])} in the {length} days that end with it"
        for name, length in (("wau", 7), ("mau", 30))
        if last[name] is not None
    ]
    return f"{', '.join(parts)}."
