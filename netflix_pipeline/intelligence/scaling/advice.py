"""How many replicas a service should have, by what was counted and what is forecast."""

import math
import threading
import time
from datetime import UTC, datetime

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from netflix_pipeline.intelligence.scaling.comparison import QUANTILE
from netflix_pipeline.intelligence.scaling.demand_forecast import (
    FIT_DAYS,
    MODEL,
    VERSION,
    forecast,
    known_residuals,
)
from netflix_pipeline.intelligence.scaling.demand_history import (
    MINUTE,
    DemandHistory,
    demand_history,
)
from netflix_pipeline.intelligence.scaling.minutes import DAY, Floats
from netflix_pipeline.intelligence.scaling.policies import horizon
from netflix_pipeline.intelligence.scaling.service_rates import SERVICES, replicas_needed
from netflix_pipeline.settings import Settings

STALE = 5
"""Minutes without a count after which nothing is advised."""


KEPT_SECONDS = 30.0
"""For so long an advice counts: demand is known by the minute."""


class ServiceAdvice(BaseModel):
    """What is advised for one service; demand is in replicas."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    replicas: int = Field(description="so many: the higher of `reactive` and `predicted`")
    reactive: int = Field(description="what the newest demand takes: never fewer are advised")
    predicted: int | None = Field(
        description="what the busiest minute takes until a replica asked for now is there, at "
        "`quantile`; null while nothing can be forecast: that takes two weeks of demand"
    )
    demand: float = Field(description="of the newest minute")
    median: float | None = Field(description="forecast of the last of those minutes")
    upper: float | None = Field(description="`quantile` of the busiest of them")
    error: float | None = Field(
        description="mean absolute error of such forecasts, as a share of what came"
    )
    covered: float | None = Field(description="share of what came that was at most its quantile")
    sample: int = Field(description="forecasts of the last 14 days by which these are known")


class ScalingAdvice(BaseModel):
    """What is advised for each service, and by what."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    model: str = MODEL
    version: int = VERSION
    origin: datetime | None = Field(description="until when demand was counted; null: never")
    minutes_ahead: int = Field(description="until a replica asked for now is there, and one more")
    quantile: float = QUANTILE
    target: float = Field(description="share of its measured rate that a replica is to serve")
    problem: str | None = Field(description="why nothing is advised")
    services: dict[str, ServiceAdvice] = Field(description="by name; empty with a `problem`")


def scaling_advice(settings: Settings, now: datetime) -> ScalingAdvice:
    """What is advised now. Raises StateUnavailable."""
    known = demand_history(settings, now.timestamp())
    problem = None
    if known is None:
        problem = "no demand was counted yet: netflix-pipeline serve does, minute by minute"
    elif now.timestamp() / MINUTE - known.until > STALE:
        problem = f"no demand was counted for {STALE} minutes: netflix-pipeline serve does"
    return ScalingAdvice(
        origin=datetime.fromtimestamp(known.until * MINUTE, UTC) if known else None,
        minutes_ahead=horizon(settings.scaling_boot_minutes),
        target=settings.scaling_target,
        problem=problem,
        services={} if known is None or problem else _of_services(settings, known),
    )


class Adviser:
    """Advice for whoever asks, made anew once it is older than half a minute."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._made = threading.Lock()
        self._at = float("-inf")
        self._advice: ScalingAdvice | None = None

    def advice(self) -> ScalingAdvice:
        """What is advised; one makes it for all who ask. Raises StateUnavailable."""
        with self._made:
            if self._advice is None or time.monotonic() - self._at >= KEPT_SECONDS:
                self._advice = scaling_advice(self._settings, datetime.now(UTC))
                self._at = time.monotonic()
            return self._advice


def _of_services(settings: Settings, known: DemandHistory) -> dict[str, ServiceAdvice]:
    needed = replicas_needed(known.a_second, settings.scaling_target, settings.service_rates)
    return {
        service: advised(needed[service], settings.scaling_boot_minutes) for service in SERVICES
    }


def advised(demand: Floats, boot: int) -> ServiceAdvice:
    """What is advised where demand by the minute, in replicas, was this; the last was counted."""
    ahead = horizon(boot)
    newest = float(demand[-1])
    reactive = max(1, math.ceil(newest))
    said = forecast(demand, ahead)
    quantiles = said.quantile(QUANTILE, len(demand) - FIT_DAYS * DAY)
    upper = quantiles[1:, -1]
    errors = known_residuals(said.residuals[ahead], ahead, len(demand))
    if np.isnan(upper).any():
        return ServiceAdvice(
            replicas=reactive,
            reactive=reactive,
            predicted=None,
            demand=newest,
            median=None,
            upper=None,
            error=None,
            covered=None,
            sample=0,
        )
    highest = float(upper.max())
    predicted = max(1, math.ceil(highest))
    came, quantile = demand[ahead:], quantiles[ahead, :-ahead]
    judged = ~np.isnan(quantile) & ~np.isnan(came)
    return ServiceAdvice(
        replicas=max(reactive, predicted),
        reactive=reactive,
        predicted=predicted,
        demand=newest,
        median=float(said.median[ahead, -1]),
        upper=highest,
        error=float(np.mean(np.abs(1 - np.exp(-errors)))),
        covered=float((came[judged] <= quantile[judged]).mean()) if judged.any() else None,
        sample=len(errors),
    )
