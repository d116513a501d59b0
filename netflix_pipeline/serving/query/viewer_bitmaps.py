"""Bitmaps of users: how many different ones there are, without sorting or hashing them.

A user's code is a small number, so that a set of users is a bitmap as long as there are codes: of
hundreds of thousands a bit is set in half the time in which a hash table takes them. Those of the
days are in the snapshot, and kept in memory where they are not too large.
"""

# Written into SQL are numbers that the snapshot tells only; values are bound.
# ruff: noqa: S608

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import date

import numpy as np

from netflix_pipeline.metrics import Metric
from netflix_pipeline.serving.answer import Period
from netflix_pipeline.serving.snapshot.open import Snapshot
from netflix_pipeline.serving.snapshot.writer import BLOCK, VIEWERS

MOST_OF_DAYS = 16 * 2**20
"""Bytes that the bitmaps of all days may take in memory."""
MOST_OF_GROUPS = 16 * 2**20
"""Bytes that those of all groups of one query may take, for each thread that answers it."""
FEWEST = 2**15
"""Users from which a bitmap is quicker than a hash table, which is as quick while it is small."""
WORDS = BLOCK // 64
"""Of 64 bits, in a block."""

DIFFERENT = (
    "coalesce(bit_count(bitstring_agg(user_id, 0, {last}) FILTER (WHERE starters > 0)), 0)::BIGINT"
)
"""The viewers of rows with `user_id` and `starters`, by a bitmap of codes up to the last one."""


@dataclass(frozen=True)
class DayViewers:
    """Who watched on each day, the earliest first: a row of bits each."""

    days: list[date]
    bits: np.ndarray[tuple[int, int], np.dtype[np.uint64]]

    def different(self, period: Period) -> int:
        """The different viewers of a period."""
        first, past = bisect_left(self.days, period.from_), bisect_right(self.days, period.to)
        together = np.bitwise_or.reduce(self.bits[first:past], axis=0)
        return int(np.bitwise_count(together).sum(dtype=np.int64))


def expression(snapshot: Snapshot, metric: Metric, groups: int = 1) -> str:
    """The metric's expression over rows in so many groups; of viewers what is quickest there."""
    assert metric.expression
    if metric.name != "viewers":
        return metric.expression
    last = _last_code(snapshot)
    if last < FEWEST or groups * (last // 8 + 1) > MOST_OF_GROUPS:
        return metric.expression
    return DIFFERENT.format(last=last)


def of_days(snapshot: Snapshot) -> DayViewers | None:
    """Who watched on each day; None where that is too large to keep."""
    return snapshot.kept("viewers of days", lambda: _read(snapshot))


def viewers(snapshot: Snapshot, period: Period) -> int:
    """The different viewers of a period, by the days' bitmaps.

    It is the number that the metric's expression gives, in a small part of the time.
    """
    kept = of_days(snapshot)
    if kept is not None:
        return kept.different(period)
    (row,) = snapshot.rows(
        "SELECT coalesce(sum(users), 0)::BIGINT AS viewers FROM ("
        f"SELECT bit_count(bit_or(users)) AS users FROM {VIEWERS} "
        "WHERE event_date BETWEEN ? AND ? GROUP BY block)",
        [period.from_, period.to],
    )
    return int(row["viewers"])


def _last_code(snapshot: Snapshot) -> int:
    """The largest code of a user; 0 where there are none."""

    def read() -> int:
        (row,) = snapshot.rows("SELECT coalesce(max(code), 0) AS last FROM codes.user_id")
        return int(row["last"])

    return snapshot.kept("last code of users", read)


def _read(snapshot: Snapshot) -> DayViewers | None:
    """The bitmaps of all days; None where they are too large to keep."""
    (told,) = snapshot.rows(
        "SELECT count(DISTINCT event_date) AS days, coalesce(max(block) + 1, 0) AS blocks "
        f"FROM {VIEWERS}"
    )
    if told["days"] * told["blocks"] * (BLOCK // 8) > MOST_OF_DAYS:
        return None
    rows = snapshot.rows(
        f"SELECT event_date, block, users::BLOB AS users FROM {VIEWERS} ORDER BY event_date"
    )
    days = sorted({row["event_date"] for row in rows})
    at = {day: number for number, day in enumerate(days)}
    bits = np.zeros((len(days), told["blocks"] * WORDS), np.uint64)
    for row in rows:
        begin = row["block"] * WORDS
        bits[at[row["event_date"]], begin : begin + WORDS] = np.frombuffer(row["users"], np.uint64)
    return DayViewers(days, bits)
