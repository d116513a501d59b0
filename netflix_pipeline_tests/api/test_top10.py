"""`/top10`."""

import pytest
from fastapi import FastAPI

from api.app import create_app
from netflix_pipeline.serving import publish_home
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.api import assert_problem, request
from netflix_pipeline_tests.support.three_days import listed, three_days


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    listed(three_days(settings.lake))
    publish_home(settings)
    return create_app(settings)


def test_a_list(app: FastAPI) -> None:
    told = request(app, "/top10?week=2026-03-04&list=films&country=DE").json()
    assert told["period"] == {"from": "2026-03-02", "to": "2026-03-08"}
    assert told["filters"] == {"country": "DE", "list": "films"}
    (entry,) = told["data"]["entries"]
    assert (entry["rank"], entry["entry_name"], entry["views"]) == (1, "Amélie", 1.0)


def test_it_can_be_had_as_a_table(app: FastAPI) -> None:
    lines = request(app, "/top10?format=csv&list=films").text.splitlines()
    assert lines == [
        "list,country,rank,entry_id,entry_name,hours_viewed,views,runtime_hours,plays,starters,"
        "weeks_in_list,previous_rank",
        "films,all,1,t-amelie,Amélie,4,2,2,4,3,1,",
        "films,all,2,t-night,Night,3,,,4,3,1,",
    ]


@pytest.mark.parametrize(
    "query",
    ["list=series", "week=last", "week=2026-W10", "country=", "country=" + "x" * 201, "plan=Basic"],
)
def test_what_cannot_be_asked_is_a_problem(app: FastAPI, query: str) -> None:
    assert_problem(request(app, f"/top10?{query}"), 422, "invalid-request")
