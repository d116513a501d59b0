"""How engaged people are: how many are core, regular, casual and at risk."""

from dash_app import figures, formats, labels
from dash_app.page_request import OVERVIEW, Visit
from dash_app.panels.panel import PEOPLE, Panel
from dash_app.table import Table, TableColumn
from netflix_pipeline.contracts.dimensions import SEGMENT
from netflix_pipeline.serving.questions.audience import Segments, SegmentsQuestion

NOTE = (
    "Of all who ever played, by the last 28 days with data, whatever the period. A bar leads to "
    "what the people of its segment watched in the period."
)


def segments(visit: Visit) -> Panel:
    """The panel of people by segment of engagement."""
    answer = visit.source.ask(SegmentsQuestion())
    rows = answer.data.segments if answer.data.users else ()
    table = Table.of(
        "People by engagement",
        (
            TableColumn("segment", "Segment", lambda value: formats.dimension(SEGMENT, value)),
            TableColumn("users", "People", formats.number),
            TableColumn("share", "Share", formats.percent),
            TableColumn(
                "engagement_score", labels.word("engagement_score", "Mean score"), formats.number
            ),
        ),
        rows,
        [visit.link(visit.filters.narrowed(SEGMENT, each.segment), OVERVIEW) for each in rows],
    )
    said = [f"{formats.short(each.users)} · {formats.percent(each.share)}" for each in rows]
    return Panel(
        name="segments",
        heading=table.caption,
        summary=_summary(answer.data),
        table=table,
        answer=answer,
        figure=figures.bars(table, "segment", "users", said),
        facts=[("Rests on", formats.counted(answer.data.users, *PEOPLE))],
        rows=visit.behind(answer.period, metric="plays"),
        note=NOTE,
        nothing="Nobody played so far.",
    )


def _summary(data: Segments) -> str:
    if not data.users:
        return ""
    score = formats.number(data.engagement_score)
    return f"{formats.counted(data.users, *PEOPLE)}, with a mean score of {score} of 100."
