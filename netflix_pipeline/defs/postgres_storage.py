"""What Dagster records, in the PostgreSQL of `NETFLIX_DAGSTER_DATABASE`; for `dagster.yaml`.

The address is the settings', so that its password stands in no file. Dagster's own storages open a
connection for each event and each question, which takes longer than either; here all storages of a
process share a few.
"""

import os
import threading
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cache, partial
from itertools import groupby
from typing import Any, Self

from dagster import EventLogEntry
from dagster._config import UserConfigSchema
from dagster._serdes import ConfigurableClass, ConfigurableClassData
from dagster_postgres import (
    PostgresEventLogStorage,
    PostgresRunStorage,
    PostgresScheduleStorage,
)
from sqlalchemy.engine import Connection, Engine, create_engine, make_url
from typing_extensions import override

from netflix_pipeline.defs.batched_event_log import MIRRORED, RUN_STATUS, GroupedEvents, Row
from netflix_pipeline.defs.schedule_storage import Present
from netflix_pipeline.settings import Settings

DRIVER = "postgresql+psycopg2"
"""SQLAlchemy takes psycopg 3 unless told; Dagster's NOTIFY binds values as only psycopg 2 can."""
PATIENCE = {"connect_timeout": "5"}
KEPT, MOST = 2, 20
"""Connections that a process keeps open, and has at a time at most: who needs one more waits."""
RECYCLED = 3600
"""Seconds after which a connection that is kept is opened anew."""


class _OfSettings(ConfigurableClass):
    """Storage that is configured by the settings alone."""

    _engine: Engine

    @classmethod
    @override
    def config_type(cls) -> UserConfigSchema:
        return {}

    @classmethod
    @override
    def from_config_value(
        cls,
        inst_data: ConfigurableClassData | None,
        config_value: Mapping[str, Any],
    ) -> Self:
        url = make_url(Settings().dagster_database)
        value = {name: value for name, value in PATIENCE.items() if name not in url.query}
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
        isolation_level="AUTOCOMMIT",
        pool_size=KEPT,
        max_overflow=MOST - KEPT,
        pool_recycle=RECYCLED,
        pool_pre_ping=True,
    )
    # Processes that are forked off would speak on the same ones.
    os.register_at_fork(after_in_child=partial(engine.dispose, close=False))
    return engine


class PostgresRuns(_OfSettings, PostgresRunStorage):
    """`PostgresRunStorage` with the same tables."""


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
    def _write(self, run_id: str, events: Sequence[EventLogEntry]) -> None:
        self._writer = threading.get_ident()
        try:
            for alone, some in groupby(
                events, lambda event: event.dagster_event_type in RUN_STATUS
            ):
                if alone:
                    # As Dagster does: who follows them by their numbers sees them come in order.
                    for event in some:
                        PostgresEventLogStorage.store_event(self, event)
                else:
                    self._write_group([(event, self._event_to_row(event)) for event in some])
        finally:
            self._writer = None

    def _write_group(self, rows: Sequence[tuple[EventLogEntry, Row]]) -> None:
        with self._connect() as connection:
            recorded = self._inserted(connection, rows)
        noted = [record for record in recorded if record.kind in MIRRORED]
        if noted:
            with self.index_transaction() as index:
                self._note_assets(index, noted)
                self._note_checks(index, noted)


class PostgresPresentTicks(_OfSettings, Present, PostgresScheduleStorage):
    """`PostgresScheduleStorage` with the same tables, without what is to come."""
