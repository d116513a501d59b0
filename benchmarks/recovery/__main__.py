"""Kill, fill and switch off, and tell what is lost and when it is well again.

    python -m benchmarks.recovery

Every process of the services is killed (kill -9) while somebody reads and sends events; commands
are killed and run again; the disk is full for a while; and all that was not forced to the disk is
thrown away, as when the power is lost. The last two need a C compiler (cc).
"""

import argparse
import shutil
import tempfile
from pathlib import Path

from benchmarks.measured import build, command
from benchmarks.record import recorded
from benchmarks.recovery import faults, killed

SERVICES = ("api", "dashboard", "dagster")
CASES = ("services", "commands", "faults")


def run(folder: Path, asked: argparse.Namespace) -> None:
    """Run the cases that are asked for."""
    home, more = build(folder, asked.events), folder / "more"
    command(
        home, "generate", str(more), "--events", str(asked.events // 10), "--seed", "2", "--json"
    )

    def homes(name: str) -> tuple[Path, tuple[str, ...]]:
        """A copy of the home in which that command has something to do."""
        mine = folder / f"{name}-home"
        shutil.copytree(home, mine, symlinks=True)
        if name != "ingest":
            command(mine, "ingest", str(more), "--json")
        return mine, (str(more),) if name == "ingest" else ()

    if "faults" in asked.cases:
        faults.tell(home, folder, more, asked.seconds, asked.seed)
    if "commands" in asked.cases:
        killed.commands(homes, asked.times, asked.seed)
    if "services" in asked.cases:
        killed.services(home, asked.services, asked.times, asked.pause)


def main() -> None:
    """Run the benchmark in a temporary home."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recovery", description=__doc__)
    parser.add_argument("--events", type=int, default=100_000, help="events of the home to make")
    parser.add_argument("--times", type=int, default=3, help="kills of each process and command")
    parser.add_argument("--pause", type=float, default=5, help="seconds between two kills")
    parser.add_argument("--seconds", type=float, default=3, help="load before the power is lost")
    parser.add_argument("--seed", type=int, default=1, help="of the moments")
    parser.add_argument("--services", nargs="+", choices=SERVICES, default=SERVICES)
    parser.add_argument("--cases", nargs="+", choices=CASES, default=CASES)
    with (
        recorded(parser) as asked,
        tempfile.TemporaryDirectory(prefix="netflix-bench-") as folder,
    ):
        run(Path(folder), asked)


if __name__ == "__main__":
    main()
