"""Faults are put into a home's own series, and what is found of them is counted."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from netflix_pipeline.contracts.origins import QUANTILES
from netflix_pipeline.intelligence.anomalies.data_faults import Arrivals
from netflix_pipeline.intelligence.anomalies.evaluation import Evaluation, Evaluator
from netflix_pipeline.intelligence.anomalies.watched import Watched, watched
from netflix_pipeline.intelligence.forecasts.known import Known, Level, known
from netflix_pipeline_tests.support.command import Command
from netflix_pipeline_tests.support.left_home import END, left_home

if TYPE_CHECKING:
    from pathlib import Path

DAYS = 120
NORMAL = np.array([-1.96, -1.28, -0.84, -0.67, -0.52, -0.25, 0, 0.25, 0.52, 0.67, 0.84, 1.28, 1.96])
SHARES = {
    "total": {"all": 1.0},
    "country": {"GB": 0.6, "ZZ": 0.4},
    "device": {"tv": 0.7, "pc": 0.3},
}


def evaluated(deviation: float, seed: int = 3) -> Evaluation:
    """Of series that scatter about what is expected of them, from one day to the other."""
    rng = np.random.default_rng(9)
    series, levels = [], {}
    none = np.zeros(0, dtype=np.int64)
    noise = {
        level: 1 + deviation * rng.standard_normal((len(keys), DAYS))
        for level, keys in SHARES.items()
    }
    for level, keys in SHARES.items():
        usual = 1000 * np.array(list(keys.values()))[:, None] * np.ones(DAYS)
        amounts = usual * noise[level]
        quantiles = usual[..., None] * (1 + deviation * NORMAL)
        assert quantiles.shape[-1] == len(QUANTILES)
        quantiles[:, :40] = np.nan
        series.append(Watched(level, list(keys), amounts, quantiles))
        levels[level] = Level(list(keys), {"hours_viewed": amounts}, {}, (none, none, none))
    levels["title"] = Level(["t"], {"hours_viewed": np.zeros((1, DAYS))}, {}, (none, none, none))
    home = Known(date(2026, 1, 1), DAYS, levels, 0.0)
    zeros = np.zeros(DAYS, dtype=np.int64)
    rows = np.full(DAYS, 5000, dtype=np.int64)
    hours = np.full((DAYS, 24), 60.0)
    arrivals = Arrivals(rows, zeros, zeros.copy(), zeros.copy(), hours)
    return Evaluator(home, series, arrivals, {}, seed).evaluate(2)


def test_faults_are_found_where_series_are_quiet_and_nothing_else_is() -> None:
    told = evaluated(0.02)
    assert told.days == DAYS - 40
    assert sum(each.injected for each in told.watching) == 2 * (4 * 3 + 2 * 2 * 3)
    assert all(each.found == each.told == each.injected for each in told.watching)
    named = [each for each in told.watching if each.level != "total"]
    assert all(each.named == each.injected for each in named)
    assert all(each.told == each.injected for each in told.data)
    assert told.false_faults == 0
    (total,) = (each for each in told.alarms if each.level == "total")
    assert total.raised <= 2


def test_faults_within_what_is_usual_are_not_found() -> None:
    told = evaluated(0.3)
    assert sum(each.found for each in told.watching) < sum(e.injected for e in told.watching) / 2
    # Whether data are missing does not hang on what is expected.
    assert all(each.told == each.injected for each in told.data)


def test_the_same_seed_puts_in_the_same_faults() -> None:
    assert evaluated(0.1) == evaluated(0.1)
    assert evaluated(0.1) != evaluated(0.1, seed=4)


def test_a_home_is_watched_by_what_was_forecast_before(tmp_path: Path) -> None:
    lake = left_home(tmp_path / "home").lake
    home = known(lake, END + timedelta(days=1))
    assert home is not None
    home.levels["total"].amounts["plays"][:] *= 10
    series = {each.level: each for each in watched(home, "hours_viewed", 6)}
    (days,) = series["total"].days
    assert np.flatnonzero(days).tolist() == list(range(home.days - 6, home.days))
    assert (np.diff(series["total"].quantiles[0, -6:], axis=-1) >= 0).all()
    # Too little is played in each country: of none is anything expected.
    assert not series["country"].days.any()
    ran = Command(tmp_path / "home")("anomalies", "evaluate", "--days", "30")
    assert ran.code == 1
    assert "150 plays a day" in ran.err


@pytest.mark.parametrize("option", [[], ["--json"]])
def test_a_home_without_plays_is_told(tmp_path: Path, option: list[str]) -> None:
    ran = Command(tmp_path / "home")("anomalies", "evaluate", *option)
    assert ran.code == 1
    assert "ingest more, then materialize" in ran.err
