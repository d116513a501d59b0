"""Filters on every resource that takes them: what is not understood is refused, and never zeros."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI

from api.app import create_app
from api.versions import V1, without_version
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.reference.published import FIRST, LAST, Published
from netflix_pipeline_tests.support.api import Asking, assert_problem, request

TEXTS = {"search", "cursor", "tz", "metric", "metrics", "term", "against", "member"}
"""Parameters that are no choice among the values of the data."""
NEEDED = {
    "/analytics/timeseries": "metric=plays",
    "/analytics/contributions": "metric=plays&by=country",
    "/analytics/people": "by=segment",
}
WITH_PERIOD = {"/titles/{title_id}": "/titles/t000021", "/series/{series_id}": "/series/saga"}
PATHS = WITH_PERIOD | {
    "/launches/{title_id}": "/launches/t000021",
    "/launch-curves/{title_id}": "/launch-curves/t000021",
}


@pytest.fixture(scope="module")
def app(known: Published) -> FastAPI:
    return create_app(known.settings)


def choosing() -> Iterator[tuple[str, str, bool]]:
    """Resources, their filters by text, and whether these take several values."""
    described: dict[str, Any] = create_app(Settings()).openapi()
    of_data = {path: one for path, one in described["paths"].items() if path.startswith(V1)}
    for path, methods in of_data.items():
        for one in methods.get("get", {}).get("parameters", ()):
            kinds = one["schema"].get("anyOf", [one["schema"]])
            several = [kind for kind in kinds if kind.get("type") == "array"]
            of = several[0]["items"] if several else kinds[0]
            free = of.get("type") == "string" and not {"enum", "const", "format", "pattern"} & set(
                of
            )
            if one["in"] == "query" and free and one["name"] not in TEXTS:
                yield without_version(path), one["name"], bool(several)


CHOOSING = list(choosing())


def test_the_resources_that_have_filters_are_all_looked_at() -> None:
    of_plays = {path for path, name, several in CHOOSING if name == "not_language" and several}
    assert {
        "/analytics",
        "/analytics/timeseries",
        "/analytics/heatmap",
        "/plays",
        "/titles",
    } <= of_plays
    assert {path for path, name, several in CHOOSING if not several} == {
        "/titles",
        "/top10",
        "/quality/checks",
        "/quality/ledger",
        "/quality/quarantine",
    }


@pytest.mark.parametrize(("path", "name", "several"), CHOOSING)
def test_a_list_that_is_written_as_one_value_is_refused(
    app: FastAPI, path: str, name: str, several: bool
) -> None:
    for separator in (",", ";", "|", ", "):
        values = f"alpha{separator}beta"
        answer = request(app, f"{V1}{PATHS.get(path, path)}?{NEEDED.get(path, '')}&{name}={values}")
        told = assert_problem(answer, 422, "invalid-request")
        assert [one["field"] for one in told["errors"]] == [f"query.{name}"]
        way = f"{name}=alpha&{name}=beta" if several else "ask for each of them by itself"
        assert way in told["detail"]


@pytest.mark.parametrize(("path", "name"), [one[:2] for one in CHOOSING if one[2]])
def test_an_unknown_value_among_several_is_refused(app: FastAPI, path: str, name: str) -> None:
    answer = request(
        app, f"{V1}{PATHS.get(path, path)}?{NEEDED.get(path, '')}&{name}=alpha&{name}=beta"
    )
    told = assert_problem(answer, 422, "invalid-request")
    assert [one["field"] for one in told["errors"]] == [f"query.{name}"]
    assert "'alpha', 'beta'" in told["detail"]


def test_what_is_near_to_an_unknown_value_is_told(ask: Asking) -> None:
    told = ask.refused("/analytics", genre=["Comdy", "Romance"])
    assert "no 'Comdy'." in told
    assert "Comedy" in told


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/analytics", "weekday=8"),
        ("/analytics", "hour=24"),
        ("/analytics", "is_original=yes"),
        ("/plays", "not_is_original=1"),
        ("/plays", "not_hour=-1"),
        ("/analytics", "segment=best"),
        ("/plays", "not_cohort=2026-02-30"),
        ("/analytics", "cohort=2026-W09"),
        ("/analytics/heatmap", "weekday=1&weekday=x"),
        ("/analytics", "&".join(f"country=c{number}" for number in range(51))),
        ("/analytics", "country="),
        ("/analytics", f"country={'x' * 201}"),
        ("/analytics", "country=DE&not_country=FR"),
        ("/analytics/search", "country=DE&not_country=FR"),
        ("/titles", "genre=Comedy&not_genre=Romance"),
        ("/titles", "watched=true&watched=false"),
        ("/top10", "country=DE&country=FR"),
    ],
)
def test_what_no_filter_can_be_is_refused(app: FastAPI, path: str, query: str) -> None:
    told = assert_problem(request(app, f"{path}?{query}"), 422, "invalid-request")
    parameter = query.partition("=")[0]
    fields = {one["field"].removeprefix("query.").removeprefix("not_") for one in told["errors"]}
    assert fields == {parameter.removeprefix("not_")}


def test_a_cohort_is_named_by_any_day_of_its_week(ask: Asking) -> None:
    told = [
        ask("/analytics", from_=FIRST, to=LAST, cohort=day)
        for day in ("2024-10-28", "2024-10-30", ["2024-11-03", "2024-10-28"])
    ]
    assert [one["filters"] for one in told] == [{"cohort": "2024-10-28"}] * 3
    counts = {(one["data"]["plays"], one["data"]["viewers"]) for one in told}
    assert len(counts) == 1
    assert (0, 0) not in counts


def test_weeks_in_which_nobody_began_are_told_from_those_that_are_cohorts(ask: Asking) -> None:
    told = ask.refused("/analytics", not_cohort="2030-01-09")
    assert "no '2030-01-07'" in told
    assert ask("/analytics", cohort="2030-01-09")["data"]["plays"] == 0


def test_people_begin_with_a_series_and_not_with_an_episode_of_it(ask: Asking) -> None:
    days = {"from_": FIRST, "to": LAST}
    assert ask("/analytics", **days, first_title=" opus ")["filters"] == {"first_title": "opus"}
    for parameter in ("first_title", "not_first_title"):
        told = ask.refused("/analytics", **{parameter: ["opus", "saga-1"]})
        assert f"whole: {parameter}=saga." in told
    assert ask("/analytics", **days, first_title="nothing")["data"]["plays"] == 0
    known = ask.refused("/analytics", first_country=["DE", "XX"])
    assert "no 'XX'. " in known


def test_an_hour_left_out_leaves_what_has_none(ask: Asking) -> None:
    values = [str(hour) for hour in range(24)]
    days = {"from_": FIRST, "to": LAST}
    timed, others = ask("/analytics", **days, hour=values), ask("/plays", **days, not_hour=values)
    assert timed["filters"] == {"hour": sorted(values)}
    assert {play["time_precision"] for play in others["data"]} == {"day"}
    assert timed["data"]["plays"] < ask("/analytics", **days)["data"]["plays"]


OF_PLAYS = ["/analytics", "/analytics/heatmap", "/plays", "/titles", *WITH_PERIOD.values()]


@pytest.mark.parametrize(
    ("days", "says"),
    [
        ({"from_": FIRST - timedelta(days=400), "to": LAST}, "some of the days"),
        ({"from_": FIRST, "to": LAST}, None),
        ({}, None),
    ],
)
@pytest.mark.parametrize("path", OF_PLAYS)
def test_days_without_data_are_warned_of(
    ask: Asking, path: str, days: dict[str, Any], says: str | None
) -> None:
    told = ask(path, **days)
    if says is None:
        assert "warnings" not in told
    else:
        (warning,) = told["warnings"]
        assert says in warning
        assert f"to {LAST}" in warning


@pytest.mark.parametrize(
    "address",
    [
        *(f"{path}?from=2001-01-01&to=2001-01-07" for path in OF_PLAYS),
        "/analytics/timeseries?metric=plays&from=2001-01-01&to=2001-01-07",
        "/analytics/contributions?metric=plays&by=genre&from=2001-01-01&to=2001-01-07",
        "/analytics/audience?from=2001-01-01&to=2001-01-07",
        "/analytics/lifecycle?from=2001-01-01&to=2001-01-07",
        "/analytics/search?from=2001-01-01&to=2001-01-07",
        "/analytics/recommendations?from=2001-01-01&to=2001-01-07",
        "/quality/ledger?from=2001-01-01&to=2001-01-07",
        "/quality/quarantine?from=2001-01-01&to=2001-01-07",
        "/top10?week=2001-01-03",
    ],
)
def test_days_of_which_there_is_nothing_are_told_by_every_resource(
    app: FastAPI, address: str
) -> None:
    answer = request(app, V1 + address)
    assert answer.status_code == 200
    (warning,) = answer.json()["warnings"]
    assert "all of the days that are asked for lie outside" in warning


def test_a_table_carries_its_warning_in_a_header(app: FastAPI) -> None:
    answer = request(app, "/top10?week=2001-01-03&format=csv")
    assert "lie outside" in answer.headers["data-warning"]
    assert "data-warning" not in request(app, "/top10?format=csv").headers
