"""Connections that bring nothing: they keep nobody waiting, and are closed."""

import http.client
import resource
import selectors
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from time import monotonic

import psutil
import pytest

from netflix_pipeline.services.web_server import CONNECTIONS, connections
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.processes import served
from netflix_pipeline_tests.support.waiting import PATIENCE, until

IDLE = 1100
UNREAD = 20
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

    @property
    def long(self) -> bytes:
        """A request for something long."""
        path = "/docs/swagger-ui-bundle.js" if self.name == "api" else "/assets/plotly.js"
        return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()

    def opened(self, begin: bytes) -> socket.socket:
        """A connection that sent that much, with a small buffer for what comes back."""
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(5)
        connection.connect(("127.0.0.1", self.port))
        connection.sendall(begin)
        connection.setblocking(False)
        return connection

    def answers(self) -> None:
        """A request of somebody else's is answered, and not because others were given up."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        with self.opened(BEGINNINGS["silent"]) as silent, closing(connection):
            connection.request("GET", "/health" if self.name == "api" else "/robots.txt")
            assert connection.getresponse().status == 200
            with pytest.raises(BlockingIOError):
                silent.recv(1)

    def held(self) -> int:
        """Connections that the service holds."""
        below = psutil.Process(self.process.pid).children()
        return sum(
            one.status != psutil.CONN_LISTEN for each in below for one in each.net_connections()
        )


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Running]]:
    """Both services, each of a home without data."""
    folder = tmp_path_factory.mktemp("services")
    with ExitStack() as started:
        found = []
        for name in ("api", "dashboard"):
            home = Settings(home=folder / name)
            address, process = started.enter_context(served(name, home, folder / f"{name}.log"))
            found.append(Running(name, address, process))
        yield found


def until_closed(opened: dict[str, list[socket.socket]], services: list[Running]) -> None:
    """Wait until each of them is closed; meanwhile nobody else waits."""
    with selectors.DefaultSelector() as selector:
        for name, all_of_it in opened.items():
            for one in all_of_it:
                selector.register(one, selectors.EVENT_READ, name)
        end, asked = monotonic() + PATIENCE, float("-inf")
        while left := selector.get_map():
            assert monotonic() < end, {key.data for key in left.values()}
            for key, _ in selector.select(0.5):
                assert isinstance(key.fileobj, socket.socket)
                with suppress(ConnectionError):
                    if key.fileobj.recv(65536):
                        continue
                selector.unregister(key.fileobj)
            if monotonic() - asked > 2:
                for running in services:
                    running.answers()
                asked = monotonic()


def test_connections_that_bring_nothing_keep_nobody_waiting_and_are_closed(
    services: list[Running],
) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < 4 * IDLE:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(4 * IDLE, hard), hard))
    for running in services:
        running.answers()
    with ExitStack() as all_of_them:
        for running in services:
            for _ in range(UNREAD):
                # Asked for many times in one go, it is more than the system's buffers hold.
                all_of_them.enter_context(running.opened(running.long * 30))
        opened = {
            f"{running.name}, {name}": [
                all_of_them.enter_context(running.opened(begin))
                for _ in range(IDLE if name == "silent" else 10)
            ]
            for running in services
            for name, begin in BEGINNINGS.items()
        }
        until_closed(opened, services)
        until(lambda: all(running.held() < UNREAD for running in services), 0.5)


def test_who_sends_too_much_is_told(services: list[Running]) -> None:
    large = b" " * (30 * 2**20)
    for running in services:
        path = "/events" if running.name == "api" else "/_dash-update-component"
        connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=30)
        connection.request("POST", path, large, {"Content-Type": "application/json"})
        assert connection.getresponse().status == 413
        connection.close()
        begun = HEAD.replace(b"/events", path.encode()) + b"Content-Length: 99999999999\r\n"
        with running.opened(begun + b"Expect: 100-continue\r\n\r\n") as asking:
            asking.settimeout(30)
            assert asking.recv(100).split()[1] == b"413"


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
