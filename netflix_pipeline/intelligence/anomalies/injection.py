"""Faults that are put into series that were made once: what viewers do, and what befalls data."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from netflix_pipeline.intelligence.anomalies.data_faults import Arrivals

What = Literal["drop", "spike", "shift down", "shift up"]
FACTORS: Mapping[tuple[What, bool], float] = {
    ("drop", True): 0.7,
    ("spike", True): 1.3,
    ("shift down", True): 0.8,
    ("shift up", True): 1.2,
    ("drop", False): 0.5,
    ("spike", False): 1.5,
}
"""By what happens, and whether in total or to one value: what becomes of each day."""
LENGTHS = (1, 2, 3)
"""How many days it takes."""

Befalls = Literal["lost", "quarantined", "late", "silent"]
BEFALLS: tuple[Befalls, ...] = ("lost", "quarantined", "late", "silent")
SHARES = 0.05, 0.5
"""Which share of the rows of a day a fault takes: between these."""
QUARANTINED = 0.012
"""The share of rows that is in quarantine on a day without a fault."""
LATEST = 20
"""The last hour from which on nothing comes, on the first day of a silence."""


@dataclass(frozen=True)
class Injected:
    """A fault of the data from a day on: how rows came with it, and which share of each is left."""

    arrivals: Arrivals
    left: tuple[float, ...]


def usual_arrivals(arrivals: Arrivals, rng: np.random.Generator) -> Arrivals:
    """The same days, with as many rows in quarantine as is usual, by chance."""
    return replace(arrivals, quarantined=rng.poisson(QUARANTINED * arrivals.received))


def watching(arrivals: Arrivals, span: range, factor: float) -> Arrivals:
    """How rows come where so much more or less is watched: everything moves alike."""
    received, quarantined = arrivals.received.copy(), arrivals.quarantined.copy()
    hours = arrivals.hours.copy()
    days = slice(span.start, span.stop)
    received[days] = np.rint(received[days] * factor)
    quarantined[days] = np.rint(quarantined[days] * factor)
    hours[days] = np.rint(hours[days] * factor)
    return replace(arrivals, received=received, quarantined=quarantined, hours=hours)


def befalling(
    arrivals: Arrivals, befalls: Befalls, span: range, rng: np.random.Generator
) -> Injected:
    """What befalls the data of some days.

    `lost`: rows get no outcome. `quarantined`: rows are refused. `late`: rows come days later, as
    judged once they have come. `silent`: from an hour of the first day on nothing comes at all, as
    judged before it comes.
    """
    share = float(rng.uniform(*SHARES))
    changed = {
        name: getattr(arrivals, name).copy()
        for name in ("received", "lost", "quarantined", "late", "hours")
    }
    if befalls == "silent":
        return _silenced(arrivals, span, rng)
    for each in span:
        changed[befalls][each] += rng.binomial(int(arrivals.received[each]), share)
        if befalls != "late":
            hours = arrivals.hours[each].astype(np.int64)
            changed["hours"][each] = rng.binomial(hours, 1 - share)
    return Injected(Arrivals(**changed), (1 - share,) * len(span))


def _silenced(arrivals: Arrivals, span: range, rng: np.random.Generator) -> Injected:
    left, hours = [], arrivals.hours.copy()
    received, quarantined = arrivals.received.copy(), arrivals.quarantined.copy()
    for n, each in enumerate(span):
        hour = int(rng.integers(0, LATEST + 1)) if n == 0 else 0
        hours[each, hour:] = 0
        whole = arrivals.hours[each].sum()
        left.append(float(hours[each].sum() / whole) if whole else 0.0)
        received[each] = np.rint(received[each] * left[-1])
        quarantined[each] = np.rint(quarantined[each] * left[-1])
    changed = replace(arrivals, received=received, quarantined=quarantined, hours=hours)
    return Injected(changed, tuple(left))
