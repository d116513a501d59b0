"""Opens the database of state, so that what is removed from it leaves no trace."""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Generic, TypeVar

from sqlalchemy import (
    URL,
    Column,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Executable,
    NullPool,
    Table,
    create_engine,
    event,
    inspect,
    make_url,
    text,
)
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError
from sqlalchemy.schema import CreateColumn, CreateIndex, CreateTable
from sqlalchemy.types import TypeDecorator
from typing_extensions import override

from netflix_pipeline.errors import BadInput, Transient
from netflix_pipeline.settings import Settings
from netflix_pipeline.state.private_files import make_once

PATIENCE = 10.0
"""Seconds to wait for another process that writes."""
POSTGRES = "postgresql+psycopg"
"""The driver for PostgreSQL: psycopg 3."""
SERVER_PATIENCE = {
    "connect_timeout": "5",
    "tcp_user_timeout": "10000",
    "options": "-c statement_timeout=10000 -c idle_in_transaction_session_timeout=60000",
}
"""How long a PostgreSQL server may take, as libpq reads it; the address may say otherwise."""
MAKING = 0x6E666C78
"""The lock of PostgreSQL's under which tables are made: IF NOT EXISTS alone is no such thing."""
PRAGMAS = (
    # No write-ahead log: pages of before would stay in it. What is deleted is overwritten.
    "PRAGMA journal_mode = DELETE",
    "PRAGMA secure_delete = ON",
    "PRAGMA synchronous = FULL",
)


Store = TypeVar("Store")
Told = TypeVar("Told")


class StateUnavailable(Transient):
    """The database of state cannot be read or written just now."""


class UtcDateTime(TypeDecorator[datetime]):
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
    but for those that break a constraint: SQLAlchemy's IntegrityError, and BadInput for a value
    that the database cannot hold. Raises BadInput where the setting cannot be an address,
    StateUnavailable where nothing answers there.
    """
    if settings.state_database:
        engine, where = _elsewhere(settings.state_database)
    else:
        path = state_file(settings)
        engine, where = _file(path), str(path)
    _translate(engine, where)
    with engine.connect():  # whoever begins with a database that is away learns it at once
        return engine


def state_exists(settings: Settings) -> bool:
    """Whether anybody put anything in yet: looking needs to make no database.

    Where persons were erased, somebody did, also when the database is lost.
    """
    keyed = (settings.state / "erasures.key").exists()
    return bool(settings.state_database) or state_file(settings).exists() or keyed


@contextmanager
def opened(settings: Settings) -> Iterator[Engine]:
    """The database of state for one piece of work."""
    engine = open_state(settings)
    try:
        yield engine
    finally:
        engine.dispose()


def looked_up(settings: Settings, look: Callable[[Engine], Told], nothing: Told) -> Told:
    """What the database says; `nothing` where nobody put anything in yet: to look makes nothing."""
    if not state_exists(settings):
        return nothing
    with opened(settings) as engine:
        return look(engine)


class OpenStore(Generic[Store]):
    """A store of the database of state that stays open; opened when something is first asked."""

    def __init__(self, settings: Settings, store: Callable[[Engine], Store]) -> None:
        self._settings = settings
        self._make = store
        self._engine: Engine | None = None
        self._store: Store | None = None
        self._opening = threading.Lock()

    def get(self) -> Store:
        """The store, which is made where it is missing."""
        with self._opening:
            if self._store is None:
                self._engine = self._engine or open_state(self._settings)
                self._store = self._make(self._engine)
            return self._store

    def looked_up(self, look: Callable[[Store], Told], nothing: Told) -> Told:
        """What it says; `nothing` where nobody put anything in yet."""
        if self._store is None and not state_exists(self._settings):
            return nothing
        try:
            return look(self.get())
        except StateUnavailable:
            self._store = None  # what comes back may be another database, with no tables yet
            raise

    def close(self) -> None:
        """Let go of its connections."""
        if self._engine is not None:
            self._engine.dispose()


def rows_of(engine: Engine, query: Executable) -> Sequence[Any]:
    """All rows of a query."""
    with engine.connect() as connection:
        return connection.execute(query).all()


def state_file(settings: Settings) -> Path:
    """The file of a home in which what people put in is kept without another database."""
    return settings.state / "state.sqlite"


def ensure(engine: Engine, *tables: Table) -> None:
    """Make the tables, their columns and indexes where they are missing.

    Whoever else does so meanwhile. A column that comes to a table later may be null, or has a
    server default.
    """
    with making(engine) as connection:
        for table in tables:
            connection.execute(CreateTable(table, if_not_exists=True))
            for index in table.indexes:
                connection.execute(CreateIndex(index, if_not_exists=True))
            if _missing(connection, table):
                if engine.dialect.name == "sqlite":
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                for column in _missing(connection, table):
                    added = CreateColumn(column).compile(dialect=engine.dialect)
                    connection.execute(text(f"ALTER TABLE {table.name} ADD COLUMN {added}"))


def _missing(connection: Connection, table: Table) -> list[Column[Any]]:
    """The columns that a table lacks, as one of an earlier release does."""
    there = {column["name"] for column in inspect(connection).get_columns(table.name)}
    return [column for column in table.columns if column.name not in there]


@contextmanager
def making(engine: Engine) -> Iterator[Connection]:
    """A transaction in which nobody else makes what is missing, or changes what one may."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({MAKING})"))
        yield connection


def _elsewhere(address: str) -> tuple[Engine, str]:
    """The database at an address, and its place in words, without a password."""
    engine = engine_at(address, "NETFLIX_STATE_DATABASE", "state")
    url = engine.url
    place = f" at {url.host}:{url.port or 5432}" if url.host else ""
    return engine, f"the database of state{place}"


def engine_at(address: str, setting: str, kept: str) -> Engine:
    """An engine for the database at an address, with patience that ends where it is PostgreSQL.

    `setting` names the setting that the address is from, `kept` what is in a file without it.
    Raises BadInput where it cannot be an address or its driver is not installed.
    """
    try:
        url = _understood(make_url(address))
        return create_engine(url, pool_pre_ping=True)
    except ImportError:
        raise BadInput(
            f"the driver of the database that {setting} names is not installed: for postgresql:// "
            "it is the extra `postgres` of netflix-pipeline. Install it, or leave the setting out "
            f"to keep {kept} in a file below NETFLIX_HOME."
        ) from None
    except (ArgumentError, ValueError):
        # What stands there is not told: it may hold a password.
        raise BadInput(
            f"{setting} is no address of a database that can be opened here: write "
            "postgresql://USER:PASSWORD@HOST:5432/NAME (in the password %40 for @, %2F for /, %25 "
            f"for %), or leave it out to keep {kept} in a file below NETFLIX_HOME."
        ) from None


def _understood(url: URL) -> URL:
    """An address with the driver and the patience that it gets. ValueError where it is none."""
    if url.get_backend_name() in ("postgres", "postgresql"):
        value = {name: value for name, value in SERVER_PATIENCE.items() if name not in url.query}
        url = url.set(drivername=POSTGRES).update_query_dict(value)
    elif url.get_backend_name() != "sqlite":
        raise ValueError(url.get_backend_name())
    if url.host and "@" in f"{url.host}{url.database}":
        raise ValueError("a password that is not quoted: a part of it would count as the host")
    return url


def _file(path: Path) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": PATIENCE},
        # A file that was put back from a backup is not the one that is open.
        poolclass=NullPool,
    )

    @event.listens_for(engine, "do_connect")
    def _make(*_: Any) -> None:
        # Under its own name nothing but SQLite opens it: whoever closes a file takes every lock on
        # it from the process, also that of a transaction that another thread is in.
        if not path.exists():
            make_once(path)

    @event.listens_for(engine, "connect")
    def _set(connection: Any, _: Any) -> None:
        try:
            for pragma in PRAGMAS:
                connection.execute(pragma)
        except sqlite3.Error as error:
            connection.close()
            raise _unavailable(str(path), error) from error

    return engine


def _translate(engine: Engine, where: str) -> None:
    """Let errors of the driver's be the platform's."""

    @event.listens_for(engine, "handle_error")
    def _told(context: ExceptionContext) -> BaseException | None:
        # What is returned is raised in its place; what is only noted in the context is not.
        error = context.sqlalchemy_exception
        if isinstance(error, DataError):
            return BadInput(f"{where} cannot hold this: {_line(error.orig)}.")
        if isinstance(error, DBAPIError) and not isinstance(error, IntegrityError):
            return _unavailable(where, error.orig)
        return None


def _unavailable(where: str, why: BaseException | None) -> StateUnavailable:
    return StateUnavailable(
        f"{where} cannot be used: {_line(why)}. Look whether it is there and whole, may be "
        "written, and its disk has space; then try again."
    )


def _line(why: BaseException | None) -> str:
    return " ".join(str(why).split()).rstrip(".")
