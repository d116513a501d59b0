"""Work that is too large for one look: a share of the users at a time, added up in the end.

What is said of a user depends on his rows alone. So a table that has users keeps the rows that it
has of each share; a table of sums (`transforms/sums.py`) adds them up. Who makes a share makes no
difference: this process one after the other, or others beside it (`Helpers`, `shard_tasks`).
"""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from itertools import chain, groupby
from typing import Protocol, TypeVar

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.lake import Lake, Share, SortedParts
from netflix_pipeline.materialize.build_graph import TABLES
from netflix_pipeline.materialize.versions import Versions
from netflix_pipeline.materialize.windows import around
from netflix_pipeline.materialize.writer import ComputedPartition, Outcome
from netflix_pipeline.transforms.sums import Sums

AT_ONCE = 8
"""Days that are walked through share by share: what they give waits on disk for the last share."""

T = TypeVar("T", bound=Outcome)

OfShare = Callable[[Versions, Sequence[str], Sequence[date], Share], Iterator[T]]
"""Makes what a share of the users gives to the days of some tables; a function with a name.

Its drafts hold parts of partitions: rows in canonical order, or sums (`Sums.of`).
"""


class Helpers(Protocol):
    """Other processes that make shares, too."""

    def made(
        self,
        versions: Versions,
        make: OfShare[T],
        tables: Sequence[str],
        days: Sequence[date],
        shares: Sequence[Share],
    ) -> Iterator[T | ComputedPartition]:
        """What each share gives, in any order; what nobody else makes is made here."""


def made_of_shares(
    versions: Versions,
    make: OfShare[T],
    tables: Sequence[str],
    days: Sequence[date],
    shares: Sequence[Share],
) -> Iterator[T | ComputedPartition]:
    """What each share gives to the days of some tables, by whoever makes it."""
    if len(shares) > 1 and versions.helpers is not None:
        return versions.helpers.made(versions, make, tables, days, shares)
    return chain.from_iterable(make(versions, tables, days, share) for share in shares)


def frames_of_shares(
    versions: Versions,
    make: OfShare[ComputedPartition],
    tables: Sequence[str],
    days: Sequence[date],
    shares: Sequence[Share],
) -> Iterator[pl.DataFrame]:
    """The same, for what adds them up itself."""
    for draft in made_of_shares(versions, make, tables, days, shares):
        assert isinstance(draft.frame, pl.DataFrame)
        yield draft.frame


class Parts:
    """What each share of the users gives to one partition, until all of it is added up.

    The rows of a table that has users wait on disk, where there are several shares.
    """

    def __init__(self, lake: Lake, table: str, shares: Sequence[Share]) -> None:
        self._inputs = TABLES[table].inputs
        self._make = TABLES[table].make
        self.seconds = 0.0
        """What making them took, all processes together."""
        self.inputs: dict[str, str] = {}
        self.reach: datetime | None = None
        self._frames: list[pl.DataFrame] = []
        self._waiting: SortedParts | None = None
        if len(shares) > 1 and not isinstance(self._make, Sums):
            assert "user_id" in contract(table).names, f"nothing adds up the shares of {table}"
            self._waiting = SortedParts(lake.drafts(table))

    def add(self, part: ComputedPartition) -> None:
        """Keep what a share gives."""
        since = time.perf_counter()
        assert isinstance(part.frame, pl.DataFrame)
        if self._waiting is None:
            self._frames.append(part.frame)
        else:
            self._waiting.add(part.frame)
        self.inputs |= part.inputs
        self.reach = max(filter(None, (self.reach, part.reach)), default=None)
        self.seconds += part.seconds + time.perf_counter() - since

    def added(self, whole: Callable[[str], pl.DataFrame]) -> pl.DataFrame | SortedParts:
        """The partition's rows; `whole` gives the tables with which sums are finished."""
        if self._waiting is not None:
            return self._waiting
        if isinstance(self._make, Sums):
            return self._make.added(self._frames, *map(whole, self._inputs[1:]))
        (rows,) = self._frames
        return rows


def in_shares(
    versions: Versions, table: str, source: str, make: OfShare[ComputedPartition]
) -> Callable[[Sequence[date]], Iterator[ComputedPartition]]:
    """A walk over days of a table that takes those with many rows of `source` share by share."""

    def shares(day: date) -> tuple[Share, ...]:
        # The days beside it are read as it is.
        return max((versions.shares(source, [near]) for near in around(day)), key=len)

    def walked(days: Sequence[date]) -> Iterator[ComputedPartition]:
        for of_days, together in groupby(days, shares):
            some = list(together)
            if len(of_days) == 1:
                yield from make(versions, [table], some, of_days[0])
                continue
            for at in range(0, len(some), AT_ONCE):
                yield from _added_up(versions, table, some[at : at + AT_ONCE], of_days, make)

    return walked


def _added_up(
    versions: Versions,
    table: str,
    days: Sequence[date],
    shares: Sequence[Share],
    make: OfShare[ComputedPartition],
) -> Iterator[ComputedPartition]:
    parts = {day: Parts(versions.lake, table, shares) for day in days}
    for draft in made_of_shares(versions, make, [table], days, shares):
        assert draft.partition is not None
        parts[draft.partition].add(draft)
    for day in days:
        of_day = parts.pop(day)
        frame = of_day.added(versions.lake.read)
        # As this process knows them: what another read that is newer makes the day pending.
        inputs = versions.current(of_day.inputs)
        yield ComputedPartition(table, day, frame, inputs, of_day.seconds, of_day.reach)
