"""Builds the asked partitions of silver and gold and stores those that pass their contracts."""

from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from importlib import import_module

from netflix_pipeline.lake import Lake, Partition, Sharding
from netflix_pipeline.materialize.build_graph import DIMENSIONS, GOLD_ROLLUPS, TABLES, made_together
from netflix_pipeline.materialize.ledger_days import TABLE as LEDGER
from netflix_pipeline.materialize.pending import (
    candidates,
    is_pending,
    pending_rollup,
    rollup_inputs,
)
from netflix_pipeline.materialize.retained_versions import drop_unneeded
from netflix_pipeline.materialize.rollups import rollup_drafts
from netflix_pipeline.materialize.scheduler import LANES, Stage, even_parts, run_stages
from netflix_pipeline.materialize.shards import Helpers
from netflix_pipeline.materialize.silver import dimension
from netflix_pipeline.materialize.versions import Versions
from netflix_pipeline.materialize.writer import THREADS, Built, Outcome, Storing, attempt

LEAST = 16
"""Days that are at least walked through in one go: each walk looks at days before and behind."""


def build(
    lake: Lake,
    tables: Collection[str],
    days: Sequence[date] | None,
    *,
    only_pending: bool,
    sharding: Sharding | None = None,
    helpers: Helpers | None = None,
    versions: Versions | None = None,
) -> Iterator[Built]:
    """Build partitions of the named tables and yield each as it is stored.

    Daily tables are built for the given days (None: all that have or had rows below them) that
    have begun, weekly and whole tables whole. A partition that raises is told, and the others are
    built. With `only_pending`, what is up to date is left
    alone, and tables over the whole history cost with what changed; else all is made anew. The
    tables of users and titles are brought up to date first, whoever needs them. With `sharding`,
    what has many rows is made a share of the users at a time, some of them by `helpers`, and comes
    out the same. What `versions` know already is not looked at again; they say how to share, too.
    """
    with lake.writing(), ThreadPoolExecutor(THREADS) as pool:
        if versions is None:
            versions = Versions(lake, sharding, helpers)
        else:
            versions.renew()
        those = None if days is None else frozenset(days)
        request = _BuildRequest(versions, frozenset(tables), those, only_pending)
        storing = Storing(versions, pool)
        yield from _dimensions(request, storing)
        # A stage for each group of tables that are made together, the longest first.
        groups = made_together(table for table in TABLES if table not in DIMENSIONS)
        stages = [Stage(group, partial(_lanes, group, request, storing)) for group in groups]
        yield from run_stages(stages, storing)
        drop_unneeded(versions)


@dataclass(frozen=True)
class _BuildRequest:
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
        days = [day for day in candidates(self.versions, table, self.days) if day <= today]
        if self.only_pending:
            days = [day for day in days if is_pending(self.versions, table, day)]
        if table == LEDGER and not days and self.versions.damaged:
            # One at least, so that the manifest which is damaged is told.
            days = candidates(self.versions, table)[-1:]
        return days

    def whole(self, table: str) -> list[Partition]:
        """The partitions of a whole or weekly table that are to be built."""
        if table not in self.tables:
            return []
        if self.only_pending:
            return pending_rollup(self.versions, table)
        return list(rollup_inputs(self.versions, table))


def _dimensions(request: _BuildRequest, storing: Storing) -> Iterator[Built]:
    daily = request.tables - set(DIMENSIONS) - set(GOLD_ROLLUPS)
    anew = not request.only_pending
    for table in DIMENSIONS:
        if request.whole(table) or (daily and pending_rollup(request.versions, table)):
            marked: list[tuple[str, date]] = []
            make = partial(dimension, request.versions, table, marked, anew=anew)
            (built,) = storing.stored([attempt(table, None, make)])
            # Another run may have stored one of these meanwhile, made with what was said before.
            for dependent, day in marked:
                if not request.versions.lake.is_stale(dependent, day):
                    request.versions.lake.mark_stale(dependent, day, f"{table} changed")
            if not built.good:
                storing.outdated.add(table)
            if table in request.tables or not built.good:
                yield built


def _lanes(
    tables: Sequence[str], request: _BuildRequest, storing: Storing
) -> Iterator[Iterator[Outcome]]:
    """What is to be built of tables that are made together, in parts for side by side."""
    versions, anew = request.versions, not request.only_pending
    spec = TABLES[tables[0]]
    module, name = spec.builder(tables[0])
    make = getattr(import_module(module), name)
    if tables[0] in GOLD_ROLLUPS:
        wanted = {table: request.whole(table) for table in tables}
        if any(wanted.values()):
            yield rollup_drafts(versions, wanted, make, anew=anew)
    elif isinstance(spec.make, str):
        for days in _parts(request.of(tables[0])):
            yield make(versions, days, anew=anew)
    else:
        by_table = {table: set(request.of(table)) for table in tables}
        yield storing.computed(make(versions, by_table))


def _parts(days: list[date]) -> Iterator[Sequence[date]]:
    """The days in at most as many parts as there are lanes, none of fewer than `LEAST`."""
    return even_parts(days, max(1, min(LANES, len(days) // LEAST)))
