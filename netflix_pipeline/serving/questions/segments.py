"""Segments by engagement score, as of the last day with data."""

from dataclasses import dataclass
from datetime import timedelta

from pydantic import Field
from typing_extensions import override

from netflix_pipeline.contracts.gold import SEGMENTS
from netflix_pipeline.metrics import METRICS
from netflix_pipeline.serving.question import (
    AnswerModel,
    Period,
    Question,
    Row,
    RowTable,
    Snapshot,
    column,
    measure,
)

TABLE = "gold/user_profile"


class Segment(AnswerModel):
    """The users of one segment."""

    segment: str = column(TABLE, "segment")
    users: int = Field(description="users in it [users]")
    share: float | None = Field(description="users ÷ all who ever played; null without any")
    engagement_score: float | None = measure("engagement_score", more="their mean; null without")


class Segments(AnswerModel):
    """All who ever played, by how much they watched in the last 28 days with data."""

    users: int = Field(description="all who ever played [users]")
    engagement_score: float | None = measure("engagement_score", more="their mean; null without")
    segments: tuple[Segment, ...] = Field(description="all four, the most engaged first")


DAYS = 28
"""Days that a score looks back over, as the metric says."""

COUNTED = f"""
    SELECT segment, count(*) AS users, {METRICS["engagement_score"].expression} AS engagement_score
    FROM user_profile GROUP BY GROUPING SETS ((), (segment))
"""  # noqa: S608  an expression of the metric layer; nothing is bound

NO_USERS: Row = {"users": 0, "engagement_score": None}


@dataclass(frozen=True, slots=True)
class SegmentsQuestion(Question[Segments]):
    """How many people are core, regular, casual and at risk, by their engagement score.

    Of all who ever played, by the last 28 days with data, which are its period.
    """

    metrics = ("engagement_score",)
    rows = RowTable(Segment, lambda segments: segments.segments)

    @override
    def resolved(self, snapshot: Snapshot) -> Period | None:
        last = snapshot.info.data_to
        return Period(from_=last - timedelta(days=DAYS - 1), to=last) if last else None

    @override
    def answer(self, snapshot: Snapshot, period: Period | None) -> Segments:
        found = {row.pop("segment"): row for row in snapshot.rows(COUNTED)}
        everybody = found[None]
        whole = everybody["users"]
        return Segments(
            **everybody,
            segments=tuple(
                Segment(segment=name, share=row["users"] / whole if whole else None, **row)
                for name, row in ((name, found.get(name, NO_USERS)) for name in SEGMENTS)
            ),
        )

    example = (
        {},
        Segments(
            users=8_000,
            engagement_score=31.4,
            segments=(
                Segment(segment="core", users=480, share=0.06, engagement_score=77.2),
                Segment(segment="regular", users=2_160, share=0.27, engagement_score=52.8),
                Segment(segment="casual", users=3_600, share=0.45, engagement_score=26.1),
                Segment(segment="at_risk", users=1_760, share=0.22, engagement_score=3.4),
            ),
        ),
    )
