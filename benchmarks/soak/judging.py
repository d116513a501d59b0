"""What a soak came to: whether anything grows, becomes slower, fails or is lost."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

PER = 600.0
"""Seconds in which something may grow by `GROWTH` of its mean."""
GROWTH = 0.01
SLOWER = 1.2
"""How much longer answers may take in the last third than in the first."""
QUANTILE = 1.645
"""Of 95 % of a normal distribution, to one side."""
REMEMBERED = 2
"""Such parts that are taken to depend on each other."""


@dataclass(frozen=True)
class Slope:
    """How something grows in `PER` seconds, at the most by 95 %, both as parts of its mean."""

    mean: float
    growth: float
    bound: float

    @property
    def is_level(self) -> bool:
        """Whether it grows by less than it may."""
        return self.bound < GROWTH


def slope(
    seconds: Sequence[float],
    values: Sequence[float],
    parts: Sequence[int],
    typical: Callable[[Sequence[float]], float] = np.median,
) -> Slope:
    """The least-squares slope of what is typical of each part, its bound by Newey and West.

    Memory measured now is much like that of a moment ago: as if all were independent, the bound
    would be far too narrow. A part is the time from one publication to the next, in each of which
    there are two snapshots for a moment: minutes would catch two of these moments or none.
    The first and the last part are cut by the measuring, and left out: a part that is all such a
    moment has ten threads more than any other.
    """
    x, y = (
        np.array(
            [
                of([told[at] for at in range(len(parts)) if parts[at] == part])
                for part in sorted(set(parts))[1:-1]
            ]
        )
        for of, told in ((np.median, seconds), (typical, values))
    )
    x = x / PER
    x, mean = x - x.mean(), float(y.mean())
    if not y.any():
        return Slope(0, 0, 0)
    beta = float(x @ y / (x @ x))
    scores = x * (y - mean - beta * x)
    lags = min(REMEMBERED, len(x) // 4)
    long_run = float(scores @ scores) + sum(
        2 * (1 - lag / (lags + 1)) * float(scores[lag:] @ scores[:-lag])
        for lag in range(1, lags + 1)
    )
    error = (max(long_run, 0.0) * len(x) / max(len(x) - 2, 1)) ** 0.5 / float(x @ x)
    return Slope(mean, beta / mean, (beta + QUANTILE * error) / mean)


def p99(latencies: Sequence[float]) -> float:
    """Milliseconds within which 99 of 100 were answered."""
    ordered = sorted(latencies)
    return 1000 * ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]


def p50(latencies: Sequence[float]) -> float:
    """Milliseconds within which half of them were answered."""
    return 1000 * sorted(latencies)[len(latencies) // 2]


@dataclass
class Answered:
    """Answers to a kind of load: when due, how long they took; what failed, and what by 5xx."""

    times: list[tuple[float, float]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    server_errors: int = 0

    def thirds(self) -> list[list[float]]:
        """How long they took, of each third of the time."""
        begin, end = self.times[0][0], max(at for at, _ in self.times)
        third = (end - begin) / 3 or 1.0
        parts: list[list[float]] = [[], [], []]
        for at, took in self.times:
            parts[min(2, int((at - begin) / third))].append(took)
        return parts
