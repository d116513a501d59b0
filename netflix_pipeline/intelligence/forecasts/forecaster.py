"""What a home's series are forecast to be at some origins, each from what was known then."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from netflix_pipeline.intelligence.forecasts.calendar import holiday_shares, holidays_by_country
from netflix_pipeline.intelligence.forecasts.known import FEWEST_PEOPLE, Known
from netflix_pipeline.intelligence.forecasts.panel import COMBINATION, Panel, origins_until
from netflix_pipeline.intelligence.forecasts.points import HORIZON

Floats = NDArray[np.float64]

STEPS = {"total": 2, "country": 3, "device": 3, "genre": 4, "title": 7}
"""Days between two past origins that are learned from, by level."""
MOST = {"total": 110, "country": 75, "device": 75, "genre": 56, "title": 20}
"""How many of them."""


@dataclass(frozen=True)
class Said:
    """What is said at an origin of the series of one level, and how many people each has."""

    keys: NDArray[np.str_]
    people: NDArray[np.int64]
    quantiles: Floats
    """series × 28 × quantiles"""
    model: str


class Forecaster:
    """The forecasts at some origins, counted in days from the home's first."""

    def __init__(self, home: Known, origins: Sequence[int]) -> None:
        self.home = home
        self.origins = origins
        countries = home.levels["country"].keys
        days = max(origins) + HORIZON
        self._holidays = holidays_by_country(countries, home.first, days)

    def at(self, level: str, metric: str, origin: int) -> Said | None:
        """What is said at one of the origins; None where too few days or people are known.

        Series are those that have people enough at this origin, and nobody knows of others.
        """
        people = self.home.levels[level].people(origin)
        enough = np.flatnonzero(people >= FEWEST_PEOPLE)
        learned = origins_until(origin, STEPS[level], MOST[level])
        if not len(enough) or not learned:
            return None
        panel = self.panel(level, metric, enough, learned)
        quantiles = panel.fan()
        keys = np.array(self.home.levels[level].keys)[enough]
        return Said(keys, people[enough], quantiles, COMBINATION)

    def panel(
        self, level: str, metric: str, series: NDArray[np.int64], origins: Sequence[int]
    ) -> Panel:
        """The models' forecasts of some series at some origins."""
        return Panel(
            partial(self._known, level, metric, series),
            partial(self._resting, level, series),
            origins,
        )

    def _known(self, level: str, metric: str, series: NDArray[np.int64], at: int) -> Floats:
        return self.home.amounts(level, metric, at)[series]

    def _resting(self, level: str, series: NDArray[np.int64], at: int) -> Floats:
        return holiday_shares(self.home, level, self._holidays, at)[series]
