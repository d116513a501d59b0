"""Runs a command as its user would and tells what it took."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Measured:
    """What a finished command took: wall and CPU seconds, and its largest resident size in MB."""

    seconds: float
    cpu_seconds: float
    peak_mb: float
    told: Any

    def then(self, other: "Measured") -> "Measured":
        """Both, one after the other; told is what the other one printed."""
        return Measured(
            self.seconds + other.seconds,
            self.cpu_seconds + other.cpu_seconds,
            max(self.peak_mb, other.peak_mb),
            other.told,
        )


def middle(measured: Sequence[Measured]) -> Measured:
    """The medians of what several turns of the same took; told is what the last one printed."""

    def of(name: str) -> float:
        values: list[float] = [getattr(one, name) for one in measured]
        return statistics.median(values)

    return Measured(of("seconds"), of("cpu_seconds"), of("peak_mb"), measured[-1].told)


def command(home: Path, *words: str) -> Measured:
    """Run `netflix-pipeline` with these words in that home; `told` is what `--json` printed.

    Raises RuntimeError with its error output when it fails.
    """
    return program([str(Path(sys.executable).with_name("netflix-pipeline")), *words], home)


def build(folder: Path, events: int) -> Path:
    """A home in that folder with so many dirty events of 90 days, published."""
    home, raw = folder / "home", str(folder / "raw")
    command(home, "generate", raw, "--events", str(events), "--days", "90", "--json")
    command(home, "ingest", raw, "--json")
    command(home, "materialize", "--json")
    return home


def program(words: list[str], home: Path, folder: Path | None = None) -> Measured:
    """Run a program that prints one JSON object, in a folder, or where we are."""
    environment = {**os.environ, "NETFLIX_HOME": str(home)}
    # Where Python may not keep what it compiled, each command would compile all of it once more.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    begun = time.perf_counter()
    with subprocess.Popen(
        words,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as running:
        assert running.stdout is not None
        try:
            printed = running.stdout.read()
            _, status, usage = os.wait4(running.pid, 0)
            running.returncode = os.waitstatus_to_exitcode(status)
        finally:
            running.terminate()  # where the benchmark is ended meanwhile
    seconds = time.perf_counter() - begun
    if running.returncode:
        raise RuntimeError(f"{' '.join(words)} ended with {running.returncode}: {printed!r}")
    return Measured(
        seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, json.loads(printed)
    )


def size(folder: Path) -> int:
    """Bytes of the files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
