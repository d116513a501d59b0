"""A PostgreSQL server of the tests' own, that asks for a password and can be restarted."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

PASSWORD = "p@ss/word of tests"
CODED = "p%40ss%2Fword%20of%20tests"


class PostgresServer:
    """A server on a free port of the loopback address; its data lies in `folder`."""

    def __init__(self, programs: Path, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.process: subprocess.Popen[bytes] | None = None
        self._programs = programs
        self._folder = folder
        self._data = folder / "data"
        # It refuses to be run by root.
        self._as: dict[str, Any] = {}
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(folder, user.pw_uid, user.pw_gid)
            self._as = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}

    def make(self) -> None:
        """Make its folder of data."""
        words = self._folder / "password"
        words.write_text(PASSWORD)
        words.chmod(0o644)
        made = subprocess.run(
            [
                self._programs / "initdb",
                *("--pgdata", self._data, "--username", "netflix", "--pwfile", words),
                *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync"),
            ],
            cwd=self._folder,
            capture_output=True,
            text=True,
            check=False,
            **self._as,
        )
        assert made.returncode == 0, made.stderr

    def start(self) -> None:
        """Start it, again with the data of before; returns once it answers."""
        log = self._folder / "postgres.log"
        with log.open("ab") as lines:
            self.process = subprocess.Popen(
                [
                    self._programs / "postgres",
                    *("-D", self._data, "-p", str(self.port), "-k", ""),
                    *("-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"),
                ],
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=lines,
                stderr=lines,
                **self._as,
            )
        for _ in range(600):
            assert self.process.poll() is None, log.read_text()
            try:
                self.connect().close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        pytest.fail(f"PostgreSQL does not answer:\n{log.read_text()}")

    def stop(self) -> None:
        """End it at once, whoever is connected."""
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(30)

    def freeze(self, *, frozen: bool = True) -> None:
        """Stop the whole server without ending it, or let it go on."""
        assert self.process is not None
        for pid in (self.process.pid, *_children(self.process.pid)):
            with suppress(ProcessLookupError):  # one that served a connection that ended
                os.kill(pid, signal.SIGSTOP if frozen else signal.SIGCONT)

    def connect(self) -> psycopg.Connection[Any]:
        """A connection of the test's own."""
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user="netflix",
            password=PASSWORD,
            dbname="postgres",
            autocommit=True,
        )

    @property
    def url(self) -> str:
        """The address of its database."""
        return f"postgresql://netflix:{CODED}@127.0.0.1:{self.port}/postgres"

    def empty(self) -> None:
        """Take all that it holds away."""
        with self.connect() as connection:
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
        files = (path for path in (self._data / "base").rglob("*") if path.is_file())
        return any(what in path.read_bytes() for path in files)


def _children(pid: int) -> list[int]:
    told = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in told.split()]


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """A running server; where none is installed, CI fails and others skip."""
    on_path = shutil.which("postgres")
    found = [Path(on_path).resolve()] if on_path else []
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), reverse=True)
    if not found:
        say = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        say("PostgreSQL is not installed; `make test` does it")
    # Not below the test's own folder, where only its user gets in.
    with tempfile.TemporaryDirectory(prefix="postgres-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        server = PostgresServer(found[0].parent, Path(folder))
        server.make()
        server.start()
        try:
            yield server
        finally:
            server.stop()
