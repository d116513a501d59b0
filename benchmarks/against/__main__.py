"""`python -m benchmarks.against --commit COMMIT`: the code as it is against that of a commit.

Both make a home of the same files with their own code, and are measured by the same load in turns:
of figures in one run ratios are right, however fast the machine is just now.
"""

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, nullcontext
from pathlib import Path

from benchmarks.against import answers, events, views
from benchmarks.against.case import Case, Figures, compared, in_turns
from benchmarks.against.sides import Side, checked_out, filled, set_up
from benchmarks.measured import command
from benchmarks.record import ROOT, recorded
from benchmarks.tables import head, row

CASES: Mapping[str, Case] = {**answers.CASES, **events.CASES, **views.CASES}
"""By name. A further module of cases is a further line here."""
DAYS = 90


def main() -> None:
    """Measure all cases, or some of them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.against", description=__doc__)
    start = parser.add_mutually_exclusive_group(required=True)
    start.add_argument("--commit", help="with which the code is compared; it is checked out")
    start.add_argument("--checkout", type=Path, help="a checkout of it that stands already")
    parser.add_argument("--cases", nargs="+", default=[*CASES], choices=[*CASES])
    parser.add_argument("--pairs", type=int, default=5, help="rounds of each; medians are told")
    parser.add_argument("--events", type=int, default=10_000_000, help="dirty watch events")
    parser.add_argument(
        "--folder", type=Path, help="where both homes are, or are made and stay; else a temporary"
    )
    with (
        recorded(parser) as asked,
        tempfile.TemporaryDirectory(prefix="netflix-bench-") as temporary,
        nullcontext(asked.checkout) if asked.checkout else checked_out(asked.commit) as root,
    ):
        set_up(root)
        folder = (asked.folder or Path(temporary)).resolve()
        sides = [
            Side("start", root.resolve(), folder / "start"),
            Side("now", ROOT, folder / "now"),
        ]
        _fill(sides, folder / "raw", asked.events)
        for name in asked.cases:
            _compare(CASES[name], sides, asked.pairs)


def _fill(sides: Sequence[Side], raw: Path, events: int) -> None:
    """Make the homes of the same files, where they are not there yet."""
    if not raw.exists():
        words = ("--events", str(events), "--days", str(DAYS), "--json")
        command(raw.parent / "none", "generate", str(raw), *words)
    for side in sides:
        if not (side.home / "serving" / "current.duckdb").exists():
            filled(side, raw)


def _compare(case: Case, sides: Sequence[Side], pairs: int) -> None:
    """Measure a case in turns, and print its tables."""
    with ExitStack() as opened:
        measures = [opened.enter_context(case.opened(side)) for side in sides]
        start, now = in_turns(measures, pairs)
    _tell(case, start, now)


def _tell(case: Case, start: Sequence[Figures], now: Sequence[Figures]) -> None:
    names = ("start", "now", "now ÷ start")
    head(f"{case.title}, medians of {len(now)} pairs", *names, "goal of now ÷ start")
    for one in compared(case, start, now):
        row(one.name, f"{one.start:,.2f}", f"{one.now:,.2f}", f"{one.ratio:.2f}", one.goal)
    if case.limits:
        head(f"{case.title}, the worst of {len(now)} rounds", "start", "now", "goal of now")
        for name, limit in case.limits.items():
            worst = [f"{max(one[name] for one in rounds):,.1f}" for rounds in (start, now)]
            row(name, *worst, limit)


if __name__ == "__main__":
    main()
