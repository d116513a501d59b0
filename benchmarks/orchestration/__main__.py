"""`make bench-orchestration`: what Dagster and Celery add to the work itself.

    python -m benchmarks.orchestration --cases night

`start`: what the definitions add to the start of a process. `backfill`: years of small days, built
and published without Dagster and by it, in one process and in as many as there are workers, in
turns. `night`: the tick of the nightly schedule until its snapshot is published. `history`: what
Dagster keeps after a thousand runs. Workers need PostgreSQL and Redis, which `scripts/test-tools`
installs.
"""

import argparse
import tempfile
from pathlib import Path

from benchmarks.orchestration import backfill, history, night, start
from benchmarks.orchestration.homes import small_days
from benchmarks.record import recorded

CASES = ("start", "backfill", "night", "history")


def run(folder: Path, asked: argparse.Namespace) -> None:
    """Run the cases that are asked for; the night is that of a home with all days, published."""
    if "start" in asked.cases:
        start.of_new_processes(folder / "new", asked.starts)
    if {"backfill", "night"} & {*asked.cases}:
        home = small_days(folder, asked.days, asked.events_a_day)
        if "backfill" in asked.cases:
            backfill.in_turns(home, asked.rounds, asked.processes, asked.days_a_run)
        if "night" in asked.cases:
            night.from_tick_to_published(home)
    if "history" in asked.cases:
        history.of_many_runs(folder / "nights", asked.runs, asked.kept)


def main() -> None:
    """Run the benchmark in homes that it makes."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.orchestration", description=__doc__)
    parser.add_argument("--days", type=int, default=1095, help="days of the backfill")
    parser.add_argument("--events-a-day", type=int, default=300, help="watch events of each")
    parser.add_argument("--rounds", type=int, default=1, help="how often each backfill is measured")
    parser.add_argument("--processes", type=int, default=2, help="workers, and processes without")
    parser.add_argument("--days-a-run", type=int, default=183, help="days that a worker is given")
    parser.add_argument("--runs", type=int, default=1000, help="runs whose records are measured")
    parser.add_argument("--kept", type=int, default=90, help="newest runs whose records are kept")
    parser.add_argument("--starts", type=int, default=9, help="new processes of each kind")
    parser.add_argument("--folder", type=Path, help="where to work; a temporary folder by default")
    parser.add_argument("--cases", nargs="+", choices=CASES, default=CASES)
    with (
        recorded(parser) as asked,
        tempfile.TemporaryDirectory(prefix="netflix-bench-") as temporary,
    ):
        run(asked.folder or Path(temporary), asked)


if __name__ == "__main__":
    main()
