"""PostgreSQL: what people put in, and what Dagster records."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from typing_extensions import override

from netflix_pipeline.engines.engine import HOST, Engine, write_secret
from netflix_pipeline.errors import PipelineError

USER = "netflix"
DATABASE = "postgres"
"""The database that there is from the beginning."""


class Postgres(Engine):
    """A server that asks for a password. What it holds does not survive the loss of power.

    It refuses to be run by root, for whom it runs as the user `postgres`, who must reach `folder`.
    """

    name = "PostgreSQL"
    package = "postgresql"

    def __init__(self, folder: Path, password: str) -> None:
        super().__init__(folder)
        self._programs = self._program.parent
        self._data = folder / "data"
        self._password = password
        self._owner = pwd.getpwnam("postgres") if os.geteuid() == 0 else None

    @staticmethod
    @override
    def program() -> Path | None:
        on_path = shutil.which("postgres")
        if on_path:
            return Path(on_path).resolve()
        # Debian keeps its programs off the PATH.
        return max(Path("/usr/lib/postgresql").glob("*/bin/postgres"), default=None)

    @property
    @override
    def command(self) -> Sequence[str | Path]:
        return [
            *self._as_owner,
            self._programs / "postgres",
            *("-D", self._data, "-p", str(self.port), "-k", ""),
            *("-c", f"listen_addresses={HOST}", "-c", "fsync=off"),
        ]

    @property
    def _as_owner(self) -> Sequence[str]:
        if self._owner is None:
            return ()
        user, group = self._owner.pw_uid, self._owner.pw_gid
        return "setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups"

    @override
    def make(self) -> None:
        super().make()
        words = self.folder / "password"
        write_secret(words, self._password)
        if self._owner is not None:
            for path in (self.folder, words):
                os.chown(path, self._owner.pw_uid, self._owner.pw_gid)
        made = subprocess.run(
            [
                *self._as_owner,
                self._programs / "initdb",
                *("--pgdata", self._data, "--username", USER, "--pwfile", words),
                *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync"),
            ],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        words.unlink()
        if made.returncode:
            raise PipelineError(f"PostgreSQL cannot be set up in {self.folder}:\n{made.stderr}")

    @override
    def answers(self) -> bool:
        asked = ("--host", HOST, "--port", str(self.port), "--quiet")
        return subprocess.run([self._programs / "pg_isready", *asked], check=False).returncode == 0

    def address(self) -> str:
        """The address of its database, with the password."""
        coded = quote(self._password, safe="")
        return f"postgresql://{USER}:{coded}@{HOST}:{self.port}/{DATABASE}"
