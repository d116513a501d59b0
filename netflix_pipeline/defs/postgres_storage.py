"""What Dagster records, in the PostgreSQL of `NETFLIX_DAGSTER_DATABASE`; for `dagster.yaml`.

Dagster's own storages open a connection for each event and each question, which takes longer than
either; here all storages of a process share a few.

A server that is started again holds a run up and does not end it: it is waited for, and a statement
that it cut off is made once more. What it had written and could not say is known then: a run and
its tags, a backfill, a group of events, a row with a key. A single event without one is there
twice, which a log bears.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import cache, partial
from itertools import groupby
from typing import Any, Self

from dagster import EventLogEntry
from dagster._core.errors import DagsterRunAlreadyExists
from dagster._core.execution.backfill import PartitionBackfill
from dagster._core.storage.event_log import SqlEventLogStorageTable
from dagster._serdes import ConfigurableClassData
from dagster_postgres import (
    PostgresEventLogStorage,
    PostgresRunStorage,
    PostgresScheduleStorage,
)
from sqlalchemy import event, select
from sqlalchemy.engine import Connection, Engine, create_engine, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError
from typing_extensions import override

from netflix_pipeline.defs.batched_event_log import (
    MIRRORED,
    RUN_STATUS,
    GroupedEvents,
    Line,
    Waiting,
    Write,
)
from netflix_pipeline.defs.configured_by_settings import ConfiguredBySettings
from netflix_pipeline.defs.instance import ADDRESS, HistoryUnavailable
from netflix_pipeline.defs.schedule_storage import Present
from netflix_pipeline.defs.sqlite_rows import Row
from netflix_pipeline.settings import Settings

log = logging.getLogger(__name__)

DRIVER = "postgresql+psycopg2"
"""SQLAlchemy takes psycopg 3 unless told; Dagster's NOTIFY binds values as only psycopg 2 can."""
CONNECTING = {"connect_timeout": "5"}
"""Seconds that one try to connect may take."""
PATIENCE, PAUSE = 120.0, 0.5
"""Seconds for which a server that does not answer is asked again, and between two tries."""
AUTOCOMMIT, TRANSACTION = "AUTOCOMMIT", "READ COMMITTED"
KEPT, MOST = 2, 20
"""Connections that a process keeps open, and has at a time at most: who needs one more waits."""
RECYCLED = 3600
"""Seconds after which a connection that is kept is opened anew."""


class _OfSettings(ConfiguredBySettings):
    """Storage in the database that the settings name."""

    _engine: Engine

    @classmethod
    @override
    def of(cls, settings: Settings, inst_data: ConfigurableClassData | None) -> Self:
        url = make_url(settings.dagster_database)
        value = {name: value for name, value in CONNECTING.items() if name not in url.query}
        address = url.set(drivername=DRIVER).update_query_dict(value)
        text = address.render_as_string(hide_password=False)
        # Its own engine, which keeps no connection, makes the tables where there are none.
        storage = cls(text, inst_data=inst_data)  # type: ignore[call-arg]
        storage._engine = _shared(text)
        return storage


@cache
def _shared(address: str) -> Engine:
    """The connections of this process to a database; looked at before use, for it may restart."""
    engine = create_engine(
        address,
        isolation_level=AUTOCOMMIT,
        pool_size=KEPT,
        max_overflow=MOST - KEPT,
        pool_recycle=RECYCLED,
        pool_pre_ping=True,
    )
    event.listen(engine, "do_connect", _connected)
    event.listen(engine, "do_execute", _executed)
    # Processes that are forked off would speak on the same ones.
    os.register_at_fork(after_in_child=partial(engine.dispose, close=False))
    return engine


def _connected(dialect: Any, _: object, words: list[Any], named: dict[str, Any]) -> Any:
    """A connection, as soon as the server answers. Raises HistoryUnavailable."""
    until, told = time.monotonic() + PATIENCE, False
    where = f"Dagster's database at {named.get('host')}:{named.get('port', 5432)}"
    while True:
        try:
            return dialect.connect(*words, **named)
        except dialect.loaded_dbapi.OperationalError as error:
            if time.monotonic() > until:
                raise HistoryUnavailable(
                    f"{where} has not answered for {PATIENCE:.0f} s: {error}. Start it, or mend "
                    f"{ADDRESS}; what is built needs no other."
                ) from error
            if not told:
                told = True
                log.warning("%s does not answer, and is waited for: %s", where, error)
        time.sleep(PAUSE)


def _executed(cursor: Any, statement: str, parameters: Any, context: Any) -> bool:
    """Execute a statement, on a new connection where the server ended below the old one.

    One of a transaction is not: those before it are lost, too.
    """
    dialect, connection = context.dialect, context.root_connection
    try:
        dialect.do_execute(cursor, statement, parameters, context)
    except dialect.loaded_dbapi.Error as error:
        level = connection.get_execution_options().get("isolation_level", AUTOCOMMIT)
        if level != AUTOCOMMIT or not dialect.is_disconnect(error, cursor.connection, cursor):
            raise
        connection.invalidate()
        connection.rollback()
        context.cursor = connection.connection.cursor()
        dialect.do_execute(context.cursor, _again(statement), parameters, context)
    return True


def _again(statement: str) -> str:
    """A statement as it is made once more: a row that it added already stays."""
    if not statement.startswith("INSERT") or "ON CONFLICT" in statement:
        return statement
    insert, returning, columns = statement.partition(" RETURNING ")
    return f"{insert} ON CONFLICT DO NOTHING{returning}{columns}"


class PostgresRuns(_OfSettings, PostgresRunStorage):
    """`PostgresRunStorage` with the same tables; what is added with its tags is so as a whole."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self._adding = threading.local()
        super().__init__(*arguments, **named)

    @override
    def connect(self) -> AbstractContextManager[Connection]:
        within: Connection | None = getattr(self._adding, "connection", None)
        return super().connect() if within is None else nullcontext(within)

    @override
    def _core_add_run(self, col_values: dict[str, Any], tags: Mapping[str, str]) -> None:
        self._add(partial(super()._core_add_run, col_values, tags))

    @override
    def add_backfill(self, partition_backfill: PartitionBackfill) -> None:
        self._add(partial(super().add_backfill, partition_backfill))

    def _add(self, add: Callable[[], None]) -> None:
        """Add it in one transaction, in another one where the server ended below that."""
        try:
            self._add_at_once(add)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            # All of it is there already where the answer to the end of the first was lost.
            with suppress(DagsterRunAlreadyExists, IntegrityError):
                self._add_at_once(add)

    def _add_at_once(self, add: Callable[[], None]) -> None:
        with super().connect() as opened:
            connection = opened.execution_options(isolation_level=TRANSACTION)
            with connection.begin():
                self._adding.connection = connection
                try:
                    add()
                finally:
                    del self._adding.connection


class PostgresEvents(_OfSettings, PostgresEventLogStorage):
    """`PostgresEventLogStorage` with the same tables."""


class GroupedPostgresEvents(GroupedEvents, PostgresEvents):
    """`PostgresEventLogStorage` with the same tables, written in groups."""

    _writer: int | None = None
    """The thread that writes a group just now."""

    @override
    def _connect(self) -> AbstractContextManager[Connection]:
        # Every reader passes here, and sees all that was recorded before.
        if self._writer != threading.get_ident():
            self._write_waiting()
        return super()._connect()

    @override
    def _writes_of(self, run_id: str, events: Sequence[Waiting]) -> Iterator[Write]:
        for alone, some in groupby(events, lambda event: event.dagster_event_type in RUN_STATUS):
            if alone:
                # As Dagster does: who follows them by their numbers sees them come in order.
                for event in some:
                    assert isinstance(event, EventLogEntry)
                    yield partial(self._write_alone, event)
            else:
                yield self._write_of_group(list(some))

    def _write_alone(self, event: EventLogEntry) -> None:
        with self._as_writer():
            PostgresEventLogStorage.store_event(self, event)

    def _write_of_group(self, events: Sequence[Waiting]) -> Write:
        tried = False

        def write() -> None:
            nonlocal tried
            lines = self._lines(events)
            # All of it is there already where the answer to the end of an earlier try was lost.
            if not (tried and self._is_written(lines[-1].row)):
                tried = True
                self._write_at_once(lines)

        def write_patiently() -> None:
            with self._as_writer():
                try:
                    write()
                except DBAPIError as error:
                    if not error.connection_invalidated:
                        raise
                    write()

        return write_patiently

    @contextmanager
    def _as_writer(self) -> Iterator[None]:
        self._writer = threading.get_ident()
        try:
            yield
        finally:
            self._writer = None

    def _is_written(self, row: Row) -> bool:
        events = SqlEventLogStorageTable.c
        same = select(events.id).where(events.run_id == row["run_id"], events.event == row["event"])
        with self._connect() as connection:
            return connection.execute(same.limit(1)).first() is not None

    def _write_at_once(self, lines: Sequence[Line]) -> None:
        with self.index_transaction() as index:
            recorded = self._inserted(index, lines)
            noted = [record for record in recorded if record.line.kind in MIRRORED]
            self._note_assets(index, noted)
            self._note_checks(index, noted)


class PostgresPresentTicks(_OfSettings, Present, PostgresScheduleStorage):
    """`PostgresScheduleStorage` with the same tables, without what is to come."""
