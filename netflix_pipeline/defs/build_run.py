"""One walk: bronze is counted, silver and gold are built, the snapshot is published.

Everything that Dagster runs comes down to this: the assets that somebody selects in the UI, the
command, the schedule and the files that land.
"""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

import dagster as dg
import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.defs.asset_specs import BRONZE, SNAPSHOT, by_day
from netflix_pipeline.defs.checks import NONE, Check, Reader, of_contract, untouched
from netflix_pipeline.defs.events import made_from, materialized
from netflix_pipeline.ingest import latest_receipt, renewed
from netflix_pipeline.lake import Lake, Partition
from netflix_pipeline.lake.parquet_files import read_footer
from netflix_pipeline.materialize import Built, Versions, build, code_version, dependencies, pending
from netflix_pipeline.serving import publish
from netflix_pipeline.settings import Settings

Event = dg.AssetMaterialization | dg.AssetCheckEvaluation
OnBuilt = Callable[[Built], None]

NEWS_EVERY = 10.0
"""Seconds between two lines of progress in the run's log."""


def ignore(built: Built) -> None:
    """Nobody listens."""


@dataclass
class BuildRun:
    """What is asked of one run, and how far it came.

    `days` None means every day; with `only_pending` what is up to date is left alone. With
    `empty_days`, asked days for which there is nothing to build are recorded as they stand, so that
    each asked day of a run that succeeds is a materialized partition.
    `checks` are those whose results are asked for.
    """

    settings: Settings
    tables: Collection[str]
    days: Sequence[date] | None
    only_pending: bool
    checks: Collection[Check]
    log: Callable[[str], None]
    empty_days: bool = False
    on_built: OnBuilt = ignore
    lake: Lake = field(init=False)
    reader: Reader = field(init=False)
    evaluated: set[Check] = field(init=False, default_factory=set)
    inputs: dict[str, dict[str, str]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.lake = Lake(self.settings.lake)
        self.reader = Reader(self.settings)

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
        if bronze := [table for table in BRONZE if table in self.tables]:
            yield from self._bronze(bronze)
        if made := set(self.tables) & dependencies().keys():
            yield from self._build(made)
        if SNAPSHOT in self.tables:
            yield from self._publish()
        for check in sorted(set(self.checks) - self.evaluated):
            if check[0] in self.tables and check[0] in dependencies():
                yield untouched(check)
            else:
                yield from self.reader.look_again(check, self.days)

    def _bronze(self, tables: Sequence[str]) -> Iterator[Event]:
        """What bronze holds of the asked days, or of those from which something is to be made."""
        versions = Versions(self.lake)
        changed = _changed_below(versions) if self.only_pending else None
        for table in tables:
            days: Sequence[Partition] = versions.partitions(table) if by_day(table) else [None]
            if by_day(table) and self.days is not None:
                known = set(days)
                days = [day for day in self.days if self.empty_days or day in known]
            elif changed is not None:
                days = [day for day in days if day in changed.get(table, ())]
            for day in days:
                files = self.lake.batch_files(table, day, versions.committed)
                footers = [footer for file in files if (footer := read_footer(file))]
                yield materialized(
                    table,
                    day,
                    rows=sum(footer.rows for footer in footers),
                    version=versions.version(table, day),
                    files=len(files),
                )

    def _build(self, tables: set[str]) -> Iterator[Event]:
        begun = reported = time.monotonic()
        done: dict[str, list[Built]] = {}
        for built in build(self.lake, tables, self.days, only_pending=self.only_pending):
            self.on_built(built)
            done.setdefault(built.table, []).append(built)
            if by_day(built.table):
                yield from self._record(built.table, [built])
            if time.monotonic() - reported > NEWS_EVERY:
                reported = time.monotonic()
                count = sum(len(partitions) for partitions in done.values())
                self.log(f"{count} partitions in {reported - begun:.0f} s, now {_name(built)}")
        if not done:
            why = "all is up to date" if self.only_pending else "there are no rows"
            self.log(f"nothing to build: {why}")
        for table, partitions in done.items():
            rows, broken = _totals(partitions)
            stored = len(partitions) - broken
            self.log(f"{table}: {stored} built, {rows:,} rows, {broken} not published")
            for problem in sorted(
                {reported.problem for reported in partitions if reported.problem}
            ):
                self.log(f"{table}: not built: {problem}")
            if not by_day(table):
                yield from self._record(table, partitions)
        if self.days is not None and self.empty_days:
            for table in sorted(filter(by_day, tables)):
                known = {built.partition for built in done.get(table, ())}
                for day in self.days:
                    if day not in known:
                        yield from self._untouched(table, day)

    def _untouched(self, table: str, day: date) -> Iterator[Event]:
        """An asked day that was not built: it has no rows, or stands as it is up to date."""
        stored = self.lake.footer(table, day) if self.only_pending else None
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
        violations = pl.concat([built.violations for built in partitions])
        problems = [
            f"{built.partition or table}: {built.problem}" for built in partitions if built.problem
        ]
        yield of_contract(table, day, violations, problems)
        if good:
            yield from self.reader.beyond_contract(table, day)

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

    def _publish(self) -> Iterator[Event]:
        published = publish(
            self.lake,
            self.settings.serving,
            as_of=latest_receipt(self.lake),
            keep=self.settings.snapshots_kept,
        )
        self.log(f"snapshot {published.version}: {published.days_changed} days changed")
        for (table, partition), why in published.damaged.items():
            self.log(f"{table} {partition or ''}: not published: {why}")
            self.on_built(Built(table, partition, 0, "", False, 0.0, NONE, why))
            yield of_contract(table, partition if by_day(table) else None, NONE, [why])
        yield dg.AssetMaterialization(
            SNAPSHOT.split("/"),
            metadata={
                "version": published.version,
                "path": dg.MetadataValue.path(published.path),
                "days_changed": published.days_changed,
                "built_anew": published.full,
                "megabytes": round(published.path.stat().st_size / 1e6, 1),
                "seconds": round(published.seconds, 3),
            },
            tags={"dagster/data_version": str(published.version)},
        )


def _changed_below(versions: Versions) -> dict[str, set[Partition]]:
    """The bronze partitions from which something is to be made."""
    changed: dict[str, set[Partition]] = {}
    above = [table for table, below in dependencies().items() if set(BRONZE) & set(below)]
    for table, partitions in pending(versions, above).items():
        for source in dependencies()[table]:
            changed.setdefault(source, set()).update(partitions)
    return changed


def _totals(partitions: Sequence[Built]) -> tuple[int, int]:
    good = [built for built in partitions if built.good]
    return sum(built.rows for built in good), len(partitions) - len(good)


def _name(built: Built) -> str:
    return f"{contract(built.table).table} {built.partition or ''}".rstrip()
