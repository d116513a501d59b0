import asyncio
import gzip
import json
import socket
import time
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psutil
import pytest
import zstandard
from fastapi import FastAPI

from api.app import create_app
from api.security import request_bodies
from netflix_pipeline.eventlog import open_log
from netflix_pipeline.eventlog.sqlite import SqliteLog
from netflix_pipeline.ingest import drain_home, ingest_paths
from netflix_pipeline.ingest.quarantine import quarantined, replay
from netflix_pipeline.lake import Lake
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.api import SERVER, assert_problem, event, served_by
from netflix_pipeline_tests.support.locks import stopped_holder
from netflix_pipeline_tests.support.processes import Start, served

JSON = {"content-type": "application/json"}
NDJSON = {"content-type": "application/x-ndjson"}


@pytest.fixture
def app(home: Settings) -> FastAPI:
    return create_app(home.model_copy(update={"canary_seconds": 0}))


def send(
    app: FastAPI,
    body: bytes | AsyncIterator[bytes],
    headers: dict[str, str] | None = None,
    path: str = "/events",
    before: Callable[[], None] = lambda: None,
) -> httpx.Response:
    """One request with the service's lifespan around it; `before` is called once it runs."""

    async def ask() -> httpx.Response:
        async with app.router.lifespan_context(app):
            before()
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://localhost"
            ) as client:
                return await client.post(
                    path, content=body, headers=JSON if headers is None else headers
                )

    return asyncio.run(ask())


def results(response: httpx.Response) -> list[str]:
    assert response.status_code == 200, response.text
    return [result["result"] for result in response.json()["results"]]


def test_one_event_an_array_and_lines_are_taken(app: FastAPI, home: Settings) -> None:
    assert results(send(app, json.dumps(event(1)).encode())) == ["stored"]
    array = json.dumps([event(2), event(1), event(3, watch_seconds=-1), {}], indent=1)
    response = send(app, array.encode())
    assert results(response) == ["stored", "duplicate", "quarantined", "rejected"]
    told = response.json()
    assert told["counts"] == {"stored": 1, "duplicate": 1, "quarantined": 1, "rejected": 1}
    assert [result["event_id"] for result in told["results"]] == ["e-2", "e-1", "e-3", None]
    assert told["results"][2]["reasons"] == ["negative_watch_seconds"]
    assert told["results"][3]["reasons"] == ["unknown_type"]
    assert datetime.fromisoformat(told["received_at"]).utcoffset() is not None
    assert response.headers["cache-control"] == "no-store"
    lines = "\n".join(json.dumps(event(number)) for number in (4, 5)) + "\n"
    assert results(send(app, lines.encode(), NDJSON)) == ["stored", "stored"]
    log = open_log(home)
    assert [len(record.lines) for record in log.read(0)] == [1, 3, 2]  # type: ignore[union-attr]
    log.close()


def test_fields_that_could_not_be_understood_are_told(app: FastAPI) -> None:
    sent = [event(1, country="XX", rating=[5]), event(2), event(3, country=[], watch_seconds=-1)]
    told = send(app, json.dumps(sent).encode()).json()["results"]
    assert told[0] == {
        "event_id": "e-1",
        "result": "stored",
        "left_out": ["country", "rating"],
    }
    assert told[1] == {"event_id": "e-2", "result": "stored"}
    assert told[2]["result"] == "quarantined"
    assert "left_out" not in told[2]


def test_fields_that_no_event_has_are_told_once_for_all(app: FastAPI) -> None:
    sent = [
        event(1, colour="red", shape=[1]),
        event(2, country="XX", colour="blue"),  # read by the rules of files
        event(3) | {"type": "search", "query": "zoo", "search_id": "e-3"},
        event(4, **{f"x{number:02}" + "y" * 100: 1 for number in range(30)}),
    ]
    told = send(app, json.dumps(sent[:3]).encode()).json()
    assert [one["result"] for one in told["results"]] == ["stored"] * 3
    assert told["ignored_fields"] == ["colour", "shape", "title_id", "watch_seconds"]
    many = send(app, json.dumps(sent[3]).encode()).json()["ignored_fields"]
    assert many == [f"x{number:02}{'y' * 61}" for number in range(20)]
    assert "ignored_fields" not in send(app, json.dumps(event(5)).encode()).json()


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", gzip.compress),
        ("gzip", lambda body: gzip.compress(body[:40]) + gzip.compress(body[40:])),
        ("zstd", zstandard.ZstdCompressor().compress),
        ("zstd", lambda b: b"".join(map(zstandard.ZstdCompressor().compress, (b[:9], b[9:])))),
    ],
)
def test_packed_bodies_are_unpacked(app: FastAPI, encoding: str, pack: Any) -> None:
    body = json.dumps([event(number) for number in range(2000)]).encode()
    packed = send(app, pack(body), JSON | {"content-encoding": encoding})
    assert results(packed) == ["stored"] * 2000


@pytest.mark.parametrize(
    ("body", "headers", "status", "kind"),
    [
        (b"{}", {}, 415, "unknown-media-type"),
        (b"{}", {"content-type": "text/csv"}, 415, "unknown-media-type"),
        (b"{}", {"content-type": "application/json; charset=latin-1"}, 415, "unknown-media-type"),
        (b"{}", JSON | {"content-encoding": "br"}, 415, "unknown-encoding"),
        (b"{}", JSON | {"content-encoding": "gzip"}, 422, "unreadable-body"),
        (b"{}", JSON | {"content-encoding": "zstd"}, 422, "unreadable-body"),
        (
            gzip.compress(b"{}", mtime=0)[:-4],
            JSON | {"content-encoding": "gzip"},
            422,
            "unreadable-body",
        ),
        (
            zstandard.ZstdCompressor().compress(b"{}" * 99)[:-2],
            JSON | {"content-encoding": "zstd"},
            422,
            "unreadable-body",
        ),
        (b"", JSON, 422, "unreadable-body"),
        (b"[1", JSON, 422, "unreadable-body"),
        (b'{"a": NaN}', JSON, 422, "unreadable-body"),
        (b"[" + b"{}," * 5000 + b"{}]", JSON, 413, "too-many-events"),
        (b" " * (request_bodies.BODY_BYTES + 1), JSON, 413, "too-large"),
    ],
)
def test_a_body_that_cannot_be_read_is_told(
    app: FastAPI, body: bytes, headers: dict[str, str], status: int, kind: str
) -> None:
    assert_problem(send(app, body, headers), status, kind)


def test_a_body_may_be_as_long_as_the_limit(app: FastAPI) -> None:
    body = json.dumps(event()).encode()
    assert results(send(app, body + b" " * (request_bodies.BODY_BYTES - len(body)))) == ["stored"]


@cache
def zstd_bomb() -> bytes:
    return zstandard.ZstdCompressor(level=19).compress(b" " * 2**28)


@cache
def gzip_bomb() -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(b" " * 2**20) for _ in range(256)) + packer.flush()


@pytest.mark.parametrize(("encoding", "bomb"), [("gzip", gzip_bomb), ("zstd", zstd_bomb)])
def test_a_bomb_is_unpacked_no_further_than_the_limit(
    app: FastAPI, encoding: str, bomb: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = bomb()
    assert len(packed) < 2**20
    assert_problem(send(app, packed, JSON | {"content-encoding": encoding}), 413, "too-large")
    assert app.state.bodies.room.left == request_bodies.BODIES_BYTES


def test_chunks_without_end_are_cut_off(app: FastAPI) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 2**16

    assert_problem(send(app, endless()), 413, "too-large")


@pytest.mark.parametrize("limit", ["BODY_SECONDS", "SILENT_SECONDS"])
def test_a_slow_body_is_given_up(app: FastAPI, limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"netflix_pipeline.bounds.bodies.{limit}", 0.2)

    async def slow() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0.05 if limit == "BODY_SECONDS" else 30)

    assert_problem(send(app, slow()), 408, "too-slow")


def test_all_bodies_together_fit_into_memory(app: FastAPI) -> None:
    app.state.bodies = request_bodies.Bodies(most=200)
    response = send(app, b" " * 101)  # a half is for others
    assert_problem(response, 503, "overloaded")
    assert response.headers["retry-after"] == "1"
    assert results(send(app, b'{"type": "watch"}')) == ["quarantined"]
    assert app.state.bodies.room.left == 200


def test_a_client_may_send_only_so_many(home: Settings) -> None:
    app = create_app(home.model_copy(update={"canary_seconds": 0, "events_per_second": 3}))
    many = json.dumps([event(number) for number in range(4)]).encode()
    response = send(app, many)
    assert_problem(response, 429, "too-many-requests")
    assert response.headers["retry-after"] == "1"
    assert results(send(app, json.dumps(event(1)).encode())) == ["stored"]


def test_a_full_log_is_told_and_nothing_is_claimed(app: FastAPI) -> None:
    body = json.dumps(event()).encode()

    def leave_no_room() -> None:
        app.state.live.follower._log._commits._most = 10

    assert_problem(send(app, body, before=leave_no_room), 503, "overloaded")
    assert results(send(app, body)) == ["stored"]


def test_parameters_are_not_taken(app: FastAPI) -> None:
    body = json.dumps(event()).encode()
    assert_problem(send(app, body, path="/events?wait=false"), 422, "invalid-request")


def test_the_description_shows_every_type(app: FastAPI) -> None:
    described = app.openapi()
    told = described["paths"]["/v1/events"]["post"]
    answers = {"200", "401", "403", "408", "413", "414", "415", "422", "429", "431", "503"}
    assert set(told["responses"]) == answers
    content = told["requestBody"]["content"]
    assert set(content) == {"application/json", "application/x-ndjson"}
    schemas = described["components"]["schemas"]
    one = schemas["Event"]["oneOf"]
    named = [schemas[each["$ref"].rpartition("/")[2]] for each in one]
    types = [schema["properties"]["type"]["enum"] for schema in named]
    assert types == [["watch"], ["search"], ["recommendation"], ["review"]]


@pytest.fixture(scope="module")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home = tmp_path_factory.mktemp("service") / "home"
    return Settings(home=home, canary_seconds=0, event_days_back=0)


@pytest.fixture(scope="module")
def service(shared_home: Settings) -> Iterator[str]:
    """A service that tests share: what they send to it has numbers of its own."""
    with served("api", shared_home, shared_home.root.parent / "log") as (address, _):
        yield address


@pytest.fixture
def two_workers(start: Start) -> str:
    return start([*SERVER, "--workers", "2"], path="/health")


def test_two_workers_answer_as_one(two_workers: str) -> None:
    for number in range(30):
        # A connection of its own each time, so that both of them are asked.
        response = httpx.post(f"{two_workers}/events", json=event(number), trust_env=False)
        assert results(response) == ["stored"]
    end = time.monotonic() + 30
    for number in range(30):
        while True:
            again = httpx.post(f"{two_workers}/events", json=event(number), trust_env=False)
            if results(again) == ["duplicate"]:
                break
            assert time.monotonic() < end


POISON = [
    b'{"type": "watch", "watch_seconds": NaN}',
    b'{"type": "watch", "watch_seconds": -Infinity}',
    b'{"type": "watch", "watch_seconds": 1e400}',
    b'{"type": "watch", "watch_seconds": 1' + b"0" * 400 + b"}",
    b'{"type": "watch", "user_id": "\\ud800"}',
    b'{"type": "watch", "user_id": "\xff"}',
    b'{"type": "watch", "user_id": "\\u0000"}',
    b"[" * 10_000 + b"]" * 10_000,
    b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    b'{"type": "watch", "user_id": "' + b"x" * 2**20 + b'"}',
    b'{"type": ["watch"], "event_id": {}}',
    b'{"type": "watch", "event_id": 7, "event_time": true, "action": [1]}',
    b'{"type": "review", "rating": "five"}',
    b"null",
    b"\x00\x01",
]


def test_poison_harms_neither_neighbours_nor_workers(service: str) -> None:
    workers = served_by(service)
    before = sum(worker.memory_info().rss for worker in workers)
    with httpx.Client(base_url=service, trust_env=False, timeout=60) as client:
        for turn in range(8):
            good = [json.dumps(event(2 * turn + n)).encode() for n in range(2)]
            events = [good[0], *POISON, good[1]]
            body, media = (b"\n".join(events), NDJSON)
            if turn % 2:
                body, media = (b"[" + b",".join(events) + b"]", JSON)
            told = results(client.post("/events", content=body, headers=media))
            assert (told[0], told[-1]) == ("stored", "stored")
            assert set(told[1:-1]) == {"quarantined", "rejected"}
            for encoding, bomb in (("gzip", gzip_bomb()), ("zstd", zstd_bomb())):
                packed = JSON | {"content-encoding": encoding}
                answer = client.post("/events", content=bomb, headers=packed)
                assert answer.status_code == 413
    assert served_by(service) == workers
    assert sum(worker.memory_info().rss for worker in workers) < before + 150 * 2**20


def test_a_full_disk_is_told_and_heals_by_itself(service: str) -> None:
    with httpx.Client(base_url=service, trust_env=False) as client:
        before = client.get("/live").json()["totals"]["events"]["watch"]
        assert results(client.post("/events", json=event(100))) == ["stored"]
        assert client.get("/health").json()["event_log"] == SqliteLog.durability
        processes = served_by(service)
        for process in processes:
            # No file may grow further: to whoever writes it is as if the disk were full.
            process.rlimit(psutil.RLIMIT_FSIZE, (8192, psutil.RLIM_INFINITY))
        for number in (101, 102):
            response = client.post("/events", json=event(number))
            assert_problem(response, 503, "storage-full")
            assert int(response.headers["retry-after"]) > 0
        assert client.get("/live").json()["totals"]["events"]["watch"] == before + 1
        for process in processes:
            process.rlimit(psutil.RLIMIT_FSIZE, (psutil.RLIM_INFINITY, psutil.RLIM_INFINITY))
        many = client.post("/events", json=[event(number) for number in (100, 101, 102)])
        assert results(many) == ["duplicate", "stored", "stored"]


def test_a_stopped_process_that_holds_the_log_is_told_and_all_heals(
    service: str, shared_home: Settings
) -> None:
    with httpx.Client(base_url=service, trust_env=False, timeout=60) as client:
        assert client.post("/events", json=event(201)).status_code == 200
        with stopped_holder(shared_home.events / "log.db.lock") as pid:
            response = client.post("/events", json=event(202))
            assert_problem(response, 503, "log-unavailable")
            assert f"process {pid} " in response.json()["detail"]
            assert client.get("/health").status_code == 200
        assert results(client.post("/events", json=event(202))) == ["stored"]


def test_a_sender_that_stops_within_its_body_disturbs_nobody(service: str) -> None:
    told = urlsplit(service)
    address = (told.hostname, told.port)
    head = b"POST /events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    stuck = []
    for _ in range(20):
        connection = socket.create_connection(address)
        connection.sendall(head + b"Content-Length: 1000\r\n\r\n{")
        stuck.append(connection)
    for lying in (b"Content-Length: 3\r\n\r\n" + json.dumps(event(301)).encode(),):
        with socket.create_connection(address) as connection:
            connection.sendall(head + lying)
            assert b" 422 " in connection.recv(65536).split(b"\r\n")[0]
    assert results(httpx.post(f"{service}/events", json=event(301), trust_env=False)) == ["stored"]
    for connection in stuck:
        connection.close()
    again = httpx.post(f"{service}/events", json=event(301), trust_env=False)
    assert results(again) == ["duplicate"]


def test_far_apart_days_of_a_request_wait_and_can_be_taken(home: Settings, tmp_path: Path) -> None:
    home = home.model_copy(update={"event_days_back": 90, "canary_seconds": 0})
    now = datetime.now(UTC)
    sent = [
        event(number, event_time=(now - timedelta(days=number)).isoformat())
        for number in range(300)
    ]
    told = send(create_app(home), json.dumps(sent).encode()).json()
    assert told["counts"] == {"stored": 90, "duplicate": 0, "quarantined": 210, "rejected": 0}
    waiting = [each["event_id"] for each in told["results"] if each["result"] != "stored"]
    # The drain says the same of each.
    (batch,) = drain_home(home)
    assert (batch.stored, batch.quarantined) == (90, 210)
    lake = Lake.of(home)
    assert len(lake.partitions("bronze/watch_events")) == 90
    rows = quarantined(lake, reason="event_time_too_old")
    assert rows["identity"].to_list() == waiting
    # Whoever wants them takes them, and files are not bound.
    assert replay(home, rows[:2]).stored == 2
    path = tmp_path / "old.csv"
    path.write_text("event_id,user_id,title_id,event_time\nold,u,t,2004-01-01T00:00:00Z\n")
    assert [each.stored for each in ingest_paths(home, [path])] == [1]
