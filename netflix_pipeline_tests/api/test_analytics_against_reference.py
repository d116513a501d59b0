"""`/analytics`: every number is the reference's, under every filter and comparison."""

import random
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netflix_pipeline.metrics import METRICS
from netflix_pipeline_tests.reference.narrowing import (
    KNOWN,
    Given,
    Values,
    choices,
    combinations,
    each_alone,
    several,
)
from netflix_pipeline_tests.reference.periods import TAKEN, Days, Numbers, numbers, takes
from netflix_pipeline_tests.reference.published import FIRST, LAST, Published
from netflix_pipeline_tests.support.api import Asking

ALL = Days(FIRST, LAST)
NAMES = (
    *TAKEN,
    "plays",
    "starters",
    "watchers",
    "completers",
    "hours_viewed",
    "plays_without_duration",
    "views",
    "hours_without_runtime",
    "viewers",
    "completion_rate",
    "starters_without_reach",
)


def close(expected: Numbers, names: tuple[str, ...] | None = None) -> dict[str, Any]:
    """The metrics, to be compared; all that are in the reference's numbers, or those named."""
    return {
        name: expected[name] if expected[name] is None else pytest.approx(expected[name])
        for name in names or NAMES
        if name in expected
    }


def told(data: dict[str, Any]) -> dict[str, Any]:
    return {name: data[name] for name in data if name in METRICS}


def assert_answers(ask: Asking, known: Published, days: Days, filters: Given) -> None:
    answer = ask("/analytics", from_=days.first, to=days.last, **filters)
    expected = numbers(known, days, filters)
    assert told(answer["data"]) == close(expected)
    assert answer["filters"] == filters
    left_out = {each["metric"]: each for each in answer["data"]["left_out"]}
    assert left_out.keys() == {name for name in NAMES if not takes(name, filters)}
    assert set(answer["metrics"]) == set(NAMES) - left_out.keys()
    for name, each in left_out.items():
        assert tuple(each["takes"]) == TAKEN[name]


@pytest.mark.parametrize("filters", [{}, *each_alone(), *combinations(20)], ids=str)
def test_every_number_under_every_filter(
    ask: Asking, known: Published, filters: dict[str, str]
) -> None:
    assert_answers(ask, known, ALL, filters)


def test_every_number_of_any_period(ask: Asking, known: Published) -> None:
    chance = random.Random(4)
    some: list[Given] = [{}, {}, {}, *each_alone(), *combinations(10), *several(10)]
    for filters in some:
        first = FIRST + timedelta(days=chance.randint(-5, 40))
        days = Days(first, first + timedelta(days=chance.choice((0, 1, 6, 13, 29))))
        assert_answers(ask, known, days, filters)


@settings(max_examples=40)
@given(filters=choices())
def test_every_number_of_several_values_and_of_all_but_some(
    ask: Asking, known: Published, filters: dict[str, Values]
) -> None:
    assert_answers(ask, known, ALL, filters)


@settings(max_examples=20)
@given(data=st.data())
def test_what_is_asked_for_and_what_is_left_out_is_all(
    ask: Asking, known: Published, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(KNOWN)))
    values = data.draw(st.lists(st.sampled_from(KNOWN[name]), min_size=1, unique=True))
    with_them, without = (
        ask("/analytics", from_=FIRST, to=LAST, **{parameter: values})["data"]
        for parameter in (name, f"not_{name}")
    )
    all_together = numbers(known, ALL, {})
    for measure in ("plays", "starters", "watchers", "completers", "hours_viewed", "views"):
        assert with_them[measure] + without[measure] == pytest.approx(all_together[measure])
    # Who did both is one viewer.
    viewers = all_together["viewers"] or 0
    assert max(with_them["viewers"], without["viewers"]) <= viewers
    assert viewers <= with_them["viewers"] + without["viewers"]


@pytest.mark.parametrize("compare", ["previous", "year"])
@pytest.mark.parametrize(
    ("first", "days", "weeks"),
    [
        (date(2025, 11, 10), 1, 1),
        (date(2025, 11, 4), 7, 1),
        (date(2025, 10, 20), 8, 2),
        (date(2025, 10, 14), 28, 4),
        (date(2025, 10, 2), 40, 6),
    ],
)
@pytest.mark.parametrize(
    "filters",
    [{}, {"country": "US"}, {"genre": "Comedy"}, {"not_country": ["DE", "US"]}],
    ids=str,
)
def test_a_period_beside_the_one_it_is_compared_with(
    ask: Asking,
    known: Published,
    filters: Given,
    first: date,
    days: int,
    weeks: int,
    compare: str,
) -> None:
    now = Days(first, first + timedelta(days=days - 1))
    before = now.earlier(weeks * 7 if compare == "previous" else 364)
    answer = ask("/analytics", from_=now.first, to=now.last, compare=compare, **filters)["data"]
    comparison = answer["comparison"]
    assert comparison["period"] == {"from": str(before.first), "to": str(before.last)}
    assert before.first.weekday() == now.first.weekday()
    assert before.last < now.first
    assert comparison["by"] == compare
    expected, earlier = numbers(known, now, filters), numbers(known, before, filters)
    assert told(answer) == close(expected)
    assert told(comparison["data"]) == close(earlier)
    changes = comparison["change"]
    assert changes.keys() == told(answer).keys()
    for name, change in changes.items():
        value, was = expected[name], earlier[name]
        if value is None or was is None:
            assert change == {"absolute": None, "relative": None}
            continue
        assert change["absolute"] == pytest.approx(value - was)
        relative = None if was == 0 else pytest.approx((value - was) / was)
        assert change["relative"] == relative


@pytest.mark.parametrize(
    ("first", "last", "compare", "first_before", "last_before"),
    [
        ("2025-11-01", "2025-11-10", "previous_month", "2025-10-01", "2025-10-10"),
        ("2025-10-01", "2025-10-31", "previous_month", "2025-09-01", "2025-09-30"),
        ("2025-11-01", "2025-11-30", "previous_month", "2025-10-01", "2025-10-31"),
        ("2025-10-31", "2025-11-05", "previous_month", "2025-09-30", "2025-10-05"),
        ("2025-10-02", "2025-11-05", "previous_month", "2025-09-02", "2025-10-01"),
        ("2025-12-01", "2026-01-07", "previous_quarter", "2025-09-01", "2025-10-08"),
        ("2025-11-01", "2025-11-10", "previous_year", "2024-11-01", "2024-11-10"),
    ],
)
def test_a_period_beside_that_of_the_calendar(
    ask: Asking,
    known: Published,
    first: str,
    last: str,
    compare: str,
    first_before: str,
    last_before: str,
) -> None:
    now, before = (
        Days(*map(date.fromisoformat, days))
        for days in ((first, last), (first_before, last_before))
    )
    some: list[Given] = [{}, {"country": ["BR", "US"], "not_device": "mobile"}]
    for filters in some:
        asked = {"from_": now.first, "to": now.last, "compare": compare, **filters}
        answer = ask("/analytics", **asked)
        comparison, data_from = answer["data"]["comparison"], answer["snapshot"]["data_from"]
        assert comparison["period"] == {"from": first_before, "to": last_before}
        assert comparison["complete"] == (first_before >= data_from)
        assert told(answer["data"]) == close(numbers(known, now, filters))
        assert told(comparison["data"]) == close(numbers(known, before, filters))


def test_a_period_that_moves_on_is_that_of_the_data(ask: Asking, known: Published) -> None:
    for name, first, last, before in (
        ("yesterday", LAST, LAST, "2025-11-03"),
        ("7d", LAST - timedelta(days=6), LAST, "2025-10-28"),
        ("last_week", date(2025, 11, 3), date(2025, 11, 9), "2025-10-27"),
        ("last_month", date(2025, 10, 1), date(2025, 10, 31), "2025-09-01"),
        ("month_to_date", date(2025, 11, 1), LAST, "2025-10-01"),
        ("quarter_to_date", date(2025, 10, 1), LAST, "2025-07-01"),
        ("year_to_date", date(2025, 1, 1), LAST, "2024-01-01"),
    ):
        answer = ask("/analytics", period=name, compare="previous", country="US")
        assert answer["period"] == {"from": str(first), "to": str(last)}
        assert answer["filters"] == {"country": "US"}
        assert answer["data"]["comparison"]["period"]["from"] == before
        assert told(answer["data"]) == close(numbers(known, Days(first, last), {"country": "US"}))


def test_only_the_metrics_that_are_asked_for_are_told(ask: Asking, known: Published) -> None:
    names = ("binge_rate", "viewers")
    answer = ask("/analytics", metrics="viewers,binge_rate,viewers", plan="Standard")
    days = Days(*map(date.fromisoformat, answer["period"].values()))
    assert told(answer["data"]) == close(numbers(known, days, {"plan": "Standard"}), names)
    assert (answer["metrics"], answer["data"]["left_out"]) == (["viewers", "binge_rate"], [])
