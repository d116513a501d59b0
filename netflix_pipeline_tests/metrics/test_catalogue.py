from pathlib import Path

import pytest

from netflix_pipeline.contracts import contract
from netflix_pipeline.lake.folder_lake import FolderLake
from netflix_pipeline.metrics import METRICS, FilterNotTaken, Metric, UnknownMetric, metric
from netflix_pipeline.metrics.docs import document
from netflix_pipeline.serving import Snapshot, publish

MEASURES = """
plays starters watchers completers hours_viewed plays_without_duration views hours_without_runtime
viewers completion_rate starters_without_reach sittings avg_sitting_minutes binge_rate dau wau mau
stickiness peak_concurrent activity retention cohort_retention lifecycle engagement_score
favourite_genres drop_off
next_episode_rate episode_funnel top10 searches search_success not_found without_click
search_terms recommendations recommendation_ctr rating
"""
COUNTS = {"plays", "starters", "viewers", "hours_viewed", "views", "sittings", "dau"}
BY_ZONE = """
plays starters watchers completers hours_viewed plays_without_duration views hours_without_runtime
viewers completion_rate starters_without_reach sittings avg_sitting_minutes binge_rate activity
drop_off episode_funnel
"""
"""What is counted of plays and sittings by their start."""
COMPUTED = [told for told in METRICS.values() if told.expression]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """A snapshot of a lake that holds nothing."""
    place = tmp_path_factory.mktemp("empty")
    return Snapshot(publish(FolderLake(place / "lake"), place / "serving").path)


def test_every_measure_has_one_entry() -> None:
    assert list(METRICS) == MEASURES.split(), "name it in MEASURES above, where it stands"
    assert all(told.sentence.endswith(".") and told.unit for told in METRICS.values())
    assert len({told.label for told in METRICS.values()}) == len(METRICS)


def test_plays_and_sittings_go_by_any_time_zone_and_all_else_with_days_by_utc() -> None:
    assert [name for name, told in METRICS.items() if told.by_zone] == BY_ZONE.split()
    of_no_days = {name for name, told in METRICS.items() if not (told.by_zone or told.stays_utc)}
    assert of_no_days == {"next_episode_rate", "rating"}


@pytest.mark.parametrize("told", METRICS.values(), ids=METRICS)
def test_a_metric_names_a_gold_table(told: Metric) -> None:
    assert contract(f"gold/{told.table}").stage == "gold"


@pytest.mark.parametrize("told", COMPUTED, ids=[told.name for told in COMPUTED])
def test_an_expression_over_no_rows_is_zero_for_counts_and_null_for_rates(
    empty: Snapshot, told: Metric
) -> None:
    found = empty.row(f"SELECT {told.expression} AS value FROM {told.table}")
    assert found is not None
    if (
        told.unit in {"plays", "h", "views", "sittings", "searches", "recommendations"}
        or told.name in COUNTS
    ):
        assert found["value"] == 0
    else:
        assert found["value"] is None


def test_a_filter_that_cannot_be_taken_is_an_error_that_names_those_that_can() -> None:
    metric("sittings").check(["country", "plan"])
    told = "filtered by genre, title: it can take country, device, plan"
    with pytest.raises(FilterNotTaken, match=told):
        metric("sittings").check(["country", "genre", "title"])
    with pytest.raises(FilterNotTaken, match="it takes none"):
        metric("mau").check(["country"])


def test_an_unknown_metric_is_an_error_that_names_those_there_are() -> None:
    with pytest.raises(UnknownMetric, match="viewers"):
        metric("views_")


def test_the_reference_is_current() -> None:
    written = Path(__file__).parents[2] / "docs" / "metrics.md"
    assert written.read_text(encoding="utf-8") == document(), (
        "run: python -m netflix_pipeline.metrics.docs docs/metrics.md"
    )
