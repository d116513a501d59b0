"""How many people started two works: the matrix that every model of neighbours is made of."""

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from netflix_pipeline.intelligence.what_next.works import History, Ints

Matrix = NDArray[np.float32]

PAIRS_AT_ONCE = 4_000_000
"""Pairs of works that are held before they are counted."""


def dense(history: History, works: int) -> Matrix:
    """People who started both of the first `works` works, a row and a column each.

    The diagonal has those who started each.
    """
    counts = np.zeros(works * works, np.float32)
    for left, right in _pairs(history, works, works):
        counts += np.bincount(left * works + right, minlength=works * works).astype(np.float32)
    return counts.reshape(works, works)


def sparse(history: History, after: int) -> pl.DataFrame:
    """The same of all pairs of different works of which the second is number `after` or later.

    Columns: because, work (numbers), people.
    """
    works = len(history.works)
    parts = [
        pl.DataFrame({"pair": left * works + right}).group_by("pair").agg(pl.len().alias("people"))
        for left, right in _pairs(history, works, works, after)
    ]
    if not parts:
        return pl.DataFrame(schema={"because": pl.Int64, "work": pl.Int64, "people": pl.Int64})
    return (
        pl.concat(parts)
        .group_by("pair")
        .agg(pl.col("people").sum().cast(pl.Int64))
        .select(because=pl.col("pair") // works, work=pl.col("pair") % works, people="people")
        .filter(pl.col("because") != pl.col("work"))
        .sort("work", "because")
    )


def _pairs(
    history: History, lefts: int, rights: int, after: int = 0
) -> Iterator[tuple[Ints, Ints]]:
    """Each two works that a person started, in both orders and with themselves, in parts.

    Of the first `lefts` works the one, of the numbers `after` to `rights` the other.
    """
    size = np.bincount(history.user, minlength=len(history.users))
    whole = np.cumsum(size * size)
    first = np.cumsum(size) - size
    user = 0
    while user < len(size):
        done = whole[user - 1] if user else 0
        last = max(int(np.searchsorted(whole, done + PAIRS_AT_ONCE, side="right")), user + 1)
        rows = slice(int(first[user]), int(first[last - 1] + size[last - 1]))
        work, times = history.work[rows], size[history.user[rows]]
        left = np.repeat(work, times)
        # Of each work of a person, all of theirs in turn.
        begins = np.repeat(first[history.user[rows]] - rows.start, times)
        within = np.arange(len(left)) - np.repeat(np.cumsum(times) - times, times)
        right = work[begins + within]
        kept = (left < lefts) & (right < rights) & (right >= after)
        yield left[kept], right[kept]
        user = last
