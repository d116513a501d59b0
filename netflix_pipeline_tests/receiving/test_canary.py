import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from netflix_pipeline import background
from netflix_pipeline.lake.locks import at_once
from netflix_pipeline.receiving.canary import canaries
from netflix_pipeline.settings import Settings
from netflix_pipeline.sources.formats.http_events import Watch, decode
from netflix_pipeline.state import open_state
from netflix_pipeline.state.keys import Keys, hash_of

Sent = list[tuple[str, bytes]]


class Taking(ThreadingHTTPServer):
    """Records what is posted to it; answers with `status`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.sent: Sent = []
        self.keys: list[str | None] = []
        self.status = 200
        self.revoked: set[str | None] = set()


class Handler(BaseHTTPRequestHandler):
    server: Taking

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        assert self.headers["content-type"] == "application/json"
        self.server.sent.append((self.path, body))
        self.server.keys.append(self.headers.get("authorization"))
        revoked = self.headers.get("authorization") in self.server.revoked
        self.send_response(401 if revoked else self.server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def server() -> Iterator[Taking]:
    with Taking() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def sending(home: Settings, port: int, every: float = 0.02) -> Settings:
    return home.model_copy(update={"api_port": port, "canary_seconds": every})


async def until(happens: Callable[[], bool]) -> None:
    for _ in range(600):
        if happens():
            return
        await asyncio.sleep(0.05)
    pytest.fail("it did not happen")


def test_events_of_the_platforms_own_user_are_sent_again_and_again(
    home: Settings, server: Taking
) -> None:
    async def send() -> None:
        async with canaries(sending(home, server.server_port)):
            await until(lambda: len(server.sent) >= 3)

    asyncio.run(send())
    events = [decode(body) for _, body in server.sent]
    assert {path for path, _ in server.sent} == {"/events"}
    assert all(isinstance(e, Watch) and e.user_id == e.title_id == "~canary" for e in events)
    assert all(isinstance(e, Watch) and e.watch_seconds == 0 for e in events)
    assert len({event.event_id for event in events}) == len(events)
    times = [event.event_time for event in events]
    assert times == sorted(times)


def test_a_key_of_its_own_is_presented_where_keys_are_required(
    home: Settings, server: Taking
) -> None:
    settings = sending(home, server.server_port).model_copy(update={"auth": "required"})

    async def send() -> None:
        async with canaries(settings):
            await until(lambda: len(server.sent) >= 3)
            (key,) = Keys(state).all()
            assert key.own
            assert (key.scopes, key.requests) == (frozenset({"events:write"}), 0)
            assert key.expires is not None
            (told,) = set(server.keys)
            assert told is not None
            text = told.removeprefix("Bearer ").encode()
            assert hash_of(text) == key.hash
            assert text not in (home.state / "state.sqlite").read_bytes()

    state = open_state(home)
    asyncio.run(send())
    assert not Keys(state).all()
    state.dispose()


def test_a_key_that_is_refused_is_replaced(home: Settings, server: Taking) -> None:
    settings = sending(home, server.server_port).model_copy(update={"auth": "required"})

    async def send() -> None:
        async with canaries(settings):
            await until(lambda: len(server.sent) >= 1)
            before = server.keys[0]
            server.revoked.add(before)
            await until(lambda: server.keys[-1] != before)
            # The event whose key was refused came again, with another.
            refused = max(n for n, key in enumerate(server.keys) if key == before)
            assert server.sent[refused] == server.sent[refused + 1]
            assert len(Keys(state).all()) == 1
            assert not [task for task in background.health() if task.problem]

    state = open_state(home)
    asyncio.run(send())
    assert not Keys(state).all()
    state.dispose()


def test_no_key_is_presented_where_none_is_needed(home: Settings, server: Taking) -> None:
    async def send() -> None:
        async with canaries(sending(home, server.server_port)):
            await until(lambda: len(server.sent) >= 2)

    asyncio.run(send())
    assert set(server.keys) == {None}
    assert not home.state.exists()


def test_one_worker_sends_and_another_takes_over_when_it_is_gone(
    home: Settings, server: Taking
) -> None:
    async def send() -> None:
        lock = home.root / "events" / "canary.lock"
        with at_once(lock) as held:
            assert held
            async with canaries(sending(home, server.server_port)):
                await asyncio.sleep(0.3)
                assert not server.sent
        async with canaries(sending(home, server.server_port)):
            await until(lambda: len(server.sent) >= 2)
            with at_once(lock) as held:
                assert not held

    asyncio.run(send())


def test_a_worker_that_waits_takes_over(home: Settings, server: Taking) -> None:
    async def send() -> None:
        with at_once(home.root / "events" / "canary.lock"):
            waiting = canaries(sending(home, server.server_port))
            await waiting.__aenter__()
            await asyncio.sleep(0.1)
        await until(lambda: bool(server.sent))
        await waiting.__aexit__(None, None, None)

    asyncio.run(send())


def test_failures_are_told_once_a_streak_and_sending_goes_on(
    home: Settings,
    server: Taking,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(background, "LONGEST", 0.1)

    async def send() -> None:
        server.status = 503
        async with canaries(sending(home, server.server_port)):
            await until(lambda: len(server.sent) >= 5)
            assert len(warnings(caplog)) == 1
            server.status = 200
            came = len(server.sent)
            await until(lambda: len(server.sent) >= came + 3)
            server.status = 500
            await until(lambda: len(warnings(caplog)) == 2)

    asyncio.run(send())
    assert "503" in warnings(caplog)[0]


def test_a_server_that_is_not_there_is_a_failure_too(
    home: Settings, free_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    async def send() -> None:
        async with canaries(sending(home, free_port)):
            await until(lambda: len(warnings(caplog)) == 1)

    asyncio.run(send())


def test_none_are_sent_when_nobody_wants_them(home: Settings, server: Taking) -> None:
    async def send() -> None:
        async with canaries(sending(home, server.server_port, every=0)):
            await asyncio.sleep(0.2)

    asyncio.run(send())
    assert not server.sent
    assert not (home.root / "events").exists()


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [
        record.getMessage()
        for record in caplog.records
        if record.levelno == logging.WARNING and "no canary" in record.getMessage()
    ]
