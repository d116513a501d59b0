"""Checks the partitions that were computed, and stores those that pass, side by side.

What raises while a partition is computed, checked or stored ends that partition: its last good
version stays, marked with the reason, and all others go on.
"""

import errno
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import TypeVar

import polars as pl

from netflix_pipeline.contracts import VIOLATIONS, contract
from netflix_pipeline.errors import PipelineError, Transient, ends_one
from netflix_pipeline.lake import Footer, Partition, Replacement, SortedParts
from netflix_pipeline.lake.parquet_files import DamagedTable, reason
from netflix_pipeline.materialize.build_graph import USES_DIMENSIONS, code_version
from netflix_pipeline.materialize.retained_versions import keep
from netflix_pipeline.materialize.versions import Versions

log = logging.getLogger(__name__)

THREADS = 4
"""Partitions that are computed, and groups that are checked and written, side by side."""

GROUP, GROUP_ROWS = 128, 150_000
"""Partitions, or rows, of a table that are checked together."""

FEW_ROWS = 20_000
"""Rows of a partition that is stored together with others: bounds memory."""

OF_THE_PLACE = frozenset(
    (errno.EEXIST, errno.EISDIR, errno.ENOTDIR, errno.ENOTEMPTY, errno.ELOOP, errno.EIO)
)
"""What a system tells of one place; any other error is one of the whole home, and ends the run."""


@dataclass(frozen=True)
class Built:
    """What became of one partition.

    `changed` tells whether its rows are other than before. It was stored when `violations`
    (column, check, failures, example) and `problem` are empty: else its last good version stays,
    marked stale. `problem` says why it could not be computed or stored at all.
    """

    table: str
    partition: Partition
    rows: int
    version: str
    changed: bool
    seconds: float
    violations: pl.DataFrame
    problem: str = ""

    @property
    def good(self) -> bool:
        """Whether it was stored."""
        return self.violations.is_empty() and not self.problem


@dataclass(frozen=True)
class ComputedPartition:
    """A partition that was computed and is not stored yet; `seconds` is what computing took."""

    table: str
    partition: Partition
    frame: pl.DataFrame | SortedParts
    inputs: Mapping[str, str]
    seconds: float
    reach: datetime | None = None


@dataclass(frozen=True)
class Failed:
    """A partition that could not be computed, and what came instead."""

    table: str
    partition: Partition
    error: BaseException


T = TypeVar("T")
Outcome = ComputedPartition | Failed
Job = Callable[[], list[Outcome]]


def ends_partition(error: BaseException) -> bool:
    """Whether an error is one of the partition that was worked on, and not of all of them."""
    if isinstance(error, OSError):
        return error.errno in OF_THE_PLACE
    return ends_one(error) and not isinstance(error, (Transient, MemoryError))


def attempt(table: str, partition: Partition, make: Callable[[], T]) -> T | Failed:
    """What `make` gives; Failed where it raises what ends the partition."""
    try:
        return make()
    except BaseException as error:
        if not ends_partition(error):
            raise
        return Failed(table, partition, error)


class Storing:
    """Works on the partitions of one build, in the threads of a pool."""

    def __init__(self, versions: Versions, pool: ThreadPoolExecutor) -> None:
        self.versions = versions
        self.pool = pool
        self.outdated: set[str] = set()
        """The dimensions that could not be brought up to date: what is made with them waits."""

    def computed(self, jobs: Iterable[Callable[[], list[T]]]) -> Iterator[T]:
        """What the jobs give, worked on side by side, a few ahead, in their order."""
        running: deque[Future[list[T]]] = deque()
        for job in jobs:
            running.append(self.pool.submit(job))
            if len(running) > THREADS:
                yield from running.popleft().result()
        while running:
            yield from running.popleft().result()

    def stored(self, outcomes: Iterable[Outcome]) -> Iterator[Built]:
        """Check and store drafts while more are computed: small ones together."""
        return self.computed(partial(self._store, group) for group in _groups(outcomes))

    def _store(self, drafts: Failed | list[ComputedPartition]) -> list[Built]:
        """Store those of a table's partitions that pass its contract; mark the others stale."""
        if isinstance(drafts, Failed):
            return [self._failed(drafts)]
        since = time.perf_counter()
        table = drafts[0].table
        checked = attempt(table, drafts[0].partition, lambda: _violations(table, drafts))
        if isinstance(checked, Failed):
            if len(drafts) == 1:
                return [self._failed(checked)]
            return [built for draft in drafts for built in self._store([draft])]
        few = [
            draft
            for draft, told in zip(drafts, checked, strict=True)
            if told.is_empty() and draft.frame.height <= FEW_ROWS
        ]
        before = [self.versions.footer(table, draft.partition) for draft in drafts]
        stored = self._store_together(table, few) if len(few) > 1 else {}
        share = (time.perf_counter() - since) / len(drafts)
        tried = [
            attempt(
                draft.table,
                draft.partition,
                partial(
                    self._store_one, draft, violations, share, was, stored.get(draft.partition)
                ),
            )
            for draft, violations, was in zip(drafts, checked, before, strict=True)
        ]
        self._mark_outdated(drafts)
        return [self._failed(each) if isinstance(each, Failed) else each for each in tried]

    def _mark_outdated(self, drafts: Sequence[ComputedPartition]) -> None:
        """Mark what was made with a dimension that another run has replaced meanwhile.

        It marked them too, and what is stored takes the mark away.
        """
        table, lake = drafts[0].table, self.versions.lake
        for dimension, users in USES_DIMENSIONS.items():
            if table not in users:
                continue
            known, now = self.versions.footer(dimension, None), lake.footer(dimension)
            if (known and known.version) != (now and now.version):
                for draft in drafts:
                    lake.mark_stale(table, draft.partition, f"{dimension} changed meanwhile")

    def _failed(self, failed: Failed) -> Built:
        """Tell a partition that could not be built: its last good version stays, marked stale.

        A silver or gold file that cannot be read is marked, too: so the next build makes it anew.
        """
        lake, error = self.versions.lake, failed.error
        expected = isinstance(error, (PipelineError, OSError))
        why = str(error) if expected else f"{type(error).__name__}: {reason(error)}"
        if not expected:
            # A mistake in the code, or of a library: who mends it needs to see where.
            log.error(
                "%s %s could not be built", failed.table, failed.partition or "", exc_info=error
            )
        damaged = lake.place_of(error.path) if isinstance(error, DamagedTable) else None
        with suppress(OSError):
            if damaged is not None and damaged != (failed.table, failed.partition):
                lake.mark_stale(*damaged, why)
            lake.mark_stale(failed.table, failed.partition, f"it could not be built: {why}")
        footer = self.versions.footer(failed.table, failed.partition)
        return Built(
            failed.table,
            failed.partition,
            rows=footer.rows if footer else 0,
            version=footer.version if footer else "",
            changed=False,
            seconds=0.0,
            violations=VIOLATIONS.to_frame(),
            problem=why,
        )

    def _store_together(
        self, table: str, drafts: Sequence[ComputedPartition]
    ) -> dict[Partition, Footer]:
        """Replace partitions of a table together; none where that raises, then each is tried."""
        those = list[Replacement]()
        for draft in drafts:
            assert isinstance(draft.frame, pl.DataFrame)
            code = code_version(table)
            those.append(Replacement(draft.partition, draft.frame, draft.inputs, code, draft.reach))
        try:
            for draft in drafts:
                keep(self.versions, table, draft.partition)
            footers = self.versions.lake.replace_several(table, those)
        except BaseException as error:
            if not ends_partition(error):
                raise
            return {}
        return {each.partition: footer for each, footer in zip(those, footers, strict=True)}

    def _store_one(
        self,
        draft: ComputedPartition,
        violations: pl.DataFrame,
        working: float,
        before: Footer | None,
        stored: Footer | None,
    ) -> Built:
        """Store one, unless it was; `before` is what it was, `working` the time taken so far."""
        since = time.perf_counter()
        table, partition = draft.table, draft.partition
        footer = before
        if violations.is_empty():
            if stored is None:
                keep(self.versions, table, partition)
                stored = self.versions.lake.replace(
                    table,
                    partition,
                    draft.frame,
                    inputs=draft.inputs,
                    code=code_version(table),
                    reach=draft.reach,
                )
            footer = stored
            self.versions.replaced(table, partition, footer)
            for dimension in self.outdated:
                if table in USES_DIMENSIONS[dimension]:
                    self.versions.lake.mark_stale(
                        table, partition, f"{dimension} could not be built"
                    )
        elif before is not None:
            self.versions.lake.mark_stale(table, partition, "its contract was broken")
        return Built(
            table,
            partition,
            rows=footer.rows if footer else 0,
            version=footer.version if footer else "",
            changed=(before and before.version) != (footer and footer.version),
            seconds=draft.seconds + working + time.perf_counter() - since,
            violations=violations,
        )


def each_day(
    table: str, days: Sequence[date], walk: Callable[[list[date]], Iterator[ComputedPartition]]
) -> Iterator[Outcome]:
    """What a walk over the days of a table gives, in their order.

    Where the walk raises, the day that it had come to is tried alone; a day that raises alone has
    failed, and another walk goes on behind it.
    """

    def alone(day: date) -> list[ComputedPartition]:
        return list(walk([day]))

    waiting = list(days)
    while waiting:
        try:
            for draft in walk(waiting):
                assert draft.partition is not None
                waiting.remove(draft.partition)
                yield draft
        except BaseException as error:
            if not waiting or not ends_partition(error):
                raise
        else:
            return
        day = waiting.pop(0)
        drafts = attempt(table, day, partial(alone, day))
        if isinstance(drafts, Failed):
            yield drafts
        else:
            yield from drafts


def _violations(table: str, drafts: Sequence[ComputedPartition]) -> list[pl.DataFrame]:
    """What in each partition of a table breaks its contract; what comes in parts comes alone."""
    table_contract, frames = contract(table), list[pl.DataFrame]()
    for draft in drafts:
        if isinstance(draft.frame, SortedParts):
            keys = draft.frame.columns(table_contract.key)
            return [table_contract.violations_of_parts(draft.frame.parts(), keys)]
        frames.append(draft.frame)
    return table_contract.violations(*frames)


def _groups(outcomes: Iterable[Outcome]) -> Iterator[Failed | list[ComputedPartition]]:
    """The drafts in groups of one table that are worth a check of their own; each that failed."""
    held: dict[str, list[ComputedPartition]] = {}
    for outcome in outcomes:
        if isinstance(outcome, Failed):
            yield outcome
            continue
        if isinstance(outcome.frame, SortedParts):
            yield [outcome]
            continue
        group = held.setdefault(outcome.table, [])
        group.append(outcome)
        if len(group) == GROUP or sum(one.frame.height for one in group) >= GROUP_ROWS:
            yield held.pop(outcome.table)
    yield from held.values()
