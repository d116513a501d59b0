"""The published snapshot, and the questions that the API and the dashboard ask it.

`snapshot/` writes, publishes and opens it, `query/` is what questions are made of, and `questions/`
has each of them. Here stands what they have in common. A `Source`, the snapshots of a
home or one of them, is asked:

    Snapshots(settings.serving).ask(LifecycleQuestion(period)).data
"""

from netflix_pipeline.serving.answer import Answer, Page, Period, SnapshotInfo, Told, spelled
from netflix_pipeline.serving.home import (
    newest_shared,
    publish_home,
    published_numbers,
    published_partitions,
    served_snapshots,
    snapshot_info,
    snapshot_problem,
    unpublished,
)
from netflix_pipeline.serving.query.buckets import Bucket, Granularity, Split
from netflix_pipeline.serving.query.codes import title_names
from netflix_pipeline.serving.query.completeness import completeness
from netflix_pipeline.serving.query.cursors import BadCursor
from netflix_pipeline.serving.query.filters import (
    ALL,
    LONGEST,
    MOST,
    NOT,
    BothWays,
    Choice,
    Filters,
    FilterSet,
    Value,
)
from netflix_pipeline.serving.query.launches import launch_day
from netflix_pipeline.serving.query.measures import OF_PERIODS
from netflix_pipeline.serving.query.periods import (
    MOST_DAYS,
    BadPeriod,
    Change,
    Compare,
    arrivals,
    beside,
    compared_with,
    stretches,
)
from netflix_pipeline.serving.query.persons import NotFound
from netflix_pipeline.serving.query.plays import Play
from netflix_pipeline.serving.query.presets import PRESETS, Preset
from netflix_pipeline.serving.question import Question
from netflix_pipeline.serving.snapshot.open import (
    NoSnapshot,
    Snapshot,
    Snapshots,
    Source,
    following,
)
from netflix_pipeline.serving.snapshot.publish import Published, publish
from netflix_pipeline.serving.snapshot.query_cancellation import (
    CancellableQuery,
    QueryMemoryFull,
    Stopped,
)
from netflix_pipeline.serving.snapshot.sharing import publish_shared

__all__ = [
    "ALL",
    "LONGEST",
    "MOST",
    "MOST_DAYS",
    "NOT",
    "OF_PERIODS",
    "PRESETS",
    "Answer",
    "BadCursor",
    "BadPeriod",
    "BothWays",
    "Bucket",
    "CancellableQuery",
    "Change",
    "Choice",
    "Compare",
    "FilterSet",
    "Filters",
    "Granularity",
    "NoSnapshot",
    "NotFound",
    "Page",
    "Period",
    "Play",
    "Preset",
    "Published",
    "QueryMemoryFull",
    "Question",
    "Snapshot",
    "SnapshotInfo",
    "Snapshots",
    "Source",
    "Split",
    "Stopped",
    "Told",
    "Value",
    "arrivals",
    "beside",
    "compared_with",
    "completeness",
    "following",
    "launch_day",
    "newest_shared",
    "publish",
    "publish_home",
    "publish_shared",
    "published_numbers",
    "published_partitions",
    "served_snapshots",
    "snapshot_info",
    "snapshot_problem",
    "spelled",
    "stretches",
    "title_names",
    "unpublished",
]
