"""Every day of a home built and published without Dagster, by so many processes side by side.

Each builds as many of the days as the others, in one go; then one of them the days at the edges,
the weekly tables and the snapshot. They are ready before the clock begins.
"""

import argparse
import json
import multiprocessing
import sys
import time
from collections.abc import Sequence
from datetime import date

from netflix_pipeline.defs.reload import first_day
from netflix_pipeline.ingest import latest_receipt
from netflix_pipeline.lake import Lake
from netflix_pipeline.materialize import GOLD_DAILY, SILVER, build, dependencies
from netflix_pipeline.materialize.scheduler import even_parts
from netflix_pipeline.serving import publish
from netflix_pipeline.settings import Settings

READY = 1.0
"""Seconds that each process waits once it is ready, so that no other is given its share."""


def main() -> None:
    """Print the seconds as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=1)
    asked = parser.parse_args()
    settings = Settings()
    lake = Lake.of(settings)
    days = [day for day in lake.partitions("bronze/watch_events") if day >= first_day(lake)]
    with multiprocessing.get_context("spawn").Pool(asked.processes) as pool:
        pool.map(time.sleep, [READY] * asked.processes, chunksize=1)
        begun = time.perf_counter()
        pool.map(_build, even_parts(days, asked.processes), chunksize=1)
        pool.apply(_finish)
        json.dump({"seconds": time.perf_counter() - begun}, sys.stdout)


def _build(days: Sequence[date]) -> None:
    for built in build(Lake.of(Settings()), (*SILVER, *GOLD_DAILY), days, only_pending=False):
        assert built.good, built


def _finish() -> None:
    settings = Settings()
    lake = Lake.of(settings)
    for built in build(lake, tuple(dependencies()), None, only_pending=True):
        assert built.good, built
    publish(lake, settings.serving, as_of=latest_receipt(lake))


if __name__ == "__main__":
    main()
