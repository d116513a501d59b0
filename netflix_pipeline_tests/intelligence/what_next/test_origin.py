"""What is learned at an origin, erasure, and the lists that are made of it from a snapshot."""

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from netflix_pipeline.intelligence.origins import make_origins, missing
from netflix_pipeline.intelligence.what_next.origin import EVERYWHERE, HOW, POPULAR, SIMILAR
from netflix_pipeline.lake import Lake
from netflix_pipeline.materialize.erasing import erase_tables
from netflix_pipeline.serving import NotFound, Snapshot, publish_home, served_snapshots
from netflix_pipeline.serving.questions.what_next import (
    RecommendationsQuestion,
    SimilarTitlesQuestion,
)
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.chosen_home import BEGUN, chosen_home, filled
from netflix_pipeline_tests.support.work_choices import DAY

ORIGIN = DAY + timedelta(days=112)
TABLES = (SIMILAR, POPULAR, HOW)


def learned(lake: Lake) -> dict[str, pl.DataFrame]:
    built = list(make_origins(lake, ORIGIN, TABLES))
    assert all(each.good for each in built)
    assert [each.table for each in built] == [*TABLES]
    return {table: lake.read(table, ORIGIN) for table in TABLES}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home = chosen_home(tmp_path_factory.mktemp("chosen") / "home")
    learned(Lake.of(home))
    publish_home(home)
    return home


@pytest.fixture(scope="module")
def snapshot(home: Settings) -> Snapshot:
    return served_snapshots(home).current()


def test_models_say_how_they_were_chosen_and_judged(home: Settings) -> None:
    lake = Lake.of(home)
    (how,) = lake.read(HOW, ORIGIN).iter_rows(named=True)
    assert how["model"] in {"EASE^R", "item-kNN"}
    assert how["trusted"] > 0
    assert how["judged_from"] == ORIGIN - timedelta(days=28)
    assert how["recall_20_low"] <= how["recall_20"] <= how["recall_20_high"]
    shares = lake.read(POPULAR, ORIGIN)
    assert set(shares["country"]) == {EVERYWHERE, "DE"}
    counted = BEGUN.group_by("work").len().filter(pl.col("len") >= 10)["work"]
    assert set(lake.read(SIMILAR, ORIGIN)["because_title_id"]) <= set(counted)


def test_what_was_learned_of_who_is_forgotten_is_learned_anew_without_them(
    tmp_path: Path,
) -> None:
    lake = Lake.of(chosen_home(tmp_path / "with"))
    before = learned(lake)
    erase_tables(lake, ["u000", "u001"])
    assert [model.name for model in missing(lake, ORIGIN, TABLES)] == ["what_next"]
    never = filled(
        Settings(home=tmp_path / "without"),
        BEGUN.filter(~pl.col("user_id").is_in(["u000", "u001"])),
    )
    after = learned(lake)
    assert all(after[table].equals(rows) for table, rows in learned(never).items())
    assert not after[SIMILAR].equals(before[SIMILAR])


def test_scores_are_the_sums_of_popularity_and_what_was_started(
    home: Settings, snapshot: Snapshot
) -> None:
    lake = Lake.of(home)
    (how,) = lake.read(HOW, ORIGIN).iter_rows(named=True)
    shares = dict(
        lake.read(POPULAR, ORIGIN)
        .filter(pl.col("country") == "DE")
        .select("title_id", "share")
        .iter_rows()
    )
    begun = set(BEGUN.filter(pl.col("user_id") == "u007")["work"])
    adding = lake.read(SIMILAR, ORIGIN).filter(pl.col("because_title_id").is_in(list(begun)))
    told = snapshot.ask(RecommendationsQuestion("u007", limit=100)).data
    assert {one.title_id for one in told.new} == set(shares) - begun
    assert [one.score for one in told.new] == sorted((o.score for o in told.new), reverse=True)
    for one in told.new:
        adds = {
            because: how["trusted"] * weight
            for because, weight in adding.filter(pl.col("title_id") == one.title_id)
            .select("because_title_id", "weight")
            .iter_rows()
        }
        assert one.popularity == pytest.approx((1 - how["trusted"]) * shares[one.title_id])
        assert one.score == pytest.approx(one.popularity + sum(adds.values()))
        most = sorted((value for value in adds.values() if value > 0), reverse=True)[:3]
        assert [each.adds for each in one.because] == pytest.approx(most)
        assert all(adds[each.title_id] == pytest.approx(each.adds) for each in one.because)
    assert told.learned.origin == ORIGIN
    assert told.learned.popularity_recall_20 is not None
    assert any(one.because for one in told.new)


def test_people_of_a_camp_are_told_of_works_of_theirs(snapshot: Snapshot) -> None:
    told = snapshot.ask(SimilarTitlesQuestion("w02")).data
    camps = [int(one.title_id[1:]) % 2 for one in told.titles[:5]]
    assert camps.count(0) >= 4
    assert "w02" not in {one.title_id for one in told.titles}
    assert [one.weight for one in told.titles] == sorted(
        (one.weight for one in told.titles), reverse=True
    )


def test_what_was_not_ended_stands_first(snapshot: Snapshot) -> None:
    begun = BEGUN.filter(pl.col("user_id") == "u007", pl.col("day") >= ORIGIN - timedelta(days=60))
    told = snapshot.ask(RecommendationsQuestion("u007")).data.begun
    assert {one.title_id for one in told} == set(begun["work"])
    assert {one.why for one in told} == {"continue"}
    assert [one.last_at for one in told] == sorted((o.last_at for o in told), reverse=True)


def test_of_nobody_and_nothing_there_is_no_list(snapshot: Snapshot) -> None:
    with pytest.raises(NotFound, match="no user"):
        snapshot.ask(RecommendationsQuestion("nobody"))
    with pytest.raises(NotFound, match="no title"):
        snapshot.ask(SimilarTitlesQuestion("nothing"))
