"""What is kept of a snapshot from its beginning, so that no view waits for it."""

from netflix_pipeline.serving.query import (
    daily_sums,
    quarter_hours,
    rollups,
    series_sums,
    viewer_bitmaps,
)
from netflix_pipeline.serving.snapshot.open import Snapshot


def make_ready(snapshot: Snapshot) -> None:
    """Keep it from now on, first what every view asks."""
    rollups.make_ready(snapshot)
    daily_sums.make_ready(snapshot)
    viewer_bitmaps.of_days(snapshot)
    quarter_hours.make_ready(snapshot)
    series_sums.make_ready(snapshot)
