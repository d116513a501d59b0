"""`/analytics/audience`, `/retention`, `/lifecycle`, `/segments`, and what people looked for."""

from datetime import timedelta

import pytest
from fastapi import FastAPI

from api.app import create_app
from netflix_pipeline.serving import publish_home
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.api import assert_problem, request
from netflix_pipeline_tests.support.three_days import (
    MONDAY,
    TUESDAY,
    WEEKS,
    recommended,
    rows,
    searched,
    three_days,
)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    world = three_days(settings.lake)
    searched(world, MONDAY, [("DE", "mobile", 8, 4, 1), ("FR", "mobile", 2, 0, 2)])
    recommended(world, MONDAY, [("mobile", "als", 10, 5), ("smart_tv", "rank", 10, 0)])
    cohorts = [(MONDAY - timedelta(days=7), k, 4, 4 - k, 1 - k / 4, k == 1) for k in (0, 1)]
    world.put("gold/retention_weekly", None, rows("gold/retention_weekly", cohorts))
    world.put("gold/lifecycle_weekly", None, rows("gold/lifecycle_weekly", WEEKS))
    publish_home(settings)
    return create_app(settings)


def test_the_audience(app: FastAPI) -> None:
    told = request(app, f"/analytics/audience?from={MONDAY}&to={TUESDAY}").json()
    assert told["metrics"] == ["dau", "wau", "mau", "stickiness"]
    assert told["data"]["last_day"] == told["data"]["days"][1]
    assert told["data"]["last_day"] == {
        "day": str(TUESDAY),
        "dau": 1,
        "wau": None,
        "mau": None,
        "stickiness": None,
    }


def test_retention(app: FastAPI) -> None:
    told = request(app, "/analytics/retention?from=2026-02-25&to=2026-02-25").json()
    assert told["period"] == {"from": "2026-02-23", "to": "2026-03-01"}
    assert [rate["retention"] for rate in told["data"]["rates"]] == [1.0, None]
    assert [week["provisional"] for week in told["data"]["cohorts"]] == [False, True]
    shorter = request(app, "/analytics/retention?weeks=0").json()["data"]
    assert [week["week_offset"] for week in shorter["cohorts"]] == [0]


def test_lifecycle(app: FastAPI) -> None:
    told = request(app, "/analytics/lifecycle").json()
    assert [list(week.values())[1:] for week in told["data"]] == [list(w[1:]) for w in WEEKS]
    assert told["period"]["to"] == "2026-03-08"


def test_segments(app: FastAPI) -> None:
    told = request(app, "/analytics/segments").json()
    assert told["period"] == {"from": "2026-02-07", "to": "2026-03-06"}
    assert told["metrics"] == ["engagement_score"]
    assert told["data"]["users"] == 4
    assert [each["segment"] for each in told["data"]["segments"]] == [
        "core",
        "regular",
        "casual",
        "at_risk",
    ]
    assert [each["users"] for each in told["data"]["segments"]] == [0, 0, 4, 0]


def test_searches_and_recommendations(app: FastAPI) -> None:
    told = request(app, f"/analytics/search?from={MONDAY}&to={MONDAY}&split_by=country").json()
    assert told["metrics"] == ["search_success"]
    assert [(day["group"], day["search_success"]) for day in told["data"]["days"]] == [
        ("DE", 0.5),
        ("FR", 0.0),
    ]
    told = request(app, "/analytics/recommendations?algorithm=als&device=mobile").json()
    assert told["filters"] == {"device": "mobile", "algorithm": "als"}
    assert told["data"]["totals"] == {"shown": 10, "clicked": 5, "recommendation_ctr": 0.5}


@pytest.mark.parametrize(
    ("path", "lines"),
    [
        (
            "audience?from=2026-03-03&to=2026-03-03",
            ["day,dau,wau,mau,stickiness", "2026-03-03,1,,,"],
        ),
        (
            "retention?weeks=0",
            [
                "cohort_week,cohort_users,week_offset,active_users,retention,provisional",
                "2026-02-23,4,0,4,1,false",
            ],
        ),
        (
            "segments?",
            [
                "segment,users,share,engagement_score",
                "core,0,0,",
                "regular,0,0,",
                "casual,4,1,20.5",
                "at_risk,0,0,",
            ],
        ),
        (
            "search?from=2026-03-02&to=2026-03-02",
            [
                "day,group,searches,clicked,without_results,search_success",
                "2026-03-02,,10,4,3,0.4",
            ],
        ),
        (
            "recommendations?from=2026-03-02&to=2026-03-02&split_by=algorithm&device=mobile",
            ["day,group,shown,clicked,recommendation_ctr", "2026-03-02,als,10,5,0.5"],
        ),
    ],
)
def test_each_can_be_had_as_a_table(app: FastAPI, path: str, lines: list[str]) -> None:
    response = request(app, f"/analytics/{path}&format=csv")
    assert response.headers["content-type"].startswith("text/csv")
    assert response.text.splitlines() == lines


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("audience?country=DE", "invalid-request"),
        ("audience?from=2026-03-06", "bad-period"),
        ("retention?device=mobile", "invalid-request"),
        ("retention?weeks=105", "invalid-request"),
        ("retention?from=2020-01-01&to=2026-01-01", "bad-period"),
        ("lifecycle?plan=Basic", "invalid-request"),
        ("segments?from=2026-03-02", "invalid-request"),
        ("lifecycle?from=0001-01-01&to=9999-12-31", "bad-period"),
        ("search?algorithm=als", "invalid-request"),
        ("search?split_by=genre", "invalid-request"),
        ("search?country=", "invalid-request"),
        ("search?device=" + "x" * 201, "invalid-request"),
        ("search?split_by=device&from=2020-01-01&to=2021-01-01", "bad-period"),
        ("recommendations?country=DE", "invalid-request"),
        ("recommendations?algorithm=" + "x" * 201, "invalid-request"),
    ],
)
def test_what_cannot_be_asked_is_a_problem(app: FastAPI, path: str, kind: str) -> None:
    assert_problem(request(app, f"/analytics/{path}"), 422, kind)
