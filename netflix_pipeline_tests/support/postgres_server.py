"""A PostgreSQL server of the tests' own, that asks for a password and can be restarted."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

from netflix_pipeline.engines import Postgres
from netflix_pipeline_tests.support.engine_processes import needs, started

PASSWORD = "p@ss/word of tests"
CODED = "p%40ss%2Fword%20of%20tests"


class PostgresServer(Postgres):
    """A server on a free port of the loopback address; its data lies in `folder`."""

    process: subprocess.Popen[bytes]

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, PASSWORD)

    @property
    def url(self) -> str:
        """The address of its database."""
        return self.address()

    def start(self) -> None:
        """Start it, again with the data of before; returns once it answers."""
        self.process = started(self)

    def connect(self) -> psycopg.Connection[Any]:
        """A connection of the test's own."""
        return psycopg.connect(self.url, autocommit=True)

    def stop(self) -> None:
        """End it at once, whoever is connected."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(30)

    def freeze(self, *, frozen: bool = True) -> None:
        """Stop the whole server without ending it, or let it go on."""
        for pid in (self.process.pid, *_children(self.process.pid)):
            with suppress(ProcessLookupError):  # one that served a connection that ended
                os.kill(pid, signal.SIGSTOP if frozen else signal.SIGCONT)

    def revive(self) -> None:
        """See that it runs, whatever a test that failed has left."""
        if self.process.poll() is None:
            self.freeze(frozen=False)
        else:
            self.start()

    def empty(self) -> None:
        """Take all that it holds away, and from whoever left a connection open that one."""
        with self.connect() as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")

    def sessions(self) -> int:
        """How many connections were ever made to its database, but for some that are open."""
        with self.connect() as connection:
            told = connection.execute(
                "SELECT sessions FROM pg_stat_database WHERE datname = current_database()"
            ).fetchone()
        assert told
        return int(told[0])

    def waiting(self) -> int:
        """How many statements wait for a lock."""
        with self.connect() as connection:
            told = connection.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()
        assert told
        return int(told[0])

    def rows(self) -> list[str]:
        """Every row of every table, as text."""
        with self.connect() as connection:
            tables = connection.execute(
                "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'"
            )
            return [
                row
                for (table,) in tables.fetchall()
                for (row,) in connection.execute(f"SELECT t::text FROM {table} t").fetchall()
            ]

    def holds(self, what: bytes) -> bool:
        """Whether a file of its tables holds these bytes, those that nobody can ask for too."""
        with self.connect() as connection:
            connection.execute("CHECKPOINT")
        tables = self.folder / "data" / "base"
        return any(what in path.read_bytes() for path in tables.rglob("*") if path.is_file())


def _children(pid: int) -> list[int]:
    told = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in told.split()]


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """A running server; where none is installed, CI fails and others skip."""
    needs(Postgres)
    # Not below the test's own folder, where only its user gets in.
    with tempfile.TemporaryDirectory(prefix="postgres-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        server = PostgresServer(Path(folder))
        server.make()
        server.start()
        try:
            yield server
        finally:
            server.stop()
