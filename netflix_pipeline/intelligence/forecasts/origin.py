"""What the forecasts say at an origin, as the rows of their tables."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, timedelta

import numpy as np
import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.contracts.origins import FORECAST_METRICS, LEVELS, QUANTILES, quantile_name
from netflix_pipeline.intelligence.forecasts.backtest import Judged, backtest
from netflix_pipeline.intelligence.forecasts.forecaster import Forecaster
from netflix_pipeline.intelligence.forecasts.known import known
from netflix_pipeline.intelligence.forecasts.points import HORIZON
from netflix_pipeline.lake import Lake

DAILY, ACCURACY = "gold/forecast_daily", "gold/forecast_accuracy"


def at_origin(lake: Lake, origin: date) -> Mapping[str, pl.DataFrame]:
    """The rows of the tables of forecasts at an origin; none where too few days are known."""
    home = known(lake, origin)
    made = []
    if home is not None:
        forecaster = Forecaster(home, home.index(origin))
        for level in LEVELS:
            for metric in FORECAST_METRICS:
                made += [_rows(forecaster, level, metric, origin)]
    daily = [rows for rows in made if rows is not None]
    judged = backtest(home, home.index(origin)) if home is not None else []
    return {
        DAILY: pl.concat(daily) if daily else contract(DAILY).empty(),
        ACCURACY: accuracy_rows(judged),
    }


def _rows(forecaster: Forecaster, level: str, metric: str, origin: date) -> pl.DataFrame | None:
    said = forecaster.at(level, metric, forecaster.home.index(origin))
    if said is None:
        return None
    series, told = said.quantiles.shape[0], _short(said.quantiles)
    horizons = np.tile(np.arange(1, HORIZON + 1), series)
    days = pl.Series([origin + timedelta(days=n) for n in range(HORIZON)])
    return contract(DAILY).arrange(
        pl.DataFrame(
            {
                "metric": [metric] * len(horizons),
                "level": [level] * len(horizons),
                "key": np.repeat(said.keys, HORIZON),
                "day": days.gather(horizons - 1),
                "horizon": horizons,
                **{quantile_name(q): told[:, :, k].ravel() for k, q in enumerate(QUANTILES)},
                "model": [said.model] * len(horizons),
                "people": np.repeat(said.people, HORIZON),
            }
        )
    )


def accuracy_rows(judged: Sequence[Judged]) -> pl.DataFrame:
    """How good forecasts were, as rows of their table."""
    rows = pl.DataFrame([asdict(each) for each in judged], infer_schema_length=None)
    told = contract(ACCURACY)
    return told.arrange(rows) if judged else told.empty()


def _short(
    values: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Four digits of each number: more would say nothing, and files would be twice as large."""
    with np.errstate(divide="ignore"):
        digits = np.where(values > 0, np.floor(np.log10(np.maximum(values, 1e-12))), 0)
    unit = 10.0 ** (digits - 3)
    return np.asarray(np.round(values / unit) * unit)
