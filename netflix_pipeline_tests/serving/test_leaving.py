"""Who is leaving is told by segment and by person; of few people together nothing is."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netflix_pipeline.contracts import contract
from netflix_pipeline.serving import NotFound, publish_home
from netflix_pipeline.serving.questions.leaving import (
    FEWEST,
    OTHERS,
    LeavingQuestion,
    UserLeavingQuestion,
    told_segments,
)
from netflix_pipeline.serving.snapshot.open import Snapshot
from netflix_pipeline_tests.support.three_days import AS_OF, FRIDAY, three_days_published

if TYPE_CHECKING:
    from pathlib import Path

ORIGIN = FRIDAY + timedelta(days=1)
COUNTRIES = {"DE": 12, "FR": 11, "SE": 4}


def scores(probability: float, *, ann: bool = True) -> pl.DataFrame:
    people = [(f"p-{at}-{n}", at) for at, count in COUNTRIES.items() for n in range(count)]
    if ann:
        people[0] = ("ann", "DE")
    return pl.DataFrame(
        [
            {
                "user_id": user,
                "probability": probability,
                "decile": 1,
                "country": country,
                "plan": "Basic",
                "device": "mobile",
                "tenure": "28-89",
                "days_since_last": 3.5,
                "reason_1": "recency",
                "effect_1": 1.25,
                "reason_2": "plan",
                "effect_2": -0.5,
                "reason_3": "hours",
                "effect_3": 0.25,
            }
            for user, country in people
        ]
    )


def judged() -> pl.DataFrame:
    rows = [
        {
            "model": model,
            "decile": decile,
            "cutoff": ORIGIN - timedelta(days=42),
            "persons": 100 if decile == 0 else 50,
            "left": 10 if decile == 0 else 5,
            "expected": 11.0,
            "lift": 1.5,
            "log_loss": 0.25 if decile == 0 else None,
            "pr_auc": 0.3 if decile == 0 else None,
            "slope": 0.98 if decile == 0 else None,
            "learned_persons": 900,
            "reconstructed": 0.5,
        }
        for model in ("bg_nbd", "leaving", "recency")
        for decile in (0, 1, 2)
    ]
    return contract("gold/leaving_accuracy").arrange(pl.DataFrame(rows, infer_schema_length=None))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = three_days_published(tmp_path_factory.mktemp("leaving") / "home")
    home.world.put("gold/leaving", ORIGIN - timedelta(days=1), scores(0.9))
    home.world.put("gold/leaving", ORIGIN, scores(0.25))
    home.world.put("gold/leaving_accuracy", ORIGIN, judged())
    publish_home(home.settings, as_of=AS_OF)
    return (home.settings.serving / "current.duckdb").resolve()


def test_expected_losses_are_those_of_the_newest_origin(path: Path) -> None:
    told = Snapshot(path).ask(LeavingQuestion()).data
    assert told.origin == ORIGIN
    assert told.persons == 27
    assert told.expected == pytest.approx(27 * 0.25)
    assert {each.dimension for each in told.segments} == {"country", "plan", "device", "tenure"}
    (plan,) = (each for each in told.segments if each.dimension == "plan")
    assert (plan.value, plan.persons, plan.share) == ("Basic", 27, 0.25)


def test_a_country_of_few_is_not_what_is_left_of_the_sum(path: Path) -> None:
    told = Snapshot(path).ask(LeavingQuestion()).data
    by_country = {each.value: each.persons for each in told.segments if each.dimension == "country"}
    assert by_country == {"DE": 12, OTHERS: 15}


def test_the_model_stands_beside_what_it_is_compared_with(path: Path) -> None:
    accuracy = Snapshot(path).ask(LeavingQuestion()).data.accuracy
    assert accuracy is not None
    assert [each.model for each in accuracy.models] == ["leaving", "recency", "bg_nbd"]
    assert [each.decile for each in accuracy.tenths] == [1, 2]
    assert (accuracy.learned_persons, accuracy.reconstructed) == (900, 0.5)


def test_a_person_has_three_reasons_and_the_days_of_the_plays_behind_them(path: Path) -> None:
    told = Snapshot(path).ask(UserLeavingQuestion("ann")).data
    assert (told.probability, told.decile) == (0.25, 1)
    recency, plan, hours = told.reasons
    assert (recency.reason, recency.effect) == ("recency", 1.25)
    assert recency.plays_from == ORIGIN - timedelta(days=28)
    assert (plan.plays_from, plan.plays_to) == (None, None)
    assert (hours.plays_from, hours.plays_to) == (ORIGIN - timedelta(days=90), FRIDAY)


def test_nothing_is_said_of_who_was_not_active_and_nobody_is_made_up(path: Path) -> None:
    told = Snapshot(path).ask(UserLeavingQuestion("bob")).data
    assert (told.probability, told.reasons, told.origin) == (None, (), ORIGIN)
    with pytest.raises(NotFound):
        Snapshot(path).ask(UserLeavingQuestion("nobody-knows"))


def test_a_snapshot_of_before_there_were_scores_says_that_nothing_was_said(path: Path) -> None:
    before = path.with_name("snapshot-000000.duckdb")
    before.write_bytes(path.read_bytes())
    with duckdb.connect(str(before)) as sql:
        sql.execute("DROP TABLE leaving")
    snapshot = Snapshot(before)
    told = snapshot.ask(LeavingQuestion()).data
    assert (told.origin, told.persons, told.segments, told.accuracy) == (None, 0, (), None)
    assert snapshot.ask(UserLeavingQuestion("ann")).data.probability is None


@given(st.lists(st.integers(1, 30), max_size=8))
def test_no_segment_and_no_remainder_is_of_few(sizes: list[int]) -> None:
    rows = [
        {"dimension": "country", "value": f"c{n}", "persons": size, "expected": size * 0.5}
        for n, size in enumerate(sizes)
    ]
    told = told_segments(rows)
    assert all(each.persons >= FEWEST for each in told)
    remainder = sum(sizes) - sum(each.persons for each in told)
    assert remainder == 0 or sum(sizes) < FEWEST
    names = {each.value for each in told}
    others = [row for row in rows if row["value"] not in names]
    assert not others or len(others) > 1 or sum(sizes) < FEWEST or len(rows) == 1
