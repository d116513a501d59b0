"""Builds the asked partitions of silver and gold, stage by stage, and stores those that pass."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date

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
from netflix_pipeline.materialize.rollups import rollup_jobs
from netflix_pipeline.materialize.same_day import FROM_PLAYS, SAME_DAY, same_day_jobs
from netflix_pipeline.materialize.silver import dimension, plays_of, sessions_of
from netflix_pipeline.materialize.storing import THREADS, Built, Draft, Storing
from netflix_pipeline.materialize.tables import DIMENSIONS, GOLD_DAILY, GOLD_ROLLUPS, SILVER
from netflix_pipeline.materialize.versions import Versions
from netflix_pipeline.transforms.ledger_daily import ledger_daily


def build(
    lake: Lake, tables: Collection[str], days: Sequence[date] | None, *, only_pending: bool
) -> Iterator[Built]:
    """Build partitions of the named tables and yield each as it is stored.

    Daily tables are built for the given days (None: all that have or had rows below them), weekly
    and whole tables whole. With `only_pending`, what is up to date is left alone, and tables over
    the whole history cost with what changed; else all is made anew. The tables of users and titles
    are brought up to date first, whoever needs them.
    """
    with lake.writing(), ThreadPoolExecutor(THREADS) as pool:
        versions = Versions(lake)
        those = None if days is None else frozenset(days)
        asked = _Asked(versions, frozenset(tables), those, only_pending)
        storing = Storing(versions, pool)
        yield from _dimensions(asked, storing)
        for drafts in _stages(asked, storing):
            yield from storing.stored(drafts)
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
        days = candidates(self.versions, table)
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
    for table in DIMENSIONS:
        if asked.whole(table) or (daily and pending_rollup(asked.versions, table)):
            built = list(storing.stored([dimension(asked.versions, table)]))
            if table in asked.tables:
                yield from built


def _stages(asked: _Asked, storing: Storing) -> Iterator[Iterator[Draft]]:
    """The drafts of one stage after the other; each starts once those before it are stored."""
    versions, anew = asked.versions, not asked.only_pending
    if days := asked.of("silver/plays"):
        yield plays_of(versions, days, anew=anew)
    if days := asked.of("silver/sessions"):
        yield sessions_of(versions, days)

    def same_day(tables: Collection[str]) -> Iterator[Draft]:
        days = {table: set(asked.of(table)) for table in tables}
        return storing.computed(same_day_jobs(versions, days))

    for table in SILVER:
        if table in SAME_DAY:
            yield same_day([table])
    yield same_day(FROM_PLAYS)
    for table in GOLD_DAILY:
        if table in SAME_DAY and table not in FROM_PLAYS:
            yield same_day([table])
    yield _ledger(versions, asked.of("gold/ledger_daily"))
    yield audience_days(versions, asked.of("gold/audience_daily"), anew=anew)
    wanted = {table: asked.whole(table) for table in GOLD_ROLLUPS}
    yield storing.computed(rollup_jobs(versions, wanted, anew=anew))


def _ledger(versions: Versions, days: list[date]) -> Iterator[Draft]:
    table = "gold/ledger_daily"
    for day in days:
        since = time.perf_counter()
        frame = ledger_daily(ledger(versions.lake, versions.arrivals().get(day, [])))
        inputs = INPUTS[table](versions, day)
        yield Draft(table, day, frame, inputs, time.perf_counter() - since)
