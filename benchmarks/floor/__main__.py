"""Whether the floor is where it was: the code of a commit, in turns with it.

    python -m benchmarks.floor --events 10000000

The goals are ratios to the floor. They began at some 4.6 times its wall and 3.7 times its CPU time;
where that code comes out elsewhere, the goals move by the same factor.
"""

import argparse
import shutil
import tempfile
from pathlib import Path

from benchmarks.against.sides import Side, checked_out
from benchmarks.foundation import floor, generated
from benchmarks.measured import Measured, middle
from benchmarks.record import recorded
from benchmarks.tables import head, row

BEGAN = "0123d967~1"
"""The commit before the floor was written: the ratios began with its code."""
WALL, CPU = 4.6, 3.7
WITHIN = 0.1
DAYS = 90


def whole(side: Side, raw: Path) -> Measured:
    """What a side takes from the files to the published snapshot."""
    shutil.rmtree(side.home, ignore_errors=True)
    ingested = side.run("ingest", str(raw), "--json")
    return ingested.then(side.run("materialize", "--json"))


def main() -> None:
    """Measure that, and say whether it is as expected."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.floor", description=__doc__)
    parser.add_argument("--events", type=int, default=10_000_000, help="dirty watch events")
    parser.add_argument("--commit", default=BEGAN, help="whose code stands beside the floor")
    parser.add_argument("--turns", type=int, default=3, help="medians are told")
    parser.add_argument("--folder", type=Path, help="where to work; a temporary folder by default")
    with (
        recorded(parser) as asked,
        tempfile.TemporaryDirectory(prefix="netflix-bench-") as temporary,
        checked_out(asked.commit) as root,
    ):
        folder = asked.folder or Path(temporary)
        raw, side = folder / "raw", Side("start", root, folder / "home")
        generated(raw, asked.events, DAYS)
        turns = [(floor(raw), whole(side, raw)) for _ in range(asked.turns)]
        least, took = (middle(each) for each in zip(*turns, strict=True))
        head("code of a commit", "of the floor", "its own s", "the floor's s", "expected", "")
        for name, own, floors, expected in (
            ("wall", took.seconds, least.seconds, WALL),
            ("CPU", took.cpu_seconds, least.cpu_seconds, CPU),
        ):
            times = own / floors
            near = abs(times / expected - 1) <= WITHIN
            row(
                name,
                *(f"{times:.2f}", f"{own:.1f}", f"{floors:.1f}", f"{expected}"),
                "near" if near else f"goals move by {times / expected:.2f}",
            )


if __name__ == "__main__":
    main()
