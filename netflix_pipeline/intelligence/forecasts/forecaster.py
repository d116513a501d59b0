"""What a home's series are forecast to be at some origins, each from what was known then."""

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from netflix_pipeline.intelligence.forecasts.calendar import holiday_shares, holidays_by_country
from netflix_pipeline.intelligence.forecasts.known import FEWEST_PEOPLE, Known
from netflix_pipeline.intelligence.forecasts.panel import Panel, origins_until
from netflix_pipeline.intelligence.forecasts.points import HORIZON

Floats = NDArray[np.float64]

STEPS = {"total": 2, "country": 7, "device": 7, "genre": 7, "title": 7}
"""Days between two past origins that are learned from, by level."""
MOST = {"total": 110, "country": 45, "device": 45, "genre": 45, "title": 20}
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

    def __init__(self, home: Known, last: int) -> None:
        self.home = home
        countries = home.levels["country"].keys
        self._holidays = holidays_by_country(countries, home.first, last + HORIZON)

    def series(self, level: str, origin: int) -> NDArray[np.int64]:
        """The series of a level with people enough at an origin: nobody knows of others."""
        return np.flatnonzero(self.home.levels[level].people(origin) >= FEWEST_PEOPLE)

    def at(self, level: str, metric: str, origin: int) -> Said | None:
        """What is said at an origin; None where too few days or people are known."""
        series = self.series(level, origin)
        panel = self.panel(level, metric, series, origin)
        if panel is None:
            return None
        model = panel.best()
        keys = np.array(self.home.levels[level].keys)[series]
        people = self.home.levels[level].people(origin)[series]
        return Said(keys, people, panel.fan(model), model)

    def panel(
        self, level: str, metric: str, series: NDArray[np.int64], origin: int
    ) -> Panel | None:
        """The models' forecasts of some series at an origin and at those before it."""
        origins = origins_until(origin, STEPS[level], MOST[level])
        if not len(series) or not origins:
            return None
        return Panel(
            partial(self._known, level, metric, series),
            partial(self._resting, level, series),
            origins,
        )

    def _known(self, level: str, metric: str, series: NDArray[np.int64], at: int) -> Floats:
        return self.home.amounts(level, metric, at)[series]

    def _resting(self, level: str, series: NDArray[np.int64], at: int) -> Floats:
        return holiday_shares(self.home, level, self._holidays, at)[series]
