"""How engaged people are: how many are core, regular, casual and at risk."""

from __future__ import annotations

from dash_app import formats
from dash_app.charts.bars import bars
from dash_app.figures import bars as figure
from dash_app.labels import word
from dash_app.page_request import Visit
from dash_app.panels.links import behind
from dash_app.panels.panel import PEOPLE, Panel
from dash_app.table import Table, TableColumn
from netflix_pipeline.serving import Answer
from netflix_pipeline.serving.questions.segments import Segments

NOTE = (
    "Of all who ever played, by the last 28 days with data, whatever the period. A bar leads to "
    "all plays of these days: they cannot be narrowed to the people of a segment."
)


def segments(visit: Visit, answer: Answer[Segments]) -> Panel:
    """The panel of people by segment of engagement."""
    rows = answer.data.segments if answer.data.users else ()
    href = behind(visit, answer.period, metric="plays")
    table = Table(
        "People by engagement",
        (
            TableColumn("segment", "Segment", lambda value: formats.dimension("segment", value)),
            TableColumn("users", "People", formats.number),
            TableColumn("share", "Share", formats.percent),
            TableColumn("engagement_score", word("engagement_score", "Mean score"), formats.number),
        ),
        tuple((each.segment, each.users, each.share, each.engagement_score) for each in rows),
        (href,) * len(rows),
    )
    summary = _summary(answer.data)
    return Panel(
        name="segments",
        heading=table.caption,
        summary=summary,
        table=table,
        answer=answer,
        chart=bars(
            [formats.dimension("segment", each.segment) for each in rows],
            [each.users for each in rows],
            [f"{formats.short(each.users)} · {formats.percent(each.share)}" for each in rows],
            label=f"{table.caption}. {summary}",
        ),
        figure=lambda: figure(table, "segment", "users", "users"),
        facts=[("Rests on", formats.counted(answer.data.users, *PEOPLE))],
        rows=href,
        note=NOTE,
        nothing="Nobody played so far.",
    )


def _summary(data: Segments) -> str:
    if not data.users:
        return ""
    score = formats.number(data.engagement_score)
    return f"{formats.counted(data.users, *PEOPLE)}, with a mean score of {score} of 100."
