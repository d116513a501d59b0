"""Checks the partitions that were computed, and stores those that pass, side by side."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.lake import Partition
from netflix_pipeline.materialize.previous import keep
from netflix_pipeline.materialize.tables import code_version
from netflix_pipeline.materialize.versions import Versions

THREADS = 4
"""Partitions that are computed, and groups that are checked and written, side by side."""

GROUP, GROUP_ROWS = 48, 150_000
"""Partitions, or rows, of a table that are checked together."""


@dataclass(frozen=True)
class Built:
    """What became of one partition.

    `changed` tells whether its rows are other than before; `violations` (column, check, failures,
    example) is empty when it was stored: else its last good version stays, marked stale.
    """

    table: str
    partition: Partition
    rows: int
    version: str
    changed: bool
    seconds: float
    violations: pl.DataFrame


@dataclass(frozen=True)
class Draft:
    """A partition that was computed and is not stored yet; `seconds` is what computing took."""

    table: str
    partition: Partition
    frame: pl.DataFrame
    inputs: Mapping[str, str]
    seconds: float
    reach: datetime | None = None


Job = Callable[[], list[Draft]]


class Storing:
    """Works on the partitions of one build, in the threads of a pool."""

    def __init__(self, versions: Versions, pool: ThreadPoolExecutor) -> None:
        self.versions = versions
        self.pool = pool

    def computed(self, jobs: Iterable[Job]) -> Iterator[Draft]:
        """What the jobs compute side by side, a few ahead, in their order."""
        running: deque[Future[list[Draft]]] = deque()
        for job in jobs:
            running.append(self.pool.submit(job))
            if len(running) > THREADS:
                yield from running.popleft().result()
        while running:
            yield from running.popleft().result()

    def stored(self, drafts: Iterable[Draft]) -> Iterator[Built]:
        """Check and store drafts while more are computed: small ones together."""
        running: deque[Future[list[Built]]] = deque()
        for group in _groups(drafts):
            running.append(self.pool.submit(self._store, group))
            if len(running) > THREADS:
                yield from running.popleft().result()
        while running:
            yield from running.popleft().result()

    def _store(self, drafts: list[Draft]) -> list[Built]:
        """Store those of a table's partitions that pass its contract; mark the others stale."""
        since = time.perf_counter()
        checked = contract(drafts[0].table).violations(*(draft.frame for draft in drafts))
        share = (time.perf_counter() - since) / len(drafts)
        return [
            self._store_one(draft, violations, share)
            for draft, violations in zip(drafts, checked, strict=True)
        ]

    def _store_one(self, draft: Draft, violations: pl.DataFrame, checking: float) -> Built:
        since = time.perf_counter()
        table, partition = draft.table, draft.partition
        before = footer = self.versions.footer(table, partition)
        if violations.is_empty():
            keep(self.versions, table, partition)
            footer = self.versions.lake.replace(
                table,
                partition,
                draft.frame,
                inputs=draft.inputs,
                code=code_version(table),
                reach=draft.reach,
            )
            self.versions.replaced(table, partition, footer)
        elif before is not None:
            self.versions.lake.mark_stale(table, partition, "its contract was broken")
        return Built(
            table,
            partition,
            rows=footer.rows if footer else 0,
            version=footer.version if footer else "",
            changed=(before and before.version) != (footer and footer.version),
            seconds=draft.seconds + checking + time.perf_counter() - since,
            violations=violations,
        )


def _groups(drafts: Iterable[Draft]) -> Iterator[list[Draft]]:
    """The drafts in groups of one table that are worth a check of their own."""
    held: dict[str, list[Draft]] = {}
    for draft in drafts:
        group = held.setdefault(draft.table, [])
        group.append(draft)
        if len(group) == GROUP or sum(one.frame.height for one in group) >= GROUP_ROWS:
            yield held.pop(draft.table)
    yield from held.values()
