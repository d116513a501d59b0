"""What is counted of demand, and what is advised by it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from netflix_pipeline.intelligence.scaling import demand_history as history
from netflix_pipeline.intelligence.scaling.advice import advised, scaling_advice
from netflix_pipeline.intelligence.scaling.demand_history import DemandCounter, demand_history
from netflix_pipeline.intelligence.scaling.minutes import DAY
from netflix_pipeline.intelligence.scaling.service_rates import (
    KINDS,
    RATES,
    Kind,
    replicas_needed,
)
from netflix_pipeline.monitoring.samples import Scraped
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.postgres_server import PostgresServer

BEGIN = 29_000_000 * 60
"""A minute's beginning, in seconds since 1970."""


def told(**counts: float) -> dict[str, list[Scraped]]:
    """What API and dashboard tell after so much of each kind."""

    def counter(name: str, value: float, **labels: str) -> Scraped:
        return f"netflix_{name}_total", frozenset(labels.items()), value

    of = dict.fromkeys(KINDS, 0.0) | counts
    return {
        "api": [
            counter("http_requests", of["event_requests"], method="POST", route="/v1/events"),
            counter("http_requests", of["people"], method="GET", route="/v1/users/{user_id}"),
            counter("http_requests", of["answers"], method="GET", route="/v1/analytics"),
            counter("http_requests", 1000 * of["answers"], method="GET", route="/metrics"),
            counter("events", of["events"], result="stored"),
            counter("cache_answers", of["computed"], source="computed"),
            counter("cache_answers", 5 * of["computed"], source="kept"),
        ],
        "dashboard": [
            counter("dashboard_cache_answers", of["views"], cache="views", source="computed"),
            counter("dashboard_cache_answers", 9 * of["views"], cache="answers", source="kept"),
        ],
    }


def every(amount: float) -> dict[str, float]:
    return {kind: amount * (place + 1) for place, kind in enumerate(KINDS)}


def counted(counter: DemandCounter, minutes: int, begin: float = BEGIN, amount: float = 1) -> None:
    """Looks four times a minute, while an amount of each kind comes in each minute."""
    for look in range(4 * minutes + 1):
        counter.look(begin + 15 * look, told(**every(amount * look / 4)))


@pytest.fixture(params=["file", "database"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    if request.param == "file":
        return Settings(home=tmp_path)
    server: PostgresServer = request.getfixturevalue("postgres")
    server.empty()
    return Settings(home=tmp_path, state_database=server.url)


def test_demand_is_counted_by_the_minute_on_all_machines_together(settings: Settings) -> None:
    here, there = DemandCounter(settings), DemandCounter(settings)
    counted(here, 5)
    counted(there, 4)
    known = demand_history(settings, BEGIN + 5 * 60)
    assert known is not None
    assert known.until == BEGIN // 60 + 5
    for place, kind in enumerate(KINDS):
        # The first minute is not whole, and the last of the second machine is not over.
        a_second = known.a_second[kind][-5:] * 60 / (place + 1)
        np.testing.assert_allclose(a_second, [np.nan, 2, 2, 2, 1])
    assert np.isnan(known.a_second["events"][:-5]).all()
    assert (known.until - len(known.a_second["events"])) % DAY == 0


def test_what_is_older_than_is_kept_goes(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    counter = DemandCounter(settings)
    counted(counter, 3)
    later = BEGIN + (history.KEPT + 10) * 60
    counted(DemandCounter(settings), 3, later)
    known = demand_history(settings, later + 600)
    assert known is not None
    assert np.count_nonzero(~np.isnan(known.a_second["events"])) == 2


def test_a_database_that_is_away_loses_no_minute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(home=tmp_path, state_database=f"sqlite:///{tmp_path}/none/state")
    counter = DemandCounter(settings)
    counted(counter, 3)
    (tmp_path / "none").mkdir()
    counter.look(BEGIN + 200, told(**every(3)))
    known = demand_history(settings, BEGIN + 180)
    assert known is not None
    assert known.a_second["event_requests"][-2:].tolist() == pytest.approx([1 / 60] * 2)


def test_replicas_add_up_what_each_kind_takes_of_one() -> None:
    rates = {each.kind: each.a_second for each in RATES}
    assert set(rates) == set(KINDS)
    a_second = {kind: np.array([rates[kind] / 2]) for kind in KINDS}
    assert replicas_needed(a_second, 0.5, {})["api"] == pytest.approx(5)
    assert replicas_needed(a_second, 0.5, {})["dashboard"] == pytest.approx(1)
    assert replicas_needed(a_second, 0.5, {"views": 10.0})["dashboard"] == pytest.approx(2)


def test_rates_of_ones_own_are_told_by_kind() -> None:
    every_kind = ",".join(f"{kind}=12.5" for kind in get_args(Kind))
    assert Settings(scaling_rates=every_kind).service_rates == dict.fromkeys(KINDS, 12.5)
    for wrong in ("events", "events=0", "tigers=3", "events=-1"):
        with pytest.raises(ValueError, match="scaling_rates"):
            Settings(scaling_rates=wrong)


def test_what_rises_each_evening_is_advised_before_it_does() -> None:
    minute = np.arange(21 * DAY + 18 * 60)
    evening = 40 + 35 * np.sin(2 * np.pi * (minute - 15 * 60) / DAY)
    noise = np.random.default_rng(3).normal(0, 0.005, len(minute))
    advice = advised(evening * np.exp(noise), 15)
    assert advice.reactive == int(np.ceil(advice.demand))
    assert advice.predicted is not None
    assert advice.median is not None
    assert advice.upper is not None
    assert advice.replicas == advice.predicted > advice.reactive
    ahead = 40 + 35 * np.sin(2 * np.pi * (len(minute) - 1 + 16 - 15 * 60) / DAY)
    assert advice.median == pytest.approx(ahead, rel=0.02)
    assert advice.upper > advice.median
    assert advice.error is not None
    assert 0.002 < advice.error < 0.01
    assert advice.covered == pytest.approx(0.98, abs=0.01)
    assert advice.sample > 5 * DAY


def test_a_forecast_alone_takes_no_replica_away() -> None:
    minute = np.arange(21 * DAY)
    demand = 4 + 3.5 * np.sin(2 * np.pi * minute / DAY)
    demand[-1] *= 3
    advice = advised(demand, 5)
    assert advice.replicas >= advice.reactive == int(np.ceil(demand[-1]))


def test_before_there_is_enough_only_what_comes_now_is_advised() -> None:
    advice = advised(np.full(3 * DAY, 2.5), 5)
    assert (advice.replicas, advice.reactive, advice.predicted, advice.sample) == (3, 3, None, 0)


def test_nothing_is_advised_by_an_old_count(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, scaling_rates="events=1")
    counted(DemandCounter(settings), 4, amount=60)
    fresh = scaling_advice(settings, datetime.fromtimestamp(BEGIN + 4 * 60 + 30, UTC))
    assert fresh.problem is None
    assert fresh.origin == datetime.fromtimestamp(BEGIN + 4 * 60, UTC)
    assert fresh.services["api"].reactive == 3
    assert fresh.services["dashboard"].replicas == 1
    old = scaling_advice(settings, datetime.fromtimestamp(BEGIN + 11 * 60, UTC))
    assert old.services == {}
    assert "no demand was counted for 5 minutes" in (old.problem or "")
