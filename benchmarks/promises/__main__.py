"""Measure what the project promised when it began: `python -m benchmarks.promises --record`.

What takes long or needs a browser is left to other benchmarks: the table at the end has their
figures of the latest recorded run.
"""

import argparse
import tempfile
from pathlib import Path

from benchmarks import foundation
from benchmarks.api import World
from benchmarks.events import Events, serving
from benchmarks.promises import queries, requests, usage
from benchmarks.promises.lines import HEAD, LINES, table
from benchmarks.record import history, recorded
from benchmarks.tables import head, row

CASES = ("pipeline", "requests", "queries", "usage", "scaling")
DAYS = 90


def run(folder: Path, asked: argparse.Namespace) -> None:
    """Run the cases that are asked for, in a home that is made for them."""
    home = foundation.published(folder, asked.events, DAYS)
    world, seconds = World(home), asked.seconds
    with serving(home, asked.port) as (url, _):
        events = Events(url)
        if "requests" in asked.cases:
            requests.by_ab(url)
            requests.alone(url, world, events, seconds)
            requests.together(url, world, seconds)
            requests.stream(url, events, seconds)
            requests.downloads(url, world, seconds)
        if "queries" in asked.cases:
            queries.classes(url, world)
        if "usage" in asked.cases:
            usage.used(url, world, events, 3 * seconds)
    if "scaling" in asked.cases:
        usage.scaled(asked.port, seconds)


def main() -> None:
    """Measure, and print each promise beside its figure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.promises", description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000, help="events of the home to make")
    parser.add_argument("--seconds", type=float, default=5, help="length of each case")
    parser.add_argument("--port", type=int, default=8785, help="port of the API")
    parser.add_argument("--cases", nargs="+", choices=CASES, default=CASES)
    targets = {line.figure: line.target for line in reversed(LINES) if line.figure}
    with (
        recorded(parser, goals=targets) as asked,
        tempfile.TemporaryDirectory(prefix="netflix-bench-") as folder,
    ):
        run(Path(folder), asked)
    if asked.record:
        head(*HEAD)
        for cells in table(history()):
            row(*cells)
        print("\npython -m benchmarks.report puts this into docs/performance.md")


if __name__ == "__main__":
    main()
