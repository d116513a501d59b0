"""What is said at an origin: of whom, why, and how well it was known; never of who was erased."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl
import pytest

from netflix_pipeline.contracts import contract
from netflix_pipeline.contracts.origins import ACTIVE_DAYS, REASONS, TENURES
from netflix_pipeline.ingest.erasing import erase_bronze
from netflix_pipeline.intelligence.leaving.known_plays import KnownPlays
from netflix_pipeline.intelligence.leaving.origin import ACCURACY, FEWEST, SCORES, at_origin
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import open_erasures
from netflix_pipeline_tests.support.left_home import END, LeftHome, left_home, made_files, taken_in

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ORIGIN = END + timedelta(days=1)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> LeftHome:
    return left_home(tmp_path_factory.mktemp("said") / "home")


@pytest.fixture(scope="module")
def said(home: LeftHome) -> Mapping[str, pl.DataFrame]:
    return at_origin(home.lake, ORIGIN)


def test_each_active_person_has_a_score_and_three_reasons(
    home: LeftHome, said: Mapping[str, pl.DataFrame]
) -> None:
    scores = said[SCORES]
    (violations,) = contract(SCORES).violations(contract(SCORES).conform(scores))
    assert violations.is_empty()
    since = ORIGIN - timedelta(days=ACTIVE_DAYS)
    active = KnownPlays(home.lake).plays(ORIGIN, since, ORIGIN, ("user_id",))["user_id"].unique()
    assert set(scores["user_id"]) == set(active)
    names = {reason.name for reason in REASONS}
    for row in scores.iter_rows(named=True):
        reasons = [row[f"reason_{n}"] for n in (1, 2, 3)]
        effects = [abs(row[f"effect_{n}"]) for n in (1, 2, 3)]
        assert len(set(reasons)) == 3
        assert set(reasons) <= names
        assert effects == sorted(effects, reverse=True)
    assert set(scores["tenure"]) <= TENURES.keys()
    likeliest = scores.filter(pl.col("decile") == 1)["probability"].min()
    assert float(str(likeliest)) >= float(str(scores["probability"].median()))


def test_how_well_it_was_known_adds_up(said: Mapping[str, pl.DataFrame]) -> None:
    accuracy = said[ACCURACY]
    (violations,) = contract(ACCURACY).violations(contract(ACCURACY).conform(accuracy))
    assert violations.is_empty()
    every = accuracy.filter(pl.col("decile") == 0)
    assert set(every["model"]) == {"leaving", "recency", "bg_nbd"}
    assert set(accuracy["cutoff"]) == {ORIGIN - timedelta(days=28 + 14)}
    for row in every.iter_rows(named=True):
        tenths = accuracy.filter(pl.col("model") == row["model"], pl.col("decile") > 0)
        assert (tenths["persons"] >= FEWEST).all()
        assert tenths["persons"].sum() == row["persons"]
        assert tenths["left"].sum() == row["left"]
        assert tenths["expected"].sum() == pytest.approx(row["expected"])


def test_nothing_is_said_where_too_little_is_known(home: LeftHome) -> None:
    early = at_origin(home.lake, END - timedelta(days=120))
    assert early[SCORES].is_empty()
    assert early[ACCURACY].is_empty()


def test_who_was_erased_is_in_no_model(tmp_path: Path, said: Mapping[str, pl.DataFrame]) -> None:
    person = said[SCORES].sort("probability")["user_id"][-1]
    erased = left_home(tmp_path / "erased")
    settings = Settings(home=erased.root)
    with open_erasures(settings) as erasures:
        erasures.mark([person])
    assert erase_bronze(settings, [person]).rows
    erased.build()

    never = taken_in(tmp_path / "never", made_files(tmp_path / "files", without=person))
    after, beside = at_origin(erased.lake, ORIGIN), at_origin(never.lake, ORIGIN)
    assert person not in after[SCORES]["user_id"]
    # The models themselves are those that never saw the person.
    assert after[SCORES].equals(beside[SCORES])
    assert after[ACCURACY].drop("reconstructed").equals(beside[ACCURACY].drop("reconstructed"))
    assert not after[SCORES].equals(said[SCORES].filter(pl.col("user_id") != person))
