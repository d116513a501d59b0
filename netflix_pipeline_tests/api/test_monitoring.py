"""What the service tells of itself: for Prometheus, in its log, and whether it is ready."""

import asyncio
import json
import logging
import os
import re
import time
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.logs import AccessLog, logging_json
from netflix_pipeline.eventlog import LogUnavailable
from netflix_pipeline.monitoring import tracing
from netflix_pipeline.serving import publish_home
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.api import SERVER, assert_problem, numbers, running
from netflix_pipeline_tests.support.processes import Start
from netflix_pipeline_tests.support.redis_server import redis_server
from netflix_pipeline_tests.support.three_days import three_days_published

EVENT = {
    "type": "watch",
    "event_id": "e-1",
    "user_id": "u-secret",
    "title_id": "t-1",
    "event_time": "2026-03-06T20:15:00Z",
}


@pytest.fixture
def published(home: Settings) -> Settings:
    three_days_published(home.root)
    return home


def within(app: FastAPI, ask: Callable[[httpx.AsyncClient], Coroutine[Any, Any, Any]]) -> Any:
    """What `ask` gives while the application runs."""

    async def run() -> Any:
        async with running(app) as client:
            return await ask(client)

    return asyncio.run(run())


def test_requests_answers_events_and_the_snapshot_are_told(published: Settings) -> None:
    async def ask(client: httpx.AsyncClient) -> str:
        for path in ("/titles", "/titles", "/users/ann", "/users/bob", "/nowhere", "/health"):
            await client.get(path)
        await client.request("BREW", "/titles")
        await client.post("/events", json=[EVENT, EVENT, {**EVENT, "event_id": "e-2"}])
        return (await client.get("/metrics")).text

    text = within(create_app(published), ask)
    told = numbers(text)
    assert told["netflix_http_requests_total|GET|/titles|2xx"] == 2
    assert told["netflix_http_requests_total|GET|/users/{user_id}|2xx"] == 2
    assert told["netflix_http_requests_total|GET|/health|2xx"] == 1
    assert told["netflix_http_requests_total|GET|unmatched|4xx"] == 1
    assert told["netflix_http_requests_total|other|/titles|4xx"] == 1
    assert told["netflix_http_request_seconds_count|/titles"] == 3
    assert told["netflix_cache_answers_total|computed"] == 3
    assert told["netflix_cache_answers_total|kept"] == 1
    assert told["netflix_query_seconds_count"] >= 3
    assert told["netflix_events_total|stored"] == 2
    assert told["netflix_events_total|duplicate"] == 1
    assert told["netflix_events_total|rejected"] == 0
    assert told["netflix_snapshot_version"] == 1
    assert 0 <= told["netflix_snapshot_age_seconds"] < 3600
    assert told["netflix_snapshot_damaged"] == 0
    assert told["netflix_event_log_up"] == 1
    assert told["netflix_event_log_waiting_bytes"] == 0
    assert told["netflix_api_process_resident_memory_bytes"] > 0
    assert "netflix_shared_cache_up" not in told
    for secret in ("ann", "u-secret", "nowhere", "e-1"):
        assert not re.search(rf"\b{secret}\b", text)


def test_several_processes_tell_the_sum_of_all(published: Settings, start: Start) -> None:
    from netflix_pipeline.services.catalogue import metrics_begin_anew

    several = published.model_copy(update={"api_workers": 2})
    metrics_begin_anew(several)
    address = start(
        [*SERVER[:-1], "--workers", "2", SERVER[-1]],
        path="/health",
        environment=several.environment(),
    )
    for _ in range(40):  # a connection each, so that both processes are asked
        assert httpx.get(f"{address}/titles", trust_env=False).status_code == 200
    for _ in range(10):
        told = numbers(httpx.get(f"{address}/metrics", trust_env=False).text)
        assert told["netflix_http_requests_total|GET|/titles|2xx"] == 40


TRACE = "0af7651916cd43dd8448eb211c80319c"


def test_a_line_of_the_log_tells_of_each_request_and_of_nobody(
    published: Settings, start: Start
) -> None:
    address = start(SERVER, path="/health")
    traced = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
    answers = [
        httpx.get(address + path, headers=traced, trust_env=False)
        for path in ("/users/ann?limit=secret", "/titles?search=secret", "/titles?search=secret")
    ]
    lines: Sequence[dict[str, Any]] = ()
    text = ""
    for _ in range(100):
        text = (published.root.parent / "process-0.log").read_text()
        lines = [json.loads(line) for line in text.splitlines() if '"request"' in line]
        if len(lines) > len(answers):
            break
        time.sleep(0.05)
    by_id = {line["request_id"]: line for line in lines}
    for answer, route in zip(answers, ("/users/{user_id}", "/titles", "/titles"), strict=True):
        line = by_id[answer.headers["x-request-id"]]
        assert (line["method"], line["route"]) == ("GET", route)
        assert line["trace_id"] == TRACE
        assert line["status"] == answer.status_code
        assert line["milliseconds"] > 0
        assert datetime.fromisoformat(line["timestamp"]).tzinfo is not None
    assert "secret" not in text
    assert "ann" not in text.replace("canned", "")


@pytest.mark.parametrize(
    ("which", "statuses"), [("all", [200, 404]), ("errors", [404]), ("off", [])]
)
def test_the_log_tells_of_as_many_requests_as_it_should(
    which: str, statuses: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    log = AccessLog(which)
    with log.writing():
        for status in (200, 404):
            log.request("id", "GET", "/titles", status, 0.001, "key-1")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["status"] for line in lines] == statuses
    assert all(line["key_id"] == "key-1" for line in lines)


def test_what_the_service_says_of_a_traced_request_has_its_trace(
    home: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with logging_json(home):
        logging.getLogger("api").warning("before")
        with tracing.within(tracing.Span(f"00-{TRACE}-b7ad6b7169203331-01")):
            logging.getLogger("api").warning("within")
    before, within = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert ("trace_id" in before, within["trace_id"]) == (False, TRACE)


def ready(client: httpx.AsyncClient) -> Coroutine[Any, Any, httpx.Response]:
    return client.get("/ready")


def checks(response: httpx.Response) -> dict[str, str]:
    assert response.status_code == 200, response.text
    return {check["name"]: check["status"] for check in response.json()["checks"]}


def test_a_service_with_a_snapshot_and_a_log_is_ready(published: Settings) -> None:
    told = checks(within(create_app(published), ready))
    assert (told["event_log"], told["snapshot"]) == ("passed", "passed")


def test_nothing_published_is_not_ready(home: Settings) -> None:
    told = assert_problem(within(create_app(home), ready), 503, "not-ready")
    assert [error["field"] for error in told["errors"]] == ["snapshot"]


def test_a_snapshot_older_than_it_may_be_is_not_ready(published: Settings) -> None:
    app = create_app(published.model_copy(update={"ready_snapshot_hours": 1}))
    assert checks(within(app, ready))["snapshot"] == "passed"
    held = app.state.snapshots.held
    held.info = held.info.model_copy(update={"built_at": datetime.now(UTC) - timedelta(hours=2)})
    app.state.readiness._looked = float("-inf")
    told = assert_problem(within(app, ready), 503, "not-ready")
    assert "2.0 hours ago" in told["detail"]


def test_a_snapshot_that_is_damaged_while_it_is_open_is_not_ready(published: Settings) -> None:
    async def ask(client: httpx.AsyncClient) -> None:
        torn = published.serving / "snapshot-000001.duckdb"
        os.truncate(torn, 14_000)
        told = assert_problem(await client.get("/titles"), 503, "damaged-file")
        assert str(torn) in told["detail"]
        assert "publish --full" in told["detail"]
        assert_problem(await client.get("/ready"), 503, "not-ready")
        await asyncio.to_thread(publish_home, published, full=True)
        while app.state.snapshots.held.info.version == 1:  # noqa: ASYNC110 - it follows by itself
            await asyncio.sleep(0.02)
        app.state.readiness._looked = float("-inf")
        assert checks(await client.get("/ready"))["snapshot"] == "passed"
        assert (await client.get("/titles")).status_code == 200

    app = create_app(published)
    within(app, ask)


def test_a_damaged_new_snapshot_is_told_while_the_old_one_answers(published: Settings) -> None:
    async def ask(client: httpx.AsyncClient) -> None:
        folder = published.serving
        (folder / "snapshot-000002.duckdb").write_bytes(b"torn")
        link = folder / "current.duckdb"
        link.unlink()
        link.symlink_to("snapshot-000002.duckdb")
        while app.state.snapshots.problem is None:  # noqa: ASYNC110 - it follows by itself
            await asyncio.sleep(0.02)
        response = await client.get("/ready")
        assert checks(response)["newest_snapshot"] == "warning"
        assert "snapshot-000002.duckdb" in response.text
        assert (await client.get("/analytics")).json()["snapshot"]["version"] == 1
        assert (await client.get("/health")).json()["problem"]
        told = numbers((await client.get("/metrics")).text)
        assert (told["netflix_snapshot_damaged"], told["netflix_snapshot_version"]) == (1, 1)

    app = create_app(published)
    within(app, ask)


def test_a_store_of_snapshots_that_is_of_no_use_is_warned_of(
    published: Settings, tmp_path: Path
) -> None:
    store = tmp_path / "store"
    replica = Settings(home=tmp_path / "replica", snapshots=str(store))

    async def ask(client: httpx.AsyncClient) -> None:
        told = assert_problem(await client.get("/ready"), 503, "not-ready")
        assert [error["field"] for error in told["errors"]] == ["snapshot"]
        shared = published.model_copy(update={"snapshots": str(store)})
        await asyncio.to_thread(publish_home, shared)
        while app.state.snapshots.held is None:  # noqa: ASYNC110 - it fetches by itself
            await asyncio.sleep(0.02)
        app.state.readiness._looked = float("-inf")
        assert checks(await client.get("/ready"))["snapshot_store"] == "passed"
        (store / "current.json").write_bytes(b"torn")
        while app.state.snapshots.replica.problem is None:  # noqa: ASYNC110 - the same
            await asyncio.sleep(0.02)
        app.state.readiness._looked = float("-inf")
        response = await client.get("/ready")
        assert checks(response)["snapshot_store"] == "warning"
        assert "current.json" in response.text
        assert (await client.get("/analytics")).json()["snapshot"]["version"] == 1
        numbered = numbers((await client.get("/metrics")).text)
        assert numbered["netflix_snapshot_store_up"] == 0
        assert numbered["netflix_snapshot_store_version"] == 1
        assert numbered["netflix_snapshot_store_answered_timestamp_seconds"] > 1.7e9
        assert numbered["netflix_snapshot_damaged"] == 0

    app = create_app(replica)
    within(app, ask)


def test_a_log_that_cannot_be_written_is_not_ready_until_it_can(published: Settings) -> None:
    async def ask(client: httpx.AsyncClient) -> None:
        commits = app.state.log._commits
        write = commits._write

        def fails(records: object) -> list[int]:
            raise LogUnavailable("the disk is gone")

        commits._write = fails
        assert (await client.post("/events", json=EVENT)).status_code == 503
        told = assert_problem(await client.get("/ready"), 503, "not-ready")
        assert [error["field"] for error in told["errors"]] == ["event_log"]
        assert numbers((await client.get("/metrics")).text)["netflix_event_log_up"] == 0
        commits._write = write
        app.state.readiness._looked = float("-inf")  # a second later
        assert checks(await client.get("/ready"))["event_log"] == "passed"

    app = create_app(published)
    within(app, ask)


def test_a_shared_cache_that_is_away_is_warned_of(published: Settings, tmp_path: Any) -> None:
    async def ask(client: httpx.AsyncClient) -> None:
        while checks(await client.get("/ready"))["shared_cache"] != "passed":
            # On a machine that is busy with other things, Redis may be late.
            app.state.shared._again_at = app.state.readiness._looked = float("-inf")
        await asyncio.to_thread(server.kill)
        app.state.readiness._looked = float("-inf")
        assert checks(await client.get("/ready"))["shared_cache"] == "warning"
        assert numbers((await client.get("/metrics")).text)["netflix_shared_cache_up"] == 0

    with redis_server(tmp_path) as server:
        app = create_app(published.model_copy(update={"cache": server.url}))
        within(app, ask)
