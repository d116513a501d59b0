"""Which plays were known at a moment: those of which every event had been received before it.

An event that a file brought more than `BULK_AFTER` after it happened is of a bulk load, and tells
nothing of when it would have been known: it counts as known at its own time, and is told apart as
reconstructed.
"""

from datetime import datetime

import polars as pl

from netflix_pipeline.transforms.bulk_loads import OF_A_BULK_LOAD

EVENTS = ("user_id", "title_id", "event_time", "received_at", "source")
"""The columns of bronze watch events that tell when they were received."""


def known_plays(plays: pl.DataFrame, events: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """The plays (user_id, title_id, started_at, ended_at, …) that were known at a moment.

    `events` (`EVENTS`) are those that the plays were made of. A play of which one event came later
    is left out whole: nobody can say what it looked like then.
    """
    late = (
        events.filter(pl.col("received_at") >= at, ~OF_A_BULK_LOAD)
        .select("user_id", "title_id", "event_time")
        .unique()
    )
    known = plays.filter(pl.col("ended_at") < at)
    if late.is_empty() or known.is_empty():
        return known
    # Each event lies within one play of its person and title.
    numbered = known.with_row_index("row")
    touched = numbered.join(late, on=["user_id", "title_id"], how="inner").filter(
        pl.col("event_time").is_between(pl.col("started_at"), pl.col("ended_at"))
    )
    return numbered.join(touched.select("row"), on="row", how="anti").drop("row")
