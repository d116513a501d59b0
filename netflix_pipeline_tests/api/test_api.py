import asyncio
import re
import time
from datetime import datetime

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.resource import resources
from netflix_pipeline.serving import publish_home
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import open_state
from netflix_pipeline.state.keys import Keys
from netflix_pipeline_tests.support.api import SERVER, assert_problem, request, running
from netflix_pipeline_tests.support.processes import Start
from netflix_pipeline_tests.support.three_days import TUESDAY, three_days, three_days_published
from netflix_pipeline_tests.support.world import Watched, World


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    three_days_published(settings.root)
    return create_app(settings)


@pytest.fixture
def world(home: Settings) -> World:
    return three_days(home.lake)


def test_the_headline_of_a_period(app: FastAPI) -> None:
    response = request(app, "/analytics?from=2026-03-02&to=2026-03-06")
    told = response.json()
    assert response.status_code == 200
    assert (told["data"]["plays"], told["data"]["viewers"]) == (7, 3)
    assert told["data"]["views"] == pytest.approx(1 + 0.5 + 1 / 90 + 1 + 1)
    assert told["period"] == {"from": "2026-03-02", "to": "2026-03-06"}
    assert told["snapshot"]["version"] == 1
    assert "completion_rate" in told["metrics"]


def test_without_a_period_the_last_28_days_with_data_are_answered(app: FastAPI) -> None:
    told = request(app, "/analytics").json()
    assert told["period"] == {"from": "2026-02-07", "to": "2026-03-06"}


def test_times_are_rfc_3339_with_an_offset(app: FastAPI) -> None:
    snapshot = request(app, "/analytics").json()["snapshot"]
    assert snapshot["as_of"] == "2026-03-07T08:30:00Z"
    assert datetime.fromisoformat(snapshot["built_at"]).tzinfo is not None
    play = request(app, "/users/ann").json()["data"]["recent_plays"][0]
    assert play["started_at"] == "2026-03-06T08:00:00Z"


def test_titles_come_in_pages_that_link_to_the_next(app: FastAPI) -> None:
    path: str | None = "/v1/titles?limit=3&genre=drama&search=a"
    found = []
    while path:
        response = request(app, path)
        found += [title["title_id"] for title in response.json()["data"]]
        link = response.headers.get("link")
        assert (link is None) == (response.json()["next"] is None)
        path = link and re.fullmatch(r'<([^>]+)>; rel="next"', link)[1]  # type: ignore[index]
    assert found == ["t-dark"]

    path, found = "/v1/titles?limit=1", []
    while path:
        response = request(app, path)
        found += [title["title_id"] for title in response.json()["data"]]
        link = response.headers.get("link")
        path = link and re.fullmatch(r'<([^>]+)>; rel="next"', link)[1]  # type: ignore[index]
    assert found == ["t-dark", "t-amelie", "t-night", "t-zoo"]


@pytest.mark.parametrize(
    ("trusted", "led"), [("", "http://localhost:8000"), ("127.0.0.1", "https://localhost:8000")]
)
def test_a_link_is_whole_also_where_it_is_kept(app: FastAPI, trusted: str, led: str) -> None:
    settings = app.state.settings.model_copy(update={"trusted_proxies": trusted})
    asked = {"host": "localhost:8000", "x-forwarded-proto": "https"}

    async def ask() -> list[str]:
        async with running(create_app(settings)) as client:
            answers = [await client.get("/v1/titles?limit=1", headers=asked) for _ in range(2)]
            return [answer.headers["link"] for answer in answers]

    first, again = asyncio.run(ask())
    assert first == again
    assert re.fullmatch(rf'<{led}/v1/titles\?limit=1&cursor=[\w-]+>; rel="next"', first)


def test_a_user_is_shown(app: FastAPI) -> None:
    told = request(app, "/users/ann").json()["data"]
    assert told["viewing"]["favourite_genres"] == ["comedy", "drama"]
    assert [play["title_id"] for play in told["recent_plays"]] == ["t-dark", "t-dark", "t-amelie"]


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/analytics?from=2026-03-06&to=2026-03-02", 422, "bad-period"),
        ("/analytics?from=2026-03-06", 422, "bad-period"),
        ("/analytics?from=0001-01-01&to=9999-12-31", 422, "bad-period"),
        ("/analytics?from=yesterday&to=2026-03-02", 422, "invalid-request"),
        ("/analytics?from=0&to=86400", 422, "invalid-request"),
        ("/analytics?from=2026-02-30&to=2026-03-01", 422, "invalid-request"),
        ("/analytics?from=2026-03-01&from=2026-03-02&to=2026-03-03", 422, "invalid-request"),
        ("/analytics?colour=red", 422, "invalid-request"),
        ("/analytics?country=DE,FR", 422, "invalid-request"),
        ("/analytics?country=", 422, "invalid-request"),
        ("/analytics?country=" + "x" * 201, 422, "invalid-request"),
        ("/analytics?metrics=profit", 422, "unknown-metric"),
        ("/analytics?metrics=plays,", 422, "unknown-metric"),
        ("/analytics?metrics=retention", 422, "invalid-request"),
        ("/analytics?metrics=plays,dau&country=DE", 422, "filter-not-taken"),
        ("/analytics?metrics=sittings&genre=drama", 422, "filter-not-taken"),
        ("/analytics?compare=yesterday", 422, "invalid-request"),
        ("/analytics?period=9d", 422, "invalid-request"),
        ("/analytics?period=since_launch", 422, "invalid-request"),
        ("/analytics?period=7d&from=2026-03-01&to=2026-03-02", 422, "bad-period"),
        ("/analytics?period=last_week&week_start=friday", 422, "invalid-request"),
        ("/analytics?from=1899-12-31&to=1900-01-31", 422, "bad-period"),
        ("/analytics/timeseries", 422, "invalid-request"),
        ("/analytics/timeseries?metric=profit", 422, "unknown-metric"),
        ("/analytics/timeseries?metric=retention", 422, "invalid-request"),
        ("/analytics/timeseries?metric=viewers&granularity=hour", 422, "invalid-request"),
        ("/analytics/timeseries?metric=viewers&tz=Asia/Tokio", 422, "invalid-request"),
        ("/analytics/timeseries?metric=plays&tz=Mars/Olympus", 422, "invalid-request"),
        ("/analytics/timeseries?metric=plays&tz=../../etc/passwd", 422, "invalid-request"),
        ("/analytics/timeseries?metric=mau&split_by=country", 422, "filter-not-taken"),
        ("/analytics/timeseries?metric=sittings&split_by=title", 422, "filter-not-taken"),
        ("/analytics/timeseries?metric=plays&split_by=user_id", 422, "invalid-request"),
        ("/analytics/timeseries?metric=plays&top=21", 422, "invalid-request"),
        (
            "/analytics/timeseries?metric=plays&granularity=hour&from=2026-01-01&to=2026-04-03",
            422,
            "bad-period",
        ),
        (
            "/analytics/timeseries?metric=plays&split_by=title&top=20&from=2018-01-01&to=2026-01-01",
            422,
            "invalid-request",
        ),
        ("/v1/analytics/contributions?metric=plays", 422, "invalid-request"),
        ("/v1/analytics/contributions?metric=plays&by=user_id", 422, "invalid-request"),
        ("/v1/analytics/contributions?metric=plays&by=country&top=101", 422, "invalid-request"),
        ("/v1/analytics/contributions?metric=profit&by=country", 422, "unknown-metric"),
        ("/v1/analytics/contributions?metric=rating&by=title", 422, "invalid-request"),
        ("/v1/analytics/contributions?metric=mau&by=country", 422, "filter-not-taken"),
        ("/v1/analytics/contributions?metric=sittings&by=genre", 422, "filter-not-taken"),
        ("/analytics/heatmap?tz=", 422, "invalid-request"),
        ("/analytics/heatmap?granularity=hour", 422, "invalid-request"),
        ("/plays?of=hours_viewed", 422, "invalid-request"),
        ("/health?verbose=1", 422, "invalid-request"),
        ("/titles?limit=0", 422, "invalid-request"),
        ("/titles?limit=501", 422, "invalid-request"),
        ("/titles?limit=99999999999999999999", 422, "invalid-request"),
        ("/titles?search=", 422, "invalid-request"),
        ("/titles?search=" + "x" * 201, 422, "invalid-request"),
        ("/titles?sort=title_id;--", 422, "invalid-request"),
        ("/titles?cursor=abc", 422, "bad-cursor"),
        ("/titles?cursor=" + "x" * 1001, 422, "invalid-request"),
        ("/users/" + "x" * 65, 422, "invalid-request"),
        ("/users/nobody", 404, "not-found"),
        ("/users/nobody/history", 404, "not-found"),
        ("/users/ann/history?limit=501", 422, "invalid-request"),
        ("/users/ann/history?from=2026-03-06", 422, "bad-period"),
        ("/users/ann/history?cursor=abc", 422, "bad-cursor"),
        ("/users/ann/history?device=mobile", 422, "invalid-request"),
        ("/users/ann'%20OR%20true--", 404, "not-found"),
        ("/users/..%2F..%2Fetc%2Fpasswd", 404, "not-found"),
        ("/users/a%00b", 404, "not-found"),
        ("/nowhere", 404, "nothing-there"),
    ],
)
def test_every_error_is_a_problem_document(app: FastAPI, path: str, status: int, kind: str) -> None:
    assert_problem(request(app, path), status, kind)


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/analytics?from=2026-03-06", ["query.from", "query.to"]),
        ("/analytics?metrics=profit", ["query.metrics"]),
        ("/analytics?metrics=retention", ["query.metrics"]),
        ("/analytics?metrics=sittings&not_genre=drama", ["query.not_genre"]),
        ("/analytics/timeseries?metric=profit", ["query.metric"]),
        ("/analytics/timeseries?metric=viewers&granularity=hour", ["query.metric"]),
        ("/analytics/timeseries?metric=plays&tz=Mars/Olympus", ["query.tz"]),
        ("/analytics/timeseries?metric=mau&split_by=country", ["query.split_by"]),
        ("/v1/analytics/contributions?metric=dau&by=country", ["query.by"]),
        ("/analytics/timeseries?metric=mau&split_by=country&country=DE", ["query.country"]),
        ("/titles?cursor=abc", ["query.cursor"]),
        ("/titles/unknown", ["path.title_id"]),
        ("/users/nobody", ["path.user_id"]),
        ("/users/nobody/history", ["path.user_id"]),
        ("/nowhere", ["path"]),
        ("/titles?" + "&".join(f"a{number}" for number in range(101)), ["query"]),
    ],
)
def test_a_problem_names_the_parts_of_the_request_that_are_at_fault(
    app: FastAPI, path: str, fields: list[str]
) -> None:
    told = request(app, path).json()
    assert [(one["field"], one["detail"]) for one in told["errors"]] == [
        (field, told["detail"]) for field in fields
    ]


def test_a_problem_names_the_parameters_that_cannot_be_taken(app: FastAPI) -> None:
    told = assert_problem(request(app, "/titles?limit=0&colour=red"), 422, "invalid-request")
    assert {error["field"] for error in told["errors"]} <= {"query.limit", "query.colour"}
    assert told["errors"]


def test_another_method_is_refused_with_those_there_are(app: FastAPI) -> None:
    response = request(app, "/analytics", "POST")
    assert_problem(response, 405, "method-not-allowed")
    assert response.headers["allow"] == "GET, HEAD"


def test_a_fault_of_our_own_tells_nothing_but_its_instance(home: Settings) -> None:
    broken = create_app(home)
    broken.state.threads = None
    response = request(broken, "/analytics")
    assert_problem(response, 500, "internal-error")
    assert "NoneType" not in response.text


def test_an_answer_is_not_sent_again_while_nothing_changed(app: FastAPI) -> None:
    first = request(app, "/analytics")
    tag = first.headers["etag"]
    assert re.fullmatch(r'"1-[0-9a-f]+-br"', tag)
    for given in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = request(app, "/analytics", if_none_match=given)
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    other = request(app, "/analytics?from=2026-03-02&to=2026-03-02", if_none_match=tag)
    assert other.status_code == 200
    assert other.headers["etag"] != tag


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8000", "127.0.0.1:8000", "[::1]", "[::1]:8000"]
)
def test_this_machine_is_answered_under_each_of_its_names(app: FastAPI, host: str) -> None:
    assert request(app, "/analytics", host=host).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "localhost.evil.example", "127.0.0.2", "", "::1"]
)
@pytest.mark.parametrize("path", ["/analytics", "/health", "/nowhere", "/openapi.json"])
def test_a_foreign_host_is_refused(app: FastAPI, path: str, host: str) -> None:
    told = assert_problem(request(app, path, host=host), 421, "foreign-host")
    assert "127.0.0.1" in told["detail"]


@pytest.mark.parametrize(("host", "named"), [("127.0.0.2", "127.0.0.2:1"), ("::2", "[::2]:1")])
def test_the_host_that_was_chosen_is_answered(home: Settings, host: str, named: str) -> None:
    settings = home.model_copy(update={"host": host})
    engine = open_state(settings)
    Keys(engine).create("test", {"ops:read"})  # it does not start elsewhere without one
    engine.dispose()
    chosen = create_app(settings)
    assert request(chosen, "/health", host=named).status_code == 200


@pytest.mark.parametrize("path", ["/health", "/analytics", "/users/nobody", "/nowhere"])
def test_every_response_carries_the_headers_that_protect_browsers(app: FastAPI, path: str) -> None:
    headers = request(app, path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"]


def test_the_schema_describes_answers_and_problems(app: FastAPI) -> None:
    schema = request(app, "/openapi.json").json()
    assert resources(app).keys() < schema["paths"].keys()
    headline = schema["components"]["schemas"]["Headline"]["properties"]
    assert "at least one starter" in headline["viewers"]["description"]
    for name, path in schema["paths"].items():
        operation = path.get("get") or path["post"]
        for status in ("422", "503"):
            content = operation["responses"][status]["content"]
            assert content["application/problem+json"]["example"]["status"] == int(status)
        media_type = {"/live/stream": "text/event-stream", "/metrics": "text/plain"}.get(
            name, "application/json"
        )
        assert "example" in operation["responses"]["200"]["content"][media_type]


def test_a_server_answers_503_before_and_by_itself_after_the_first_publish(
    home: Settings, world: World, start: Start
) -> None:
    address = start(SERVER, path="/health")
    with httpx.Client(base_url=address, trust_env=False) as client:
        assert client.get("/health").json()["snapshot"] is None
        refused = client.get("/analytics")
        assert_problem(refused, 503, "no-snapshot")
        assert int(refused.headers["retry-after"]) > 0

        publish_home(home)
        assert _plays(client, version=1) == 7
        world.watch(TUESDAY, [Watched("eve", "t-zoo", 7), Watched("fay", "t-zoo", 7)])
        publish_home(home)
        assert _plays(client, version=2) == 8
        assert client.get("/health").json()["snapshot"]["version"] == 2


def _plays(client: httpx.Client, version: int) -> int:
    """The plays of the headline, once it comes from that version."""
    for _ in range(300):
        response = client.get("/analytics")
        if response.status_code == 200 and response.json()["snapshot"]["version"] == version:
            return int(response.json()["data"]["plays"])
        time.sleep(0.05)
    pytest.fail(f"version {version} was not followed: {response.text}")


@pytest.mark.parametrize("value", ["XX", "' OR true --", "1 DROP TABLE plays", "%00", "ÿ"])
@pytest.mark.parametrize("name", ["country", "device", "plan", "content_type", "genre", "title"])
def test_a_filter_that_nothing_has_gives_zeros(app: FastAPI, name: str, value: str) -> None:
    told = request(app, f"/analytics?{name}={value}").json()["data"]
    assert (told["plays"], told["hours_viewed"], told["viewers"]) == (0, 0, 0)
    assert told["completion_rate"] is None
    assert request(app, f"/plays?{name}={value}").json()["data"] == []
    split = request(app, f"/analytics/timeseries?metric=viewers&split_by=genre&{name}={value}")
    assert (split.json()["data"]["groups"], split.json()["data"]["lines"]) == (0, [])


def test_numbers_come_as_tables_beside_those_they_are_compared_with(app: FastAPI) -> None:
    asked = "from=2026-03-06&to=2026-03-06&compare=previous&format=csv"
    lines = request(app, f"/analytics?metrics=plays,completion_rate&{asked}").text.splitlines()
    assert lines == [
        "metric,unit,value,compared,change,relative_change",
        "plays,plays,2,0,2,",
        "completion_rate,share,0.5,,,",
    ]
    split = request(app, f"/analytics/timeseries?metric=plays&split_by=plan&{asked}")
    assert split.text.splitlines() == [
        "group,name,rest,from,to,partial,value,compared",
        "Basic,,false,2026-03-06,2026-03-06,false,1,0",
        "Premium,,false,2026-03-06,2026-03-06,false,1,0",
    ]
