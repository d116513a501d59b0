"""Builds and publishes a home without Dagster, to tell what Dagster adds."""

from __future__ import annotations

import json
import sys
import time

from netflix_pipeline.ingest import latest_receipt
from netflix_pipeline.lake import Lake
from netflix_pipeline.materialize import GOLD_DAILY, GOLD_ROLLUPS, SILVER, build
from netflix_pipeline.serving import publish
from netflix_pipeline.settings import Settings


def main() -> None:
    """Print the seconds of each stage as JSON."""
    settings = Settings()
    lake = Lake(settings.lake)
    seconds = {}
    for name, tables in (("silver", SILVER), ("gold", GOLD_DAILY), ("rollups", GOLD_ROLLUPS)):
        begun = time.perf_counter()
        for built in build(lake, tables, None, only_pending=True):
            assert built.violations.is_empty(), built
        seconds[name] = time.perf_counter() - begun
    begun = time.perf_counter()
    publish(lake, settings.serving, as_of=latest_receipt(lake))
    seconds["publish"] = time.perf_counter() - begun
    json.dump(seconds, sys.stdout)


if __name__ == "__main__":
    main()
