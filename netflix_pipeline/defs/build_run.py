"""What a step does to its tables: bronze is counted, silver and gold are built.

Everything that Dagster runs comes down to this: the assets that somebody selects in the UI, the
command, the schedule and the files that land.
"""

import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from logging import Logger

import dagster as dg
import polars as pl

from netflix_pipeline.defs.asset_specs import BRONZE, by_day
from netflix_pipeline.defs.checks import NONE, Check, Reader, of_contract
from netflix_pipeline.defs.events import Event, checked, made_from, materialized, name_of
from netflix_pipeline.defs.resources import BuildScope, OnBuilt
from netflix_pipeline.ingest import renewed
from netflix_pipeline.lake import Lake, Partition, kept_footer
from netflix_pipeline.materialize import Built, Versions, build, code_version, dependencies
from netflix_pipeline.settings import Settings

NEWS_EVERY = 10.0
"""Seconds between two lines of progress in the run's log."""
LOOKED_EVERY = 1.0
"""Seconds after which the days that were stored since are looked at by the further checks."""


@dataclass
class BuildRun:
    """What is asked of one step, and how far it came.

    `versions` know what was looked at before, `days` None means every day. `checks` are those whose
    results are asked for. `broken` are the partitions that were not stored.
    """

    settings: Settings
    versions: Versions
    tables: Collection[str]
    days: Sequence[date] | None
    scope: BuildScope
    checks: Collection[Check]
    log: Logger
    on_built: OnBuilt
    broken: list[Built] = field(init=False, default_factory=list)
    evaluated: set[Check] = field(init=False, default_factory=set)
    inputs: dict[str, dict[str, str]] = field(init=False, default_factory=dict)

    @property
    def lake(self) -> Lake:
        """Where the tables lie."""
        return self.versions.lake

    @cached_property
    def reader(self) -> Reader:
        """The checks of what is stored."""
        return Reader(self.settings, self.lake)

    def events(self) -> Iterator[Event]:
        """Do the work; yield what it comes to, each thing as soon as it is true."""
        for event in self._events():
            if isinstance(event, dg.AssetMaterialization):
                yield event
                continue
            check = "/".join(event.asset_key.path), event.check_name
            if check in self.checks:
                self.evaluated.add(check)
                yield event

    def _events(self) -> Iterator[Event]:
        renewed(self.settings)
        made = set(self.tables) & dependencies().keys()
        if made:
            yield from self._build(made)
        elif self.tables:
            yield from self._bronze()
        for check in sorted(set(self.checks) - self.evaluated):
            if check[0] in made:
                # Nothing was built that it looks at: all of it stands as it passed.
                yield checked(*check, None, passed=True, metadata={"partitions": 0})
            else:
                yield from self.reader.look_again(check, self.days)

    def _bronze(self) -> Iterator[Event]:
        """What bronze holds of the asked days, or of those that came since something was made."""
        versions = self.versions
        used = _used(versions) if self.scope.only_pending else set()
        for table in self.tables:
            days: Sequence[Partition]
            if by_day(table) and self.days is not None:
                empty = self.scope.empty_days
                days = [day for day in self.days if empty or versions.inputs(table, [day])]
            else:
                days = versions.partitions(table) if by_day(table) else [None]
                if self.scope.only_pending:
                    days = [day for day in days if versions.inputs(table, [day]).items() - used]
            for day in days:
                files = self.lake.batch_files(table, day, versions.committed)
                footers = [footer for file in files if (footer := kept_footer(file))]
                yield materialized(
                    table,
                    day,
                    rows=sum(footer.rows for footer in footers),
                    version=versions.version(table, day),
                    files=len(files),
                )

    def _build(self, tables: set[str]) -> Iterator[Event]:
        begun = reported = looked = time.monotonic()
        done: dict[str, list[Built]] = {}
        stored: dict[str, list[Partition]] = {}
        for built in build(
            self.lake,
            tables,
            self.days,
            only_pending=self.scope.only_pending,
            versions=self.versions,
        ):
            self.on_built(built)
            if not built.good:
                self.broken.append(built)
            done.setdefault(built.table, []).append(built)
            if by_day(built.table):
                yield from self._record(built.table, [built])
                if built.good:
                    stored.setdefault(built.table, []).append(built.partition)
            now = time.monotonic()
            if now - looked > LOOKED_EVERY:
                looked = now
                yield from self._look_further(stored)
            if now - reported > NEWS_EVERY:
                reported = now
                count = sum(len(partitions) for partitions in done.values())
                self.log.info(
                    "%d partitions in %.0f s, now %s", count, reported - begun, name_of(built)
                )
        yield from self._look_further(stored)
        if not done:
            why = "all is up to date" if self.scope.only_pending else "there are no rows"
            self.log.info("nothing to build: %s", why)
        for table, partitions in done.items():
            good = [built for built in partitions if built.good]
            rows, broken = f"{sum(built.rows for built in good):,}", len(partitions) - len(good)
            self.log.info("%s: %d built, %s rows, %d not published", table, len(good), rows, broken)
            for problem in sorted(
                {reported.problem for reported in partitions if reported.problem}
            ):
                self.log.error("%s: not built: %s", table, problem)
            if not by_day(table):
                yield from self._record(table, partitions)
                if good:
                    yield from self.reader.beyond_contract(table, [None])
        if self.days is not None and self.scope.empty_days:
            for table in sorted(filter(by_day, tables)):
                known = {built.partition for built in done.get(table, ())}
                for day in self.days:
                    if day not in known:
                        yield from self._untouched(table, day)

    def _untouched(self, table: str, day: date) -> Iterator[Event]:
        """An asked day that was not built: it has no rows, or stands as it is up to date."""
        stored = self.lake.footer(table, day) if self.scope.only_pending else None
        yield materialized(
            table,
            day,
            rows=stored.rows if stored else 0,
            version=stored.version if stored else "empty",
            code=code_version(table),
            inputs=self._inputs(table),
        )
        yield of_contract(table, day, NONE)

    def _record(self, table: str, partitions: Sequence[Built]) -> Iterator[Event]:
        """A daily partition, or the partitions of a table that Dagster knows as a whole."""
        day = partitions[0].partition if by_day(table) else None
        good = [built for built in partitions if built.good]
        if good:
            yield materialized(
                table,
                day,
                rows=sum(built.rows for built in good),
                version=good[-1].version,
                code=code_version(table),
                inputs=self._inputs(table),
                seconds=round(sum(built.seconds for built in good), 3),
                changed=any(built.changed for built in good),
            )
        violations = [built.violations for built in partitions]
        problems = [
            f"{built.partition or table}: {built.problem}" for built in partitions if built.problem
        ]
        together = pl.concat(violations) if len(violations) > 1 else violations[0]
        yield of_contract(table, day, together, problems)

    def _look_further(self, stored: dict[str, list[Partition]]) -> Iterator[Event]:
        """What the further checks find of days that were stored; none of them is left."""
        while stored:
            yield from self.reader.beyond_contract(*stored.popitem())

    def _inputs(self, table: str) -> dict[str, str]:
        """The tags of what a table is made from; they are the same for all its days."""
        if table not in self.inputs:
            self.inputs[table] = made_from(
                {
                    source: "" if by_day(source) else self._version(source)
                    for source in dependencies()[table]
                }
            )
        return self.inputs[table]

    def _version(self, table: str) -> str:
        if table in BRONZE:
            return self.lake.bronze_version(table)
        footer = self.lake.footer(table)
        return footer.version if footer else ""


def _used(versions: Versions) -> set[tuple[str, str]]:
    """The bronze partitions, with their versions, from which something was made."""
    above = [table for table, below in dependencies().items() if set(BRONZE) & set(below)]
    return {
        used
        for table in above
        for partition in (versions.partitions(table) if by_day(table) else [None])
        if (footer := versions.footer(table, partition))
        for used in footer.inputs.items()
    }
