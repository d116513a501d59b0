"""A Redis server of a test's own, with data that survives its restarts."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError, RedisError


class RedisServer:
    """A server on a free port of the loopback address; its data lies in `folder`."""

    def __init__(self, program: str, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.folder = folder
        self._program = program
        self.process: subprocess.Popen[bytes]

    def start(self, *options: str) -> None:
        """Start it, again with the data of before; returns once it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        log = self.folder / "redis.log"
        with log.open("ab") as lines:
            self.process = subprocess.Popen(
                [
                    self._program,
                    *("--port", str(self.port), "--bind", "127.0.0.1", "--daemonize", "no"),
                    *("--appendonly", "yes", "--appendfsync", "always", "--save", ""),
                    *("--dir", str(self.folder)),
                    *options,
                ],
                stdin=subprocess.DEVNULL,
                stdout=lines,
                stderr=lines,
            )
        for _ in range(600):
            assert self.process.poll() is None, log.read_text()
            with Redis.from_url(self.url) as client:
                try:
                    client.ping()
                except AuthenticationError:
                    return
                except RedisError:
                    time.sleep(0.05)
                else:
                    return
        pytest.fail(f"Redis does not answer:\n{log.read_text()}")

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
    program = shutil.which("redis-server")
    if program is None:
        say = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        say("redis-server is not installed; `make test` does it")
    server = RedisServer(program, tmp_path / "redis")
    server.start(*options)
    try:
        yield server
    finally:
        server.kill()
