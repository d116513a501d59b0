"""A server that speaks S3, of the tests' own: a program from PyPI in an environment of its own."""

import http.client
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

import pytest

from netflix_pipeline_tests.support.processes import HOST, answers, free_port

PROGRAM = Path(__file__).parents[2] / ".tools/ministack/bin/ministack"
BUCKET = "tests"
HEALTH = "/_ministack/health"


class S3Server:
    """A server on a free port of the loopback address; its objects lie in `folder`.

    `stop` and `start` keep them, as `freeze` does, which leaves requests without an answer.
    """

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        self._numbers = count()
        self.process: subprocess.Popen[bytes]

    @property
    def environment(self) -> Mapping[str, str]:
        """With what a client finds it."""
        return {
            "AWS_ENDPOINT_URL": f"http://{HOST}:{self.port}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
            "NO_PROXY": HOST,
        }

    def start(self) -> None:
        """Start it, again with the objects of before; returns once it answers."""
        self._folder.mkdir(parents=True, exist_ok=True)
        log = self._folder / "s3.log"
        with log.open("ab") as lines:
            self.process = subprocess.Popen(
                [PROGRAM],
                stdin=subprocess.DEVNULL,
                stdout=lines,
                stderr=lines,
                cwd=self._folder,
                env={
                    **os.environ,
                    "GATEWAY_PORT": str(self.port),
                    "MINISTACK_HOST": HOST,
                    "LOG_LEVEL": "WARNING",
                    "S3_PERSIST": "1",
                    "S3_DATA_DIR": str(self._folder / "objects"),
                },
            )
        while not answers(HOST, self.port, HEALTH):
            assert self.process.poll() is None, log.read_text()
            time.sleep(0.05)
        assert self._put(f"/{BUCKET}") in (200, 409)

    def _put(self, path: str) -> int:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=10)
        connection.request("PUT", path)
        status = connection.getresponse().status
        connection.close()
        return status

    def address(self) -> str:
        """The address of an empty store of a test's own."""
        return f"s3://{BUCKET}/store-{next(self._numbers)}"

    def stop(self) -> None:
        """End it, whoever is connected."""
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(5)
        self.process.kill()
        self.process.wait()

    def freeze(self, *, frozen: bool = True) -> None:
        """Let it answer nobody, or go on."""
        self.process.send_signal(signal.SIGSTOP if frozen else signal.SIGCONT)


@contextmanager
def s3_server(folder: Path) -> Iterator[S3Server]:
    """A running server; where none is installed, CI fails and others skip."""
    if not PROGRAM.exists():
        say = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        say("the S3 server of the tests is not installed; `make test` does it")
    server = S3Server(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()
