"""What the query layer answers: the period, as-of time and snapshot stand beside every number."""

from netflix_pipeline.serving.answers.answer import Answer, Page, Period, Shape, SnapshotInfo
from netflix_pipeline.serving.answers.filters import ALL, LONGEST, Filters
from netflix_pipeline.serving.answers.people import User, Viewing
from netflix_pipeline.serving.answers.plays import Play
from netflix_pipeline.serving.answers.quality import (
    ArrivalDay,
    Arrived,
    Ledger,
    Quarantine,
    QuarantinedRow,
    ReasonCount,
)
from netflix_pipeline.serving.answers.titles import Title
from netflix_pipeline.serving.answers.watching import DayValue, Headline, TitleMeasures, Watching

__all__ = [
    "ALL",
    "LONGEST",
    "Answer",
    "ArrivalDay",
    "Arrived",
    "DayValue",
    "Filters",
    "Headline",
    "Ledger",
    "Page",
    "Period",
    "Play",
    "Quarantine",
    "QuarantinedRow",
    "ReasonCount",
    "Shape",
    "SnapshotInfo",
    "Title",
    "TitleMeasures",
    "User",
    "Viewing",
    "Watching",
]
