"""Homes with small days, and programs that work in them."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.foundation import END
from benchmarks.measured import command
from netflix_pipeline.settings import Settings

HEADER = "event_id,user_id,title_id,event_time,action,watch_seconds"
DAEMON = (sys.executable, "-m", "netflix_pipeline.defs.daemon")
WORKERS = (str(Path(sys.executable).with_name("netflix-pipeline")), "serve", "worker")
PATIENCE = 60.0
"""Seconds that a program has to end."""


def small_days(folder: Path, days: int, events_a_day: int) -> Path:
    """A home with so many days in bronze, of which nothing is built."""
    raw, home, events = folder / "raw", folder / "home", days * events_a_day
    counts = ("--events", str(events), "--users", str(max(events // 50, 10)), "--titles", "200")
    span = ("--days", str(days), "--end", END.isoformat())
    command(home, "generate", str(raw), "--json", "--seed", "7", *counts, *span)
    command(home, "ingest", str(raw), "--json")
    return home


def watched(home: Path, days: Sequence[date], events: int) -> None:
    """Take so many watch events of each day in; builds nothing."""
    rows = [
        f"{day}-{number},u{number:07},f{number % 9:05},{day}T{number % 24:02}:00:00Z,stopped,1800"
        for day in days
        for number in range(events)
    ]
    file = home.with_name(f"watched-{days[-1]}.csv")
    file.write_text("\n".join((HEADER, *rows, "")))
    command(home, "ingest", str(file), "--json")


def environment(home: Path, **settings: Any) -> dict[str, str]:
    """The environment of programs that work in a home with these settings."""
    return Settings(home=home, **settings).environment()


@contextmanager
def running(
    programs: Sequence[Sequence[str]], environment: Mapping[str, str], log: Path
) -> Iterator[None]:
    """Meanwhile these programs run. Raises RuntimeError with their log where one has ended."""
    with log.open("wb") as lines:
        started = [
            subprocess.Popen(words, env=dict(environment), stdout=lines, stderr=lines)
            for words in programs
        ]
    try:
        yield
        if any(program.poll() is not None for program in started):
            raise RuntimeError(f"a program ended:\n{log.read_text()}")
    finally:
        for program in started:
            program.terminate()
        for program in started:
            try:
                program.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                program.kill()
                program.wait()


def told(words: Sequence[str], environment: Mapping[str, str]) -> bytes:
    """What a program prints. Raises CalledProcessError where it fails; its errors are shown."""
    environment = {**os.environ, **environment}
    return subprocess.run(words, env=environment, check=True, stdout=subprocess.PIPE).stdout
