"""The nightly schedule, from its tick until the snapshot of its run is published.

It ticks every minute here; all else is as it is.
"""

import json
import sys
import time
from datetime import timedelta
from pathlib import Path

import dagster as dg

from benchmarks.foundation import END
from benchmarks.measured import command
from benchmarks.orchestration.homes import environment, running, told, watched
from benchmarks.tables import head, row
from netflix_pipeline.defs.instance import open_instance
from netflix_pipeline.defs.jobs import MATERIALIZE
from netflix_pipeline.settings import Settings

DAEMON = f"""
from pathlib import Path
from netflix_pipeline.defs import daemon
daemon.WORKSPACE = Path({str(Path(__file__).with_name("workspace.yaml"))!r})
daemon.main()
"""
MINUTE = 60.0
PATIENCE = 5 * MINUTE
EVENTS = 300


def from_tick_to_published(home: Path) -> None:
    """Take another day in, and wait for the snapshot of the first night that has it."""
    command(home, "materialize", "--json")
    watched(home, [END + timedelta(days=1)], EVENTS)
    served, log = home / "serving" / "current.duckdb", home.with_suffix(".log")
    before, settings = served.resolve(strict=True), environment(home)
    with running([(sys.executable, "-c", DAEMON)], settings, log):
        until = time.time() + PATIENCE
        while served.resolve() == before:
            if time.time() > until:
                raise TimeoutError(f"nothing was published:\n{log.read_text()}")
            time.sleep(0.02)
        published = time.time()
        run = json.loads(told((sys.executable, "-m", __spec__.name), settings))
    tick = run["asked"] // MINUTE * MINUTE
    head("the nightly run", "seconds after its tick", "goal")
    row("it is asked for", f"{run['asked'] - tick:.1f}", "")
    row("its process works", f"{run['begun'] - tick:.1f}", "")
    row("the snapshot is published", f"{published - tick:.1f}", "≤ 30")
    row("it has ended", f"{run['ended'] - tick:.1f}", "")


def main() -> None:
    """Print as JSON when the first run of the schedule was asked for, began and ended."""
    with open_instance(Settings()) as instance:
        while True:
            runs = instance.get_run_records(dg.RunsFilter(job_name=MATERIALIZE))
            first = next(
                each for each in reversed(runs) if "dagster/schedule_name" in each.dagster_run.tags
            )
            if first.end_time is not None:
                break
            time.sleep(0.1)
    run = {
        "asked": first.create_timestamp.timestamp(),
        "begun": first.start_time,
        "ended": first.end_time,
    }
    json.dump(run, sys.stdout)


if __name__ == "__main__":
    main()
