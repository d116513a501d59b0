"""How a title did day by day since its launch, beside other launches and what is typical."""

import math
from collections.abc import Sequence
from itertools import chain
from typing import Any

from dash_app import figures, formats, labels
from dash_app.filters import BadAddress
from dash_app.markup import Html, element, fragment
from dash_app.page_request import Visit
from dash_app.panels.controls import SEEN_AT_ONCE, finder, kept
from dash_app.panels.panel import Panel
from dash_app.table import Table, TableColumn, measured
from netflix_pipeline.serving import title_names
from netflix_pipeline.serving.query.launches import COMPARED, earlier_launches
from netflix_pipeline.serving.questions.launch import WINDOWS
from netflix_pipeline.serving.questions.launch_curves import (
    LaunchCurve,
    LaunchCurves,
    LaunchCurvesQuestion,
)

AGAINST, OF = "against", "curve"
"""The names in an address of the launches to compare with, and of the measure."""
COLORS = ("c2", "c3", "c4", "c5", "c6")
"""Of the launches to compare with, of which there are at most so many."""
OFFERED = 200
"""The last earlier launches, of which some can be chosen."""
MOST_TICKS = 6
"""Labels at the axis of days, beside that of the last one."""
MEDIAN = "Median of its type"
SENTENCE = (
    "Each day has what there was since the launch, that day included; the launch day is day 0. The "
    "median of a day is that of all earlier launches of the type that have this day in the data."
)


def launch_curves(visit: Visit) -> Panel:
    """The panel of the first 91 days of a title, added up. Raises BadAddress, UnknownValues."""
    assert visit.title_id
    by, chosen = _measure(visit), visit.owns(AGAINST)
    if len(chosen) > len(COLORS):
        raise BadAddress(f"{AGAINST} may name {len(COLORS)} launches: choose fewer.")
    answer = visit.source.ask(LaunchCurvesQuestion(visit.title_id, visit.narrowing, chosen))
    data, metric = answer.data, labels.metric(by)
    heading = f"{metric.label} since the launch, added up"
    table = _table(heading, data, by)
    return Panel(
        name="launch-curves",
        heading=heading,
        summary=_summary(data, by),
        table=table,
        answer=answer.model_copy(update={"metrics": (by,)}),
        figure=figures.lines(
            table,
            "day",
            _traces(visit, table, data, by),
            value=metric.label,
            unit=metric.unit,
            ticks=ticks(len(table.rows)),
        ),
        facts=[(_called(each), f"launched {formats.day(each.launch_day)}") for each in data.curves],
        sentences=(SENTENCE,),
        choices=fragment(_measures(visit, by), _menu(visit, data)),
        nothing="It was launched before the data begin, or was never played.",
    )


def ticks(days: int) -> figures.Ticks:
    """Labels of the launch day, of whole weeks after it, and of the last day: 0, 7, 14, 21, 27."""
    last = max(days - 1, 0)
    step = math.ceil(last / 7 / MOST_TICKS) * 7 if last > 7 else 1
    # What is next to the last day would touch its label.
    at = [day for day in range(0, last, step) if last - day >= step / 2]
    return {day: formats.number(day) for day in (*at, last)}


def _measure(visit: Visit) -> str:
    """The measure that the address names, else the page's where launches have it."""
    said = visit.own(OF)
    if said is None:
        return visit.filters.by if visit.filters.by in COMPARED else "starters"
    if said not in COMPARED:
        raise BadAddress(f"{OF} is one of {', '.join(COMPARED)}.")
    return said


def _called(curve: LaunchCurve) -> str:
    return labels.title(curve.title_id, curve.title)


def _column(by: str, curve: LaunchCurve) -> str:
    """The name of the column of a launch that was chosen."""
    return f"{by}_{curve.title_id}"


def _table(caption: str, data: LaunchCurves, by: str) -> Table:
    """A row for each day: its own amount, those of the launches chosen, and the median."""
    metric, own, chosen = labels.metric(by), data.curves[:1], data.curves[1:]
    days = max(map(len, (*(each.days for each in data.curves), data.typical)))

    def cells(told: Sequence[Any], name: str) -> list[Any]:
        values = [getattr(day, name) for day in told]
        return [*values, *[None] * (days - len(values))]

    columns = (
        TableColumn("day", "Day since the launch", formats.number),
        measured(by, _called(own[0]) if own else metric.label, metric.unit),
        *(measured(_column(by, each), _called(each), metric.unit) for each in chosen),
        measured(f"typical_{by}", MEDIAN, metric.unit),
        TableColumn("launches", "Launches in the median", formats.number),
    )
    values = (
        list(range(days)),
        *(cells(each.days, by) for each in data.curves),
        cells(data.typical, by),
        cells(data.typical, "launches"),
    )
    return Table(caption, columns, tuple(zip(*values, strict=True)))


def _traces(visit: Visit, table: Table, data: LaunchCurves, by: str) -> list[figures.Trace]:
    """The median, the launches chosen, and the title itself on top."""
    if not data.curves:
        return []
    own, *chosen = data.curves
    named = [(_column(by, each), each, color) for each, color in zip(chosen, COLORS, strict=False)]
    typical = figures.line(table, "day", f"typical_{by}", name=MEDIAN, color="compare", dash="dash")
    curves = (
        figures.line(
            table, "day", name, name=_called(each), color=color, partial=_unfinished(visit, each)
        )
        for name, each, color in (*reversed(named), (by, own, "accent"))
    )
    return [*(typical if data.typical else ()), *chain.from_iterable(curves)]


def _unfinished(visit: Visit, curve: LaunchCurve) -> list[int]:
    """The place of its last day, where that is not over yet."""
    day, last = visit.info.unfinished, len(curve.days) - 1
    return [last] if day and (day - curve.launch_day).days == last else []


def _summary(data: LaunchCurves, by: str) -> str:
    """What it had after the longest window that it has whole, and what the others had then."""
    if not data.curves:
        return ""
    own, *chosen = data.curves
    days = max(each for each in WINDOWS if each <= len(own.days))
    metric = labels.metric(by)
    amount = getattr(own.days[days - 1], by)
    first = "on its first day" if days == 1 else f"in its first {days} days"
    parts = [f"{metric.label} {first}: {formats.value_in(metric.unit, amount)}"]
    if len(data.typical) >= days:
        typical = data.typical[days - 1]
        median = getattr(typical, by)
        change = formats.change(metric.unit, amount, median)
        told = f"the median of {formats.counted(typical.launches, 'launch', 'launches')} is "
        told += formats.value_in(metric.unit, median)
        parts.append(f"{told} ({change[0]} against it)" if change else told)
    parts += [
        f"{_called(each)} had {formats.value_in(metric.unit, getattr(each.days[days - 1], by))}"
        for each in chosen
        if len(each.days) >= days
    ]
    return "; ".join(parts) + "."


def _measures(visit: Visit, by: str) -> Html:
    """Links to the same panel of the other measures of launches."""
    links = [
        element(
            "a",
            labels.metric(name).label,
            href=visit.link(visit.filters.with_own(**{OF: name})),
            aria_current="true" if name == by else None,
        )
        for name in COMPARED
    ]
    return element("div", links, role="group", aria_label="Measure of launches", class_="segments")


def _menu(visit: Visit, data: LaunchCurves) -> Html:
    """The form of the launches to compare with: the last ones of its type, and those chosen.

    It sends itself when one is chosen and scripts run; without them it has a button.
    """
    snapshot, chosen = visit.source.current(), data.curves[1:]
    offered = {each.title_id: each.launch_day for each in chosen}
    offered |= earlier_launches(snapshot, data.title_id, OFFERED)
    names = title_names(snapshot, list(offered))
    taken = {each.title_id for each in chosen}
    boxes = [
        element(
            "label",
            element(
                "input",
                type="checkbox",
                name=AGAINST,
                value=title_id,
                checked=title_id in taken,
                disabled=len(taken) == len(COLORS) and title_id not in taken,
            ),
            element("span", labels.title(title_id, names.get(title_id))),
            element("span", formats.day(day), class_="plays"),
        )
        for title_id, day in offered.items()
    ]
    told = _called(chosen[0]) if chosen else "None"
    if len(chosen) > 1:
        told = formats.counted(len(chosen), "launch", "launches")
    return element(
        "form",
        element(
            "details",
            element("summary", element("span", "Other launches"), element("strong", told)),
            element(
                "div",
                finder("Other launches") if len(boxes) > SEEN_AT_ONCE else None,
                element(
                    "fieldset",
                    element(
                        "legend",
                        element("span", "Other launches, ", class_="unseen"),
                        f"the last of its type, at most {len(COLORS)}",
                    ),
                    boxes,
                ),
                class_="options",
            ),
            class_="list several chosen" if chosen else "list several",
        ),
        kept(visit.filters, {AGAINST}),
        element("button", "Show", type="submit"),
        action=visit.path,
        method="get",
        aria_label="Launches to compare with",
        data_auto=True,
        class_="lists",
    )
