"""The two sides of a comparison: checkouts, each with an environment and a home of its own."""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from benchmarks.measured import Measured, program
from benchmarks.record import ROOT
from netflix_pipeline.engines import free_port

ALIVE = {"api": "/health", "dashboard": "/"}
"""Of each service that can be started, what answers as soon as it is there."""
PATIENCE = 90.0
"""Seconds in which a service starts."""


@dataclass(frozen=True)
class Service:
    """A service of one side that runs: its address and its process."""

    url: str
    process: psutil.Process

    @property
    def cpu_seconds(self) -> float:
        """What it and all processes below it used so far."""
        family = (self.process, *self.process.children(recursive=True))
        return sum(used.user + used.system for used in (one.cpu_times() for one in family))


@dataclass(frozen=True)
class Side:
    """A checkout and its home."""

    name: str
    root: Path
    home: Path

    def run(self, *words: str) -> Measured:
        """Run its `netflix-pipeline` in its home; `told` is what `--json` printed."""
        return program([self._program, *words], self.home, self.root)

    @contextmanager
    def serving(self, service: str, **environment: str) -> Iterator[Service]:
        """Start its API or its dashboard as users do, one process of it."""
        port = free_port()
        upper = service.upper()
        told = {
            "NETFLIX_HOME": str(self.home),
            f"NETFLIX_{upper}_PORT": str(port),
            "NETFLIX_API_WORKERS": "1",
            "NETFLIX_CANARY_SECONDS": "0",  # what it sends itself would be measured too
        }
        url = f"http://127.0.0.1:{port}"
        with subprocess.Popen(
            [self._program, "serve", service],
            cwd=self.root,  # its modules would be looked for in ours, else
            env={**os.environ, **told, **environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as running:
            try:
                _wait(f"{url}{ALIVE[service]}")
                yield Service(url, psutil.Process(running.pid))
            finally:
                running.terminate()

    @property
    def _program(self) -> str:
        return str(self.root / ".venv" / "bin" / "netflix-pipeline")


def _wait(address: str) -> None:
    """Return once it answers. Raises RuntimeError where it does not."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            if httpx.get(address, timeout=PATIENCE, trust_env=False).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise RuntimeError(f"nothing answers at {address} within {PATIENCE:.0f} s")


@contextmanager
def checked_out(commit: str) -> Iterator[Path]:
    """A worktree of a commit with its own environment; gone at the end."""
    with tempfile.TemporaryDirectory(prefix="netflix-bench-") as folder:
        root = Path(folder) / "start"
        _git("worktree", "add", "--quiet", "--detach", str(root), commit)
        try:
            tools = ROOT / ".tools"
            if tools.exists():  # uv is there, and need not be fetched again
                (root / ".tools").symlink_to(tools.resolve())
            set_up(root)
            yield root
        finally:
            _git("worktree", "remove", "--force", str(root))


def set_up(root: Path) -> None:
    """Install what a checkout has locked."""
    subprocess.run([root / "scripts" / "setup"], cwd=root, check=True)


def filled(side: Side, raw: Path) -> None:
    """Take the files in, build all tables and publish, by the side's own code."""
    side.run("ingest", str(raw), "--json")
    side.run("materialize", "--json")


def _git(*words: str) -> None:
    subprocess.run(["git", *words], cwd=ROOT, check=True)
