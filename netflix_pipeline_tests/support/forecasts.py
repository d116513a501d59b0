"""Forecasts made by hand, at two origins of the three days."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.contracts.origins import FORECAST_METRICS, QUANTILES, quantile_name
from netflix_pipeline.serving import publish_home
from netflix_pipeline.serving.questions.forecast import ACCURACY, DAILY, ForecastScore
from netflix_pipeline_tests.support.homes import made_once
from netflix_pipeline_tests.support.three_days import (
    AS_OF,
    FRIDAY,
    TUESDAY,
    Published,
    three_days_published,
)

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

NEWEST = FRIDAY + timedelta(days=1)
SERIES = {
    ("total", "all"): 40,
    ("country", "DE"): 12,
    ("country", "FR"): 25,
    ("country", "SE"): 9,
    ("title", "t-dark"): 10,
}


def said(origin: date, level: float) -> pl.DataFrame:
    rows = [
        {
            "metric": metric,
            "level": of,
            "key": key,
            "day": origin + timedelta(days=n),
            "horizon": n + 1,
            **{quantile_name(q): level + q for q in QUANTILES},
            "model": "ridge",
            "people": people,
        }
        for metric in FORECAST_METRICS
        for (of, key), people in SERIES.items()
        for n in range(28)
    ]
    return contract(DAILY).arrange(pl.DataFrame(rows))


def judged(mase: float) -> pl.DataFrame:
    names = set(ForecastScore.model_fields) - {"metric", "level", "model", "origins", "series"}
    rows = [
        dict.fromkeys(names, 0.5)
        | {"metric": metric, "level": level, "model": model, "origins": 12, "series": 3}
        | {"mase": mase + n}
        for metric in FORECAST_METRICS
        for level in ("total", "country")
        for n, model in enumerate(("ridge", "as told", "seasonal naive"))
    ]
    return contract(ACCURACY).arrange(pl.DataFrame(rows))


@made_once
def forecasts_published(home: Path) -> Published:
    """The three days with what was said on the second of them, and on the day behind them."""
    made = three_days_published(home)
    for origin, level in ((TUESDAY, 10.0), (NEWEST, 20.0)):
        made.world.put(DAILY, origin, said(origin, level))
        made.world.put(ACCURACY, origin, judged(level))
    publish_home(made.settings, as_of=AS_OF)
    return made
