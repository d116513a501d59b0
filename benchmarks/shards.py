"""`make bench-shards`: what building one large day takes, whole and a share of its users at a time.

The same day is built anew for each number of shards (`NETFLIX_DAY_SHARDS`), in a process of its
own, and must come out the same.
"""

import argparse
import json
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from benchmarks.measured import Measured, command, program
from benchmarks.tables import head, row
from netflix_pipeline.lake import Lake, Sharding
from netflix_pipeline.materialize import build, dependencies
from netflix_pipeline.settings import Settings

END = date(2026, 10, 31)


def main() -> None:
    """Generate a day, build it by each number of shards, and print peak memory and time."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.shards", description=__doc__)
    parser.add_argument("--events", type=int, default=5_000_000, help="watch events of the day")
    parser.add_argument("--shards", type=int, nargs="+", default=[1, 8], help="numbers to compare")
    parser.add_argument("--folder", type=Path, help="where to work; a temporary folder by default")
    parser.add_argument("--only-build", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.only_build:
        return _build()
    with tempfile.TemporaryDirectory(prefix="netflix-bench-") as temporary:
        _compare((asked.folder or Path(temporary)) / "home", asked.events, asked.shards)
    return None


def _compare(home: Path, events: int, shards: list[int]) -> None:
    raw, users, titles = str(home.with_name("raw")), max(events // 50, 10), max(events // 2000, 10)
    counts = ("--events", str(events), "--users", str(users), "--titles", str(titles))
    day = ("--days", "1", "--end", END.isoformat())
    command(home, "generate", raw, "--json", "--dirty", "--seed", "7", *counts, *day)
    command(home, "ingest", raw, "--json")
    head("shards", "peak MB", "seconds", "CPU s")
    first = None
    for count in shards:
        words = [sys.executable, "-m", "benchmarks.shards", "--only-build"]
        built = _with(home, words, count)
        row(count, f"{built.peak_mb:,.0f}", f"{built.seconds:.1f}", f"{built.cpu_seconds:.1f}")
        first = first or built.told
        if built.told != first:
            raise RuntimeError(f"{count} shards gave other tables than {shards[0]}")


def _with(home: Path, words: list[str], count: int) -> Measured:
    return program(["env", f"NETFLIX_DAY_SHARDS={count}", *words], home)


def _build() -> None:
    """Make all tables anew, and print the version of each partition."""
    settings = Settings()
    sharding = Sharding(settings.day_shards)
    tables = tuple(dependencies())
    begun = time.perf_counter()
    versions = {}
    for built in build(Lake.of(settings), tables, None, only_pending=False, sharding=sharding):
        assert built.good, built
        versions[f"{built.table} {built.partition}"] = built.version
        print(f"{time.perf_counter() - begun:6.1f} s {built.table}", file=sys.stderr)
    json.dump(versions, sys.stdout)


if __name__ == "__main__":
    main()
