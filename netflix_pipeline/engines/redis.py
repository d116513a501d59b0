"""Redis: events, the queue of runs, and with other options what may go at any time."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import redis
from redis.exceptions import AuthenticationError, RedisError
from typing_extensions import override

from netflix_pipeline.engines.engine import HOST, Engine, write_secret

CONFIG = "redis.conf"
"""Where its password stands."""

EVICTS = (
    *("--appendonly", "no", "--maxmemory", "256mb"),
    *("--maxmemory-policy", "allkeys-lru"),
)
"""Options of one that forgets what it has no room for."""


class Redis(Engine):
    """A server that has on disk what it took before it says so, unless `options` tell another.

    It asks for the password, where there is one.
    """

    name = "Redis"
    package = "redis-server"

    def __init__(self, folder: Path, *options: str, password: str = "") -> None:
        super().__init__(folder)
        self._options = options
        self._password = password

    @staticmethod
    @override
    def program() -> Path | None:
        found = shutil.which("redis-server")
        return Path(found) if found else None

    @property
    @override
    def command(self) -> Sequence[str | Path]:
        return [
            self._program,
            *([self.folder / CONFIG] if self._password else []),
            *("--port", str(self.port), "--bind", HOST, "--daemonize", "no"),
            *("--appendonly", "yes", "--appendfsync", "always", "--save", ""),
            *("--dir", self.folder),
            *self._options,
        ]

    @override
    def make(self) -> None:
        super().make()
        if self._password:  # on a command line everybody would read it
            write_secret(self.folder / CONFIG, f"requirepass {self._password}\n")

    @override
    def answers(self) -> bool:
        with redis.Redis.from_url(self.address()) as client:
            try:
                client.ping()
            except AuthenticationError:
                return True
            except RedisError:
                return False
            return True

    def address(self, database: int = 0) -> str:
        """The address of one of its databases, with the password."""
        user = f":{quote(self._password, safe='')}@" if self._password else ""
        return f"redis://{user}{HOST}:{self.port}/{database}"
