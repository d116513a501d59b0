"""A load of HTTP requests on one loopback server: keep-alive connections, ready-made requests.

It shares the machine's cores with the server that it measures, so it does as little as it can.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urlsplit

import uvloop


@dataclass
class Outcome:
    """What a load came to: seconds of each request, statuses, bytes, and how long it took."""

    latencies: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    bodies: list[bytes] = field(default_factory=list)
    received: int = 0
    seconds: float = 0.0

    def percentile(self, share: float) -> float:
        """Milliseconds within which that share of the requests was answered."""
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    @property
    def mean(self) -> float:
        """Milliseconds that a request took on average."""
        return 1000 * sum(self.latencies) / len(self.latencies)

    @property
    def refused(self) -> int:
        """Requests that were not answered with 200."""
        return sum(count for status, count in self.statuses.items() if status != 200)

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.latencies) / self.seconds


def post(url: str, body: bytes, media_type: str = "application/json") -> bytes:
    """A whole request as it is sent."""
    told = urlsplit(url)
    head = (
        f"POST {told.path} HTTP/1.1\r\nHost: {told.netloc}\r\nContent-Type: {media_type}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def get(url: str, headers: str = "") -> bytes:
    """A whole request without a body; `headers` are lines that end with CR LF."""
    told = urlsplit(url)
    query = f"?{told.query}" if told.query else ""
    return f"GET {told.path}{query} HTTP/1.1\r\nHost: {told.netloc}\r\n{headers}\r\n".encode()


class Connection(asyncio.Protocol):
    """One keep-alive connection: bytes as they come, no streams in between.

    Answers are expected to tell their Content-Length, or to have no content.
    """

    def __init__(self, url: str) -> None:
        told = urlsplit(url)
        assert told.hostname
        assert told.port
        self._host, self._port = told.hostname, told.port
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[tuple[int, bytes]]
        self._come = b""
        self._begins = self._ends = -1

    @property
    def is_open(self) -> bool:
        """Whether the server still listens; one that is silent for long is closed."""
        return self._transport is not None and not self._transport.is_closing()

    async def open(self) -> None:
        """Connect."""
        self._loop = asyncio.get_running_loop()
        await self._loop.create_connection(lambda: self, self._host, self._port)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the loop."""
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Called by the loop."""
        if hasattr(self, "_answer") and not self._answer.done():
            self._answer.set_exception(error or ConnectionError("closed by the server"))

    def ask(self, request: bytes) -> asyncio.Future[tuple[int, bytes]]:
        """Send a request; gives status and body of the answer."""
        self._answer = self._loop.create_future()
        assert self._transport
        self._transport.write(request)
        return self._answer

    def data_received(self, data: bytes) -> None:
        """Called by the loop."""
        self._come = come = self._come + data if self._come else data
        if self._begins < 0:
            end = come.find(b"\r\n\r\n")
            if end < 0:
                return
            self._begins = self._ends = end + 4
            at = come.lower().find(b"content-length:", 0, end)
            if at >= 0:
                self._ends += int(come[at + 15 : come.find(b"\r\n", at)])
        if len(come) >= self._ends:
            self._answer.set_result((int(come[9:12]), come[self._begins : self._ends]))
            self._come, self._begins = b"", -1

    def close(self) -> None:
        """Let go."""
        if self._transport is not None:
            self._transport.close()


async def _each(
    url: str,
    connections: int,
    work: Callable[[Connection], Awaitable[None]],
    beside: Callable[[], Awaitable[None]] | None = None,
) -> float:
    """The seconds that the work takes, from when all connections are open; `beside` begins then."""
    opened = [Connection(url) for _ in range(connections)]
    try:
        for connection in opened:
            await connection.open()
        begun = time.perf_counter()
        more = (beside(),) if beside else ()
        await asyncio.gather(*(work(connection) for connection in opened), *more)
        return time.perf_counter() - begun
    finally:
        for connection in opened:
            connection.close()
        await asyncio.sleep(0)  # the loop lets go of them


def closed_loop(
    url: str, requests: Iterator[bytes], connections: int, seconds: float, *, keep: bool = False
) -> Outcome:
    """As fast as the server answers: each connection asks again when it has its answer.

    Ends earlier when there are no more requests.
    """
    outcome = Outcome()

    async def work(connection: Connection) -> None:
        end = time.perf_counter() + seconds
        while (begun := time.perf_counter()) < end and (request := next(requests, b"")):
            status, body = await connection.ask(request)
            outcome.latencies.append(time.perf_counter() - begun)
            outcome.received += len(body)
            outcome.statuses[status] = outcome.statuses.get(status, 0) + 1
            if keep:
                outcome.bodies.append(body)

    outcome.seconds = uvloop.run(_each(url, connections, work))
    return outcome


def open_loop(
    url: str, requests: Iterator[bytes], connections: int, seconds: float, rate: float
) -> Outcome:
    """A given number of requests a second, whatever the answers take.

    A request's time counts from when it was due, so a server that stands still does not hide it.
    """
    outcome = Outcome()

    async def load() -> float:
        due: asyncio.Queue[float] = asyncio.Queue()

        async def work(connection: Connection) -> None:
            while (at := await due.get()) >= 0:
                status, _ = await connection.ask(next(requests))
                outcome.latencies.append(time.perf_counter() - at)
                outcome.statuses[status] = outcome.statuses.get(status, 0) + 1

        async def clock() -> None:
            begun = time.perf_counter()
            for number in range(int(seconds * rate)):
                at = begun + number / rate
                if (wait := at - time.perf_counter()) > 0:
                    await asyncio.sleep(wait)
                due.put_nowait(at)
            for _ in range(connections):
                due.put_nowait(-1.0)

        return await _each(url, connections, work, clock)

    outcome.seconds = uvloop.run(load())
    return outcome


def told(body: bytes) -> dict[str, object]:
    """A JSON answer."""
    found: dict[str, object] = json.loads(body)
    return found
