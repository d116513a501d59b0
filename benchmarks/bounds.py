"""What a request costs the server by its size, over every route that a stranger reaches.

    python -m benchmarks.bounds

Each part of a request grows tenfold three times. Told is the CPU time of the server's process, the
median of a few requests where one alone looks as if it grew faster than its input.
"""

import argparse
import gzip
import json
import re
import socket
import statistics
import subprocess
import tempfile
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import psutil
import zstandard
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

import api.app
import dash_app.app
from benchmarks.measured import build
from benchmarks.record import recorded
from benchmarks.tables import head, row
from dash_app.pages import PAGES
from netflix_pipeline.engines import HOST, free_port
from netflix_pipeline.services.catalogue import SERVICES, Program
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import Passwords, open_state
from netflix_pipeline.state.keys import SCOPES, Keys
from netflix_pipeline_tests.support.processes import answers

SIZES = (60, 600, 6_000, 60_000)
"""Bytes of what grows in a head; the server reads no longer ones."""
BODY_SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
FACTOR = 30.0
"""How much more ten times the bytes may cost; linear is ten, quadratic a hundred."""
AT_LEAST = 0.03
"""Seconds of CPU below which nothing is said to grow: other work of the process lies within."""
AGAIN = 3
"""Further requests where one looks bad."""

Headers = Mapping[str, bytes]


@dataclass(frozen=True)
class Request:
    """One request: where, with which headers and body."""

    method: str
    target: bytes
    headers: Headers = field(default_factory=dict)
    body: bytes = b""

    def sent(self) -> bytes:
        """It as it is sent."""
        told = {"Host": b"localhost", "Connection": b"close", **self.headers}
        if self.body:
            told["Content-Length"] = b"%d" % len(self.body)
        lines = b"".join(b"%s: %s\r\n" % (name.encode(), value) for name, value in told.items())
        return b"%s %s HTTP/1.1\r\n%s\r\n" % (self.method.encode(), self.target, lines) + self.body


def _filled(piece: bytes, size: int) -> bytes:
    return (piece * (size // len(piece) + 1))[:size]


def _names(size: int) -> bytes:
    return b"&".join(b"p%04d" % at for at in range(size // 6))


def _many_headers(size: int) -> dict[str, bytes]:
    return {f"X-{at}": b"x" * (size // 90) for at in range(90)}


QUERIES: dict[str, Callable[[int], bytes]] = {
    "names": _names,
    "one name": lambda size: _filled(b"a&", size),
    "a value": lambda size: b"title=" + b"x" * size,
    "escapes": lambda size: b"title=" + _filled(b"%C3%A4", size),
    "signs": lambda size: _filled(b"=&;?", size),
}
HEADERS: dict[str, Callable[[int], Headers]] = {
    "a header": lambda size: {"X-Long": b"x" * size},
    "headers": _many_headers,
    "cookies": lambda size: {"Cookie": _filled(b'session="\\"; a=b; ', size)},
    "escapes of a cookie": lambda size: {"Cookie": b'a="' + _filled(b"\\1", size) + b'"'},
    "Host": lambda size: {"Host": _filled(b"a:1.", size)},
    "Accept": lambda size: {"Accept": _filled(b"a/b;q=0.1,", size)},
    "Accept-Encoding": lambda size: {"Accept-Encoding": _filled(b"br;q=0.1,", size)},
    "Accept-Language": lambda size: {"Accept-Language": _filled(b"de-AT;q=0.1,", size)},
    "If-None-Match": lambda size: {"If-None-Match": _filled(b'"1-a",', size)},
    "Range": lambda size: {"Range": b"bytes=" + _filled(b"0-1,", size)},
    "Authorization": lambda size: {"Authorization": b"Bearer nfx_" + b"x" * size},
    "a password": lambda size: {"Authorization": b"Basic " + b64encode(b":" * (size * 3 // 4))},
    "Forwarded": lambda size: {
        "Forwarded": _filled(b"for=1.2.3.4,", size),
        "X-Forwarded-For": _filled(b"1.2.3.4,", size // 2),
    },
    "Content-Type": lambda size: {"Content-Type": b"application/json;" + _filled(b"a=b;", size)},
}

EVENT = (
    b'{"type":"watch","event_id":"%08d","user_id":"u-17","title_id":"t-204",'
    b'"event_time":"2026-03-06T20:15:00Z","watch_seconds":2710.5,"device":"smart_tv"}'
)


def _events(size: int, between: bytes) -> bytes:
    return between.join(EVENT % at for at in range(size // 160))


JSON: Headers = {"Content-Type": b"application/json"}
LINES: Headers = {"Content-Type": b"application/x-ndjson"}
GZIP: Headers = {**LINES, "Content-Encoding": b"gzip"}
ZSTD: Headers = {**LINES, "Content-Encoding": b"zstd"}
BODIES: dict[str, tuple[Headers, Callable[[int], bytes]]] = {
    "events": (JSON, lambda size: b"[" + _events(size, b",") + b"]"),
    "lines": (LINES, lambda size: _events(size, b"\n")),
    "zeros": (JSON, lambda size: b"[" + b"0," * (size // 2) + b"0]"),
    "arrays": (JSON, lambda size: b"[" + b"[]," * (size // 3) + b"[]]"),
    "objects": (JSON, lambda size: b"[" + b"{}," * (size // 3) + b"{}]"),
    "long events": (JSON, lambda size: b"[" + b'{"a":"' + b"x" * size + b'"}]'),
    "wide event": (JSON, lambda size: b"{" + b'"a":0,' * (size // 6) + b'"b":0}'),
    "deep": (JSON, lambda size: b"[" * size),
    "deep objects": (JSON, lambda size: b'{"a":' * (size // 5)),
    "no end": (JSON, lambda size: b'["' + b'\\"' * (size // 2)),
    "damaged": (JSON, lambda size: b"[[" + b"[]," * (size // 3) + b"x]]"),
    "zero lines": (LINES, lambda size: b"0\n" * (size // 2)),
    "blank lines": (LINES, lambda size: b"0" + b" \n" * (size // 2) + b"0"),
    "gzip members": (GZIP, lambda size: gzip.compress(b"", mtime=0) * (size // 20)),
    "gzip": (GZIP, cache(lambda size: gzip.compress(b" " * size * 10, 1))),
    "zstd frames": (ZSTD, lambda size: zstandard.ZstdCompressor().compress(b"") * (size // 9)),
    "zstd": (ZSTD, cache(lambda size: zstandard.ZstdCompressor().compress(b" " * size * 10))),
    "form": (
        {"Content-Type": b"application/x-www-form-urlencoded"},
        lambda size: _filled(b"a=%41&", size),
    ),
}


APPS: dict[str, Callable[[Settings], FastAPI]] = {
    "api": api.app.create_app,
    "dashboard": dash_app.app.create_app,
}
BESIDES = {
    "api": ("/nowhere", "/titles", "/users/ann/nowhere"),
    "dashboard": ("/assets/view.js", *(page.path for page in PAGES)),
}
"""Addresses that no route names by themselves."""


def _callback(query: bytes) -> bytes:
    """What Dash sends for a view."""
    value = {"n": 1, "path": "/", "query": query.decode()}
    told = {
        "output": "view.answer",
        "outputs": {"id": "view", "property": "answer"},
        "inputs": [{"id": "view", "property": "asked", "value": value}],
        "changedPropIds": ["view.asked"],
    }
    return json.dumps(told).encode()


@dataclass(frozen=True)
class Case:
    """One part of a request to one route, by its bytes."""

    route: str
    part: str
    sizes: tuple[int, ...]
    request: Callable[[int], Request]


def routes(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Every method and path of an application, those that its description leaves out too."""
    for route in iter_route_contexts(app.routes):
        path = getattr(route, "path_format", None)
        for method in sorted(getattr(route, "methods", None) or ()):
            if path is not None and method != "HEAD":
                yield method, str(path)


def _paths(path: str, size: int) -> bytes:
    """The path with something long in the place of a parameter, or at its end."""
    before, brace, rest = path.partition("{")
    long = _filled(b"a%2F", size)
    return (
        (before.encode() + long + rest.partition("}")[2].encode())
        if brace
        else (path.rstrip("/").encode() + b"/" + long)
    )


def cases(name: str, settings: Settings) -> Iterator[Case]:
    """Every case of a service."""
    app = APPS[name](settings)
    for method, template in sorted(set(routes(app))):
        yield from _of_head(method, template)
        if method == "POST":
            yield from _of_body(template)
    for path in BESIDES[name]:
        yield from _of_head("GET", path)


def _of_head(method: str, template: str) -> Iterator[Case]:
    plain = template.replace("{", "").replace("}", "").encode()
    route = f"{method} {template}"

    def queried(told: Callable[[int], bytes]) -> Callable[[int], Request]:
        return lambda size: Request(method, plain + b"?" + told(size))

    def headed(told: Callable[[int], Headers]) -> Callable[[int], Request]:
        return lambda size: Request(method, plain, told(size))

    yield Case(route, "path", SIZES, lambda size: Request(method, _paths(template, size)))
    for part, query in QUERIES.items():
        yield Case(route, part, SIZES, queried(query))
    for part, headers in HEADERS.items():
        yield Case(route, part, SIZES, headed(headers))


def _of_body(template: str) -> Iterator[Case]:
    def bodied(headers: Headers, told: Callable[[int], bytes]) -> Callable[[int], Request]:
        return lambda size: Request("POST", template.encode(), headers, told(size))

    for part, (headers, body) in BODIES.items():
        yield Case(f"POST {template}", f"body: {part}", BODY_SIZES, bodied(headers, body))
    if template == "/_dash-update-component":
        yield Case(
            f"POST {template}",
            "body: a view's address",
            SIZES,
            bodied(JSON, lambda size: _callback(_names(size))),
        )


@dataclass(frozen=True)
class Cost:
    """Seconds of CPU of a case, by its sizes, and the last status."""

    case: Case
    seconds: tuple[float, ...]
    status: bytes

    @property
    def grows(self) -> bool:
        """Whether it grew faster than its input, by more than measuring could err."""
        return any(
            later > max(AT_LEAST, FACTOR * max(before, AT_LEAST / FACTOR))
            for before, later in zip(self.seconds, self.seconds[1:], strict=False)
        )

    def told(self) -> str:
        """It in a line."""
        grown = ", ".join(
            f"{size:,} B: {1000 * seconds:.1f} ms"
            for size, seconds in zip(self.case.sizes, self.seconds, strict=True)
        )
        return f"{self.case.route} ({self.case.part}): {grown}, {self.status.decode()}"


class Server:
    """A service that runs, and the CPU time of the process that answers."""

    def __init__(self, port: int, process: int) -> None:
        (worker,) = psutil.Process(process).children()
        self._port = port
        # The clock of another process' CPU time, to the nanosecond, as clock_getcpuclockid has it.
        self._clock = (~worker.pid << 3) | 2
        self._status = Path(f"/proc/{worker.pid}/status")

    @property
    def peak(self) -> int:
        """Megabytes of memory that it had at most so far."""
        (found,) = re.findall(r"VmHWM:\s+(\d+) kB", self._status.read_text())
        return int(found) // 1024

    def cost(self, case: Case) -> Cost:
        """What a case costs; asked again where that looks bad."""
        asked = [case.request(size) for size in case.sizes]
        taken = [self._ask(one) for one in asked]
        cost = Cost(case, tuple(seconds for seconds, _ in taken), taken[-1][1])
        if cost.grows:
            seconds = (
                statistics.median([self._ask(one)[0] for _ in range(AGAIN)]) for one in asked
            )
            cost = Cost(case, tuple(seconds), cost.status)
        return cost

    def _ask(self, request: Request) -> tuple[float, bytes]:
        sent = request.sent()
        begun = time.clock_gettime(self._clock)
        status = b""
        with socket.create_connection(("127.0.0.1", self._port), 60) as connection:
            # What is refused may be answered, and the connection closed, before all of it was sent.
            with suppress(ConnectionError):
                connection.sendall(sent)
            with suppress(ConnectionError):
                while part := connection.recv(1 << 20):
                    status = status or part[9:12]
                    if b"text/event-stream" in part:
                        break
        return time.clock_gettime(self._clock) - begun, status


def table(name: str, costs: list[Cost]) -> None:
    """Of each part of a request the route that it costs most, in the end."""
    head(name, *(f"×{10**at:,}" for at in range(len(SIZES))), "µs/byte", "most at")
    for part in dict.fromkeys(cost.case.part for cost in costs):
        worst = max(
            (cost for cost in costs if cost.case.part == part), key=lambda cost: cost.seconds[-1]
        )
        row(
            f"{part}, from {worst.case.sizes[0]:,} bytes",
            *(f"{1000 * seconds:.1f} ms" for seconds in worst.seconds),
            f"{1e6 * worst.seconds[-1] / worst.case.sizes[-1]:.3f}",
            f"`{worst.case.route}`",
        )


def serving(name: str, settings: Settings) -> AbstractContextManager[Server]:
    """A service of a home, on a free port, as the supervisor starts it."""
    service = SERVICES[name]
    (program,) = service.programs
    return serving_program(program, service.path, settings)


@contextmanager
def serving_program(
    program: Program, path: str, settings: Settings | None = None
) -> Iterator[Server]:
    """A program that serves, once it answers at a path."""
    port = free_port()
    with subprocess.Popen(
        program.command(HOST, port),
        env=settings.environment() if settings else None,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as running:
        try:
            while not answers(HOST, port, path):
                if running.poll() is not None:
                    raise RuntimeError(f"{program.name} ended with {running.returncode}")
                time.sleep(0.1)
            yield Server(port, running.pid)
        finally:
            running.terminate()


def costs(name: str, settings: Settings) -> Iterator[Cost]:
    """What every case costs a service of a home, as a stranger asks."""
    told = list(cases(name, settings))
    with serving(name, settings) as server:
        for case in told:
            yield server.cost(case)


def asking(settings: Settings) -> Settings:
    """The same home, whose services ask everybody who they are."""
    state = open_state(settings)
    Keys(state).create("measured", tuple(SCOPES))
    state.dispose()
    Passwords(settings).set("measured", "correct horse battery staple")
    return settings.model_copy(update={"auth": "required"})


def main() -> None:
    """Measure, and print a table for each service."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bounds", description=__doc__)
    with recorded(parser), tempfile.TemporaryDirectory() as folder:
        # No canaries: nothing but what is measured shall use the CPU.
        home = build(Path(folder), 10_000)
        plain = Settings(home=home, canary_seconds=0, access_log="off")
        bad: list[Cost] = []
        for asked in (plain, asking(plain)):
            for name in APPS:
                told = list(costs(name, asked))
                bad += [cost for cost in told if cost.grows]
                who = "asks who it is" if asked.keys_required else "asks nobody"
                table(f"{name}, {who}", told)
        for cost in bad:
            print(f"\nGrows faster than its input: {cost.told()}")


if __name__ == "__main__":
    main()
