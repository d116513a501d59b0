"""A home is judged at cut-offs of its past, by what was known then."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from netflix_pipeline_tests.support.command import Command
from netflix_pipeline_tests.support.left_home import DAYS, END, left_home

if TYPE_CHECKING:
    from pathlib import Path

    from netflix_pipeline_tests.support.left_home import LeftHome


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> LeftHome:
    return left_home(tmp_path_factory.mktemp("left") / "home")


def test_the_command_tells_how_well_it_would_have_been_known(home: LeftHome) -> None:
    told = Command(home.root).ok("leaving", "evaluate", "--cutoffs", "1", "--json").json
    (cutoff,) = told["cutoffs"]
    assert cutoff == str(END + timedelta(days=1) - timedelta(days=28 + 14))
    scores = {score["model"]: score for score in told["scores"]}
    assert set(scores) == {"leaving", "recency", "bg_nbd"}
    one = scores["leaving"]
    assert one["persons"] > 50
    assert 0 < one["left"] < one["persons"]
    skilled = one["left"] / one["persons"]
    assert all(score["pr_auc"] > skilled for score in scores.values())
    assert one["log_loss"] < 0.69
    assert sum(tenth["left"] for tenth in told["deciles"]) == one["left"]
    assert told["deciles"][0]["lift"] > told["deciles"][-1]["lift"]
    assert told["reconstructed"] == 1.0


def test_tables_are_for_people(home: LeftHome) -> None:
    told = Command(home.root).ok("leaving", "evaluate", "--cutoffs", "1").out
    assert "bg_nbd" in told
    assert "Better than by recency" in told


def test_a_history_that_is_too_short_is_told(home: LeftHome) -> None:
    ran = Command(home.root)("leaving", "evaluate", "--cutoffs", str(DAYS // 28))
    assert ran.code == 1
    assert "too little is known to learn from" in ran.err


def test_a_home_without_plays_is_told(tmp_path: Path) -> None:
    ran = Command(tmp_path / "home")("leaving", "evaluate")
    assert ran.code == 1
    assert "ingest, then materialize" in ran.err
