"""How our figures went over the recorded runs, as docs/trend.md: `python -m benchmarks.trend`.

Runs of different machines are made alike by the speed of one core that each measured. Exit code 1
where the latest run of a command is worse than those before it.
"""

import statistics
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from benchmarks.calibration import ONE_CORE
from benchmarks.record import ROOT, Run, history
from benchmarks.report import NOTHING, markdown
from benchmarks.tables import Figure

PAGE = ROOT / "docs" / "trend.md"
WORSE = 0.2
"""By which part of the median of the runs before the latest one may be worse."""
ENOUGH = 3
"""Runs before it without which nothing is said of the latest one: they tell how much is chance."""
LOWER = {"ms", "s", "µs", "MB", "kB", "µs/byte"}
TIMES = {"ms", "s", "µs", "µs/byte"}
BARS = "▁▂▃▄▅▆▇█"
HEAD = ("figure", "runs", "course", "latest", "of the median before", "")
TEXT = """# Trend

How our own figures went over the runs that are recorded in `benchmarks/history`, written by
`python -m benchmarks.trend`. Times and rates are as they would be on the machine of the latest run,
by the speed of one core that every run measures first: another machine is no progress and no
regression. A figure is flagged where it is more than 20 % worse than the median of the runs before,
and worse than each of them; fewer than three runs before tell nothing.
"""


@dataclass(frozen=True)
class Course:
    """One figure over the runs of a series, the oldest first, in terms of the latest machine."""

    figure: Figure
    values: tuple[float, ...]

    @property
    def direction(self) -> int:
        """1 where more is better, -1 where less is, 0 where neither is known."""
        if self.figure.goal:
            return 1 if self.figure.goal.startswith("≥") else -1
        if self.figure.unit.endswith("/s"):
            return 1
        return -1 if self.figure.unit in LOWER else 0

    @property
    def of_before(self) -> float | None:
        """The latest as a part of the median of those before; None where there are too few."""
        *before, latest = self.values
        median = statistics.median(before) if len(before) >= ENOUGH else 0.0
        return latest / median if median else None

    @property
    def regressed(self) -> bool:
        """Whether the latest is worse than those before, by more than they differ."""
        *before, latest = self.values
        if self.of_before is None or not self.direction:
            return False
        if self.direction > 0:
            return self.of_before < 1 - WORSE and latest < min(before)
        return self.of_before > 1 + WORSE and latest > max(before)

    def drawn(self) -> str:
        """Its course as bars, the highest for the largest value."""
        most = max(self.values)
        return "".join(
            BARS[round((len(BARS) - 1) * max(value, 0) / most)] if most > 0 else BARS[0]
            for value in self.values
        )

    def cells(self) -> tuple[str, ...]:
        """Its row of `HEAD`."""
        ratio = "" if self.of_before is None else f"{self.of_before:.2f}"
        return (
            self.figure.name,
            str(len(self.values)),
            self.drawn(),
            f"{self.figure.value:,.4g} {self.figure.unit}".strip(),
            ratio,
            "**worse**" if self.regressed else "",
        )


def courses(runs: Sequence[Run]) -> Iterator[Course]:
    """The course of each figure of the latest of some runs of one series."""
    latest = runs[-1]
    for figure in latest.figures:
        told = [(run, run.figure(figure.name)) for run in runs]
        yield Course(
            figure, tuple(_alike(run, one, latest) for run, one in told if one is not None)
        )


def _alike(run: Run, figure: Figure, latest: Run) -> float:
    """A figure as it would be on the machine of the latest run."""
    faster = latest.calibration[ONE_CORE].value / run.calibration[ONE_CORE].value
    if figure.unit in TIMES:
        return figure.value / faster
    return figure.value * faster if figure.unit.endswith("/s") else figure.value


def series(runs: Sequence[Run]) -> Iterator[list[Run]]:
    """The runs that measured the same, each the oldest first."""
    ordered = sorted(runs, key=lambda run: (run.series, run.begun))
    for _, same in groupby(ordered, key=lambda run: run.series):
        yield list(same)


def page(runs: Sequence[Run]) -> tuple[str, list[Course]]:
    """The page, and the courses that are flagged on it."""
    parts, flagged = [TEXT], []
    for same in series(runs):
        found = [course for course in courses(same) if course.direction]
        flagged += [course for course in found if course.regressed]
        days = f"{len(same)} recorded, {same[0].begun[:10]} to {same[-1].begun[:10]}"
        parts.append(f"## `{same[-1].command}`\n\n{days}\n")
        parts.append(markdown(HEAD, [course.cells() for course in found]) + "\n")
    if len(parts) == 1:
        parts.append(f"{NOTHING}\n")
    return "\n".join(parts), flagged


def main() -> None:
    """Write the page, and tell what became worse."""
    text, flagged = page(history())
    PAGE.write_text(text, encoding="utf-8")
    for course in flagged:
        print(f"worse: {course.figure.name}: {course.of_before:.2f} of the median before")
    print(f"{PAGE}: {len(flagged)} figures became worse")
    sys.exit(1 if flagged else 0)


if __name__ == "__main__":
    main()
