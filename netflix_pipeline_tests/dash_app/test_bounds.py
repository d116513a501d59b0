"""What a stranger may send to the dashboard, and hold of it."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path
from time import sleep
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from dash_app.app import BODY_BYTES, LISTENERS_OF_ONE, create_app
from dash_app.asset_files import ASSETS
from dash_app.http_headers import HttpHeaders
from dash_app.locales import LONGEST, _best, asked_for
from dash_app.single_flight_cache import SingleFlightCache
from netflix_pipeline.access import Clients
from netflix_pipeline.bounds import Room, TooManyBodies
from netflix_pipeline.bounds.requests import ADDRESS_BYTES, HEADER_BYTES, PARAMETERS
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.dashboard import Client
from netflix_pipeline_tests.support.processes import dashboard

CALLBACK = "/_dash-update-component"
PATHS = ("/", "/titles", "/live", "/login", "/assets/view.js", "/export/trend.csv", "/nowhere")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    return create_app(Settings(home=tmp_path_factory.mktemp("home")))


def asked(**changed: Any) -> dict[str, Any]:
    """The body of a callback as Dash sends it."""
    return {
        "output": "view.answer",
        "outputs": {"id": "view", "property": "answer"},
        "inputs": [
            {"id": "view", "property": "asked", "value": {"n": 1, "path": "/", "query": ""}}
        ],
        "changedPropIds": ["view.asked"],
        "parsedChangedPropsIds": ["view.asked"],
        **changed,
    }


@pytest.mark.parametrize("path", PATHS)
def test_addresses_headers_and_bodies_are_bounded(app: FastAPI, path: str) -> None:
    client = Client(app)
    many = "&".join(f"p{at}" for at in range(PARAMETERS + 1))
    assert client.get(f"{path}?{many}").status_code == 422
    assert client.get(f"{path}?a={'x' * ADDRESS_BYTES}").status_code == 414
    assert client.get(path, headers={"X-Long": "x" * HEADER_BYTES}).status_code == 431
    refused = client.ask("POST", path, content=b" " * (BODY_BYTES + 1))
    assert refused.status_code == 413
    assert f"{BODY_BYTES:,} bytes" in refused.text
    assert refused.headers["X-Content-Type-Options"] == "nosniff"


def test_bodies_belong_to_post_and_all_of_them_fit_into_memory(app: FastAPI) -> None:
    told = {"Content-Type": "application/json"}
    assert Client(app).ask("GET", "/", content=b"{}", headers=told).status_code == 413
    assert Client(app).ask("GET", "/", headers={"Content-Length": "0"}).status_code == 200
    room = Room(100)
    with room.held("a") as hold, room.held("b") as other:
        hold(50)
        with pytest.raises(TooManyBodies):
            hold(1)
        other(40)
        assert room.left == 10
        with pytest.raises(TooManyBodies):
            other(11)
    assert (room.left, dict(room._of_one)) == (100, {})


def test_bodies_without_a_length_or_an_end_are_bounded(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def endless(pause: float) -> AsyncIterator[bytes]:
        while True:
            yield b" " * 1000
            await asyncio.sleep(pause)

    assert Client(app).ask("POST", CALLBACK, content=endless(0)).status_code == 413
    monkeypatch.setattr("netflix_pipeline.bounds.bodies.SILENT_SECONDS", 0.1)
    assert Client(app).ask("POST", CALLBACK, content=endless(30)).status_code == 408


VALUE = {"n": 1, "path": "/", "query": ""}


@pytest.mark.parametrize(
    "body",
    [
        "",
        "nonsense",
        "[" * 30_000,
        '{"a":' * 10_000,
        "[" + "0," * 30_000 + "0]",
        json.dumps(asked(output="other.answer")),
        json.dumps(asked(inputs=[])),
        json.dumps(asked(inputs=asked()["inputs"] * 2)),
        json.dumps(asked(inputs=[{"id": "view", "property": "asked", "value": None}])),
        json.dumps(asked(state=[{"id": "view", "property": "asked", "value": [0] * 5000}])),
        json.dumps(asked(changedPropIds=["view.asked"] * 2000)),
        *(
            json.dumps(asked(inputs=[{"id": "view", "property": "asked", "value": value}]))
            for value in (
                VALUE | {"n": "1"},
                VALUE | {"n": [[]] * 9},
                VALUE | {"path": ["/"]},
                VALUE | {"query": "?" + "x" * 9000},
                VALUE | {"more": 1},
            )
        ),
    ],
    ids=range(16),
)
def test_only_what_the_page_sends_reaches_a_callback(app: FastAPI, body: str) -> None:
    headers = {"Content-Type": "application/json"}
    for path in (CALLBACK, f"{CALLBACK}%0A"):
        refused = Client(app).ask("POST", path, content=body.encode(), headers=headers)
        assert refused.status_code == 422, refused.text
        assert len(refused.content) < 500


def test_what_the_page_sends_does(app: FastAPI) -> None:
    client = Client(app)
    assert client.ask("POST", CALLBACK, json=asked()).json()["response"]["view"]["answer"]["n"] == 1
    plain = client.ask("POST", CALLBACK, content=json.dumps(asked()).encode())
    assert plain.status_code == 422


def test_an_address_with_more_than_is_known_costs_one_view(app: FastAPI) -> None:
    value = VALUE | {"query": "?" + "&".join(f"p{at}" for at in range(1000))}
    told = asked(inputs=[{"id": "view", "property": "asked", "value": value}])
    answer = Client(app).ask("POST", CALLBACK, json=told).json()
    assert "p7" not in answer["response"]["view"]["answer"]["html"]


def test_files_are_kept_by_what_they_are() -> None:
    transport = HttpHeaders(
        Starlette(routes=[Mount("/assets", StaticFiles(directory=ASSETS))]), Clients("")
    )

    def ask(address: str) -> httpx.Response:
        async def asked() -> httpx.Response:
            async with httpx.AsyncClient(
                transport=httpx.ASGITransport(transport), base_url="http://localhost"
            ) as client:
                return await client.get(address, headers={"Accept-Encoding": "br"})

        return asyncio.run(asked())

    for at in range(5):
        answer = ask(f"/assets/view.js?v={at}{'x' * 5000}")
        assert answer.status_code == 200
        assert answer.headers["content-encoding"] == "br"
    assert len(transport._compressed.items()) == 1


def test_wishes_are_kept_by_what_is_read_of_them() -> None:
    _best.cache_clear()
    for at in range(20):
        asked_for("de" + " " * LONGEST + f"{at}" * 5000)
    assert _best.cache_info().currsize == 1


def test_views_are_kept_within_a_size() -> None:
    kept: SingleFlightCache[str] = SingleFlightCache(100, 1000, len)
    for at in range(50):
        assert kept.get(at, lambda at=at: f"{at:02}" * 100) == f"{at:02}" * 100  # type: ignore[misc]
        assert kept.size <= 1000
    assert kept.size == 1000
    assert kept.get(45, lambda: "made anew") == "45" * 100
    assert kept.get(44, lambda: "made anew") == "made anew"
    assert kept.get("long", lambda: "x" * 2000) == "x" * 2000
    assert kept.size <= 1000


def test_one_visitor_has_a_share_of_the_streams(home: Settings, tmp_path: Path) -> None:
    with ExitStack() as connections, dashboard(home, tmp_path / "log") as (address, _):
        there = ("127.0.0.1", int(address.rpartition(":")[2]))

        def status(local: str = "127.0.0.1") -> str:
            connection = socket.create_connection(there, 30, source_address=(local, 0))
            held.append(connections.enter_context(connection))
            connection.sendall(b"GET /live HTTP/1.1\r\nHost: localhost\r\n\r\n")
            return connection.recv(4096).decode().split()[1]

        held: list[socket.socket] = []
        assert {status() for _ in range(LISTENERS_OF_ONE)} == {"200"}
        assert status() == "503"
        assert status("127.0.0.2") == "200"
        for connection in held:
            connection.close()
        for _ in range(100):
            if status() == "200":
                return
            sleep(0.1)
        pytest.fail("who left still counts")
