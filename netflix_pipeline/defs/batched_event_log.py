"""Dagster's event log, written in groups.

Dagster's own opens and commits two SQLite databases for each event, 15 to 35 ms; PostgreSQL it asks
several times an event. A run over 90 days of 20 tables records thousands. Here the records of a run
wait, for a second at most, until they are written together, beside the run; what says how the run
itself fares is written at once, with all before it. The days that a run plans are one event of the
run and a row each in the index, where Dagster looks for days that a run did not reach.
A process that is killed loses a second of its log, never data: what is built, the lake itself says.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache, partial
from itertools import groupby
from typing import Any

from dagster import AssetKey, DagsterEventType, EventLogEntry
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
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable
from dagster._serdes import ConfigurableClassData
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError
from typing_extensions import override

from netflix_pipeline.defs.event_texts import EventTexts

RUN_STATUS = EVENT_TYPE_TO_PIPELINE_RUN_STATUS.keys()
MIRRORED = ASSET_EVENTS | ASSET_CHECK_EVENTS | RUN_STATUS
"""What the index shard, which all runs share, holds as well."""

PLANNED = AssetCheckExecutionRecordStatus.PLANNED.value
INDEX = "index"
ANY_DAY = "0000-00-00"
"""Stands for a day in an event that is written once for each of them."""
GROUP = 500
PATIENCE = 1.0
"""Events written together at most, and seconds that the first of them waits."""
LOCKED_FOR = 600.0
"""Seconds for which somebody else, such as a backup, may lock a database and no run fails."""

Row = Mapping[str, Any]
Write = Callable[[], None]


@dataclass(frozen=True)
class Recorded:
    """An event, its number in the index shard, and its row there."""

    event: EventLogEntry
    event_id: int
    row: Row

    @property
    def kind(self) -> DagsterEventType | None:
        """What kind of event it is; None for a line of the log."""
        return self.event.dagster_event_type


class GroupedEvents(SqlEventLogStorage):
    """Whatever SQL Dagster keeps events in, written in groups."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self._waiting: list[EventLogEntry] = []
        self._writes: deque[Write] = deque()
        self._later: threading.Timer | None = None
        self._collecting = threading.Lock()
        self._writing = threading.RLock()
        self._texts = EventTexts()
        self._tables: set[str] = set()
        super().__init__(*arguments, **named)  # type: ignore[no-untyped-call]

    @property
    @override
    def supports_partition_subset_in_asset_materialization_planned_events(self) -> bool:
        # One planned event a table and run, not one a day: in the index it becomes a row a day.
        return True

    @override
    def has_table(self, table_name: str) -> bool:
        # Of this and the next Dagster asks the database for each event that tells of an asset.
        if table_name not in self._tables and super().has_table(table_name):  # type: ignore[safe-super]
            self._tables.add(table_name)
        return table_name in self._tables

    @override
    def _has_asset_key_index_cols_on_connection(self, _connection: Connection) -> bool:
        return True  # as every home has had it that was made by this project

    @property
    @override
    def supports_asset_checks(self) -> bool:
        return True  # asking the database for each event takes longer than writing it

    @override
    def store_event(self, event: EventLogEntry) -> None:
        self.store_event_batch([event])

    @override
    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
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

    def _writes_of(self, run_id: str, events: Sequence[EventLogEntry]) -> Iterator[Write]:
        """What writes events of one run, part by part: each as a whole, or not at all."""
        raise NotImplementedError

    @override
    def _event_to_row(self, event: EventLogEntry) -> dict[str, Any]:
        told = event.dagster_event
        asset = told.asset_key if told else None
        return {
            "run_id": event.run_id,
            "event": self._texts.text(event),
            "dagster_event_type": told.event_type_value if told else None,
            "timestamp": self._event_insert_timestamp(event),  # type: ignore[no-untyped-call]
            "step_key": told.step_key if told else event.step_key,
            "asset_key": asset.to_string() if asset else None,
            "partition": told.partition if told else None,
        }

    def _inserted(
        self, connection: Connection, rows: Sequence[tuple[EventLogEntry, Row]]
    ) -> list[Recorded]:
        """Insert events, and a row for each day that they plan."""
        stored = connection.execute(
            SqlEventLogStorageTable.insert().returning(
                SqlEventLogStorageTable.c.id, sort_by_parameter_order=True
            ),
            [row for _, row in rows],
        )
        recorded = [
            Recorded(event, int(event_id), row)
            for (event, row), (event_id,) in zip(rows, stored.fetchall(), strict=True)
        ]
        # They come before all that the run makes: it starts once what it plans is written.
        if planned := [row for event, _ in rows for row in self._planned_days(event)]:
            connection.execute(SqlEventLogStorageTable.insert(), planned)
        return recorded

    def _planned_days(self, event: EventLogEntry) -> Iterator[Row]:
        """A row for each day of the range that a run plans to materialize."""
        plan_event = event.dagster_event
        if plan_event is None or not plan_event.is_asset_materialization_planned:
            return
        planned = plan_event.asset_materialization_planned_data
        if planned.partitions_subset is None:
            return
        of_day = AssetMaterializationPlannedData(planned.asset_key, partition=ANY_DAY)
        row = self._event_to_row(
            event._replace(dagster_event=plan_event._replace(event_specific_data=of_day))
        )
        for day in planned.partitions_subset.get_partition_keys():
            # Only the day differs: making each event anew would take longer than all the rest.
            yield {**row, "partition": day, "event": row["event"].replace(ANY_DAY, day)}

    def _note_assets(self, index: Connection, recorded: Sequence[Recorded]) -> None:
        """Bring the index's table of assets up to date; only the last event of a kind counts."""
        known = [
            record for record in recorded if record.kind in ASSET_EVENTS and record.row["asset_key"]
        ]
        if known:
            self._store_asset_event_tags(
                index, [record.event for record in known], [record.event_id for record in known]
            )
        latest = {(record.row["asset_key"], record.kind): record for record in known}
        # By asset: of two processes that write at a time, neither then waits for the other.
        for record in sorted(
            latest.values(), key=lambda record: (record.row["asset_key"], record.event_id)
        ):
            self._store_asset_event(index, record.event, record.event_id)

    def _note_checks(self, index: Connection, recorded: Sequence[Recorded]) -> None:
        """Bring the index's table of checks up to date: an evaluation takes its plan's place."""
        table = AssetCheckExecutionsTable
        results: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
        for record in recorded:
            if record.kind is DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED:
                index.execute(table.insert(), plans(record))
            elif record.kind is DagsterEventType.ASSET_CHECK_EVALUATION:
                outcome = result(record)
                of = outcome["run_id"], outcome["asset_key"], outcome["check_name"]
                results.setdefault(of, []).append(outcome)
        for (run_id, asset_key, check_name), of_days in results.items():
            days = [outcome["partition"] for outcome in of_days]
            # A run over no range in particular plans a check once, and evaluates it by day.
            planned = table.c.partition.is_(None) & (table.c.execution_status == PLANNED)
            if run_id:
                index.execute(
                    table.delete().where(
                        table.c.run_id == run_id,
                        table.c.asset_key == asset_key,
                        table.c.check_name == check_name,
                        table.c.partition.in_(days) | planned,
                    )
                )
            index.execute(table.insert(), of_days)


class BatchedEventLog(GroupedEvents, SqliteEventLogStorage):
    """`SqliteEventLogStorage` with the same files, written in groups; for `dagster.yaml`."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._index: Connection | None = None
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
    def _writes_of(self, run_id: str, events: Sequence[EventLogEntry]) -> Iterator[Write]:
        rows = cache(lambda: [self._event_to_row(event) for event in events])
        yield partial(patiently, lambda: self._store(run_id, rows()))
        if any(event.dagster_event_type in MIRRORED for event in events):
            yield partial(patiently, lambda: self._note(events, rows()))

    def _store(self, run_id: str, rows: Sequence[Row]) -> None:
        with super()._connect(run_id) as shard:
            shard.execute(SqlEventLogStorageTable.insert(), rows)

    def _note(self, events: Sequence[EventLogEntry], rows: Sequence[Row]) -> None:
        noted = [
            (event, row)
            for event, row in zip(events, rows, strict=True)
            if event.dagster_event_type in MIRRORED
        ]
        with super()._connect(INDEX) as index:
            recorded = self._inserted(index, noted)
            self._index = index
            try:
                self._note_assets(index, recorded)
                self._note_checks(index, recorded)
            finally:
                self._index = None


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


def plans(record: Recorded) -> list[dict[str, Any]]:
    """The rows of a planned check: one a day of the run's range, or one without a day."""
    assert record.event.dagster_event is not None
    planned = record.event.dagster_event.asset_check_planned_data
    subset = planned.partitions_subset
    row = execution(record, planned.asset_key, planned.check_name, PLANNED)
    days = subset.get_partition_keys() if subset else [None]
    return [{**row, "partition": day} for day in days]


def result(record: Recorded) -> dict[str, Any]:
    """The row of an evaluated check."""
    evaluation = record.event.asset_check_evaluation
    assert evaluation is not None
    status = AssetCheckExecutionRecordStatus
    target = evaluation.target_materialization_data
    return {
        **execution(
            record,
            evaluation.asset_key,
            evaluation.check_name,
            (status.SUCCEEDED if evaluation.passed else status.FAILED).value,
        ),
        "partition": evaluation.partition,
        "materialization_event_storage_id": target.storage_id if target else None,
    }


def execution(record: Recorded, asset: AssetKey, check: str, status: str) -> dict[str, Any]:
    """What the rows of planned and evaluated checks have in common."""
    return {
        "asset_key": asset.to_string(),
        "check_name": check,
        "run_id": record.event.run_id,
        "execution_status": status,
        "evaluation_event": record.row["event"],
        "evaluation_event_timestamp": record.row["timestamp"],
        "evaluation_event_storage_id": record.event_id,
    }
