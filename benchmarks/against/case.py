"""What is measured of both sides, and how the figures of their rounds are compared."""

import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from benchmarks.against.sides import Side

Figures = Mapping[str, float]
"""What one round came to, by name: `no filter: p50 ms`."""
Measure = Callable[[], Figures]
"""Measures a round."""


@dataclass(frozen=True)
class Case:
    """Something that is measured: `opened` makes a side ready and gives what measures a round.

    `goals` are of the ratio now ÷ start, by figure, or by the beginning of its name; a figure is
    compared with another one of the start where `beside` names that. `limits` are of the worst
    round of now.
    """

    title: str
    opened: Callable[[Side], AbstractContextManager[Measure]]
    goals: Mapping[str, str] = field(default_factory=dict)
    beside: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Compared:
    """A figure of both sides: the medians of their rounds, and the median of the pairs' ratios."""

    name: str
    start: float
    now: float
    ratio: float
    goal: str


def compared(case: Case, start: Sequence[Figures], now: Sequence[Figures]) -> Iterator[Compared]:
    """The figures of a case, of rounds that belong together two by two."""
    for name in now[0]:
        other = case.beside.get(name, name)
        before, after = [one[other] for one in start], [one[name] for one in now]
        ratios = [new / old for old, new in zip(before, after, strict=True)]
        yield Compared(
            name,
            statistics.median(before),
            statistics.median(after),
            statistics.median(ratios),
            case.goals.get(name, ""),
        )


def in_turns(measures: Sequence[Measure], pairs: int) -> list[list[Figures]]:
    """The rounds of each: in pairs, of which every other begins with the last one."""
    rounds: list[list[Figures]] = [[] for _ in measures]
    for number in range(pairs):
        order = range(len(measures))
        for at in order if number % 2 == 0 else reversed(order):
            rounds[at].append(measures[at]())
    return rounds
