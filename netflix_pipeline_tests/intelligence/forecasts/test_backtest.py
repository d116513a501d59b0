"""Forecasts and their scores, on series whose future is known."""

from collections.abc import Mapping
from datetime import date

import numpy as np
import pytest
from numpy.typing import NDArray

from netflix_pipeline.contracts.origins import FORECAST_METRICS, LEVELS, QUANTILES
from netflix_pipeline.intelligence.forecasts.backtest import AS_TOLD, Judged, backtest
from netflix_pipeline.intelligence.forecasts.calendar import holiday_effect
from netflix_pipeline.intelligence.forecasts.forecaster import Forecaster
from netflix_pipeline.intelligence.forecasts.known import Known, Level
from netflix_pipeline.intelligence.forecasts.panel import Panel
from netflix_pipeline.intelligence.forecasts.points import (
    seasonal_naive,
    smoothings,
    weekday_mean,
)
from netflix_pipeline.intelligence.forecasts.scores import scored, skill

Floats = NDArray[np.float64]
DAYS = 200
WEEK = np.array([0.8, 0.8, 0.9, 0.9, 1.2, 1.4, 1.0])
NONE = np.zeros(0, dtype=np.int64)


def home(amounts: Mapping[str, Floats], people: int = 12, late: bool = False) -> Known:
    """A home with these series by level; each has so many people on each day."""
    levels = {}
    for level in LEVELS:
        told = amounts.get(level, amounts["total"])
        series, day, user = (
            each.ravel().astype(np.int64)
            for each in np.meshgrid(
                np.arange(len(told)), np.arange(told.shape[1]), np.arange(people), indexing="ij"
            )
        )
        nothing = NONE, NONE, NONE, np.zeros(0)
        tenth = np.array([0]), np.array([150]), np.array([153]), told[:1, 150] / 10
        levels[level] = Level(
            [f"AT{n}" for n in range(len(told))],
            dict.fromkeys(FORECAST_METRICS, told),
            dict.fromkeys(FORECAST_METRICS, tenth if late else nothing),
            (series, day, user),
        )
    return Known(date(2025, 1, 6), amounts["total"].shape[1], levels, 0.0)


def noisy(seed: int, weekdays: bool = True) -> Floats:
    rng = np.random.default_rng(seed)
    shape = WEEK[np.arange(DAYS) % 7] if weekdays else np.ones(DAYS)
    amounts: Floats = 100 * shape * rng.lognormal(0, 0.1, (3, DAYS))
    return amounts


def told(seed: int, weekdays: bool = True) -> dict[str, Judged]:
    amounts = noisy(seed, weekdays)
    found = backtest(home({"total": amounts}), DAYS, 8, ("country",), ("hours_viewed",))
    assert {each.origins for each in found} == {8}
    return {each.model: each for each in found}


def test_it_is_better_than_the_last_week_where_weeks_are_alike_and_tells_how_sure_that_is() -> None:
    judged = told(1)
    ours, naive = judged[AS_TOLD], judged["seasonal naive"]
    assert ours.mase < 0.85 * naive.mase
    assert ours.wql < 0.85 * naive.wql
    assert 0 < ours.skill_low < ours.skill < ours.skill_high
    assert 0.7 < ours.coverage_80 < 0.9
    assert ours.coverage_50 < ours.coverage_80 < ours.coverage_95
    assert abs(ours.bias) < 0.02
    assert naive.skill == pytest.approx(0)


def test_without_weekdays_the_mean_of_a_month_is_as_good() -> None:
    judged = told(2, weekdays=False)
    assert judged["month mean"].mase < judged["weekday mean"].mase
    assert abs(judged[AS_TOLD].over_best) < 0.03


def test_what_comes_later_changes_nothing_that_is_said() -> None:
    amounts = noisy(3)
    other = amounts.copy()
    other[:, 170:] *= 7
    said = []
    for each in (amounts, other):
        series = home({"total": each})
        one = Forecaster(series, DAYS).at("country", "hours_viewed", 170)
        assert one is not None
        said.append(one.quantiles)
        judged = backtest(series, 170, 4, ("country",), ("hours_viewed",))
        said.append(np.array([[[row.mase, row.wql] for row in judged]]))
    assert np.array_equal(said[0], said[2])
    assert np.array_equal(said[1], said[3])
    assert (np.diff(said[0], axis=2) >= 0).all()
    assert said[0].shape == (3, 28, len(QUANTILES))


def test_a_series_of_few_people_is_not_forecast() -> None:
    assert (
        Forecaster(home({"total": noisy(4)}, people=9), DAYS).at("total", "hours_viewed", 150)
        is None
    )
    assert Forecaster(home({"total": noisy(4)}, people=10), DAYS).at("total", "hours_viewed", 150)


def test_a_row_that_came_late_is_known_from_the_day_on_that_follows() -> None:
    level = home({"total": noisy(5)}, late=True).levels["country"]
    whole = level.amounts["hours_viewed"][0, 150]
    for at, share in ((151, 0.9), (153, 0.9), (154, 1.0), (170, 1.0)):
        assert level.known("hours_viewed", at)[0, 150] == pytest.approx(share * whole)


def test_the_models_repeat_what_repeats() -> None:
    y = np.tile(100 * WEEK, (2, 12))
    ahead = np.tile(100 * WEEK, (2, 4))
    assert np.allclose(seasonal_naive(y), ahead)
    assert np.allclose(weekday_mean(y), ahead)
    for points in smoothings(y).values():
        assert np.allclose(points, ahead, rtol=1e-6)


def test_holidays_are_learned_of_those_that_were_seen_and_hold_for_those_to_come() -> None:
    usual, holidays = np.tile(100 * WEEK, (2, 30)), np.zeros((2, 210 + 28))
    assert holiday_effect(usual, holidays[:, :210]) == 0
    holidays[:, [40, 101, 165, 215]] = 1
    y = usual * (1 + 0.3 * holidays[:, :210])
    seen = usual[:, [40, 101, 165]].sum()
    effect = holiday_effect(y, holidays[:, :210])
    # As much as four days' holidays without any effect are believed in from the first.
    assert effect == pytest.approx(0.3 * seen / (seen + 4 * 200 * WEEK.mean()))
    ahead = Panel(lambda at: y[:, :at], lambda at: holidays[:, : at + 28], [210]).points
    (of_holiday,) = {*np.round(ahead["smoothing 0.05"][0, :, 5] / 100 / WEEK[5], 2)}
    (of_week_after,) = {*np.round(ahead["smoothing 0.05"][0, :, 12] / 100 / WEEK[5], 2)}
    assert of_holiday == pytest.approx(of_week_after * (1 + effect), abs=0.01)
    assert of_week_after == pytest.approx(1, abs=0.02)


def test_scores_are_those_that_are_told_by_hand() -> None:
    history = np.array([[0.0] * 7 + [2.0] * 7])
    quantiles = np.full((1, 2, len(QUANTILES)), 5.0)
    found = scored(quantiles, np.array([[4.0, 8.0]]), history)
    assert found.mase[0] == pytest.approx(1.0)  # (1 + 3) / 2 ÷ 2
    assert found.rmsse[0] == pytest.approx(np.sqrt(5) / 2)
    assert found.lost[0] == pytest.approx(2.0)  # by symmetry of the tenths
    assert found.bias[0] == pytest.approx(-1.0)
    assert found.inside[0].tolist() == [0, 0, 0]
    assert skill([np.ones(2)] * 4, [np.full(2, 2.0)] * 4) == pytest.approx((0.5, 0.5, 0.5))
