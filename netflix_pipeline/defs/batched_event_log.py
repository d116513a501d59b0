"""Dagster's event log, written in groups.

Dagster's own opens and commits two SQLite databases for each event, 15 to 35 ms; PostgreSQL it asks
several times an event. A run over 90 days of 20 tables records thousands. Here the records of a run
wait, for a second at most, until they are written together, beside the run; what says how the run
itself fares is written at once, with all before it. The days that a run plans are one event of the
run and a row each in the index, where Dagster looks for days that a run did not reach. The days of
a group on which a check passed are one event, too, and a row each in the table of checks, where
Dagster looks for the results of a day.
A process that is killed loses a second of its log, never data: what is built, the lake itself says.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from itertools import groupby
from typing import Any, TypeGuard

from dagster import AssetCheckEvaluation, AssetKey, DagsterEventType, EventLogEntry
from dagster._core.events import (
    ASSET_CHECK_EVENTS,
    ASSET_EVENTS,
    EVENT_TYPE_TO_PIPELINE_RUN_STATUS,
    AssetMaterializationPlannedData,
)
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from dagster._core.storage.event_log import (
    SqlEventLogStorage,
    SqlEventLogStorageTable,
    SqliteEventLogStorage,
)
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable, AssetEventTagsTable
from dagster._core.storage.event_log.sqlite import sqlite_event_log
from dagster._serdes import ConfigurableClassData, serialize_value
from sqlalchemy import Table, func, select
from sqlalchemy.engine import Connection, Engine, create_engine
from sqlalchemy.event import listen
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import StaticPool
from typing_extensions import override

from netflix_pipeline.defs.event_texts import Alike, Pattern, passed_on
from netflix_pipeline.defs.sqlite_rows import Row, insert_rows

RUN_STATUS = EVENT_TYPE_TO_PIPELINE_RUN_STATUS.keys()
MIRRORED = ASSET_EVENTS | ASSET_CHECK_EVENTS | RUN_STATUS
"""What the index shard, which all runs share, holds as well."""

STATUS = AssetCheckExecutionRecordStatus
PLANNED = STATUS.PLANNED.value
TARGET = "materialization_event_storage_id"
"""The column of the materialization that a check looked at."""
INDEX = "index"
ANY_DAY = "0000-00-00"
"""Stands for a day in an event that is written once for each of them."""
GROUP = 2_000
PATIENCE = 1.0
"""Events written together at most, and seconds that the first of them waits."""
PAGES_KB = 32_768
"""Memory for pages of a database that is written: an event goes into several indexes."""
LOCKED_FOR = 600.0
"""Seconds for which somebody else, such as a backup, may lock a database and no run fails."""

Waiting = EventLogEntry | Alike
Write = Callable[[], None]


@dataclass(frozen=True)
class Line:
    """A row of the log, the event that it is of, and the rows of checks that this comes to."""

    event: Waiting
    row: Row
    checks: Sequence[Row] = ()

    @property
    def kind(self) -> DagsterEventType | None:
        """What kind of event it is; None for a line of the log."""
        return self.event.dagster_event_type

    @property
    def entry(self) -> EventLogEntry:
        """The event as Dagster has it."""
        return self.event.entry if isinstance(self.event, Alike) else self.event

    @property
    def tags(self) -> Mapping[str, str]:
        """The tags of what it tells of."""
        return self.event.tags or {}


@dataclass(frozen=True)
class Recorded:
    """A line, and its number in the index shard."""

    line: Line
    event_id: int


class GroupedEvents(SqlEventLogStorage):
    """Whatever SQL Dagster keeps events in, written in groups."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self._waiting: list[Waiting] = []
        self._writes: deque[Write] = deque()
        self._later: threading.Timer | None = None
        self._collecting = threading.Lock()
        self._writing = threading.RLock()
        super().__init__(*arguments, **named)  # type: ignore[no-untyped-call]

    @property
    @override
    def supports_partition_subset_in_asset_materialization_planned_events(self) -> bool:
        # One planned event a table and run, not one a day: in the index it becomes a row a day.
        return True

    @override
    def _has_asset_key_index_cols_on_connection(self, _connection: Connection) -> bool:
        # Of this and the next Dagster asks the database for each event that tells of an asset.
        return True  # as every home has had it that was made by this project

    @property
    @override
    def supports_asset_checks(self) -> bool:
        return True

    @override
    def store_event(self, event: EventLogEntry) -> None:
        self._store_soon([event])

    @override
    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        self._store_soon(events)

    def store_alike(self, event: Alike) -> None:
        """Store an event of a pattern."""
        self._store_soon([event])

    def _store_soon(self, events: Sequence[Waiting]) -> None:
        with self._collecting:
            if not self._waiting:
                self._later = threading.Timer(PATIENCE, self._write_beside)
                self._later.daemon = True
                self._later.start()
            self._waiting.extend(events)
            enough = len(self._waiting) >= GROUP
        if enough or any(event.dagster_event_type in RUN_STATUS for event in events):
            self._write_waiting()

    @override
    def dispose(self) -> None:
        self._write_waiting()
        super().dispose()

    def _write_waiting(self, *, beside: bool = False) -> None:
        """Write all that waits; `beside` the run, what fails is tried again with the next.

        Else whoever recorded it hears of it, and what comes behind it still waits.
        """
        with self._writing:
            with self._collecting:
                events, self._waiting = self._waiting, []
                if self._later is not None:
                    # One that outlives the process keeps what libraries would take leave of.
                    self._later.cancel()
            for run_id, of_run in groupby(events, lambda event: event.run_id):
                self._writes.extend(self._writes_of(run_id, list(of_run)))
            while self._writes:
                write = self._writes.popleft()
                try:
                    write()
                except Exception:
                    if beside:
                        self._writes.appendleft(write)
                    raise

    def _write_beside(self) -> None:
        with suppress(Exception):  # nobody would hear of it here
            self._write_waiting(beside=True)

    def _writes_of(self, run_id: str, events: Sequence[Waiting]) -> Iterator[Write]:
        """What writes events of one run, part by part: each as a whole, or not at all."""
        raise NotImplementedError

    def _lines(self, events: Sequence[Waiting]) -> list[Line]:
        """A line for each event; for the days that passed a check one, at the last of them."""
        passed: dict[Pattern, list[Alike]] = {}
        for day in filter(_day_passed, events):
            passed.setdefault(day.pattern, []).append(day)
        lines: list[Line] = []
        for event in events:
            days = passed[event.pattern] if _day_passed(event) else []
            if len(days) < 2:
                lines.append(self._line(event))
            elif event is days[-1]:
                one = passed_on(days)
                lines.append(Line(one, self._event_to_row(one), [_result_of(day) for day in days]))
        return lines

    def _line(self, event: Waiting) -> Line:
        if isinstance(event, EventLogEntry):
            row = self._event_to_row(event)
            return Line(event, row, _executions(event, row))
        row = _row_of(event)
        of_check = isinstance(event.told, AssetCheckEvaluation)
        return Line(event, row, [_result(event.told, row)] if of_check else ())

    @override
    def _event_to_row(self, event: EventLogEntry) -> dict[str, Any]:
        told = event.dagster_event
        asset = told.asset_key if told else None
        return {
            "run_id": event.run_id,
            "event": serialize_value(event),
            "dagster_event_type": told.event_type_value if told else None,
            "timestamp": _at(event.timestamp),
            "step_key": told.step_key if told else event.step_key,
            "asset_key": asset.to_string() if asset else None,
            "partition": told.partition if told else None,
        }

    def _insert(self, connection: Connection, table: Table, rows: Sequence[Row]) -> None:
        """Insert rows of the same columns."""
        connection.execute(table.insert(), rows)

    def _insert_events(self, connection: Connection, rows: Sequence[Row]) -> Sequence[int]:
        """Insert events; gives their numbers, in their order."""
        events = SqlEventLogStorageTable
        numbered = events.insert().returning(events.c.id, sort_by_parameter_order=True)
        return [int(number) for (number,) in connection.execute(numbered, rows)]

    def _inserted(self, connection: Connection, lines: Sequence[Line]) -> list[Recorded]:
        """Insert events, and a row for each day that they plan."""
        numbers = self._insert_events(connection, [line.row for line in lines])
        # They come before all that the run makes: it starts once what it plans is written.
        if planned := [row for line in lines for row in self._planned_days(line.event)]:
            self._insert(connection, SqlEventLogStorageTable, planned)
        return list(map(Recorded, lines, numbers))

    def _planned_days(self, event: Waiting) -> Iterator[Row]:
        """A row for each day of the range that a run plans to materialize."""
        plan_event = event.dagster_event if isinstance(event, EventLogEntry) else None
        if plan_event is None or not plan_event.is_asset_materialization_planned:
            return
        planned = plan_event.asset_materialization_planned_data
        if planned.partitions_subset is None:
            return
        of_day = AssetMaterializationPlannedData(planned.asset_key, partition=ANY_DAY)
        assert isinstance(event, EventLogEntry)
        row = self._event_to_row(
            event._replace(dagster_event=plan_event._replace(event_specific_data=of_day))
        )
        for day in planned.partitions_subset.get_partition_keys():
            # Only the day differs: making each event anew would take longer than all the rest.
            yield {**row, "partition": day, "event": row["event"].replace(ANY_DAY, day)}

    def _note_assets(self, index: Connection, recorded: Sequence[Recorded]) -> None:
        """Bring the index's table of assets up to date; only the last event of a kind counts."""
        of_assets = [
            record
            for record in recorded
            if record.line.kind in ASSET_EVENTS and record.line.row["asset_key"]
        ]
        if tags := [row for record in of_assets for row in self._tags_of(record)]:
            self._insert(index, AssetEventTagsTable, tags)
        latest = {(record.line.row["asset_key"], record.line.kind): record for record in of_assets}
        # By asset: of two processes that write at a time, neither then waits for the other.
        for record in sorted(
            latest.values(), key=lambda record: (record.line.row["asset_key"], record.event_id)
        ):
            self._store_asset_event(index, record.line.entry, record.event_id)

    def _tags_of(self, record: Recorded) -> Iterator[Row]:
        """The tags of a materialization, or of an observation, by which Dagster looks for it."""
        row, tags = record.line.row, record.line.tags
        for name in self.get_asset_tags_to_index({*tags}):
            yield {
                "event_id": record.event_id,
                "asset_key": row["asset_key"],
                "key": name,
                "value": tags[name],
                "event_timestamp": row["timestamp"],
            }

    def _note_checks(self, index: Connection, recorded: Sequence[Recorded]) -> None:
        """Bring the index's table of checks up to date: an evaluation takes its plan's place."""
        table = AssetCheckExecutionsTable
        results: dict[tuple[str, str, str], list[Row]] = {}
        made = {
            (record.line.row["asset_key"], record.line.row["partition"]): record.event_id
            for record in recorded
            if record.line.kind is DagsterEventType.ASSET_MATERIALIZATION
            if record.line.row["partition"] is not None
        }
        for record in recorded:
            for row in record.line.checks:
                noted = {**row, "evaluation_event_storage_id": record.event_id}
                if row["execution_status"] == PLANNED:
                    index.execute(table.insert(), noted)
                else:
                    of = row["run_id"], row["asset_key"], row["check_name"]
                    results.setdefault(of, []).append(noted)
        for (run_id, asset_key, check_name), found in results.items():
            # Of a day that was looked at twice, the last counts.
            found.sort(key=lambda row: row["evaluation_event_timestamp"])
            of_days = {row["partition"]: row for row in found}
            stored = {day: made[asset_key, day] for day in of_days if (asset_key, day) in made}
            stored |= self._stored(index, asset_key, [day for day in of_days if day not in stored])
            rows = [{**row, TARGET: row[TARGET] or stored.get(day)} for day, row in of_days.items()]
            # A run plans a check once, and evaluates it by day.
            planned = table.c.partition.is_(None) & (table.c.execution_status == PLANNED)
            if run_id:
                index.execute(
                    table.delete().where(
                        table.c.run_id == run_id,
                        table.c.asset_key == asset_key,
                        table.c.check_name == check_name,
                        table.c.partition.in_([*of_days]) | planned,
                    )
                )
            self._insert(index, table, rows)

    def _stored(
        self, index: Connection, asset_key: str, days: Sequence[str | None]
    ) -> dict[str, int]:
        """The newest materialization of each day: what a result is of until there is another."""
        if not days or days == [None]:
            return {}
        event = SqlEventLogStorageTable.c
        newest = (
            select(event.partition, func.max(event.id))
            .where(
                event.asset_key == asset_key,
                event.dagster_event_type == DagsterEventType.ASSET_MATERIALIZATION.value,
                event.partition.in_(days),
            )
            .group_by(event.partition)
        )
        return {str(day): int(number) for day, number in index.execute(newest)}


class BatchedEventLog(GroupedEvents, SqliteEventLogStorage):
    """`SqliteEventLogStorage` with the same files, written in groups; for `dagster.yaml`."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._index: Connection | None = None
        self._engines: dict[str, Engine] = {}
        super().__init__(base_dir, inst_data)

    @classmethod
    @override
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> BatchedEventLog:
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    @override
    def _connect(self, shard: str) -> Iterator[Connection]:
        # Every reader passes here, and sees all that was recorded before.
        with self._writing:
            if shard == INDEX and self._index is not None:
                yield self._index
                return
            self._write_waiting()
            with super()._connect(shard) as connection:
                yield connection

    @override
    def dispose(self) -> None:
        super().dispose()
        while self._engines:
            self._engines.popitem()[1].dispose()

    @contextmanager
    def _transaction(self, shard: str) -> Iterator[Connection]:
        """A transaction, on a connection that knows the statements and pages of the last group."""
        if shard not in self._engines:
            with super()._connect(shard):
                pass  # now it has its tables
            for ended in self._engines.keys() - {INDEX}:
                self._engines.pop(ended).dispose()
            engine = self._engines[shard] = create_engine(
                self.conn_string_for_shard(shard),
                poolclass=StaticPool,
                connect_args={
                    "timeout": sqlite_event_log.SQLITE_BUSY_TIMEOUT_SECONDS,  # type: ignore[attr-defined]
                    "check_same_thread": False,  # one at a time writes
                },
            )
            listen(engine, "connect", _opened)
        with self._engines[shard].begin() as connection:
            yield connection

    @override
    def _writes_of(self, run_id: str, events: Sequence[Waiting]) -> Iterator[Write]:
        lines = cache(lambda: self._lines(events))
        yield partial(patiently, lambda: self._store(run_id, lines()))
        if any(event.dagster_event_type in MIRRORED for event in events):
            yield partial(
                patiently, lambda: self._note([each for each in lines() if each.kind in MIRRORED])
            )

    @override
    def _insert(self, connection: Connection, table: Table, rows: Sequence[Row]) -> None:
        insert_rows(connection, table, rows)

    @override
    def _insert_events(self, connection: Connection, rows: Sequence[Row]) -> Sequence[int]:
        return insert_rows(connection, SqlEventLogStorageTable, rows)

    def _store(self, run_id: str, lines: Sequence[Line]) -> None:
        with self._transaction(run_id) as shard:
            self._insert(shard, SqlEventLogStorageTable, [line.row for line in lines])
        # Whoever follows the run waits for a change of this file, and a commit changes another.
        os.utime(self.path_for_shard(run_id))

    def _note(self, lines: Sequence[Line]) -> None:
        with self._transaction(INDEX) as index:
            recorded = self._inserted(index, lines)
            self._index = index
            try:
                self._note_assets(index, recorded)
                self._note_checks(index, recorded)
            finally:
                self._index = None


def _opened(connection: sqlite3.Connection, _: object) -> None:
    # Without power a second of the log may be lost, as is where the process is killed.
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA cache_size = -{PAGES_KB}")


def patiently(write: Callable[[], None]) -> None:
    """Write again as long as the database is locked; each try waits for half a minute."""
    deadline = time.monotonic() + LOCKED_FOR
    while True:
        try:
            write()
        except OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
        else:
            return


def _day_passed(event: Waiting) -> TypeGuard[Alike]:
    """Whether it says that a day passed a check."""
    told = event.told if isinstance(event, Alike) else None
    return isinstance(told, AssetCheckEvaluation) and told.passed and bool(told.partition)


def _at(timestamp: float) -> datetime:
    """A time as the tables hold it: of UTC, and without saying so."""
    return datetime.fromtimestamp(timestamp, UTC).replace(tzinfo=None)


def _row_of(event: Alike) -> dict[str, Any]:
    """The row of an event of a pattern, as `_event_to_row` makes it."""
    pattern = event.pattern
    return {
        "run_id": event.run_id,
        "event": event.text,
        "dagster_event_type": pattern.kind.value,
        "timestamp": _at(event.timestamp),
        "step_key": pattern.first.step_key,
        "asset_key": pattern.asset,
        "partition": event.told.partition if pattern.asset else None,
    }


def _result_of(event: Alike) -> Row:
    """The row of a result in the table of checks, of those that share an event."""
    row = {"run_id": event.run_id, "event": event.text, "timestamp": _at(event.timestamp)}
    return _result(event.told, row)


def _executions(event: EventLogEntry, row: Row) -> list[Row]:
    """The rows that an event comes to in the table of checks; none for most.

    A check is planned without a day, whatever the days of the run: it is found of each what it is.
    """
    if event.asset_check_evaluation is not None:
        return [_result(event.asset_check_evaluation, row)]
    if event.dagster_event_type is not DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED:
        return []
    assert event.dagster_event is not None
    planned = event.dagster_event.asset_check_planned_data
    plan = _execution(row, planned.asset_key, planned.check_name, STATUS.PLANNED)
    return [{**plan, "partition": None}]


def _result(evaluation: Any, row: Row) -> Row:
    """The row of an evaluated check."""
    status = STATUS.SUCCEEDED if evaluation.passed else STATUS.FAILED
    target = evaluation.target_materialization_data
    return {
        **_execution(row, evaluation.asset_key, evaluation.check_name, status),
        "partition": evaluation.partition,
        TARGET: target.storage_id if target else None,
    }


def _execution(
    row: Row, asset: AssetKey, check: str, status: AssetCheckExecutionRecordStatus
) -> dict[str, Any]:
    """What the rows of planned and evaluated checks have in common."""
    return {
        "asset_key": asset.to_string(),
        "check_name": check,
        "run_id": row["run_id"],
        "execution_status": status.value,
        "evaluation_event": row["event"],
        "evaluation_event_timestamp": row["timestamp"],
    }
