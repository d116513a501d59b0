import asyncio
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from typing_extensions import override

from api.delivery.live_feed import FeedIntervals, TitleNames
from netflix_pipeline.receiving.live_answers import Live
from netflix_pipeline.serving import NoSnapshot, Snapshot, Snapshots, publish_home
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.api import GRANIAN, assert_problem, request
from netflix_pipeline_tests.support.followed import Followed
from netflix_pipeline_tests.support.live_service import create_app
from netflix_pipeline_tests.support.processes import Start
from netflix_pipeline_tests.support.three_days import AS_OF, three_days, three_days_published

SERVICE = [*GRANIAN, "netflix_pipeline_tests.support.live_service:create_app"]


@pytest.fixture
def followed() -> Followed:
    return Followed()


@pytest.fixture
def app(followed: Followed) -> FastAPI:
    return create_app(followed)


def test_the_last_hour_is_told(app: FastAPI, followed: Followed) -> None:
    followed.watch()
    response = request(app, "/live")
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    told = response.json()
    assert told["totals"]["events"] == {
        "watch": 1,
        "search": 0,
        "recommendation": 0,
        "review": 0,
    }
    assert len(told["minutes"]) == 60
    assert told["from"] == told["minutes"][0]["minute"]
    assert told["as_of"].endswith("Z")
    followed.watch()
    assert request(app, "/live").json()["totals"]["events"]["watch"] == 2


@pytest.mark.parametrize("path", ["/live", "/live/stream"])
def test_before_the_last_hour_was_read_it_says_how_far_that_is(
    app: FastAPI, followed: Followed, path: str
) -> None:
    followed.caught_up = False
    response = request(app, path)
    told = assert_problem(response, 503, "catching-up")
    assert "12:00:00" in told["detail"]
    assert int(response.headers["retry-after"]) > 0


@pytest.mark.parametrize("path", ["/live", "/live/stream"])
def test_parameters_are_not_taken(app: FastAPI, path: str) -> None:
    assert_problem(request(app, f"{path}?minutes=5"), 422, "invalid-request")


def test_the_schema_describes_both(app: FastAPI) -> None:
    schema = request(app, "/openapi.json").json()
    answers = schema["paths"]["/live"]["get"]["responses"]
    example = answers["200"]["content"]["application/json"]["example"]
    assert set(example) == {
        "from" if name == "from_" else name
        for name in Live.model_fields  # as it is sent
    }
    problem = answers["503"]["content"]["application/problem+json"]
    assert problem["example"]["type"] == "/problems/catching-up"
    stream = schema["paths"]["/live/stream"]["get"]
    assert stream["parameters"][0]["name"].lower() == "last-event-id"
    (media_type,) = stream["responses"]["200"]["content"]
    assert media_type == "text/event-stream"
    assert "event: live" in stream["responses"]["200"]["content"][media_type]["example"]


def test_titles_have_names_once_a_snapshot_is_published(tmp_path: Path) -> None:
    async def name() -> None:
        settings = Settings(home=tmp_path / "home")
        world = three_days(settings.lake)
        snapshots = Snapshots(settings.serving)
        names = TitleNames(snapshots)
        assert await names.of(["t-dark"]) == {}
        assert names.stamp == 0

        publish_home(settings, as_of=AS_OF)
        snapshots.follow()
        assert await found(names, ["t-dark", "t-none"]) == {"t-dark": "Dark"}
        stamp = names.stamp
        assert await names.of(["t-dark"]) == {"t-dark": "Dark"}
        assert names.stamp == stamp

        assert (await found(names, ["t-zoo", "t-dark"]))["t-zoo"] == "Zoo"
        world.watch(AS_OF.date(), [])
        publish_home(settings, full=True)
        snapshots.follow()
        assert (await found(names, ["t-zoo"]))["t-zoo"] == "Zoo"

    asyncio.run(name())


async def found(names: TitleNames, title_ids: list[str]) -> dict[str, str | None]:
    """The names once a look-up has ended."""
    stamp = names.stamp
    for _ in range(600):
        known = await names.of(title_ids)
        if names.stamp != stamp:
            return dict(known)
        await asyncio.sleep(0.05)
    pytest.fail("nothing was looked up")


class Away(Snapshots):
    """Of which nothing can be asked."""

    @override
    def current(self) -> Snapshot:
        raise NoSnapshot("nothing is there")


def test_want_of_names_is_no_failure(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def name() -> None:
        settings = Settings(home=tmp_path / "home")
        three_days_published(settings.root)
        snapshots = Away(settings.serving)
        snapshots.follow()
        names = TitleNames(snapshots)
        for _ in range(600):
            assert await names.of(["t-dark"]) == {}
            if len(caplog.records) == 1:
                break
            await asyncio.sleep(0.05)
        for _ in range(5):
            assert await names.of(["t-dark"]) == {}
        assert len(caplog.records) == 1

    asyncio.run(name())


@contextmanager
def listening(address: str, **headers: str) -> Iterator[tuple[httpx.Response, Iterator[str]]]:
    """A stream, and of it each comment, and what stands before each empty line."""
    with (
        httpx.Client(trust_env=False, timeout=30) as client,
        client.stream("GET", f"{address}/live/stream", headers=headers) as response,
    ):
        yield response, blocks(response)


def blocks(response: httpx.Response) -> Iterator[str]:
    lines: list[str] = []
    for line in response.iter_lines():
        if line == ":":
            assert not lines
            yield line
        elif line:
            lines.append(line)
        else:
            yield "\n".join(lines)
            lines = []


def event(block: str) -> tuple[str, dict[str, Any]]:
    """The id and the data of an event."""
    fields = dict(line.split(": ", 1) for line in block.splitlines())
    assert fields.pop("retry", "1000") == "1000"
    assert set(fields) == {"id", "event", "data"}
    assert fields["event"] == "live"
    return fields["id"], json.loads(fields["data"])


def next_event(stream: Iterator[str]) -> tuple[str, dict[str, Any]]:
    return event(next(block for block in stream if block != ":"))


def watched(address: str) -> None:
    httpx.post(f"{address}/watched", trust_env=False).raise_for_status()


def test_a_stream_tells_the_state_and_what_is_new(start: Start) -> None:
    address = start(SERVICE, path="/live")
    watched(address)
    with listening(address) as (response, stream):
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-store"
        assert next(stream) == ":"
        position, told = next_event(stream)
        assert position == "log-1"
        assert told["totals"]["events"]["watch"] == 1
        watched(address)
        assert next_event(stream)[1]["totals"]["events"]["watch"] == 2
        assert next(block for block in stream if block == ":")

    # Whoever comes again with what is current hears nothing but signs of life, until there is more.
    with listening(address, **{"Last-Event-ID": "log-2"}) as (_, stream):
        assert [next(stream), next(stream)] == [":", ":"]
        watched(address)
        assert next_event(stream)[0] == "log-3"
    with listening(address, **{"Last-Event-ID": "log-1"}) as (_, stream):
        assert next(stream) == ":"
        assert event(next(stream))[0] == "log-3"


def test_no_more_listen_than_may_and_who_leaves_makes_room(start: Start) -> None:
    address = start(SERVICE, path="/live")
    with listening(address) as (_, first), listening(address) as (_, second):
        assert next(first) == next(second) == ":"
        refused = httpx.get(f"{address}/live/stream", trust_env=False)
        assert_problem(refused, 503, "too-many-streams")
        assert int(refused.headers["retry-after"]) > 0
        assert httpx.get(f"{address}/live", trust_env=False).status_code == 200
    deadline = monotonic() + 60
    while monotonic() < deadline:
        with listening(address) as (response, stream):
            if response.status_code == 200:
                assert next(stream) == ":"
                return
        sleep(0.1)
    pytest.fail("the streams of those who left still count")


def test_who_does_not_read_keeps_nobody_waiting_and_goes_when_the_connection_does(
    start: Start,
) -> None:
    address = start(SERVICE, path="/live")
    host, port = address.removeprefix("http://").split(":")
    silent = [socket.create_connection((host, int(port))) for _ in range(2)]
    for connection in silent:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(b"GET /live/stream HTTP/1.1\r\nhost: localhost\r\n\r\n")
    for _ in range(20):
        watched(address)
        assert httpx.get(f"{address}/live", trust_env=False).status_code == 200
    for connection in silent:
        connection.close()
    for _ in range(600):
        with listening(address) as (response, _):
            if response.status_code == 200:
                return
        sleep(0.1)
    pytest.fail("the streams of those who left still count")


def test_the_pace_of_the_service_is_that_of_its_docs() -> None:
    pace = FeedIntervals()
    assert (pace.look, pace.send, pace.heartbeat) == (0.1, 0.25, 15)
