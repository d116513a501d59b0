"""Builds and publishes a home without Dagster, to tell what Dagster adds."""

import json
import sys
import time

from netflix_pipeline.ingest import latest_receipt
from netflix_pipeline.lake import Lake
from netflix_pipeline.materialize import build, dependencies
from netflix_pipeline.serving import publish
from netflix_pipeline.settings import Settings


def main() -> None:
    """Print the seconds of each stage as JSON."""
    settings = Settings()
    lake = Lake.of(settings)
    begun = time.perf_counter()
    for built in build(lake, tuple(dependencies()), None, only_pending=True):
        assert built.violations.is_empty(), built
    gold = time.perf_counter()
    publish(lake, settings.serving, as_of=latest_receipt(lake))
    published = time.perf_counter()
    json.dump({"bronze to gold": gold - begun, "publish": published - gold}, sys.stdout)


if __name__ == "__main__":
    main()
