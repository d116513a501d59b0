"""A server that is started here: where it listens, by which command, and when it answers."""

import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from netflix_pipeline.errors import BadInput, PipelineError

HOST = "127.0.0.1"
"""The address that all of them listen on."""
PATIENCE = 60.0
"""Seconds within which one must answer."""
PAUSE = 0.02
"""Seconds between two looks whether one does."""
LAST_LINES = 15
"""What is told of a log."""


class Engine(ABC):
    """A server on a free port; its data lies in `folder`, and is there when it is started anew.

    It is made once. Whoever made it runs `command` in that folder, with `log` for its output, waits
    until it answers, and ends it. `name` is what people call it, `package` what installs it.
    Raises BadInput where it is not installed.
    """

    name: ClassVar[str]
    package: ClassVar[str]

    def __init__(self, folder: Path) -> None:
        program = self.program()
        if program is None:
            raise BadInput(f"{self.name} is not installed: {self.package} has it.")
        self.folder = folder
        self.log = folder / "log"
        self.port = free_port()
        self._program = program

    @staticmethod
    @abstractmethod
    def program() -> Path | None:
        """Where it is installed; None where it is not."""

    @property
    @abstractmethod
    def command(self) -> Sequence[str | Path]:
        """What starts it, as the one process whose id is that of the command."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether it answers now."""

    def make(self) -> None:
        """Make its folder, for its owner alone, before it is started for the first time."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def wait(self, process: subprocess.Popen[bytes]) -> None:
        """Wait until it answers. Raises PipelineError where its process ends, or it does not."""
        until = time.monotonic() + PATIENCE
        while not self.answers():
            if process.poll() is not None or time.monotonic() > until:
                raise PipelineError(
                    f"{self.name} does not answer on port {self.port}. The last lines of "
                    f"{self.log}:\n{last_lines(self.log)}"
                )
            time.sleep(PAUSE)


def write_secret(path: Path, text: str) -> None:
    """Write a new file that its owner alone reads."""
    path.touch(0o600)
    path.write_text(text, encoding="utf-8")


def free_port() -> int:
    """A port of the loopback address on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def last_lines(log: Path) -> str:
    """The end of what a log says."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(f"  {line}" for line in lines[-LAST_LINES:])
