"""Connections that bring nothing: they keep nobody waiting, and are closed."""

from __future__ import annotations

import http.client
import resource
import selectors
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from time import monotonic, sleep

import psutil
import pytest

from netflix_pipeline.bounds.sockets import UNREAD_SECONDS
from netflix_pipeline.services.catalogue import CONNECTIONS, connections
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.dash_app.running import served

IDLE = 1100
CLOSED_WITHIN = 15
"""Seconds."""
HEAD = b"POST /events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
BEGINNINGS: dict[str, bytes] = {
    "silent": b"",
    "half a line": b"GET /hea",
    "half a head": b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-A: ",
    "idle after an answer": b"GET /robots.txt HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "HTTP/2 and no more": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/2 with settings": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
    "half a chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n10\r\n[",
    "no body": HEAD + b"Content-Length: 100\r\n\r\n",
    "an upgrade": b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\n"
    b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
    "a websocket": b"GET /robots.txt HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
    b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
}


class Running:
    """A service, and the port that it listens to."""

    def __init__(self, name: str, address: str, process: subprocess.Popen[bytes]) -> None:
        self.name = name
        self.port = int(address.rpartition(":")[2])
        self.process = process

    def opened(self, begin: bytes) -> socket.socket:
        """A connection that sent that much, with a small buffer for what comes back."""
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(5)
        connection.connect(("127.0.0.1", self.port))
        connection.sendall(begin)
        connection.setblocking(False)
        return connection

    def waited(self) -> float:
        """Seconds until a request of somebody else's was answered."""
        began = monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", "/health" if self.name == "api" else "/robots.txt")
        assert connection.getresponse().status == 200
        connection.close()
        return monotonic() - began

    def held(self) -> int:
        """Connections that the service holds."""
        below = psutil.Process(self.process.pid).children()
        return sum(
            one.status != psutil.CONN_LISTEN for each in below for one in each.net_connections()
        )


@pytest.fixture(scope="module", params=["api", "dashboard"])
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp(request.param)
    with served(request.param, Settings(home=folder / "home"), folder / "log") as (
        address,
        process,
    ):
        yield Running(request.param, address, process)


def until_closed(opened: dict[str, list[socket.socket]], running: Running) -> dict[str, float]:
    """Of each kind the seconds until the last was closed; meanwhile nobody else waits."""
    began = monotonic()
    closed: dict[str, float] = {}
    left = {name: len(all_of_it) for name, all_of_it in opened.items()}
    with selectors.DefaultSelector() as selector:
        for name, all_of_it in opened.items():
            for one in all_of_it:
                selector.register(one, selectors.EVENT_READ, name)
        asked = float("-inf")
        while selector.get_map() and monotonic() - began < 60:
            for key, _ in selector.select(0.5):
                assert isinstance(key.fileobj, socket.socket)
                with suppress(ConnectionError):
                    if key.fileobj.recv(65536):
                        continue
                selector.unregister(key.fileobj)
                left[key.data] -= 1
                if not left[key.data]:
                    closed[key.data] = monotonic() - began
            if monotonic() - asked > 2:
                # Ten machines' work may run beside a test: seldom enough, it waits for them.
                assert running.waited() < 5
                asked = monotonic()
    return closed


def test_silent_connections_keep_nobody_waiting_and_are_closed(running: Running) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < 3 * IDLE:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(3 * IDLE, hard), hard))
    with ExitStack() as all_of_them:
        opened = {
            name: [
                all_of_them.enter_context(running.opened(begin))
                for _ in range(IDLE if name == "silent" else 10)
            ]
            for name, begin in BEGINNINGS.items()
        }
        closed = until_closed(opened, running)
    assert closed.keys() == BEGINNINGS.keys()
    assert {name: seconds for name, seconds in closed.items() if seconds > CLOSED_WITHIN} == {}
    assert running.held() < 20


def test_who_asks_and_never_reads_is_given_up(running: Running) -> None:
    longest = "/docs/swagger-ui-bundle.js" if running.name == "api" else "/assets/plotly.js"
    ask = f"GET {longest} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    assert running.waited() < 30
    with ExitStack() as all_of_them:
        for _ in range(20):
            # Asked for many times in one go, it is more than the system's buffers hold.
            all_of_them.enter_context(running.opened(ask * 30))
        sleep(1)
        assert running.held() >= 20
        until = monotonic() + UNREAD_SECONDS + CLOSED_WITHIN + 30
        while running.held() >= 20:
            assert monotonic() < until
            sleep(0.5)


def test_a_worker_keeps_files_for_other_things_than_connections(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for most, held in (
        (1024, 768),
        (20_000, 19_000),
        (1_048_576, CONNECTIONS),
        (resource.RLIM_INFINITY, CONNECTIONS),
    ):
        monkeypatch.setattr(resource, "getrlimit", lambda _, most=most: (256, most))
        assert connections() == held
