from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from netflix_pipeline.contracts.dimensions import BEGINNINGS, PEOPLE
from netflix_pipeline.serving import ALL, Filters, Period, Snapshots
from netflix_pipeline.serving.query import prepared, rollups, series_sums
from netflix_pipeline.serving.questions.series import SeriesQuestion
from netflix_pipeline_tests.reference.published import Published, published

FILTERS = (
    *(Filters(), Filters(country="US"), Filters(plan="Standard"), Filters(genre="Drama")),
    Filters(weekday=("6", "7")),
)
MEASURES = ("plays", "hours_viewed", "views", "completion_rate", "plays_without_duration")


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Published:
    return published(tmp_path_factory.mktemp("known"))


@pytest.mark.parametrize("split", [None, *rollups.DIMENSIONS, series_sums.LEVEL])
def test_sums_in_memory_answer_as_the_table_does(known: Published, split: str | None) -> None:
    plain, ready = (Snapshots(known.settings.serving).current() for _ in range(2))
    prepared.make_ready(ready)
    for filters in FILTERS:
        for metric in MEASURES:
            asked: dict[str, Any] = {"filters": filters, "split_by": split, "compare": "previous"}
            if split == series_sums.LEVEL:
                asked["granularity"] = "whole"
            expected, told = (
                one.ask(SeriesQuestion(metric, **asked)).data for one in (plain, ready)
            )
            assert [line.group for line in told.lines] == [line.group for line in expected.lines]
            for line, other in zip(told.lines, expected.lines, strict=True):
                assert line.values == pytest.approx(other.values)
                assert line.total == pytest.approx(other.total)
                assert line.compared == pytest.approx(other.compared)


def test_a_question_reads_the_smallest_table_that_can_answer_it(known: Published) -> None:
    snapshot = Snapshots(known.settings.serving).current()
    assert rollups.location(snapshot, ["device"]) == rollups.TABLE
    rollups.make_ready(snapshot)
    assert rollups.location(snapshot, []) == "rollups.by_day"
    assert rollups.location(snapshot, ["genre", "device", "genre"]) == "rollups.by_device_genre"
    assert rollups.location(snapshot, ["plan", "genre", "device"]) == rollups.TABLE
    (rows,) = snapshot.rows("SELECT count(*) AS days FROM rollups.by_day")
    (days,) = snapshot.rows(f"SELECT count(DISTINCT event_date) AS days FROM {rollups.TABLE}")
    assert rows == days


def test_sums_of_series_tell_days_that_they_have_and_no_filter_but_by_weekday(
    known: Published,
) -> None:
    snapshot = Snapshots(known.settings.serving).current()
    days, weekend = snapshot.info.days, Filters(weekday=("6", "7"))
    assert days
    assert series_sums.rows(snapshot, "engagement_daily", days, ALL) is None
    prepared.make_ready(snapshot)
    for filters in (ALL, weekend):
        assert series_sums.rows(snapshot, "engagement_daily", days, filters) is not None
    assert series_sums.rows(snapshot, "engagement_daily", days, Filters(country="US")) is None
    assert series_sums.rows(snapshot, "user_daily", days, ALL) is None
    ages = Period(from_=days.from_ - timedelta(days=3660), to=days.to)
    assert series_sums.rows(snapshot, "engagement_daily", ages, ALL) is None


def test_what_the_filters_tell_is_made_ready_with_the_sums(known: Published) -> None:
    snapshot, other = (Snapshots(known.settings.serving).current() for _ in range(2))
    rollups.make_ready(snapshot)
    made = snapshot.held("plays of values")
    assert rollups.plays_of(snapshot) is made
    assert made == rollups.plays_of(other)


def test_plays_of_the_people_of_each_group_are_all_there_are(known: Published) -> None:
    told = rollups.plays_of(Snapshots(known.settings.serving).current())
    for name in PEOPLE.keys() - BEGINNINGS.keys():
        counted = Counter(getattr(play, name) for play in known.plays)
        assert {value: plays for value, plays in told[name].items() if plays} == counted
        assert len(counted) > 1
