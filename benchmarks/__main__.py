"""`make bench`: runs the benchmarks and prints their tables as Markdown."""

import argparse
import tempfile
from pathlib import Path

from benchmarks import foundation
from benchmarks.record import recorded


def main() -> None:
    """Run all benchmarks, or a smaller or larger case of them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--events", type=int, default=10_000_000, help="dirty watch events")
    parser.add_argument("--days", type=int, default=90, help="days that they spread over")
    parser.add_argument("--folder", type=Path, help="where to work; a temporary folder by default")
    parser.add_argument("--backfill-days", type=int, default=365, help="days of the long backfill")
    parser.add_argument("--turns", type=int, default=3, help="of the job and its floor; medians")
    with (
        recorded(parser) as asked,
        tempfile.TemporaryDirectory(prefix="netflix-bench-") as temporary,
    ):
        folder = asked.folder or Path(temporary)
        foundation.run(folder, asked.events, asked.days, asked.backfill_days, asked.turns)


if __name__ == "__main__":
    main()
