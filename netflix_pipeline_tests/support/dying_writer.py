"""A writer of a lake in a store that is killed, or stopped, between its data and its manifest.

Run as `python dying_writer.py SIGNAL FILE`: takes the file into the home (without one: builds what
is pending), and once its data is sent, before it counts, says so on stdout and sends itself that
signal. Ends with 3 where the lease was lost.
"""

import os
import signal
import sys
from pathlib import Path

from netflix_pipeline.ingest import ingest_paths
from netflix_pipeline.lake import Lake
from netflix_pipeline.lake.object_lake import ObjectLake
from netflix_pipeline.lake.table_manifests import Head
from netflix_pipeline.materialize import build, dependencies
from netflix_pipeline.object_storage.lease import LeaseLost
from netflix_pipeline.settings import Settings


def run(number: signal.Signals, *files: Path) -> int:
    swapped, lake = ObjectLake._swapped, Lake.of(Settings())
    assert isinstance(lake, ObjectLake)
    before = lake._head()[0].tables

    def dying(own: ObjectLake, head: Head, etag: str) -> str | None:
        if head.tables != before:
            sys.stdout.write("sent\n")
            sys.stdout.flush()
            os.kill(os.getpid(), number)
        return swapped(own, head, etag)

    ObjectLake._swapped = dying  # type: ignore[assignment, method-assign]
    try:
        if files:
            ingest_paths(Settings(), files)
        else:
            list(build(lake, dependencies(), None, only_pending=True))
    except LeaseLost:
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(run(signal.Signals[sys.argv[1]], *map(Path, sys.argv[2:])))
