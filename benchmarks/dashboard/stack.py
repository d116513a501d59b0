"""What is measured: the dashboard as its users start it, and a page that only has text."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil

from netflix_pipeline.engines import free_port

PROGRAM = str(Path(sys.executable).with_name("netflix-pipeline"))


def borrowed(home: Path, folder: Path) -> Path:
    """A home of its own, in a folder, with the snapshots of another one, which is only read."""
    mine = folder / "home"
    mine.mkdir()
    (mine / "serving").symlink_to(home.resolve() / "serving")
    return mine


@contextmanager
def dashboard(home: Path) -> Iterator[tuple[str, psutil.Process]]:
    """The dashboard of a home: its address and its process."""
    port = free_port()
    words = [PROGRAM, "serve", "dashboard"]
    told = {"NETFLIX_HOME": str(home), "NETFLIX_DASHBOARD_PORT": str(port)}
    with running(words, port, "/", told) as found:
        yield found


@contextmanager
def api(home: Path) -> Iterator[str]:
    """The address of a home's API, which takes events in and sends none of its own."""
    port = free_port()
    told = {"NETFLIX_HOME": str(home), "NETFLIX_API_PORT": str(port), "NETFLIX_CANARY_SECONDS": "0"}
    with running([PROGRAM, "serve", "api"], port, "/health", told) as (address, _):
        yield address


@contextmanager
def floor(text: int) -> Iterator[str]:
    """The address of a page with so many characters of text and nothing else."""
    port = free_port()
    words = [sys.executable, "-m", "granian", "--interface", "asgi", "--no-log"]
    application = ("--port", str(port), "benchmarks.dashboard.floor:app")
    with running([*words, *application], port, "/", {"FLOOR_TEXT": str(text)}) as (address, _):
        yield address


@contextmanager
def running(
    words: Sequence[str], port: int, path: str, environment: Mapping[str, str]
) -> Iterator[tuple[str, psutil.Process]]:
    """A program that listens on a port: its address, once it answers there, and its process."""
    address = f"http://127.0.0.1:{port}"
    told = {**os.environ, **environment}
    with subprocess.Popen(words, env=told, stdout=subprocess.DEVNULL) as program:
        try:
            for _ in range(600):
                try:
                    httpx.get(address + path, timeout=30, trust_env=False)
                    break
                except httpx.TransportError:
                    time.sleep(0.1)
            else:
                raise RuntimeError(f"{' '.join(words)} does not answer on {address}")
            yield address, psutil.Process(program.pid)
        finally:
            program.terminate()
