import asyncio
import json
import re
from itertools import count
from pathlib import Path

import brotli
import pytest
from fastapi import FastAPI
from starlette.types import Message, Scope

from dash_app import change_stream
from dash_app.app import create_app
from dash_app.change_stream import states
from dash_app.live_window import Now
from dash_app.site import Site
from netflix_pipeline.access import Visitors
from netflix_pipeline.serving import Snapshots
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.dashboard import Client
from netflix_pipeline_tests.support.service import Service

FIRST_PAINT = 60_000
"""Bytes that may travel before numbers are painted."""


@pytest.fixture(scope="module")
def app(service: Service) -> FastAPI:
    return create_app(service.settings)


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Client:
    return Client(app)


async def anybody() -> bool:
    return True


def test_the_document_has_the_numbers_in_it_and_no_script_of_its_own(
    client: Client, serving: Path
) -> None:
    document = client.get("/?period=7d").text
    assert Site(Snapshots(serving)).render("/", "period=7d").html in document
    assert '<html lang="en">' in document
    assert "<title>Overview · Viewing</title>" in document
    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", document)
    for attributes, content in scripts:
        assert "defer" in attributes or "application/json" in attributes
        assert content == "" or isinstance(json.loads(content), dict)


def test_everything_comes_from_here(client: Client) -> None:
    document = client.get("/").text
    addresses = re.findall(r'(?:src|href)="([^"]+)"', document)
    assert addresses
    assert all(re.match(r"/(?!/)|#", address) for address in addresses)
    assert "default-src 'none'" in client.get("/").headers["Content-Security-Policy"]


def test_what_travels_before_the_first_paint_is_small(client: Client) -> None:
    document = client.get("/")
    styles = re.findall(r'rel="stylesheet" href="([^"]+)"', document.text)
    answers = [document, *map(client.get, styles)]
    assert all(answer.headers["Content-Encoding"] == "br" for answer in answers)
    assert sum(answer.num_bytes_downloaded for answer in answers) < FIRST_PAINT


def pieces(app: FastAPI, query: str) -> list[bytes]:
    """What is sent of the Overview, piece by piece, to a browser that takes brotli."""
    sent: list[bytes] = []
    scope = {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "path": "/",
        "raw_path": b"/",
        "query_string": query.encode(),
        "headers": [(b"host", b"localhost"), (b"accept-encoding", b"br")],
        "client": ("127.0.0.1", 50_000),
        "server": ("localhost", 80),
        "http_version": "1.1",
        "root_path": "",
    }

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body" and message["body"]:
            sent.append(message["body"])

    asyncio.run(app(scope, receive, send))
    return sent


def test_the_head_goes_ahead_of_a_new_view_and_a_kept_one_comes_whole(
    app: FastAPI, client: Client
) -> None:
    query = "from=2026-03-07&to=2026-03-10"
    unpacked = brotli.Decompressor()
    head, *rest = map(unpacked.process, pieces(app, query))
    assert b'rel="stylesheet"' in head
    assert b"view.js" in head
    assert b"</head>" not in head
    assert "At a glance" in b"".join(rest).decode()
    assert (head + b"".join(rest)).decode() == client.get(f"/?{query}").text
    assert len(pieces(app, query)) == 1


def test_files_are_kept_for_good_under_an_address_that_changes_with_them(
    client: Client,
) -> None:
    document = client.get("/").text
    files = re.findall(r'(?:src|href)="(/(?:assets|_dash-component-suites)/[^"]+)"', document)
    assert len(files) > 8
    for file in files:
        answer = client.get(file)
        assert answer.status_code == 200
        assert "max-age=31536000" in answer.headers["Cache-Control"]
    assert client.get("/assets/view.js").headers["Cache-Control"] == "no-cache"


def test_numbers_are_never_kept_by_anybody(client: Client) -> None:
    assert client.get("/").headers["Cache-Control"] == "no-store"


def test_a_browser_that_knows_no_brotli_gets_it_plain(client: Client) -> None:
    answer = client.get("/", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in answer.headers
    assert "At a glance" in answer.text


@pytest.mark.parametrize(
    ("path", "status"),
    [("/?period=1y", 422), ("/nowhere", 404), ("/.env", 404), ("/openapi.json", 404)],
)
def test_errors_have_their_status(client: Client, path: str, status: int) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("host", "status"),
    [
        *(("localhost:8502", 200), ("127.0.0.1:8502", 200), ("[::1]:8502", 200)),
        *(("evil.example", 400), ("localhost.evil.example:8502", 400)),
    ],
)
@pytest.mark.parametrize("path", ["/", "/robots.txt", "/assets/view.js"])
def test_only_requests_that_name_this_machine_are_answered(
    client: Client, path: str, host: str, status: int
) -> None:
    answer = client.get(path, headers={"Host": host})
    assert answer.status_code == status
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_robots_are_sent_away(client: Client) -> None:
    assert client.get("/robots.txt").text.endswith("Disallow: /\n")


def test_the_visitor_is_not_told_what_runs_here(client: Client) -> None:
    assert "python_version" not in client.get("/").text


def test_the_callback_answers_with_the_same_view(client: Client, serving: Path) -> None:
    asked = {"n": 5, "path": "/", "query": "?period=7d"}
    answer = client.ask(
        "POST",
        "/_dash-update-component",
        json={
            "output": "view.answer",
            "outputs": {"id": "view", "property": "answer"},
            "inputs": [{"id": "view", "property": "asked", "value": asked}],
            "changedPropIds": ["view.asked"],
        },
    ).json()
    html = Site(Snapshots(serving)).render("/", "period=7d").html
    assert answer["response"]["view"]["answer"] == {"n": 5, "html": html}


def test_a_stream_says_the_state_at_once_and_whenever_it_changes() -> None:
    told = iter(["1", "1", "1!", "2"])

    async def listened() -> list[str]:
        stream = states(lambda: next(told), None, anybody)
        return [await anext(stream) for _ in range(3)]

    assert asyncio.run(listened()) == [
        f"event: state\ndata: {state}\n\n" for state in ("1", "1!", "2")
    ]


def test_the_stream_of_a_live_page_says_its_stamps_too() -> None:
    stamps = iter(["a", "a", "b"])

    async def listened() -> list[str]:
        stream = states(lambda: "1", lambda: next(stamps), anybody)
        return [await anext(stream) for _ in range(3)]

    assert asyncio.run(listened()) == [
        "event: state\ndata: 1\n\n",
        "event: live\ndata: a\n\n",
        "event: live\ndata: b\n\n",
    ]


@pytest.mark.parametrize(
    ("query", "pages"), [("?pace=events", 1), ("?pace=minutes", 0), ("", 0), ("?pace=x", 0)]
)
def test_an_open_page_of_what_happens_now_is_counted_while_it_listens(
    service: Service, monkeypatch: pytest.MonkeyPatch, query: str, pages: int
) -> None:
    monkeypatch.setattr(change_stream, "ASK_EVERY", 0)
    counts: list[int] = []

    async def looked(visitors: Visitors, scope: Scope) -> bool:
        counts.append(now._listeners)
        return False  # which ends it

    monkeypatch.setattr(Visitors, "lets_in", looked)
    now = Now()
    monkeypatch.setattr("dash_app.app.Now", lambda *_: now)
    told = Client(create_app(service.settings)).get(f"/live{query}").text
    assert ("event: live" in told) == (query in ("?pace=events", "?pace=minutes"))
    assert (counts, now._listeners) == ([pages], 0)


def test_a_stream_ends_soon_after_its_listener_lost_access(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(change_stream, "ASK_EVERY", 0)
    monkeypatch.setattr(change_stream, "LOOK_EVERY", 0)
    allowed = iter([True, True, False])
    numbers = count()

    async def asked() -> bool:
        return next(allowed)

    async def listened() -> list[str]:
        # What is told without a pause must not put the look off.
        stream = states(lambda: str(next(numbers)), None, asked)
        return [told async for told in stream if told.startswith("event")]

    assert len(asyncio.run(listened())) == 3


def test_two_dashboards_in_one_process_do_not_mix(
    service: Service, tmp_path: Path, client: Client
) -> None:
    other = Client(create_app(Settings(home=tmp_path / "other")))
    assert "Nothing is published yet" in other.get("/").text
    assert "At a glance" in client.get("/").text
