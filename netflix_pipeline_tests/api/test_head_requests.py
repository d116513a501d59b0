"""HEAD is answered wherever GET is, with the same head and without a body."""

import httpx
import pytest
from fastapi import FastAPI

from dash_app.app import create_app as dashboard
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.api import SERVER, assert_problem, request
from netflix_pipeline_tests.support.dashboard import Client
from netflix_pipeline_tests.support.processes import Start
from netflix_pipeline_tests.support.three_days import three_days_published
from netflix_pipeline_tests.support.world import World

OF_ONE_ANSWER = {"x-request-id", "date", "retry-after", "ratelimit"}
IDS = {
    "user_id": "ann",
    "title_id": "t-dark",
    "series_id": "s-1",
    "household": "nobody",
    "kind": "bad-period",
    "alert_id": "1",
}
OTHERS = ("/", "/docs", "/docs/start.js", "/openapi.json", "/titles?format=csv", "/titles?limit=1")
REFUSED = ("/nothing", "/analytics?from=x", "/titles/unknown", "/users/")


@pytest.fixture
def published(home: Settings) -> World:
    return three_days_published(home.root).world


@pytest.mark.usefixtures("published")
def test_a_head_is_that_of_the_answer(home: Settings, start: Start) -> None:
    address = start(SERVER, path="/health", environment={"NETFLIX_CANARY_SECONDS": "0"})
    with httpx.Client(base_url=address, trust_env=False, timeout=60) as client:
        described = client.get("/openapi.json").json()["paths"]
        paths = [path.format(**IDS) for path, methods in described.items() if "get" in methods]
        assert len(paths) > 20
        for path in (*paths, *OTHERS, *REFUSED):
            if path == "/live/stream":
                continue
            # Twice, as it is made, and as it is kept.
            for _ in range(2):
                head, answer = client.head(path), client.get(path)
                assert head.content == b""
                assert (path, head.status_code) == (path, answer.status_code)
                assert told(head) == told(answer), path
        tag = client.get("/titles").headers["etag"]
        assert client.head("/titles", headers={"If-None-Match": tag}).status_code == 304
        for _ in range(60):  # more than one client may listen at once
            assert client.head("/live/stream").headers["content-type"].startswith("text/event")
        assert_problem(client.get("/nothing"), 404, "nothing-there")


def told(response: httpx.Response) -> dict[str, str]:
    """The headers that two answers to one question have in common."""
    # What has no known length is sent in chunks, and then its head does not tell one.
    varying = OF_ONE_ANSWER | {"transfer-encoding"}
    if response.status_code >= 400 or response.url.path in ("/metrics", "/live", "/ready"):
        varying = varying | {"content-length"}
    return {name: text for name, text in response.headers.items() if name not in varying}


def test_where_nothing_can_be_read_there_is_no_head(home: Settings) -> None:
    from api.app import create_app

    app: FastAPI = create_app(home)
    refused = request(app, "/events", "HEAD")
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
    deleted = request(app, "/titles", "DELETE")
    assert (deleted.status_code, deleted.headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize("path", ["/", "/titles", "/titles/t-dark", "/ready", "/nothing", "/live"])
def test_the_dashboard_answers_so_too(home: Settings, path: str) -> None:
    client = Client(dashboard(home))
    if path != "/live":
        client.get(path)  # a view that nobody asked for before is sent in pieces
    head = client.ask("HEAD", path)
    assert head.content == b""
    if path != "/live":
        answer = client.get(path)
        assert head.status_code == answer.status_code
        assert told(head) == told(answer)
