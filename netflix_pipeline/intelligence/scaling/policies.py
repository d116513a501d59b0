"""Policies of scaling: how many replicas are asked for at each minute, by what was known then.

Demand is in replicas: what is asked for, over what one replica serves.
"""

from dataclasses import dataclass

import numpy as np

from netflix_pipeline.intelligence.scaling.demand_forecast import Forecast
from netflix_pipeline.intelligence.scaling.minutes import Floats, highest_of_last

SEEN_AFTER = 1
"""Minutes after which a minute's demand is known to who scales."""


@dataclass(frozen=True)
class Reactive:
    """Follows demand: enough replicas that each serves `target` of what it can.

    It takes replicas away once fewer would have done for `cooldown` minutes, as the horizontal pod
    autoscaler of Kubernetes does by its window of stabilization; what waits for none is 1.
    """

    target: float
    cooldown: int

    def wanted(self, demand: Floats) -> Floats:
        """Replicas at each minute."""
        seen = np.concatenate([np.full(SEEN_AFTER, demand[0]), demand[:-SEEN_AFTER]])
        return highest_of_last(np.ceil(seen / self.target), self.cooldown)


def static(demand: Floats, before: int) -> Floats:
    """As many replicas at all times as the busiest of the first `before` minutes took."""
    return np.full(len(demand), np.ceil(demand[:before].max()))


def oracle(demand: Floats, boot: int) -> Floats:
    """As few as serve all: each is asked for just so early that it is there when it is needed."""
    return np.ceil(highest_of_last(demand[::-1], boot + 1)[::-1])


def predictive(forecast: Forecast, quantile: float, boot: int, first: int = 0) -> Floats:
    """Enough replicas for the demand that is forecast until a replica asked for now is there.

    Of the minutes up to then the busiest counts, so that none is taken away that is needed again
    by the time that another could be there. Replicas at each minute from the day of `first` on; 0
    where nothing is forecast. `forecast` reaches `horizon(boot)` minutes ahead.
    """
    said = np.nan_to_num(forecast.quantile(quantile, first)[: horizon(boot) + 1])
    made = np.ceil(said.max(axis=0))
    return np.concatenate([np.zeros(SEEN_AFTER), made[:-SEEN_AFTER]])


def horizon(boot: int) -> int:
    """How far forecasts must reach, in minutes, for replicas that take `boot` minutes to come."""
    return boot + SEEN_AFTER
