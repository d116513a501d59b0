"""Builds the asked partitions of silver and gold and stores those that pass their contracts."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from itertools import pairwise

from netflix_pipeline.ingest.ledger import ledger
from netflix_pipeline.lake import Lake, Partition
from netflix_pipeline.materialize.audience_days import audience_days
from netflix_pipeline.materialize.pending import (
    INPUTS,
    candidates,
    is_pending,
    pending_rollup,
    rollup_inputs,
)
from netflix_pipeline.materialize.previous import drop_unneeded
from netflix_pipeline.materialize.rollups import TOGETHER, rollup_drafts
from netflix_pipeline.materialize.same_day import FROM_PLAYS, SAME_DAY, same_day_jobs
from netflix_pipeline.materialize.silver import dimension, plays_of, sessions_of
from netflix_pipeline.materialize.stages import LANES, Stage, run_stages
from netflix_pipeline.materialize.storing import (
    THREADS,
    Built,
    Draft,
    Outcome,
    Storing,
    attempt,
    each_day,
)
from netflix_pipeline.materialize.tables import DIMENSIONS, GOLD_ROLLUPS
from netflix_pipeline.materialize.versions import Versions
from netflix_pipeline.transforms.ledger_daily import ledger_daily

AUDIENCE, LEDGER = "gold/audience_daily", "gold/ledger_daily"

LEAST = 16
"""Days that are at least walked through in one go: each walk looks at days before and behind."""


def build(
    lake: Lake, tables: Collection[str], days: Sequence[date] | None, *, only_pending: bool
) -> Iterator[Built]:
    """Build partitions of the named tables and yield each as it is stored.

    Daily tables are built for the given days (None: all that have or had rows below them) that
    have begun, weekly and whole tables whole. A partition that raises is told, and the others are
    built. With `only_pending`, what is up to date is left
    alone, and tables over the whole history cost with what changed; else all is made anew. The
    tables of users and titles are brought up to date first, whoever needs them.
    """
    with lake.writing(), ThreadPoolExecutor(THREADS) as pool:
        versions = Versions(lake)
        those = None if days is None else frozenset(days)
        asked = _Asked(versions, frozenset(tables), those, only_pending)
        storing = Storing(versions, pool)
        yield from _dimensions(asked, storing)
        yield from run_stages(_stages(asked, storing), storing)
        drop_unneeded(versions)


@dataclass(frozen=True)
class _Asked:
    """What a build was asked for."""

    versions: Versions
    tables: frozenset[str]
    days: frozenset[date] | None
    only_pending: bool

    def of(self, table: str) -> list[date]:
        """The days of a daily table that are to be built."""
        if table not in self.tables:
            return []
        today = datetime.now(UTC).date()
        days = [day for day in candidates(self.versions, table) if day <= today]
        if self.days is not None:
            days = [day for day in days if day in self.days]
        if self.only_pending:
            days = [day for day in days if is_pending(self.versions, table, day)]
        return days

    def whole(self, table: str) -> list[Partition]:
        """The partitions of a whole or weekly table that are to be built."""
        if table not in self.tables:
            return []
        if self.only_pending:
            return pending_rollup(self.versions, table)
        return list(rollup_inputs(self.versions, table))


def _dimensions(asked: _Asked, storing: Storing) -> Iterator[Built]:
    daily = asked.tables - set(DIMENSIONS) - set(GOLD_ROLLUPS)
    anew = not asked.only_pending
    for table in DIMENSIONS:
        if asked.whole(table) or (daily and pending_rollup(asked.versions, table)):
            make = partial(dimension, asked.versions, table, anew=anew)
            (built,) = storing.stored([attempt(table, None, make)])
            if not built.good:
                storing.outdated.add(table)
            if table in asked.tables or not built.good:
                yield built


def _stages(asked: _Asked, storing: Storing) -> list[Stage]:
    """The stages of the daily tables and of those over the whole history, the longest first."""
    versions, anew = asked.versions, not asked.only_pending

    def same_day(*tables: str) -> Stage:
        def lanes() -> Iterator[Iterator[Outcome]]:
            days = {table: set(asked.of(table)) for table in tables}
            yield storing.computed(same_day_jobs(versions, days))

        return Stage(tables, lanes)

    def rollups(*tables: str) -> Stage:
        def lanes() -> Iterator[Iterator[Outcome]]:
            wanted = {table: asked.whole(table) for table in tables}
            if any(wanted.values()):
                yield rollup_drafts(versions, wanted, anew=anew)

        return Stage(tables, lanes)

    def daily(table: str, drafts: Callable[[list[date]], Iterator[Outcome]]) -> Stage:
        return Stage([table], lambda: map(drafts, _parts(asked.of(table))))

    audience = partial(audience_days, versions, anew=anew)
    alone = [table for table in SAME_DAY if table not in FROM_PLAYS]
    return [
        daily("silver/plays", lambda days: plays_of(versions, days, anew=anew)),
        daily("silver/sessions", lambda days: sessions_of(versions, days)),
        same_day(*FROM_PLAYS),
        *(rollups(*tables) for tables in TOGETHER),
        daily(AUDIENCE, lambda days: each_day(AUDIENCE, days, audience)),
        *map(same_day, alone),
        Stage([LEDGER], lambda: [_ledger(versions, _days_of_ledger(asked))]),
    ]


def _parts(days: list[date]) -> list[list[date]]:
    """The days in at most as many parts as there are lanes, none of fewer than `LEAST`."""
    count = max(1, min(LANES, len(days) // LEAST))
    bounds = [len(days) * part // count for part in range(count + 1)]
    return [days[begin:end] for begin, end in pairwise(bounds) if begin < end]


def _days_of_ledger(asked: _Asked) -> list[date]:
    """The days to be built; where a manifest is damaged one at least, so that this is told."""
    days = asked.of(LEDGER)
    if not days and LEDGER in asked.tables and asked.versions.damaged:
        days = candidates(asked.versions, LEDGER)[-1:]
    return days


def _ledger(versions: Versions, days: list[date]) -> Iterator[Outcome]:
    def make(day: date) -> Draft:
        since = time.perf_counter()
        for damaged in versions.damaged:  # nobody knows on which day that batch arrived
            raise damaged
        frame = ledger_daily(ledger(versions.lake, versions.arrivals().get(day, [])))
        inputs = INPUTS[LEDGER](versions, day)
        return Draft(LEDGER, day, frame, inputs, time.perf_counter() - since)

    for day in days:
        yield attempt(LEDGER, day, partial(make, day))
