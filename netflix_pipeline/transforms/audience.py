"""Gold `audience_daily`: daily, weekly and monthly viewers, and the most plays at one time."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.transforms.dense_ids import Numbering, Numbers, by_day
from netflix_pipeline.transforms.rollup_deltas import counted
from netflix_pipeline.transforms.several_days import apart

WINDOWS = {"dau": 1, "wau": 7, "mau": 30}
"""Days that each measure looks over."""

DAY = timedelta(days=1)
LONGEST = max(WINDOWS.values())

MINUTE = 60_000_000
MINUTES = 24 * 60


def audience_daily(
    counts: Iterable[pl.DataFrame], peaks: Mapping[date, int], data_from: date
) -> dict[date, pl.DataFrame]:
    """One row for each day of `counts`: what `viewers()` gives, for some of the users in each.

    `peaks` is the `peak_concurrent` of each day, `data_from` the first day with a play: windows
    that begin before it are not known.
    """
    together = pl.concat(counts).group_by("day").agg(pl.col(*WINDOWS).sum())
    return _rows(together, peaks, data_from)


def audience_changed(
    stored: Mapping[date, pl.DataFrame],
    before: pl.DataFrame,
    after: pl.DataFrame,
    peaks: Mapping[date, int],
    data_from: date,
) -> dict[date, pl.DataFrame]:
    """The stored days once the viewing days of some users changed from `before` to `after`.

    Both are viewer_days of the touched users alone, from 29 days before the first stored day;
    `peaks` is the `peak_concurrent` of each day now. The same windows must be known as before.
    """
    if not stored:
        return {}
    days = list(stored)
    was = pl.concat(
        rows.select(*WINDOWS).with_columns(day=pl.lit(day)) for day, rows in stored.items()
    )
    now = counted(was, viewers(before, days), viewers(after, days), ("day",))
    return _rows(now, peaks, data_from)


def known_days(day: date, data_from: date) -> int:
    """How many of the days over which the longest window looks back the data reach to."""
    return min(LONGEST, (day - data_from).days + 1)


def viewers(viewer_days: pl.DataFrame, days: Sequence[date]) -> pl.DataFrame:
    """The viewers of each window that ends with one of `days`: day, dau, wau, mau.

    `viewer_days` (user_id, day) have each user once a day with a starter, from 29 days before the
    first of `days` to the last of them.

    Who views is counted from that day, or from where his last viewing stops being counted, until
    the window is over: +1 where that begins, -1 where it ends, added up over the days.
    """
    origin = min(days, default=date.min + LONGEST * DAY) - (LONGEST - 1) * DAY
    span = (max(days, default=origin) - origin).days + 1
    users = Numbering()
    walked = [
        (today, users(rows["user_id"]))
        for day, rows in by_day(viewer_days)
        if 0 <= (today := (day - origin).days) < span
    ]
    changes = {name: np.zeros(span + LONGEST, np.int64) for name in WINDOWS}
    viewed = np.full(users.count, -LONGEST)
    for today, user in walked:
        for name, window in WINDOWS.items():
            begins = np.maximum(viewed[user] + window, today)
            changes[name] += np.bincount(begins, minlength=span + LONGEST)
            changes[name][today + window] -= len(user)
        viewed[user] = today
    at = [(day - origin).days for day in days]
    return pl.DataFrame(
        {"day": list(days)} | {name: change.cumsum()[at] for name, change in changes.items()},
        {"day": pl.Date()} | dict.fromkeys(WINDOWS, pl.Int64()),
    )


def _rows(
    counts: pl.DataFrame, peaks: Mapping[date, int], data_from: date
) -> dict[date, pl.DataFrame]:
    table_contract = contract("gold/audience_daily")
    # Not a day plus a window: where there is no play, data_from is the calendar's last day.
    behind = (pl.col("day") - pl.lit(data_from)).dt.total_days()
    known = counts.sort("day").with_columns(
        pl.when(behind >= WINDOWS[name] - 1).then(name).alias(name) for name in ("wau", "mau")
    )
    days = known.get_column("day").to_list()
    most = pl.Series("peak_concurrent", [peaks[day] for day in days], pl.Int64)
    return dict(apart(table_contract.conform(known.with_columns(most), "day"), days, "day"))


def peaks_concurrent(parts: Iterable[pl.DataFrame], days: Collection[date]) -> dict[date, int]:
    """The most plays that ran in one same minute of each UTC day.

    The parts together are the plays (started_at, running) that may reach into the days, also from
    days before. It is counted for every minute from the first of the days to the last.
    """
    if not days:
        return {}
    first = min(days)
    minutes = ((max(days) - first).days + 1) * MINUTES
    changes = np.zeros(minutes + 1, np.int64)
    for plays in parts:
        changes += _changes_by_minute(plays, first, minutes)
    most = changes.cumsum()[:minutes].reshape(-1, MINUTES).max(axis=1)
    return {day: int(most[(day - first).days]) for day in days}


def _changes_by_minute(plays: pl.DataFrame, first: date, minutes: int) -> Numbers:
    """By how many more plays run in each minute than in the one before, from a day's first on."""
    midnight = datetime.combine(first, time.min, UTC)
    minute = (pl.col("started_at") - midnight).dt.total_microseconds() // MINUTE
    edges = (
        plays.filter(pl.col("running").list.len() > 0)
        .select("running", minute=minute)
        .explode("running")
        .select((pl.col("minute") + pl.col("running")).clip(0, minutes))
        .to_series()
        .to_numpy()
    )
    # First and one past the last minute of each stretch take turns.
    begins, ends = (np.bincount(edges[turn::2], minlength=minutes + 1) for turn in (0, 1))
    return begins - ends
