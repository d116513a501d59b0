"""What the query layer answers: the period, as-of time and snapshot stand beside every number."""

from netflix_pipeline.serving.answers.answer import Answer, Page, Period, Shape, SnapshotInfo
from netflix_pipeline.serving.answers.audience import Audience, AudienceDay
from netflix_pipeline.serving.answers.definitions import Definition
from netflix_pipeline.serving.answers.engagement import Segment, Segments
from netflix_pipeline.serving.answers.erasing import Erasure, Export
from netflix_pipeline.serving.answers.filters import ALL, LONGEST, Filters
from netflix_pipeline.serving.answers.headline import (
    Change,
    Compare,
    Comparison,
    Glance,
    Headline,
    LeftOut,
    MetricValue,
)
from netflix_pipeline.serving.answers.heatmap import HeatMap, HourOfWeek
from netflix_pipeline.serving.answers.interactions import (
    RecommendationDay,
    RecommendationGroup,
    RecommendationMeasures,
    Recommendations,
    SearchDay,
    Searches,
    SearchGroup,
    SearchMeasures,
)
from netflix_pipeline.serving.answers.lifecycle import LifecycleWeek
from netflix_pipeline.serving.answers.people import User, UserLifecycle, Viewing
from netflix_pipeline.serving.answers.plays import Play
from netflix_pipeline.serving.answers.quality import (
    ArrivalDay,
    Arrived,
    Ledger,
    Quarantine,
    QuarantinedRow,
    ReasonCount,
)
from netflix_pipeline.serving.answers.retention import Retention, RetentionRate, RetentionWeek
from netflix_pipeline.serving.answers.series import (
    Bucket,
    ComparedWith,
    Granularity,
    Line,
    Series,
    SeriesPoint,
    Split,
)
from netflix_pipeline.serving.answers.titles import (
    DropOff,
    DropOffStep,
    NextEpisode,
    Title,
    TitleDay,
    TitleDetail,
    TitleFilters,
    TitleGroup,
    TitleSort,
    TitleWatching,
)
from netflix_pipeline.serving.answers.top10 import ListName, RankedEntry, Top10
from netflix_pipeline.serving.answers.watching import DayValue, TitleMeasures, Watching

__all__ = [
    "ALL",
    "LONGEST",
    "Answer",
    "ArrivalDay",
    "Arrived",
    "Audience",
    "AudienceDay",
    "Bucket",
    "Change",
    "Compare",
    "ComparedWith",
    "Comparison",
    "DayValue",
    "Definition",
    "DropOff",
    "DropOffStep",
    "Erasure",
    "Export",
    "Filters",
    "Glance",
    "Granularity",
    "Headline",
    "HeatMap",
    "HourOfWeek",
    "Ledger",
    "LeftOut",
    "LifecycleWeek",
    "Line",
    "ListName",
    "MetricValue",
    "NextEpisode",
    "Page",
    "Period",
    "Play",
    "Quarantine",
    "QuarantinedRow",
    "RankedEntry",
    "ReasonCount",
    "RecommendationDay",
    "RecommendationGroup",
    "RecommendationMeasures",
    "Recommendations",
    "Retention",
    "RetentionRate",
    "RetentionWeek",
    "SearchDay",
    "SearchGroup",
    "SearchMeasures",
    "Searches",
    "Segment",
    "Segments",
    "Series",
    "SeriesPoint",
    "Shape",
    "SnapshotInfo",
    "Split",
    "Title",
    "TitleDay",
    "TitleDetail",
    "TitleFilters",
    "TitleGroup",
    "TitleMeasures",
    "TitleSort",
    "TitleWatching",
    "Top10",
    "User",
    "UserLifecycle",
    "Viewing",
    "Watching",
]
