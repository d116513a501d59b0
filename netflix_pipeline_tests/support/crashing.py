"""What a home holds, to be compared, and somebody who reads from it all the time."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random

import duckdb
import polars as pl

from netflix_pipeline.contracts import contracts
from netflix_pipeline.ingest import differences, ledger, manifests
from netflix_pipeline.lake import Lake
from netflix_pipeline.serving import Snapshots
from netflix_pipeline.serving.questions.headline import HeadlineQuestion
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support import dying
from netflix_pipeline_tests.support.command import Command
from netflix_pipeline_tests.support.dying_step import moments_of

USUAL = 4
ROUNDS = int(os.environ.get("CRASH_ROUNDS", USUAL))
"""How often each command is killed."""
SEED = int(os.environ.get("CRASH_SEED", "2026"))
"""Which moments are taken for that."""
ARRIVAL = {"bronze/duplicates", "bronze/quarantine", "silver/quarantine", "gold/ledger_daily"}
"""Tables by day of arrival: another day when a test runs over midnight."""
WHEN = ("received_at", "last_received_at", "within_hours")
"""Columns that tell when something was received."""


def contents(home: Settings) -> dict[str, pl.DataFrame]:
    """Every table's rows with their partition, but for when they were received."""
    lake = Lake.of(home)
    found = {}
    for name, told in contracts().items():
        partitions = [None] if told.partition == "whole" else lake.partitions(name)
        rows = [
            lake.read(name, day).with_columns(
                _partition=pl.lit(None if name in ARRIVAL else day, pl.Date)
            )
            for day in partitions
        ]
        if rows:
            whole = pl.concat(rows).drop(WHEN, strict=False)
            found[name] = whole.sort(pl.exclude(pl.List), maintain_order=True)
    batches = [
        (told.batch, told.path, told.received, told.stored, told.duplicate, told.quarantined)
        for told in manifests(lake)
    ]
    found["batches"] = pl.DataFrame(sorted(batches), orient="row")
    return found


def served(home: Settings) -> dict[str, tuple[int, int]]:
    """Number and digest of the rows of every published table."""
    with duckdb.connect(str((home.serving / "current.duckdb").resolve()), read_only=True) as sql:
        tables = sql.execute(
            "SELECT table_name FROM information_schema.tables "
            "WHERE table_schema = 'main' AND table_name <> 'snapshot_info'"
        ).fetchall()
        found = {}
        for (name,) in tables:
            rows = sql.execute(f"SELECT count(*), bit_xor(hash(t)) FROM {name} AS t").fetchone()
            assert rows is not None
            found[name] = rows
        return found


def assert_same(home: Settings, expected: dict[str, pl.DataFrame]) -> None:
    """The home holds just that, nothing half-written lies in it, and its ledger adds up."""
    now = contents(home)
    assert now.keys() == expected.keys()
    for name, rows in expected.items():
        # Floats too: a sum over the same rows in the same order is the same.
        assert now[name].equals(rows), f"{name}: {now[name]} is not {rows}"
    assert not strays(home)
    assert differences(ledger(Lake.of(home), manifests(Lake.of(home)))).is_empty()


def strays(home: Settings) -> list[Path]:
    """Files that no command leaves when it ends."""
    lake, serving = Lake.of(home), home.serving
    committed = lake.committed_batches()
    known = {
        *(lake.path(name, day) for name in contracts() for day in _partitions(lake, name)),
    }
    found = [
        path
        for path in home.lake.rglob("*")
        if path.is_file()
        and path.name not in (".lock", "_revised.json")
        and path not in known
        and not (
            path.is_relative_to(home.lake / "bronze")
            and not path.name.startswith(".")
            and path.name.split(".", 1)[0] in committed
        )
    ]
    if serving.exists():
        current = (serving / "current.duckdb").resolve()
        newest = int(current.stem.removeprefix("snapshot-"))
        found += [
            path
            for path in serving.iterdir()
            if path.name != "current.duckdb" and not newest - 3 < _number(path) <= newest
        ]
    staging = home.root / "staging"
    return [*found, *(staging.rglob("*") if staging.exists() else ())]


def _partitions(lake: Lake, name: str) -> list[date | None]:
    told = contracts()[name]
    if told.stage == "bronze":
        return []
    return [None] if told.partition == "whole" else [*lake.partitions(name)]


def _number(path: Path) -> int:
    digits = path.stem.removeprefix("snapshot-")
    return int(digits) if path.suffix == ".duckdb" and digits.isdigit() else -1


def run(home: Settings, count: Path, at: int, delay: float, *arguments: object) -> int:
    """The command in a process that dies at a moment; returns its exit code, -9 when it died."""
    ran = subprocess.run(
        [sys.executable, dying.__file__, count, str(at), str(delay), *map(str, arguments)],
        env={**os.environ, **home.environment()},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert ran.returncode in {0, -9}, ran.stderr
    return ran.returncode


def in_peace(home: Settings, *arguments: object) -> int:
    """The command in this process; returns how many moments there are to die at."""
    return moments_of(lambda: Command(home.root).ok(*arguments), home.root)


def next_moment(moment: int, stride: int) -> int:
    """The moment to die at next: the first dozen one by one, then some; all if more is asked."""
    return moment + (1 if moment < 12 or ROUNDS > USUAL else stride)


def moment(seed: str, moments: int) -> tuple[int, float]:
    """A random moment to die at: sometimes right there, sometimes within what it then does."""
    random = Random(seed)
    return random.randint(1, moments), random.choice((0.0, random.uniform(0.001, 0.05)))


@dataclass
class Reader:
    """What somebody saw who asked the published snapshot all the time."""

    versions: list[int] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@contextmanager
def reading(home: Settings) -> Iterator[Reader]:
    """Ask the snapshot all the time, from another thread."""
    reader, enough = Reader(), threading.Event()
    snapshots = Snapshots(home.serving)

    def ask() -> None:
        while not enough.wait(0.1):
            try:
                source = snapshots.current()
                source.ask(HeadlineQuestion())
                reader.versions.append(source.current().info.version)
            except Exception as error:  # noqa: BLE001 (every one is told by the test)
                reader.problems.append(repr(error))

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield reader
    finally:
        enough.set()
        thread.join()
    assert not reader.problems
    assert reader.versions == sorted(reader.versions)
