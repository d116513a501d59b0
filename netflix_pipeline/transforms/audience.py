"""Gold `audience_daily`: daily, weekly and monthly viewers, and the most plays at one time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from netflix_pipeline.contracts import contract

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WINDOWS = {"dau": 1, "wau": 7, "mau": 30}
"""Days that each measure looks over."""

NO_VIEWERS = pl.DataFrame(schema={"user_id": pl.String(), "day": pl.Date()})
MINUTE = 60_000_000
MINUTES = 24 * 60


def audience_daily(
    viewer_days: pl.DataFrame, days: Sequence[date], peaks: Mapping[date, int]
) -> dict[date, pl.DataFrame]:
    """One row for each of `days`.

    `viewer_days` (user_id, day) has each user once a day with a starter, from 29 days before the
    first of `days` to the last of them, in any order; `peaks` is the `peak_concurrent` of each.
    """
    told = contract("gold/audience_daily")
    counts = pl.DataFrame({"day": sorted(days)}, {"day": pl.Date()}).sort("day")
    counted = _until_next(viewer_days)
    for measure, window in WINDOWS.items():
        running = _sweep(counted, measure, window)
        counts = counts.join_asof(running, on="day", strategy="backward")
    rows = counts.with_columns(
        pl.col(*WINDOWS).fill_null(0),
        peak_concurrent=pl.col("day").replace_strict(dict(peaks), return_dtype=pl.Int64),
    )
    return {row["day"][0]: told.conform(row) for row in rows.iter_slices(1)}


def _until_next(viewer_days: pl.DataFrame) -> pl.DataFrame:
    """Each viewing day and the same user's next one, if any: columns day, next."""
    # One whole number to sort by, the user's above the day's bits, is several times faster than two
    # columns; a local set of categories numbers the users and is forgotten with the frame.
    users = pl.Categorical(pl.Categories.random())
    numbers = viewer_days.select(
        (pl.col("user_id").cast(users).to_physical().cast(pl.Int64) * 2**32)
        + pl.col("day").to_physical()
    ).to_series()
    key = pl.Series("key", numbers.sort())
    return key.to_frame().select(
        day=(pl.col("key") % 2**32).cast(pl.Int32).cast(pl.Date),
        next=pl.when(pl.col("key") // 2**32 == pl.col("key").shift(-1) // 2**32).then(
            (pl.col("key").shift(-1) % 2**32).cast(pl.Int32).cast(pl.Date)
        ),
    )


def _sweep(viewings: pl.DataFrame, measure: str, window: int) -> pl.DataFrame:
    """Users counted from each day on which their number changes: columns day, `measure`.

    A user counts from a viewing day until the window that starts with it, or his next viewing day,
    ends it: +1 and -1, added up over the days.
    """
    ends = pl.min_horizontal(pl.col("day") + timedelta(days=window), "next")
    return (
        pl.concat(
            [
                viewings.group_by("day").agg(pl.len().cast(pl.Int64).alias("change")),
                viewings.group_by(ends.alias("day")).agg(-pl.len().cast(pl.Int64).alias("change")),
            ]
        )
        .group_by("day")
        .agg(pl.col("change").sum())
        .sort("day")
        .select("day", pl.col("change").cum_sum().alias(measure))
    )


def peak_concurrent(plays: pl.DataFrame, day: date) -> int:
    """The most plays that ran in one same minute of the UTC day.

    `plays` (started_at, running) are those that may reach into the day, also from days before.
    """
    midnight = datetime.combine(day, time.min, UTC)
    minute = (pl.col("started_at") - midnight).dt.total_microseconds() // MINUTE
    edges = (
        plays.filter(pl.col("running").list.len() > 0)
        .select("running", minute=minute)
        .explode("running")
        .select((pl.col("minute") + pl.col("running")).clip(0, MINUTES))
        .to_series()
        .to_numpy()
    )
    # First and one past the last minute of each stretch take turns.
    changes = [np.bincount(edges[turn::2], minlength=MINUTES + 1) for turn in (0, 1)]
    return int((changes[0] - changes[1]).cumsum()[:MINUTES].max())
