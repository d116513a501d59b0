"""How many searches or recommendations there were, and how many of them were clicked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dash_app import formats
from dash_app.charts.columns import Part
from dash_app.charts.columns import columns as stacked
from dash_app.figures import columns as figure
from dash_app.page_request import Visit
from dash_app.panels.interactions import (
    InteractionCourse,
    InteractionPanel,
    nothing,
    of_days,
    refused,
)
from dash_app.panels.panel import LegendEntry, Panel
from dash_app.panels.time_buckets import Steps
from dash_app.table import TableColumn


def volume(visit: Visit, kind: InteractionPanel, course: InteractionCourse | None) -> Panel:
    """The panel of how many there were, with and without a click."""
    name, label = f"{kind.name}-volume", kind.label(kind.whole)
    if course is None:
        return refused(visit, kind, name, label)
    steps = Steps.of(course.course.data, visit.notes_of(visit.period, kind.arrived))
    counted = {column: course.counted(column) for column in kind.counts}
    whole, clicked = counted[kind.whole], counted["clicked"]
    unclicked = [n - part for n, part in zip(whole, clicked, strict=True)]
    heading = f"{label} by {steps.step}"
    columns = [TableColumn(column, kind.label(column), formats.number) for column in kind.counts]
    columns.append(TableColumn("not_clicked", "Without a click", formats.number))
    values: list[Sequence[int | None]] = [*counted.values(), unclicked]
    before = course.counted_before(kind.whole)
    if before:
        columns.append(TableColumn("compared", f"{label} before", formats.number))
        values.append(before)
    table = steps.table(heading, columns, values, of_days(visit))
    if not any(whole):
        table = replace(table, rows=(), links=())
    summary = (
        f"{formats.number(sum(whole))} in all, {formats.number(sum(clicked))} with a click and "
        f"{formats.number(sum(whole) - sum(clicked))} without."
    )
    return Panel(
        name=name,
        heading=heading,
        summary=summary,
        table=table,
        answer=course.now.model_copy(update={"metrics": ()}),
        chart=stacked(
            [Part("part-1", clicked), Part("step-3", unclicked)],
            label=f"{heading}. {summary}",
            tick=formats.short,
            labels=steps.labels,
            partial=steps.partial,
            marks=steps.marks,
        ),
        figure=lambda: figure(table, "from", {"clicked": False, "not_clicked": False}, "", label),
        keys=(LegendEntry("part part-1", "With a click"), LegendEntry("part step-3", "Without")),
        sentences=[f"{label}: {sentence}" for label, sentence in kind.counts.values()],
        nothing=nothing(visit, kind),
    )
