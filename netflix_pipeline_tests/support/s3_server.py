"""A server that speaks S3, of the tests' own: a program from PyPI in an environment of its own."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from netflix_pipeline.engines import S3
from netflix_pipeline_tests.support.engine_processes import needs, started

BUCKET = "tests"


class S3Server(S3):
    """A server on a free port of the loopback address; its objects lie in `folder`.

    `stop` and `start` keep them, as `freeze` does, which leaves requests without an answer.
    """

    process: subprocess.Popen[bytes]

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._numbers = count()

    def start(self) -> None:
        """Start it, again with the objects of before; returns once it answers."""
        self.process = started(self)
        self.create(BUCKET)

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
    needs(S3)
    server = S3Server(folder)
    server.make()
    server.start()
    try:
        yield server
    finally:
        server.stop()
