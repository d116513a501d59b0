"""A Redis server of a test's own, with data that survives its restarts."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from netflix_pipeline.engines import Redis
from netflix_pipeline_tests.support.engine_processes import needs, started


class RedisServer(Redis):
    """A server on a free port of the loopback address; its data lies in `folder`."""

    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        """The address of its first database."""
        return self.address()

    def start(self, *options: str) -> None:
        """Start it, again with the data of before; returns once it answers."""
        self.process = started(self, *options)

    def kill(self) -> None:
        """End it at once, as kill -9 does."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """End it as a person would."""
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        self.kill()


@contextmanager
def redis_server(tmp_path: Path, *options: str) -> Iterator[RedisServer]:
    """A running server; where none is installed, CI fails and others skip."""
    needs(Redis)
    server = RedisServer(tmp_path / "redis")
    server.make()
    server.start(*options)
    try:
        yield server
    finally:
        server.kill()
