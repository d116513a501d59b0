"""`compare` by a filter or by chosen days: what stands beside a number is the reference's.

The other side is the plain question with that filter in the place of its own, or of those days.
"""

from datetime import date
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import given, settings
from hypothesis import strategies as st

from api.app import create_app
from api.versions import V1
from netflix_pipeline.metrics import METRICS
from netflix_pipeline_tests.reference.narrowing import (
    KNOWN,
    Given,
    Values,
    choices,
    each_of,
    lets_in,
)
from netflix_pipeline_tests.reference.periods import Days, numbers, takes
from netflix_pipeline_tests.reference.published import LAST, Published
from netflix_pipeline_tests.support.api import Asking, assert_problem, request

DAYS = Days(date(2025, 10, 28), LAST)
LEVELS = ("title", "season", "series")
SUMS = ("plays", "starters", "hours_viewed", "views")


def close(value: float | None) -> Any:
    return value if value is None else pytest.approx(value, rel=1e-9, abs=1e-12)


def told(data: dict[str, Any]) -> dict[str, Any]:
    return {name: data[name] for name in data if name in METRICS}


def in_place(filters: Given, parameter: str, value: Values) -> dict[str, Values]:
    """The filters with that one in the place of their own of its name; of levels, of all three."""
    name = parameter.removeprefix("not_")
    instead = LEVELS if name in LEVELS else (name,)
    kept = {one: told for one, told in filters.items() if one.removeprefix("not_") not in instead}
    return kept | {parameter: value}


def written(other: tuple[str, Values]) -> str:
    """A filter and its values as `compare` has them."""
    return f"{other[0]}:{','.join(each_of(other[1]))}"


others = st.sampled_from(sorted(KNOWN)).flatmap(
    lambda name: st.tuples(st.sampled_from([name, f"not_{name}"]), st.sampled_from(KNOWN[name]))
) | st.sampled_from(["weekday", "hour", "not_segment"]).flatmap(
    lambda name: st.tuples(st.just(name), st.just(sorted(KNOWN[name.removeprefix("not_")])[1:]))
)
"""A filter and one of its values, or several where they are the same whatever the data."""


@settings(max_examples=15)
@given(filters=choices(), other=others)
def test_every_number_beside_that_of_another_value(
    ask: Asking, known: Published, filters: dict[str, Values], other: tuple[str, Values]
) -> None:
    days, there = {"from_": DAYS.first, "to": DAYS.last}, in_place(filters, *other)
    answer = ask("/analytics", **days, **filters, compare=written(other))
    comparison = answer["data"]["comparison"]
    now, beside = (numbers(known, DAYS, some) for some in (filters, there))
    assert (comparison["by"], comparison["period"]) == (written(other), answer["period"])
    assert comparison["filters"] == there
    assert answer["filters"] == filters
    plain = told(ask("/analytics", **days, **there)["data"])
    names = [name for name in told(answer["data"]) if name in plain]
    assert told(answer["data"]) == {name: close(now[name]) for name in told(answer["data"])}
    assert told(comparison["data"]) == {name: close(beside[name]) for name in names}
    assert told(comparison["data"]) == {name: close(plain[name]) for name in names}
    for name, change in comparison["change"].items():
        some = now[name], beside[name]
        known_both = None not in some
        assert change["absolute"] == (
            close((some[0] or 0) - (some[1] or 0)) if known_both else None
        )


@settings(max_examples=10)
@given(
    filters=choices({name: some for name, some in KNOWN.items() if name != "device"}),
    other=others.filter(lambda other: "device" not in other[0]),
    metric=st.sampled_from(["plays", "viewers", "completion_rate", "views"]),
)
def test_every_line_of_a_split_beside_that_of_another_value(
    ask: Asking,
    known: Published,
    filters: dict[str, Values],
    other: tuple[str, Values],
    metric: str,
) -> None:
    there = in_place(filters, *other)
    for granularity in ("day", "whole"):
        data = ask(
            "/analytics/timeseries",
            metric=metric,
            granularity=granularity,
            split_by="device",
            top=2,
            from_=DAYS.first,
            to=DAYS.last,
            compare=written(other),
            **filters,
        )["data"]
        assert data["compared_with"]["days_before"] == 0
        named = [line["group"] for line in data["lines"] if not line["rest"]]
        for line in data["lines"]:
            of = {"not_device": named} if line["rest"] else {"device": line["group"]}
            now, before = (numbers(known, DAYS, some | of)[metric] for some in (filters, there))
            assert [line["total"], line["compared_total"]] == [close(now), close(before)]
            parts = [
                Days(*(date.fromisoformat(bucket[end]) for end in ("from", "to")))
                for bucket in data["buckets"]
            ]
            by_day = granularity == "day"
            for side, some in (("values", filters), ("compared", there)):
                assert line[side] == [
                    None
                    if by_day and not lets_in(some, part.first)
                    else close(numbers(known, part, some | of)[metric])
                    for part in parts
                ]


def test_days_stand_where_either_side_has_them(ask: Asking, known: Published) -> None:
    weekend, rest = {"weekday": ["6", "7"]}, {"weekday": ["1", "2", "3", "4"]}
    data = ask(
        "/analytics/timeseries",
        metric="hours_viewed",
        from_=DAYS.first,
        to=DAYS.last,
        compare=written(("weekday", rest["weekday"])),
        **weekend,
    )["data"]
    days = [date.fromisoformat(bucket["from"]) for bucket in data["buckets"]]
    assert {day.isoweekday() for day in days} == {1, 2, 3, 4, 6, 7}
    (line,) = data["lines"]
    for side, some in (("values", weekend), ("compared", rest)):
        assert line[side] == [
            close(numbers(known, Days(day, day), some)["hours_viewed"])
            if lets_in(some, day)
            else None
            for day in days
        ]
    # The API tells the sums of both, however many days each has.
    totals = [numbers(known, DAYS, some)["hours_viewed"] for some in (weekend, rest)]
    assert [line["total"], line["compared_total"]] == list(map(close, totals))


@settings(max_examples=10)
@given(
    filters=choices(),
    other=others,
    metric=st.sampled_from([*SUMS, "viewers", "completion_rate"]),
    by=st.sampled_from(["device", "country", "series"]),
)
def test_contributions_add_up_to_the_difference_from_another_value(
    ask: Asking,
    known: Published,
    filters: dict[str, Values],
    other: tuple[str, Values],
    metric: str,
    by: str,
) -> None:
    data = ask(
        "/analytics/contributions",
        metric=metric,
        by=by,
        from_=DAYS.first,
        to=DAYS.last,
        compare=written(other),
        top=5,
        **filters,
    )["data"]
    there = in_place(filters, *other)
    now, before = (numbers(known, DAYS, some)[metric] for some in (filters, there))
    assert [data["value"], data["compared"]] == [close(now), close(before)]
    done = [row["contribution"] for row in data["groups"]]
    if None not in done and now is not None and before is not None:
        assert sum(done) == pytest.approx(now - before, rel=1e-9, abs=1e-9)
    for row in data["groups"]:
        if row["group"] is None or by in {name.removeprefix("not_") for name in (*filters, *there)}:
            continue
        for side, some in (("value", filters), ("compared", there)):
            assert row[side] == close(numbers(known, DAYS, some | {by: row["group"]})[metric])


@pytest.mark.parametrize(
    "other",
    [
        Days(date(2025, 10, 1), date(2025, 10, 9)),
        Days(date(2025, 10, 2), date(2025, 11, 4)),  # longer, and with days of the period
        Days(DAYS.first, date(2025, 11, 2)),  # from the same day on
        Days(date(2025, 11, 5), LAST),  # later
    ],
    ids=["earlier", "longer", "same", "later"],
)
def test_every_number_beside_that_of_chosen_days(
    ask: Asking, known: Published, other: Days
) -> None:
    shift, chosen = DAYS.first - other.first, f"{other.first}..{other.last}"
    asked: dict[str, Any] = {"from_": DAYS.first, "to": DAYS.last, "compare": chosen}
    some: list[Given] = [{}, {"country": ["BR", "US"], "not_device": "mobile"}, {"weekday": "7"}]
    for filters in some:
        before = numbers(known, other, filters)
        comparison = ask("/analytics", **asked, **filters)["data"]["comparison"]
        assert comparison["by"] == chosen
        assert comparison["period"] == {"from": str(other.first), "to": str(other.last)}
        assert "filters" not in comparison
        told_there = told(comparison["data"])
        assert told_there == {name: close(before[name]) for name in told_there}
        for metric in ("plays", "viewers"):
            data = ask("/analytics/timeseries", metric=metric, **asked, **filters)["data"]
            (line,) = data["lines"]
            assert data["compared_with"]["days_before"] == shift.days
            assert line["compared_total"] == close(before[metric])
            for bucket, value in zip(data["buckets"], line["compared"], strict=True):
                day = date.fromisoformat(bucket["from"]) - shift
                there = close(numbers(known, Days(day, day), filters)[metric])
                beside = day <= other.last and lets_in(filters, day)
                assert value == (there if beside else None)
        split = ask(
            "/analytics/timeseries",
            metric="plays",
            granularity="whole",
            split_by="device",
            **asked,
            **filters,
        )
        for line in split["data"]["lines"]:
            narrower = {**filters, "device": line["group"]}
            if takes("plays", narrower) and "not_device" not in filters:
                assert line["compared_total"] == close(numbers(known, other, narrower)["plays"])


@pytest.fixture(scope="module")
def app(known: Published) -> FastAPI:
    return create_app(known.settings)


@pytest.mark.parametrize(
    ("compare", "says"),
    [
        ("genre:Comdy", "no 'Comdy'. There are: Action, Comedy"),
        ("not_plan:Gratis", "no 'Gratis'. There are: "),
        ("series:no-such", "Look for ids with "),
        ("country:DE,FR", "It takes one value here"),
        ("country:", "at least 1 character"),
        ("weekday:8", "a weekday is 1 to 7"),
        ("weekday:6,8", "a weekday is 1 to 7"),
        ("colour:red", "a filter's value as country:FR"),
        ("yesterday", "with days as FIRST..LAST"),
        ("2025-11-09..2025-11-01", "swap the two"),
        ("2025-02-30..2025-03-01", "day"),
        ("1900-01-01..2025-03-01", "at most 3660 are answered at once"),
    ],
)
@pytest.mark.parametrize(
    "path",
    [
        "/analytics?",
        "/analytics/timeseries?metric=plays&",
        f"{V1}/analytics/contributions?metric=plays&by=device&",
    ],
)
def test_what_nothing_can_be_compared_with_is_refused(
    app: FastAPI, path: str, compare: str, says: str
) -> None:
    problem = assert_problem(request(app, f"{path}compare={compare}"), 422, "invalid-request")
    assert [one["field"] for one in problem["errors"]] == ["query.compare"]
    assert says in f"{problem['detail']} {problem['errors']}"


def test_a_metric_that_cannot_be_narrowed_so_is_not_compared_so(ask: Asking, app: FastAPI) -> None:
    data = ask("/analytics", compare="country:DE")["data"]
    assert "dau" in data
    assert "dau" not in data["comparison"]["data"]
    for path in ("/analytics?metrics=dau", "/analytics/timeseries?metric=dau"):
        answer = request(app, f"{path}&compare=country:DE")
        problem = assert_problem(answer, 422, "filter-not-taken")
        assert [one["field"] for one in problem["errors"]] == ["query.compare"]
