"""`/titles` and `/titles/{id}`."""

import pytest
from fastapi import FastAPI

from api.app import create_app
from netflix_pipeline.serving import publish_home
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.api import assert_problem, request
from netflix_pipeline_tests.support.three_days import described, three_days


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    described(three_days(settings.lake))
    publish_home(settings)
    return create_app(settings)


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("series=s-saga&season=1&sort=episode", ["e-1", "e-2"]),
        ("list=films&is_original=true", ["t-night"]),
        ("released_from=2000&released_to=2010&language=fr", ["t-amelie"]),
        ("watched=false&described=false&sort=rating&limit=2", ["e-2", "e-1"]),
        ("list=films&sort=release_year&order=asc&limit=2", ["t-amelie", "t-night"]),
    ],
)
def test_the_catalogue_takes_its_filters(app: FastAPI, query: str, ids: list[str]) -> None:
    told = request(app, f"/titles?{query}").json()
    assert [title["title_id"] for title in told["data"]] == ids
    how = ("sort", "order", "limit")
    asked = (pair.split("=") for pair in query.split("&"))
    assert told["filters"] == {name: value for name, value in asked if name not in how}


def test_a_title(app: FastAPI) -> None:
    told = request(app, "/titles/t-dark?from=2026-03-02&to=2026-03-06&country=DE").json()
    assert told["data"]["in_period"]["plays"] == 2
    assert told["data"]["drop_off"]["starters"] == 2
    assert told["filters"] == {"country": "DE"}
    assert told["period"] == {"from": "2026-03-02", "to": "2026-03-06"}
    assert {"drop_off", "next_episode_rate", "viewers"} <= set(told["metrics"])


def test_a_series(app: FastAPI) -> None:
    told = request(app, "/titles/s-saga").json()["data"]
    assert told["titles_counted"] == 3
    assert told["next_episode"]["next_episode_rate"] == 0.6


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/titles/nothing", 404, "not-found"),
        ("/titles/t-dark'%20OR%20true--", 404, "not-found"),
        ("/titles/..%2Ft-dark", 404, "not-found"),
        ("/titles/" + "x" * 201, 422, "invalid-request"),
        ("/titles/t-dark?title=t-zoo", 422, "invalid-request"),
        ("/titles/t-dark?from=2026-03-02", 422, "bad-period"),
        ("/titles/t-dark?plan=", 422, "invalid-request"),
        ("/titles?order=up", 422, "invalid-request"),
        ("/titles?release_year=1", 422, "invalid-request"),
        ("/titles?season=-1", 422, "invalid-request"),
        ("/titles?watched=perhaps", 422, "invalid-request"),
        ("/titles?language=" + "x" * 201, 422, "invalid-request"),
    ],
)
def test_what_cannot_be_asked_is_a_problem(app: FastAPI, path: str, status: int, kind: str) -> None:
    assert_problem(request(app, path), status, kind)
