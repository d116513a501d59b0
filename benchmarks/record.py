"""One JSON for each run of a benchmark: the machine, its speed, the figures, what was missed.

It is derived from the tables that are printed. `--record` keeps it in `benchmarks/history`,
from which `benchmarks.report` fills docs/performance.md and `benchmarks.trend` draws the trend.
"""

import argparse
import json
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import calibration, tables
from benchmarks.calibration import Calibration, Speed
from benchmarks.goals import CAUSES, GOALS
from benchmarks.tables import Figure, Table

ROOT = Path(__file__).parents[1]
HISTORY = ROOT / "benchmarks" / "history"
SCHEMA = 1
PLACES = {"cgroup", "checkout", "home", "folder", "port", "record", "measurements"}
"""Arguments that tell where a run works or writes, and nothing of what it measures."""
FLOORS = {
    "ms": calibration.ROUND_TRIP_MS,
    "requests/s": calibration.ROUND_TRIPS,
    "answered/s": calibration.ROUND_TRIPS,
    "rows/s": calibration.ROWS,
    "events/s": calibration.ROWS,
    "MB/s": calibration.LOOPBACK,
}
"""The least that something of a unit could cost: what the bare machine did in the same run."""
NO_CAUSE = "not known"


@dataclass(frozen=True)
class Run:
    """What is recorded of a run. `changed` says that the code was not that of the commit alone."""

    command: str
    arguments: dict[str, Any]
    begun: str
    seconds: float
    commit: str
    changed: bool
    machine: dict[str, Any]
    calibration: Calibration
    figures: tuple[Figure, ...]
    tables: tuple[Table, ...]

    @property
    def name(self) -> str:
        """What ran, in a word."""
        return self.command.partition(" --")[0].rpartition(".")[2].split()[-1]

    @property
    def series(self) -> str:
        """What it has in common with runs that it can be compared with: what was measured."""
        return f"{self.command} {json.dumps(_measures(self.arguments), sort_keys=True)}"

    def figure(self, name: str) -> Figure | None:
        """The figure of that name; the last one where several have it."""
        return next((one for one in reversed(self.figures) if one.name == name), None)

    def floor(self, figure: Figure) -> str:
        """What of the bare machine a figure is compared with; empty where nothing is like it."""
        name = FLOORS.get(figure.unit, "")
        return name if name in self.calibration else ""

    def of_floor(self, figure: Figure) -> float | None:
        """How many times the bare machine's a figure is; None where nothing bare compares."""
        floor = self.calibration.get(self.floor(figure))
        return figure.value / floor.value if floor and floor.value else None

    def misses(self) -> Iterator[dict[str, str]]:
        """Each figure that misses its goal, with the cause."""
        for figure in self.figures:
            if figure.kept is False:
                value = f"{figure.value:g} {figure.unit}".strip()
                yield {
                    "figure": figure.name,
                    "value": value,
                    "goal": figure.goal,
                    "cause": cause(figure.name),
                }

    def as_json(self) -> dict[str, Any]:
        """It in the form in which it is written."""
        told = asdict(self)
        told["figures"] = [
            {
                **asdict(figure),
                "kept": figure.kept,
                "floor": self.floor(figure),
                "of_floor": self.of_floor(figure),
            }
            for figure in self.figures
        ]
        return {"schema": SCHEMA, **told, "misses": list(self.misses())}


def cause(name: str) -> str:
    """Why a figure of that name misses its goal, where it does."""
    return next((why for about, why in CAUSES.items() if re.search(about, name)), NO_CAUSE)


@contextmanager
def recorded(
    parser: argparse.ArgumentParser,
    arguments: Sequence[str] | None = None,
    *,
    goals: Mapping[str, str] = GOALS,
    seconds: float = calibration.SECONDS,
    to: Path = HISTORY,
) -> Iterator[argparse.Namespace]:
    """Parse a benchmark's arguments, tell the machine's speed, and write the run's JSON at the end.

    Nothing is written where the benchmark fails. SIGTERM ends it as Ctrl-C does, with all that it
    has started. `goals` are of figures whose tables do not tell them, `seconds` are those of each
    part of the calibration, `to` is where `--record` writes.
    """
    parser.add_argument(
        "--record", action="store_true", help="keep the run's JSON in benchmarks/history"
    )
    asked = parser.parse_args(arguments)
    begun, since = datetime.now(UTC), time.perf_counter()
    speeds = calibration.calibrate(seconds)
    calibration.tell(speeds)
    tables.PRINTED.clear()
    with _ended_in_order():
        yield asked
    run = Run(
        _command(parser, asked),
        json.loads(json.dumps(_measures(vars(asked)), default=str)),
        begun.isoformat(timespec="seconds"),
        round(time.perf_counter() - since, 1),
        *_commit(),
        calibration.machine(),
        speeds,
        tuple(_judged(tables.PRINTED, goals)),
        tuple(tables.PRINTED),
    )
    for miss in run.misses():
        print("\nmissed: {figure}: {value}, goal {goal}. Cause: {cause}.".format(**miss))
    folder = to if asked.record else Path(tempfile.mkdtemp(prefix="netflix-bench-figures-"))
    print(f"\nfigures: {write(run, folder)}")


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """Meanwhile SIGTERM raises SystemExit: services that run are stopped, folders removed."""

    def end(number: int, _: object) -> None:
        signal.signal(number, lambda *_: None)  # another one must not cut that off
        sys.exit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _command(parser: argparse.ArgumentParser, asked: argparse.Namespace) -> str:
    """The command as it can be run again, without what has its default."""
    words = [parser.prog]
    for name, told in _measures(vars(asked)).items():
        if told != parser.get_default(name):
            word = name.replace("_", "-")
            if isinstance(told, bool):
                words.append(f"--{word}" if told else f"--no-{word}")
            else:
                words += [f"--{word}", *map(str, told if isinstance(told, list) else [told])]
    return " ".join(words)


def _measures(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that tell what is measured, and not where."""
    return {name: told for name, told in arguments.items() if name not in PLACES}


def _judged(printed: Sequence[Table], goals: Mapping[str, str]) -> Iterator[Figure]:
    """The figures of tables, with the goals that the tables do not tell."""
    for table in printed:
        for one in table.figures():
            yield Figure(one.name, one.value, one.unit, one.goal or goals.get(one.name, ""))


def write(run: Run, folder: Path) -> Path:
    """Write a run's JSON to a folder, which is made where it is missing; gives its path."""
    folder.mkdir(parents=True, exist_ok=True)
    moment = datetime.fromisoformat(run.begun).strftime("%Y-%m-%dT%H%M%SZ")
    path = folder / f"{moment}-{run.name}.json"
    path.write_text(
        json.dumps(run.as_json(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    return path


def history(folder: Path = HISTORY) -> list[Run]:
    """All runs that were recorded, the oldest first."""
    runs = [_read(path) for path in folder.glob("*.json")] if folder.is_dir() else []
    return sorted(runs, key=lambda run: run.begun)


def _read(path: Path) -> Run:
    """A run as it was written. Raises ValueError for one of another schema."""
    told = json.loads(path.read_text(encoding="utf-8"))
    if told.pop("schema") != SCHEMA:
        raise ValueError(f"{path} has another schema than {SCHEMA}: remove it, or measure again")
    told.pop("misses")
    names = ("name", "value", "unit", "goal")
    return Run(
        **told
        | {
            "calibration": {name: Speed(**one) for name, one in told["calibration"].items()},
            "figures": tuple(Figure(*(one[name] for name in names)) for one in told["figures"]),
            "tables": tuple(
                Table(tuple(one["head"]), [tuple(cells) for cells in one["rows"]])
                for one in told["tables"]
            ),
        }
    )


def _commit() -> tuple[str, bool]:
    """The commit that is measured, and whether anything is changed since."""
    try:
        commit = _git("rev-parse", "--short=12", "HEAD")
        return commit, bool(_git("status", "--porcelain", "--", ":!benchmarks/history", ":!docs"))
    except (OSError, subprocess.CalledProcessError):
        return "unknown", True


def _git(*words: str) -> str:
    told = subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True, text=True)
    return told.stdout.strip()
