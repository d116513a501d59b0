"""Compares policies over the same demand, at equal node-hours."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from netflix_pipeline.intelligence.scaling.demand_forecast import forecast
from netflix_pipeline.intelligence.scaling.minutes import DAY, Floats
from netflix_pipeline.intelligence.scaling.policies import (
    Reactive,
    horizon,
    oracle,
    predictive,
    static,
)
from netflix_pipeline.intelligence.scaling.replay import Outcome, outcome

TARGETS = tuple(round(0.75 + 0.01 * step, 2) for step in range(31))
COOLDOWNS = (1, 2, 3, 5, 10, 20, 40)
"""The grid of reactive policies: 75 to 105 % of what a replica serves, minutes."""
QUANTILE, FLOOR = 0.98, Reactive(1.0, 1)
"""What is forecast, and the reactive policy below which no replica is taken away; tuned on the
seeds 1 to 5."""
BOOTS = (1, 5, 15)
Point = tuple[float, float]
"""Node-hours and share of time under demand."""


@dataclass(frozen=True)
class Comparison:
    """What came of each policy over one demand, for one boot time in minutes."""

    boot: int
    outcomes: dict[str, Outcome]
    reactive_at_equal_hours: float
    """Share of time under demand of the best reactive policies at the node-hours of predictive +
    reactive: picked by this very demand, and mixed where two lie to either side."""

    @property
    def ratio(self) -> float | None:
        """Time under demand of predictive + reactive over that; None where that is none."""
        under = self.outcomes["predictive + reactive"].time_under
        best = self.reactive_at_equal_hours
        return under / best if best > 0 else None


def compare(
    demand: Floats,
    boots: tuple[int, ...],
    judged_days: int,
    *,
    quantile: float = QUANTILE,
    floor: Reactive = FLOOR,
) -> Iterator[Comparison]:
    """Each boot time in turn, over the last days of a demand by minutes, in replicas.

    The best reactive policy that is told is the one with the least time under demand among those
    of the grid that take no more node-hours than predictive + reactive.
    """
    first = len(demand) - judged_days * DAY
    said = forecast(demand, horizon(max(boots)))
    early = first - DAY  # what is judged begins with what was there before
    asked = demand[early:]
    reactive = [Reactive(target, cooldown) for target in TARGETS for cooldown in COOLDOWNS]
    wanted = [each.wanted(asked) for each in reactive]
    for boot in boots:
        ahead = predictive(said, quantile, boot, early)[early:]
        both = np.maximum(ahead, floor.wanted(asked))
        grid = [outcome(each, asked, boot, DAY) for each in wanted]
        hybrid = outcome(both, asked, boot, DAY)
        cheaper = [each for each in grid if each.node_hours <= hybrid.node_hours]
        yield Comparison(
            boot,
            {
                "static": outcome(static(demand, first)[early:], asked, boot, DAY),
                "reactive": min(cheaper, key=lambda each: each.time_under),
                "predictive": outcome(ahead, asked, boot, DAY),
                "predictive + reactive": hybrid,
                "oracle": outcome(oracle(asked, boot), asked, boot, DAY),
            },
            under_at(hybrid.node_hours, [(each.node_hours, each.time_under) for each in grid]),
        )


def under_at(hours: float, found: list[Point]) -> float:
    """Share of time under demand at so many node-hours, by the best of the policies found.

    Between two of them lies what mixing them would give: the lower convex hull of all.
    """
    hull: list[Point] = []
    for point in sorted(found):
        while len(hull) > 1 and _turns_right(hull[-2], hull[-1], point):
            hull.pop()
        hull.append(point)
    x, y = zip(*hull, strict=True)
    return float(np.interp(hours, x, np.minimum.accumulate(y)))


def _turns_right(a: Point, b: Point, c: Point) -> bool:
    return (b[1] - a[1]) * (c[0] - a[0]) >= (c[1] - a[1]) * (b[0] - a[0])
