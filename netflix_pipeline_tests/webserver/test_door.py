"""The door around an application that answers everything: what reaches it, and for whom."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Self

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from netflix_pipeline import bounds
from netflix_pipeline.access import SignedIn, Visitors
from netflix_pipeline.defs.reload import own_key
from netflix_pipeline.errors import BadInput
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import Passwords
from netflix_pipeline.webserver import requests, sockets
from netflix_pipeline.webserver.door import Door

NAME, PASSWORD = "ann", "correct horse battery"
JSON = {"Content-Type": "application/json"}


async def inner(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with what was posted, lets other sites read it, and repeats what sockets bring."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": message["text"]})
        return
    body = (await receive())["body"] if scope["method"] == "POST" else b"page"
    headers = [(b"access-control-allow-origin", b"*"), (b"content-security-policy", b"base-uri")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def guarded(settings: Settings) -> Door:
    return Door(inner, settings, Visitors(settings))


def ask(
    settings: Settings,
    method: str = "GET",
    path: str = "/",
    *,
    url: str = "http://localhost:3000",
    client: str = "127.0.0.1",
    **options: Any,
) -> httpx.Response:
    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(guarded(settings), client=(client, 50_000))
        async with httpx.AsyncClient(transport=transport, base_url=url) as browser:
            return await browser.request(method, path, **options)

    return asyncio.run(asked())


def session(settings: Settings, name: str = "session") -> dict[str, str]:
    """The cookie of somebody who signed in at the dashboard."""
    passwords = Passwords(settings)
    passwords.set(NAME, PASSWORD)
    token = asyncio.run(SignedIn(settings, passwords).begin(NAME, passwords.hashes[NAME]))
    return {"Cookie": f"{name}={token}"}


def test_on_this_machine_nobody_is_asked(home: Settings) -> None:
    assert ask(home).text == "page"
    assert ask(home, "POST", "/graphql", json={"query": "{version}"}).status_code == 200


def test_answers_are_read_and_framed_by_no_other_site(home: Settings) -> None:
    for answer in (ask(home), ask(home, "PUT")):
        assert not [name for name in answer.headers if name.startswith("access-control")]
        assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
        assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
    assert "base-uri" in ask(home).headers["Content-Security-Policy"]


def test_where_people_sign_in_the_dashboards_session_counts(home: Settings) -> None:
    cookie = session(home)
    assert ask(home, headers=cookie).status_code == 200
    refused = ask(home)
    assert refused.status_code == 401
    assert refused.text == "Sign in at the dashboard first.\n"
    assert ask(home, "POST", "/graphql", json={}).status_code == 401
    assert ask(home, headers={"Cookie": "session=" + "A" * 64}).status_code == 401
    Passwords(home).set(NAME, "a new and longer one")
    assert ask(home, headers=cookie).status_code == 401


def test_a_browser_is_shown_where_to_sign_in(home: Settings) -> None:
    Passwords(home).set(NAME, PASSWORD)
    asked = {"Accept": "text/html"}
    for host in ("127.0.0.1", "localhost", "[::1]"):
        page = ask(home, path="/runs?a=b", url=f"http://{host}:3000", headers=asked)
        assert page.status_code == 401
        assert f'href="http://{host}:8502/"' in page.text
        assert page.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("changed", [{"host": "0.0.0.0"}, {"auth": "required"}])
def test_off_loopback_it_does_not_begin_without_anybody_to_know(
    home: Settings, changed: dict[str, str]
) -> None:
    away = home.model_copy(update=changed)
    with pytest.raises(BadInput, match="passwords set NAME"):
        guarded(away)
    cookie = session(home, "__Host-session" if "host" in changed else "session")
    assert ask(away).status_code == 401
    assert ask(away, headers=cookie).status_code == 200


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "Via"])
def test_where_nobody_is_asked_it_is_not_shown_through_a_proxy(home: Settings, header: str) -> None:
    answer = ask(home, headers={header: "192.0.2.1"})
    assert answer.status_code == 403
    assert "passwords set NAME" in answer.text


def test_a_trusted_proxy_tells_who_it_let_in(home: Settings) -> None:
    away = home.model_copy(
        update={
            "host": "0.0.0.0",
            "trusted_user_header": "X-Forwarded-User",
            "trusted_proxies": "192.0.2.3",
        }
    )
    told = {"X-Forwarded-User": NAME}
    assert ask(away, client="192.0.2.3", headers=told).status_code == 200
    assert ask(away, client="192.0.2.3").status_code == 401
    assert ask(away, client="192.0.2.4", headers=told).status_code == 401


def test_the_platforms_own_processes_are_let_in_by_their_key(home: Settings) -> None:
    Passwords(home).set(NAME, PASSWORD)
    for told, status in ((own_key(home), 200), (own_key(home)[:-1], 401), ("Bearer é", 401)):
        headers = {"Authorization": told.encode("latin-1")}
        assert ask(home, headers=headers).status_code == status


def test_without_its_password_file_it_lets_nobody_in(home: Settings) -> None:
    cookie = session(home)
    (home.state / "passwords.json").unlink()
    answer = ask(home, headers=cookie)
    assert answer.status_code == 503
    assert "passwords list" in answer.text


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"query": "{version}"}', 200),
        (b"", 200),
        (b'[{"query": "{version}"}]', 400),
        (b'"{version}"', 400),
        (b"{", 400),
        (b"\xff", 400),
        (b"[" * 100_000, 400),
        (b'{"query": "' + b"a" * requests.BODY_BYTES + b'"}', 413),
    ],
)
def test_what_is_posted_is_one_object_of_bounded_size(
    home: Settings, body: bytes, status: int
) -> None:
    answer = ask(home, "POST", "/graphql", content=body, headers=JSON)
    assert answer.status_code == status
    if status == 200:
        assert answer.content == body


def test_a_body_of_no_length_is_cut_off_at_the_same_size(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netflix_pipeline.bounds.bodies.UNKEPT_BYTES", 0)
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 10 * requests.BODY_BYTES:
            sent += 1 << 16
            yield b" " * (1 << 16)

    assert ask(home, "POST", "/graphql", content=endless(), headers=JSON).status_code == 413
    assert sent <= requests.BODY_BYTES + (1 << 17)


def test_a_body_that_does_not_come_is_not_waited_for(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds.bodies, "SILENT_SECONDS", 0.05)

    async def slow() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(60)

    assert ask(home, "POST", "/graphql", content=slow(), headers=JSON).status_code == 408


class Socket:
    """One that a browser opens: what it brings, and what it hears."""

    def __init__(self, door: Door, headers: dict[str, str] | None = None) -> None:
        told = {"host": "localhost:3000", "origin": "http://localhost:3000", **(headers or {})}
        self._scope = {
            "type": "websocket",
            "path": "/graphql",
            "raw_path": b"/graphql",
            "query_string": b"",
            "server": ("127.0.0.1", 3000),
            "client": ("127.0.0.1", 50_000),
            "headers": [(name.lower().encode(), value.encode()) for name, value in told.items()],
        }
        self._door = door
        self._brings: asyncio.Queue[Message] = asyncio.Queue()
        self._hears: asyncio.Queue[Message] = asyncio.Queue()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._door(self._scope, self._brings.get, self._hears.put))
        await self._brings.put({"type": "websocket.connect"})
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._brings.put({"type": "websocket.disconnect", "code": 1000})
        await asyncio.wait_for(self._task, 10)

    async def hears(self) -> tuple[str, Any]:
        message = await asyncio.wait_for(self._hears.get(), 10)
        return message["type"].removeprefix("websocket."), message.get("text", message.get("code"))

    async def says(self, text: str) -> tuple[str, Any]:
        await self._brings.put({"type": "websocket.receive", "text": text})
        return await self.hears()


def test_a_socket_is_held_for_its_own_page_and_messages_are_bounded(home: Settings) -> None:
    async def held() -> None:
        door = guarded(home)
        async with Socket(door) as socket:
            assert await socket.hears() == ("accept", None)
            assert await socket.says("a") == ("send", "a")
            assert await socket.says("a" * (sockets.LONGEST + 1)) == ("close", sockets.TOO_BIG)
        async with Socket(door, {"origin": "http://localhost:8502"}) as socket:
            assert await socket.hears() == ("close", sockets.VIOLATION)

    asyncio.run(held())


def test_sockets_are_counted(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "OF_ONE", 1)

    async def counted() -> None:
        door = guarded(home)
        for _ in range(2):  # one that ended makes room
            async with Socket(door) as first, Socket(door) as second:
                assert await first.hears() == ("accept", None)
                assert await second.hears() == ("close", sockets.VIOLATION)

    asyncio.run(counted())


@pytest.mark.parametrize("talks", [False, True])
def test_a_socket_ends_with_the_session(
    home: Settings, monkeypatch: pytest.MonkeyPatch, talks: bool
) -> None:
    monkeypatch.setattr(sockets, "LOOKED_EVERY", 0.05)
    cookie = session(home)

    async def ends() -> None:
        door = guarded(home)
        async with Socket(door) as stranger:
            assert await stranger.hears() == ("close", sockets.VIOLATION)
        async with Socket(door, cookie) as socket:
            assert await socket.hears() == ("accept", None)
            await asyncio.sleep(0.2)
            assert await socket.says("a") == ("send", "a")
            Passwords(home).set(NAME, "a new and longer one")
            if talks:
                while (heard := await socket.says("a")) == ("send", "a"):
                    pass
            else:
                heard = await socket.hears()
            assert heard == ("close", sockets.VIOLATION)

    asyncio.run(ends())
