"""The services as they are served to people, each in a process of its own."""

import http.client
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path

import psutil

from netflix_pipeline.engines import HOST, free_port
from netflix_pipeline.services.catalogue import SERVICES
from netflix_pipeline.settings import Settings

Start = Callable[..., str]
"""What the fixture `start` gives."""


def answers(host: str, port: int, path: str) -> bool:
    """Whether something answers HTTP there."""
    connection = http.client.HTTPConnection(host, port, timeout=2)
    with closing(connection), suppress(OSError, http.client.HTTPException):
        connection.request("GET", path)
        connection.getresponse()
        return True
    return False


def dashboard(
    settings: Settings, log: Path
) -> AbstractContextManager[tuple[str, subprocess.Popen[bytes]]]:
    """The address of a home's dashboard, and its process."""
    return served("dashboard", settings, log)


@contextmanager
def served(
    name: str, settings: Settings, log: Path
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The address of a service of a home, and its process."""
    port = free_port()
    service = SERVICES[name]
    program = service.programs[0]
    with log.open("wb") as lines:
        process = subprocess.Popen(
            program.command(HOST, port), stdout=lines, stderr=lines, env=settings.environment()
        )
    try:
        while not answers(HOST, port, service.path):
            assert process.poll() is None, log.read_text()
            time.sleep(0.1)
        yield f"http://{HOST}:{port}", process
    finally:
        process.terminate()
        process.wait(20)


def all_below(pid: int) -> list[psutil.Process]:
    """Every process below one, the nearest first."""
    return psutil.Process(pid).children(recursive=True)


def kill_all(process: subprocess.Popen[bytes]) -> None:
    """End a process and all below it at once, as `kill -9` does: its workers would answer on."""
    below = all_below(process.pid)
    process.kill()
    for each in below:
        each.kill()
    process.wait()
