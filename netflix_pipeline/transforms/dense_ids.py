"""Ids as small whole numbers: arrays to add to, and no texts to hold, on a walk through days."""

from collections.abc import Iterator
from datetime import date

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

Numbers = NDArray[np.int64]


class Numbering:
    """Numbers ids 0, 1, 2 … in the order in which they are first met."""

    def __init__(self) -> None:
        # Categories of its own live as long as a series has their type: this one keeps them.
        self._type = pl.Categorical(pl.Categories.random())
        self._kept = pl.Series([], dtype=self._type)
        self.count = 0

    def __call__(self, ids: pl.Series) -> Numbers:
        """The number of each id."""
        numbers = ids.cast(self._type).to_physical().cast(pl.Int64).to_numpy()
        self.count = max(self.count, int(numbers.max(initial=-1)) + 1)
        return numbers

    def ids(self) -> pl.Series:
        """The ids that were met, in the order of their numbers."""
        numbers = pl.int_range(self.count, dtype=pl.UInt32, eager=True)
        return numbers.cat.to(self._type).cast(pl.String)


class Places:
    """The positions of ids in a series of different ids, which is looked at once.

    Where one asks for as many ids as a day has, finding them there each time costs several times
    as much, and so does a join, which would hash the series for every day.
    """

    def __init__(self, among: pl.Series) -> None:
        self._number = Numbering()
        self._number(among)
        self._count = self._number.count

    def __call__(self, wanted: pl.Series) -> pl.Series:
        """The position of each id; null where it is not there."""
        place = pl.Series(self._number(wanted), dtype=pl.Int64)
        return place.set(place >= self._count, None)


def by_day(frame: pl.DataFrame) -> Iterator[tuple[date, pl.DataFrame]]:
    """The days of a frame with a column `day`, in order, each with its rows."""
    if not frame["day"].is_sorted():
        frame = frame.sort("day", maintain_order=True)
    start = 0
    for day, length in (
        frame.select(pl.col("day").rle().struct.unnest()).select("value", "len").iter_rows()
    ):
        yield day, frame.slice(start, length)
        start += length


def with_room(tally: Numbers, count: int) -> Numbers:
    """The array with at least `count` places in its last axis, zeros in those that are new."""
    room = tally.shape[-1]
    if count <= room:
        return tally
    grown = np.zeros((*tally.shape[:-1], max(count, 2 * room)), tally.dtype)
    grown[..., :room] = tally
    return grown


def lists(values: pl.Series, lengths: Numbers) -> pl.Series:
    """Lists, each with the next `lengths` of the values."""
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
    return pl.Series(
        values.name,
        pa.LargeListArray.from_arrays(pa.array(offsets), values.to_arrow()),
        dtype=pl.List(values.dtype),
    )


def places(wanted: pl.Series, among: pl.Series) -> pl.Series:
    """The position of each id in a sorted series of ids; null where it is not there.

    For a day's ids it is cheaper than a join, which would hash every user for every day.
    """
    if among.is_empty():
        return pl.repeat(None, wanted.len(), dtype=pl.UInt32, eager=True)
    place = among.search_sorted(wanted).clip(upper_bound=among.len() - 1)
    return place.set(among.gather(place) != wanted, None)
