"""How many people watch, by day, week and month, and how often they come."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from dash_app import formats
from dash_app.figures import Trace, line, lines
from dash_app.labels import metric
from dash_app.page_request import Visit
from dash_app.panels.cards import OF_LAST_DAY
from dash_app.panels.links import behind
from dash_app.panels.panel import Panel, nothing_of
from dash_app.panels.time_buckets import Steps
from dash_app.panels.trend import granularity, over_time
from dash_app.table import measured
from netflix_pipeline.serving import Period
from netflix_pipeline.serving.questions.courses import CoursesQuestion
from netflix_pipeline.serving.questions.series import SeriesQuestion

LOOKS = {"dau": "accent", "wau": "c2", "mau": "c3"}
"""The counts of viewers, and the colours of their lines."""
Counts = Mapping[str, Sequence[float | None]]
"""Values over a period, by metric."""


def counts(visit: Visit) -> Counts:
    """The counts of viewers and stickiness over the period."""
    step = granularity(visit.period)
    return visit.source.ask(CoursesQuestion(OF_LAST_DAY, visit.period, granularity=step)).data


def viewers(visit: Visit) -> Panel:
    """The panel of daily, weekly and monthly viewers, beside the days that they are compared with.

    Days and weeks of both stand beside one another, as they are whole weeks apart; months do not.
    """
    answer = visit.source.ask(_stickiness(visit))
    steps = Steps.of(answer.data, visit.notes)
    known = counts(visit)
    values = {name: known[name] for name in LOOKS}
    before: Counts = {}
    if visit.earlier and steps.step != "month":
        asked = CoursesQuestion(tuple(LOOKS), visit.earlier, granularity=answer.data.granularity)
        before = visit.source.ask(asked).data
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
    then = formats.period(visit.earlier) if visit.earlier else None
    traces: list[Trace] = []
    for name in before:
        traces += line(table, "from", f"{name}_compared", name=then, color="compare", dash="dash")
        then = None  # all of them are one in the legend
    for name, color in reversed(LOOKS.items()):
        told = metric(name).label
        traces += line(table, "from", name, name=told, color=color, partial=steps.partial)
    return Panel(
        name="viewers",
        heading=heading,
        summary=summary,
        table=table,
        answer=answer.model_copy(update={"metrics": tuple(LOOKS)}),
        nothing=nothing_of("viewers"),
        figure=lines(table, "from", traces, value=metric("viewers").label, shapes=steps.shapes),
        rows=_plays(visit),
        note=_note(steps.step),
    )


def stickiness(visit: Visit) -> Panel:
    """The panel of stickiness, beside the days that it is compared with."""
    answer = visit.source.ask(_stickiness(visit))
    name, link = "stickiness", partial(_plays, visit)
    panel = over_time(visit, answer, visit.notes, name=name, link=link)
    return replace(panel, rows=_plays(visit), note=_note(answer.data.granularity))


def _stickiness(visit: Visit) -> SeriesQuestion:
    step = granularity(visit.period)
    return SeriesQuestion("stickiness", visit.period, granularity=step, compare=visit.compared)


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
