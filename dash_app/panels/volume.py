"""How many searches or recommendations there were, and how many of them were clicked."""

from collections.abc import Sequence
from dataclasses import replace

from dash_app import formats
from dash_app.figures import column, stacked
from dash_app.page_request import Visit
from dash_app.panels.interactions import InteractionPanel, ask, nothing, refused
from dash_app.panels.panel import Panel
from dash_app.panels.time_buckets import Steps
from dash_app.table import TableColumn


def volume(visit: Visit, kind: InteractionPanel) -> Panel:
    """The panel of how many there were, with and without a click."""
    label, course = kind.label(kind.whole), ask(visit, kind)
    if course is None:
        return refused(visit, kind, f"{kind.name}-volume", label)
    steps = Steps.of(course.course.data, visit.notes_of(visit.period, kind.arrived))
    counted = {name: course.counted(name) for name in kind.counts}
    whole, clicked = counted[kind.whole], counted["clicked"]
    unclicked = [n - part for n, part in zip(whole, clicked, strict=True)]
    heading = f"{label} by {steps.step}"
    columns = [TableColumn(name, kind.label(name), formats.number) for name in kind.counts]
    columns.append(TableColumn("not_clicked", "Without a click", formats.number))
    values: list[Sequence[int | None]] = [*counted.values(), unclicked]
    before = course.counted_before(kind.whole)
    if before:
        columns.append(TableColumn("compared", f"{label} before", formats.number))
        values.append(before)
    table = steps.table(heading, columns, values, visit.of_days)
    if not any(whole):
        table = replace(table, rows=(), links=())
    summary = (
        f"{formats.number(sum(whole))} in all, {formats.number(sum(clicked))} with a click and "
        f"{formats.number(sum(whole) - sum(clicked))} without."
    )
    parts = [
        column(table, "from", "clicked", name="With a click", partial=steps.partial),
        column(table, "from", "not_clicked", name="Without", color="step-3", partial=steps.partial),
    ]
    return Panel(
        name=f"{kind.name}-volume",
        heading=heading,
        summary=summary,
        table=table,
        answer=course.now.model_copy(update={"metrics": ()}),
        figure=stacked(table, "from", parts, value=label, shapes=steps.shapes),
        sentences=[f"{label}: {sentence}" for label, sentence in kind.counts.values()],
        nothing=nothing(visit, kind),
    )
