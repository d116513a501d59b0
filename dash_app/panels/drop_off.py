"""How far viewers come in a title, and where they leave it."""

from itertools import pairwise

from dash_app import figures, formats
from dash_app.page_request import Visit
from dash_app.panels.panel import Panel
from dash_app.table import Row, Table, TableColumn
from netflix_pipeline.serving import Answer
from netflix_pipeline.serving.questions.title import DropOff, TitleDetail


def drop_off(visit: Visit, answer: Answer[TitleDetail]) -> Panel:
    """The panel of the share of a title's starters that reached each twentieth of it."""
    curve = answer.data.drop_off
    steps = curve.steps if curve.starters else ()
    whole = ((0.0, curve.starters, 1.0),) if curve.starters else ()
    told: tuple[Row, ...] = (*whole, *((step.reached, step.starters, step.share) for step in steps))
    # Of a series, episodes of any length lie together.
    runtime = None if answer.data.title_id in visit.series else answer.data.runtime_minutes
    rows = tuple((*row, row[0] * runtime) for row in told) if runtime else told
    table = Table(
        "Share of starters by how far they came",
        (
            TableColumn("reached", "Reached", formats.whole_percent),
            TableColumn("starters", "Starters", formats.number),
            TableColumn("drop_off", "Still watching", formats.percent),
            *((TableColumn("minutes", "After", formats.minutes),) if runtime else ()),
        ),
        rows,
        (visit.behind(metric="starters"),) * len(rows),
    )
    return Panel(
        name="drop-off",
        heading="How far they come",
        summary=_summary(curve, runtime),
        table=table,
        answer=answer.model_copy(update={"metrics": ("drop_off",)}),
        figure=figures.lines(
            table,
            "reached",
            [
                *figures.area(table, "reached", "drop_off"),
                *figures.line(table, "reached", "drop_off"),
            ],
            value=table.label("drop_off"),
            title="How far they come",
            ticks={at: formats.whole_percent(rows[at][0]) for at in range(0, len(rows), 5)},
            yaxis={"range": [0, 1], "tickformat": ".0%"},
        ),
        facts=[("Rests on", formats.counted(curve.starters, "starter"))],
        rows=visit.behind(metric="starters"),
        nothing="Of nobody in this period is it known how far they came.",
    )


def _summary(curve: DropOff, runtime: float | None) -> str:
    """The step at which most leave, and how many see the end."""
    if not curve.starters:
        return ""
    shares = [1.0, *(step.share or 0.0 for step in curve.steps)]
    losses = [before - after for before, after in pairwise(shares)]
    worst = max(range(len(losses)), key=losses.__getitem__)
    at = [0.0, *(step.reached for step in curve.steps)]
    end = formats.percent(shares[-1])
    of = formats.counted(curve.starters, "starter")
    if losses[worst] <= 0:
        return f"Seen to the end by {end} of {of}."
    between = at[worst : worst + 2]
    told, minutes = (
        " and ".join(said(each * of_all) for each in between)
        for said, of_all in ((formats.whole_percent, 1), (formats.minutes, runtime or 0))
    )
    when = f" of it, {minutes}" if runtime else ""
    return (
        f"Seen to the end by {end} of {of}; most leave between {told}{when} "
        f"({formats.percent(losses[worst])})."
    )
