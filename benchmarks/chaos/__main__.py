"""`make chaos-serve`: kill -9 of each process of `serve`, three times, and what came of it."""

import argparse
import random
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.chaos.killing import READS, Chaos, Killed, run, settings_of
from benchmarks.chaos.processes import ROLES
from benchmarks.measured import build
from benchmarks.record import recorded
from benchmarks.tables import head, row

SPEED = 6
"""How many times shorter the windows of alerts are."""


def order(times: int, chance: random.Random) -> list[str]:
    """Every process so many times, each round in another order."""
    return [role for _ in range(times) for role in chance.sample(ROLES, len(ROLES))]


def main() -> None:
    """Run it, print what was measured, and end with 1 where a promise was not kept."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--times", type=int, default=3, help="kills of each process")
    parser.add_argument("--events", type=int, default=100_000, help="of the home before")
    parser.add_argument("--reads", type=float, default=60, help="reads a second, all together")
    parser.add_argument("--seed", type=int, default=1, help="of the order")
    parser.add_argument("--folder", type=Path, help="where to work; a temporary folder by default")
    with (
        recorded(parser) as asked,
        tempfile.TemporaryDirectory(prefix="netflix-chaos-") as temporary,
    ):
        folder = asked.folder or Path(temporary)
        roles = order(asked.times, random.Random(asked.seed))
        settings = settings_of(build(folder, asked.events), SPEED)
        head("killed", "without an answer s", "goal of without an answer s", "back s")
        apart = 60 * asked.minutes / len(roles)
        chaos = run(settings, roles, apart, folder / "serve.log", reads=asked.reads, told=tell)
        tell_all(chaos)
    for missed in chaos.missed:
        print(f"missed: {missed}")
    sys.exit(bool(chaos.missed))


def tell(killed: Killed) -> None:
    """One line of a process that was killed."""
    times = ("never" if each is None else f"{each:.1f}" for each in (killed.seconds, killed.back))
    without, back = times
    row(killed.role, without, f"≤ {killed.within:.0f}", back)


def tell_all(chaos: Chaos) -> None:
    """What clients saw, and what is left of it."""
    reads = chaos.clients.reads
    goal = f"≥ {100 * READS:.1f}"
    head("reads while it was killed", "reads", "answered %", "goal of answered %")
    row("each once", reads.asked, f"{100 * reads.share_at_once:.3f}", "")
    row("repeated once within a second", reads.asked, f"{100 * reads.share:.3f}", goal)
    head("a read, with its repetition", "median s", "longest s")
    row("", f"{statistics.median(reads.times):.3f}", f"{max(reads.times):.1f}")
    head("events", "acknowledged", "lost", "goal of lost", "twice", "ledger differs")
    row(
        "",
        len(chaos.clients.acknowledged),
        *(chaos.lost, "≤ 0", chaos.twice, chaos.ledger_differences),
    )
    head("at the end", "kills", "goal of kills", "alerts left on")
    row("", len(chaos.killed), "≥ 30", ", ".join(chaos.alerts) or "none")


if __name__ == "__main__":
    main()
