"""Work that is too large for one look: a share of the users at a time, added up in the end.

What is said of a user depends on his rows alone. So a table that has users keeps the rows that it
has of each share; a table of sums (`transforms/sums.py`) adds them up.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import groupby

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.lake import Lake, Share, SortedParts
from netflix_pipeline.materialize.build_graph import TABLES
from netflix_pipeline.materialize.versions import Versions
from netflix_pipeline.materialize.windows import around
from netflix_pipeline.materialize.writer import ComputedPartition
from netflix_pipeline.transforms.sums import Sums

AT_ONCE = 8
"""Days that are walked through share by share: what they give waits on disk for the last share."""


class Parts:
    """What each share of the users gives to one partition, until all of it is added up.

    The rows of a table that has users wait on disk, where there are several shares.
    """

    def __init__(self, lake: Lake, table: str, shares: Sequence[Share]) -> None:
        self._make = TABLES[table].make
        self.seconds = 0.0
        """What making them took."""
        self._frames: list[pl.DataFrame] = []
        self._beside: tuple[pl.DataFrame, ...] = ()
        self._waiting: SortedParts | None = None
        if len(shares) > 1 and not isinstance(self._make, Sums):
            assert "user_id" in contract(table).names, f"nothing adds up the shares of {table}"
            self._waiting = SortedParts(lake.drafts(table))

    def take(self, rows: pl.DataFrame, *beside: pl.DataFrame) -> None:
        """Make what the rows of a share give; `beside` are the other tables that it takes.

        Of users those of the share; what sums are finished with tells of no users.
        """
        since = time.perf_counter()
        assert not isinstance(self._make, str)
        make = self._make.of if isinstance(self._make, Sums) else self._make
        self.add(make(rows, *beside))
        self._beside = beside
        self.seconds += time.perf_counter() - since

    def add(self, part: pl.DataFrame) -> None:
        """Keep what a share gives: rows in canonical order, or sums (`Sums.of`)."""
        if self._waiting is None:
            self._frames.append(part)
        else:
            self._waiting.add(part)

    def added(self) -> pl.DataFrame | SortedParts:
        """The partition's rows."""
        if self._waiting is not None:
            return self._waiting
        if isinstance(self._make, Sums):
            return self._make.added(self._frames, *self._beside)
        (rows,) = self._frames
        return rows


Walk = Callable[[list[date], Share], Iterator[ComputedPartition]]
"""Walks over days of a table, with the rows of a share of the users."""


def in_shares(
    versions: Versions, table: str, source: str, walk: Walk
) -> Callable[[list[date]], Iterator[ComputedPartition]]:
    """A walk over days of a table that takes those with many rows of `source` share by share."""

    def shares(day: date) -> tuple[Share, ...]:
        # The days beside it are read as it is.
        return max((versions.shares(source, [near]) for near in around(day)), key=len)

    def walked(days: list[date]) -> Iterator[ComputedPartition]:
        for of_days, together in groupby(days, shares):
            some = list(together)
            if len(of_days) == 1:
                yield from walk(some, of_days[0])
                continue
            for at in range(0, len(some), AT_ONCE):
                yield from _share_by_share(versions.lake, some[at : at + AT_ONCE], of_days, walk)

    def _share_by_share(
        lake: Lake, days: list[date], shares: Sequence[Share], walk: Walk
    ) -> Iterator[ComputedPartition]:
        parts = {day: Parts(lake, table, shares) for day in days}
        told = defaultdict[date | None, list[ComputedPartition]](list)
        for share in shares:
            for draft in walk(days, share):
                assert draft.partition is not None
                assert isinstance(draft.frame, pl.DataFrame)
                parts[draft.partition].add(draft.frame)
                told[draft.partition].append(replace(draft, frame=draft.frame.clear()))
        for day in days:
            yield ComputedPartition(
                table,
                day,
                parts.pop(day).added(),
                {name: version for draft in told[day] for name, version in draft.inputs.items()},
                sum(draft.seconds for draft in told[day]),
                max((draft.reach for draft in told[day] if draft.reach), default=None),
            )

    return walked
