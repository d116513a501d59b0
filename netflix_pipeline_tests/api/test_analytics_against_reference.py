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


def test_only_the_metrics_that_are_asked_for_are_told(ask: Asking, known: Published) -> None:
    names = ("binge_rate", "viewers")
    answer = ask("/analytics", metrics="viewers,binge_rate,viewers", plan="Standard")
    days = Days(*map(date.fromisoformat, answer["period"].values()))
    assert told(answer["data"]) == close(numbers(known, days, {"plan": "Standard"}), names)
    assert (answer["metrics"], answer["data"]["left_out"]) == (["viewers", "binge_rate"], [])
