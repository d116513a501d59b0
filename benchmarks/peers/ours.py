"""Build some of our tables of what was taken in: `python -m benchmarks.peers.ours TABLE…`.

In the home of `NETFLIX_HOME`, without Dagster and without publishing. Prints the rows of each.
"""

import json
import sys
from collections import Counter

from netflix_pipeline.lake import Lake
from netflix_pipeline.materialize import build
from netflix_pipeline.settings import Settings


def main() -> None:
    """Build the tables and print how many rows each has."""
    rows: Counter[str] = Counter()
    for built in build(Lake.of(Settings()), sys.argv[1:], None, only_pending=True):
        assert built.good, built
        rows[built.table] += built.rows
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
