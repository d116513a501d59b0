"""What is found of an alert, and that no fall is claimed where rows are missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from netflix_pipeline.business_alerts import Calendar, Rule, judge, recent
from netflix_pipeline.serving import ALL, Filters, Period, Snapshot, Snapshots, publish
from netflix_pipeline.serving.questions.headline import HeadlineQuestion
from netflix_pipeline_tests.business_alerts.five_weeks import (
    A_DAY,
    FALLS,
    LAST,
    Published,
    watch,
)
from netflix_pipeline_tests.support.arrivals import came, quarantine
from netflix_pipeline_tests.support.world import World

UTC_DAYS = Calendar()


@pytest.fixture
def published(tmp_path: Path) -> Published:
    return Published(tmp_path)


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """The five weeks as they are."""
    return Published(tmp_path_factory.mktemp("usual"))()


def test_a_fall_is_told_against_the_same_weekdays(usual: Snapshot) -> None:
    found = judge(usual, FALLS, UTC_DAYS)
    assert (found.verdict, found.problems, found.open_from) == ("fires", (), LAST + A_DAY)
    assert found.period == Period(from_=LAST, to=LAST)
    assert (found.value, found.base, found.base_periods) == (0.5, 1.0, 4)
    assert found.change == pytest.approx(-0.5)
    assert [value for _, value in found.course] == [1, 1, 1, 1, 0.5]
    assert found.sentence == (
        "Hours viewed (country DE), Mon 9 Mar 2026: 0.50 h, 50.0 % less than 1 h, the mean of 4 "
        "same weekdays before."
    )
    glance = usual.ask(HeadlineQuestion(found.period, FALLS.filters, ("hours_viewed",)))
    assert glance.data.hours_viewed == found.value


@pytest.mark.parametrize(
    ("rule", "verdict"),
    [
        (replace(FALLS, amount=50), "well"),
        (replace(FALLS, amount=49.9), "fires"),
        (replace(FALLS, condition="rises"), "well"),
        (replace(FALLS, filters=Filters(country=("FR",)), condition="rises", amount=5), "fires"),
        (replace(FALLS, filters=Filters(country=("FR",))), "well"),
        (Rule("hours_viewed", ALL, "below", 1.75, "day"), "well"),
        (Rule("hours_viewed", ALL, "above", 1.7, "day"), "fires"),
        (Rule("avg_sitting_minutes", Filters(country=("XX",)), "below", 1, "day"), "unknown"),
        (replace(FALLS, filters=Filters(country=("XX",))), "unknown"),
        (Rule("viewers", ALL, "falls", 20, "week"), "well"),
        (Rule("plays", ALL, "above", 13, "week"), "fires"),
    ],
)
def test_each_condition_is_judged(usual: Snapshot, rule: Rule, verdict: str) -> None:
    assert judge(usual, rule, UTC_DAYS).verdict == verdict


def test_the_last_days_and_weeks_are_told(usual: Snapshot) -> None:
    days = recent(usual, FALLS, UTC_DAYS)
    assert [each.period.to for each in days.past] == [
        LAST - timedelta(days=back) for back in reversed(range(28))
    ]
    assert [each.to for each in days.fired] == [LAST]
    weeks = recent(usual, Rule("plays", ALL, "above", 13, "week"), UTC_DAYS)
    assert len(weeks.past) == len(weeks.fired) == 4
    assert {(each.from_.isoweekday(), each.days) for each in weeks.fired} == {(1, 7)}


def test_days_that_the_filter_leaves_out_are_not_judged(usual: Snapshot) -> None:
    weekends = Rule("plays", Filters(weekday=("6", "7")), "below", 1, "day")
    assert judge(usual, weekends, UTC_DAYS).period == Period(from_=LAST - A_DAY, to=LAST - A_DAY)
    told = recent(usual, weekends, UTC_DAYS)
    assert [each.period.from_.isoweekday() for each in told.past] == [6, 7] * 4
    assert {each.value for each in told.past} == {2}
    assert not told.fired
    falls = replace(weekends, condition="falls", amount=20)
    assert [each.base for each in recent(usual, falls, UTC_DAYS).past][-1] == 2
    every = Filters.read({"not_weekday": [*"1234567"]})
    assert judge(usual, replace(weekends, filters=every), UTC_DAYS).verdict == "unknown"


def test_a_day_of_which_rows_are_still_to_come_is_not_judged(published: Published) -> None:
    found = judge(published(hours=6), FALLS, UTC_DAYS)
    assert (found.open_from, found.verdict) == (LAST, "well")
    assert found.period == Period(from_=LAST - A_DAY, to=LAST - A_DAY)


def test_a_history_that_goes_on_no_more_is_judged_by_its_last_day(published: Published) -> None:
    found = judge(published(hours=24 * 30), FALLS, UTC_DAYS)
    assert (found.verdict, found.period) == ("fires", Period(from_=LAST, to=LAST))
    assert found.open_from == LAST + A_DAY


def test_days_are_those_of_the_zone_where_the_metric_goes_by_zones(usual: Snapshot) -> None:
    found = judge(usual, FALLS, Calendar("Pacific/Kiritimati"))
    assert found.open_from == LAST + A_DAY
    # The first hours of the next day of UTC are of this one there.
    assert judge(usual, FALLS, Calendar("America/New_York")).open_from == LAST
    assert (
        judge(
            usual, replace(FALLS, metric="dau", filters=ALL), Calendar("America/New_York")
        ).open_from
        == LAST + A_DAY
    )


def _stale(world: World) -> None:
    world.lake.mark_stale("silver/plays", LAST, "its contract was broken")


def _rows_lost(world: World) -> None:
    watch(world, LAST, 30, missing=3)


def _code_failed(world: World) -> None:
    quarantine(world, LAST, [{"line": at, "reasons": ["processing_failed"]} for at in (1, 2)])


def _nothing_came(world: World) -> None:
    world.forget(LAST)
    came(world, LAST, {})


@pytest.mark.parametrize(
    ("break_", "says"),
    [
        (_stale, "silver/plays of Mon 9 Mar 2026 is shown in an older state"),
        (_rows_lost, "does not add up: rows are missing"),
        (_code_failed, "2 rows that came on Mon 9 Mar 2026 – Tue 10 Mar 2026 wait because code"),
        (_nothing_came, "no row of anybody came of Mon 9 Mar 2026"),
    ],
)
def test_missing_data_are_no_fall(
    published: Published, break_: Callable[[World], None], says: str
) -> None:
    break_(published.world)
    snapshot = published()
    found = judge(snapshot, FALLS, UTC_DAYS)
    assert found.verdict == "data_missing"
    assert says in " ".join(found.problems)
    assert found.sentence.startswith("Data are missing, so nothing is said of viewers: ")
    # What is well in spite of it is well.
    assert judge(snapshot, replace(FALLS, condition="rises"), UTC_DAYS).verdict == "well"


def test_what_is_missing_of_other_days_is_no_matter(published: Published) -> None:
    watch(published.world, LAST - 3 * A_DAY, 30, missing=3)
    assert judge(published(), FALLS, UTC_DAYS).verdict == "fires"


def test_without_data_there_is_nothing_to_judge_by(tmp_path: Path) -> None:
    world = World(tmp_path / "lake")
    world.describe()
    publish(world.lake, tmp_path / "serving", as_of=datetime(2026, 3, 1, tzinfo=UTC))
    snapshot = Snapshots(tmp_path / "serving").current()
    found = judge(snapshot, FALLS, UTC_DAYS)
    assert (found.verdict, found.period) == ("unknown", None)
    assert found.sentence == "Hours viewed (country DE): no day is complete yet."
    assert recent(snapshot, FALLS, UTC_DAYS).past == ()
