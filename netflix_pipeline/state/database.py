"""Opens the database of state, so that what is removed from it leaves no trace."""

from __future__ import annotations

import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, DateTime, Dialect, Engine, Table, create_engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import ArgumentError, DatabaseError, IntegrityError
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlalchemy.types import TypeDecorator
from typing_extensions import override

from netflix_pipeline.errors import BadInput, Transient
from netflix_pipeline.settings import Settings

PATIENCE = 10.0
"""Seconds to wait for another process that writes."""
PRAGMAS = (
    # No write-ahead log: pages of before would stay in it. What is deleted is overwritten.
    "PRAGMA journal_mode = DELETE",
    "PRAGMA secure_delete = ON",
    "PRAGMA synchronous = FULL",
)


class StateUnavailable(Transient):
    """The database of state cannot be read or written just now."""


class Moment(TypeDecorator[datetime]):
    """A UTC time, also in a database that keeps no zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @override
    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    @override
    def process_result_value(self, value: Any, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        assert isinstance(value, datetime)
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def open_state(settings: Settings) -> Engine:
    """The database that the settings name: `NETFLIX_STATE_DATABASE`, else a file below the home.

    The file is made when missing, for its owner alone. Statements that fail raise StateUnavailable,
    but for those that break a constraint: SQLAlchemy's IntegrityError. Raises BadInput where the
    setting cannot be an address, StateUnavailable where nothing answers there.
    """
    if settings.state_database:
        engine, where = _elsewhere(settings.state_database), "the database of state"
    else:
        path = _path(settings)
        engine, where = _file(path), str(path)
    _translate(engine, where)
    with engine.connect():  # whoever begins with a database that is away learns it at once
        return engine


def state_exists(settings: Settings) -> bool:
    """Whether anybody put anything in yet: looking needs to make no database."""
    return bool(settings.state_database) or _path(settings).exists()


def _path(settings: Settings) -> Path:
    return settings.state / "state.sqlite"


def ensure(engine: Engine, *tables: Table) -> None:
    """Make the tables and their indexes where they are missing, whoever else does so meanwhile."""
    with engine.begin() as connection:
        for table in tables:
            connection.execute(CreateTable(table, if_not_exists=True))
            for index in table.indexes:
                connection.execute(CreateIndex(index, if_not_exists=True))


def _elsewhere(address: str) -> Engine:
    try:
        return create_engine(address, pool_pre_ping=True)
    except (ArgumentError, ImportError):
        # What stands there is not told: it may hold a password.
        raise BadInput(
            "NETFLIX_STATE_DATABASE is no address of a database that can be opened here: write "
            "postgresql+psycopg://USER:PASSWORD@HOST/NAME and install its driver (psycopg), or "
            "leave it out to keep state in a file below NETFLIX_HOME."
        ) from None


def _file(path: Path) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)), connect_args={"timeout": PATIENCE}
    )

    @event.listens_for(engine, "do_connect")
    def _make(*_: Any) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))

    @event.listens_for(engine, "connect")
    def _set(connection: Any, _: Any) -> None:
        try:
            for pragma in PRAGMAS:
                connection.execute(pragma)
        except sqlite3.Error as error:
            raise _unavailable(str(path), error) from error

    return engine


def _translate(engine: Engine, where: str) -> None:
    """Let errors of the driver's be the platform's."""

    @event.listens_for(engine, "handle_error")
    def _told(context: ExceptionContext) -> None:
        error = context.sqlalchemy_exception
        if isinstance(error, DatabaseError) and not isinstance(error, IntegrityError):
            raise _unavailable(where, error.orig) from error


def _unavailable(where: str, why: BaseException | None) -> StateUnavailable:
    return StateUnavailable(
        f"{where} cannot be used: {why}. Look whether it is whole, may be written, and its disk "
        "has space; then try again."
    )
