"""Policies of scaling, and what comes of them over a demand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netflix_pipeline.intelligence.scaling.comparison import under_at
from netflix_pipeline.intelligence.scaling.demand_forecast import Forecast
from netflix_pipeline.intelligence.scaling.made_up_demand import flattened, scaled_up
from netflix_pipeline.intelligence.scaling.minutes import DAY, Floats
from netflix_pipeline.intelligence.scaling.policies import Reactive, oracle, predictive, static
from netflix_pipeline.intelligence.scaling.replay import outcome, supplied

demands = st.lists(st.floats(0.01, 50), min_size=30, max_size=60).map(np.array)


def test_reactive_follows_a_minute_later_and_waits_before_it_takes_away() -> None:
    demand = np.array([1.0, 1.0, 3.0, 1.0, 1.0, 1.0, 1.0])
    assert Reactive(1.0, 1).wanted(demand).tolist() == [1, 1, 1, 3, 1, 1, 1]
    assert Reactive(1.0, 3).wanted(demand).tolist() == [1, 1, 1, 3, 3, 3, 1]
    assert Reactive(0.5, 1).wanted(demand).tolist() == [2, 2, 2, 6, 2, 2, 2]


def test_a_replica_is_there_once_it_has_booted_and_goes_at_once() -> None:
    wanted = np.array([1.0, 4, 4, 4, 2, 4, 4])
    assert supplied(wanted, 2).tolist() == [1, 1, 1, 4, 2, 2, 2]


@given(demands, st.integers(0, 15))
def test_the_oracle_is_never_short_and_takes_no_more_than_it_must(
    demand: Floats, boot: int
) -> None:
    found = outcome(oracle(demand, boot), demand, boot, 0)
    assert found.time_under == found.beyond_slo == found.worst_shortage == 0
    least = np.ceil(demand).sum() / 60
    assert least <= found.node_hours <= outcome(static(demand, 60), demand, boot, 0).node_hours


@given(demands, st.floats(0.5, 1.05), st.integers(1, 20), st.integers(0, 15))
def test_more_replicas_are_never_short_for_longer(
    demand: Floats, target: float, cooldown: int, boot: int
) -> None:
    floor = Reactive(target, cooldown).wanted(demand)
    fewer = outcome(floor, demand, boot, 0)
    more = outcome(np.maximum(floor, oracle(demand, boot)), demand, boot, 0)
    assert more.time_under == 0
    assert fewer.time_under >= 0
    assert more.node_hours >= fewer.node_hours


def test_outcomes_are_counted_by_hand() -> None:
    demand = np.array([2.0, 2.0, 4.0, 2.0])
    found = outcome(np.array([3.0, 3.0, 3.0, 3.0]), demand, 0, 0)
    assert found.node_hours == 0.2
    assert (found.time_under, found.time_over) == (0.25, 0.75)
    assert found.theta_under == pytest.approx(0.25 / 4)
    assert found.theta_over == pytest.approx(0.5 * 3 / 4)
    assert found.worst_shortage == 0.25
    # A minute's worth of one replica waits from the third minute to the end of the fourth.
    assert found.beyond_slo == pytest.approx(6 / 10)
    assert found.actions == 0


def test_predictive_asks_for_the_busiest_minute_until_a_replica_is_there() -> None:
    ahead, minutes = 4, 5 * DAY
    median = np.full((ahead + 1, minutes), np.nan)
    median[1:] = np.arange(1.0, ahead + 1)[:, None]
    said = Forecast(median, np.where(np.isnan(median), np.nan, 0.0))
    wanted = predictive(said, 0.9, 3)
    assert wanted[0] == 0
    assert set(wanted[4 * DAY :]) == {4.0}
    assert set(predictive(said, 0.9, 1)[4 * DAY :]) == {2.0}


def test_between_two_policies_lies_what_mixing_them_would_give() -> None:
    found = [(10.0, 0.4), (20.0, 0.1), (15.0, 0.3), (30.0, 0.1)]
    assert under_at(15, found) == pytest.approx(0.25)
    assert under_at(25, found) == pytest.approx(0.1)
    assert under_at(99, found) == pytest.approx(0.1)


def test_demand_is_scaled_up_and_flattened() -> None:
    minute = np.arange(14 * DAY)
    events = np.round(20 * (1 + 0.8 * np.sin(2 * np.pi * minute / DAY)))
    demand = scaled_up(events, np.random.default_rng(1), replicas=20, judged_days=7)
    assert demand[-7 * DAY :].mean() == pytest.approx(20, rel=0.001)
    assert demand.max() / demand.min() > 5
    flat = scaled_up(flattened(events), np.random.default_rng(1), replicas=20, judged_days=7)
    inner = flat[DAY:-DAY]
    assert inner.max() / inner.min() < 1.3
