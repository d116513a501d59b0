"""Forecasts of demand by the minute."""

import numpy as np
import pytest

from netflix_pipeline.intelligence.scaling.demand_forecast import FIRST, Forecast, forecast
from netflix_pipeline.intelligence.scaling.minutes import DAY, WEEK, Floats

DAYS = 24
AHEAD = 10


def rhythm(seed: int) -> Floats:
    """Demand that rises and falls each day, more so at weekends, with some chance in it."""
    minute = np.arange(DAYS * DAY)
    of_day = 1 + 0.7 * np.sin(2 * np.pi * minute / DAY)
    weekend = np.where(minute // DAY % 7 > 4, 1.3, 1.0)
    noise = np.random.default_rng(seed).normal(0, 0.01, len(minute))
    return np.asarray(20 * of_day * weekend * np.exp(noise))


@pytest.fixture(scope="module")
def demand() -> Floats:
    return rhythm(1)


@pytest.fixture(scope="module")
def said(demand: Floats) -> Forecast:
    return forecast(demand, AHEAD)


def test_a_rhythm_is_forecast_better_than_by_the_newest_minute(
    demand: Floats, said: Forecast
) -> None:
    judged = slice(-2 * DAY, -AHEAD)
    came = demand[np.arange(len(demand))[judged] + AHEAD]
    by_model = np.abs(said.median[AHEAD, judged] - came).mean()
    by_newest = np.abs(demand[judged] - came).mean()
    assert by_model < 0.5 * by_newest


def test_a_quantile_is_above_as_many_as_it_says(demand: Floats, said: Forecast) -> None:
    judged = slice(-3 * DAY, -AHEAD)
    came = demand[np.arange(len(demand))[judged] + AHEAD]
    covered = (came <= said.quantile(0.9)[AHEAD, judged]).mean()
    assert 0.85 < covered < 0.95


def test_what_comes_later_changes_no_forecast(demand: Floats, said: Forecast) -> None:
    origin = len(demand) - DAY // 2
    other = demand.copy()
    other[origin + 1 :] *= 3
    again = forecast(other, AHEAD)
    known = np.s_[:, : origin + 1]
    np.testing.assert_array_equal(again.median[known], said.median[known])
    np.testing.assert_array_equal(again.quantile(0.9)[known], said.quantile(0.9)[known])


def test_nothing_is_forecast_before_there_is_enough(said: Forecast) -> None:
    assert np.isnan(said.median[1, :WEEK]).all()
    quantile = said.quantile(0.9)
    assert np.isnan(quantile[1, : FIRST - DAY]).all()
    assert not np.isnan(quantile[1, FIRST + DAY :]).any()
    assert np.isnan(forecast(np.ones(5), 3).median).all()


def test_minutes_that_were_not_measured_are_left_out(demand: Floats) -> None:
    gaps = demand.copy()
    gaps[15 * DAY : 15 * DAY + 300] = np.nan
    said = forecast(gaps, 1)
    assert np.isnan(said.residuals[1, 15 * DAY : 15 * DAY + 299]).all()
    judged = slice(-DAY, -1)
    assert np.abs(np.log(said.median[1, judged] / demand[-DAY + 1 :])).mean() < 0.03


def test_demand_of_nothing_is_forecast_as_next_to_nothing() -> None:
    said = forecast(np.zeros(DAYS * DAY), 2)
    assert said.quantile(0.98)[2, -1] < 0.001
