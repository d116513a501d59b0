"""Clients that go on while processes die: readers, senders of events, probes of services."""

import http.client
import json
import random
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

PATIENCE = 30.0
"""Seconds that a client waits for an answer."""
REPEATED_AFTER = 0.5
"""Seconds after which a reader repeats what was refused or reset, once."""
CUT_OFF = (OSError, http.client.HTTPException)


@dataclass
class Reads:
    """How many were asked; of how many the first try failed, and the second too."""

    asked: int = 0
    first_failed: int = 0
    failed: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    @property
    def share(self) -> float:
        """Of those answered, with the repetition."""
        return 1 - len(self.failed) / max(self.asked, 1)

    @property
    def share_at_once(self) -> float:
        """Of those answered, without it."""
        return 1 - self.first_failed / max(self.asked, 1)


class Clients:
    """Threads that ask until they are told to end."""

    def __init__(self) -> None:
        self.reads = Reads()
        self.acknowledged: set[str] = set()
        self.sent = 0
        self.probes: dict[str, list[float]] = {}
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []

    def read(self, urls: Sequence[str], rate: float, seed: int) -> None:
        """Ask one of these addresses so many times a second, over a connection that is kept."""
        self._begin(self._read, urls, rate, random.Random(seed))

    def send(self, url: str, rate: float, events: int) -> None:
        """Send so many requests of events a second, each again until it is acknowledged."""
        self._begin(self._send, f"{url}/events", rate, events)

    def probe(self, name: str, url: str, every: float = 0.2) -> None:
        """Ask a service again and again by new connections; notes when each was answered."""
        self.probes[name] = []
        self._begin(self._probe, self.probes[name], url, every)

    def end(self) -> None:
        """End all of them; what is under way is finished."""
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def answered(self, name: str, since: float) -> list[float]:
        """When a service answered what it was asked since then, or just before; in order."""
        return sorted(answered for answered in list(self.probes[name]) if answered > since)

    def _begin(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments)
        self._threads.append(thread)
        thread.start()

    def _read(self, urls: Sequence[str], rate: float, chance: random.Random) -> None:
        connections: dict[str, http.client.HTTPConnection] = {}
        due = time.monotonic()
        while not self._ended.wait(max(0.0, due - time.monotonic())):
            due = max(due + 1 / rate, time.monotonic() - 5)
            url = chance.choice(urls)
            begun = time.monotonic()
            problem = _answer(connections, url)
            again = problem is not None
            if problem is not None:
                time.sleep(REPEATED_AFTER)
                problem = _answer(connections, url)
            with self._lock:
                self.reads.asked += 1
                self.reads.first_failed += again
                self.reads.times.append(time.monotonic() - begun)
                if problem is not None:
                    self.reads.failed.append(f"{url}: {problem}")
        for connection in connections.values():
            connection.close()

    def _send(self, url: str, rate: float, events: int) -> None:
        parts = urlsplit(url)
        chance = random.Random(rate)
        while not self._ended.wait(1 / rate):
            batch = [_event(chance) for _ in range(events)]
            body = json.dumps(batch)
            while True:
                self.sent += events
                connection = http.client.HTTPConnection(parts.netloc, timeout=PATIENCE)
                with closing(connection):
                    try:
                        headers = {"Content-Type": "application/json"}
                        connection.request("POST", parts.path, body, headers)
                        answer = connection.getresponse()
                        told = json.loads(answer.read())
                        if answer.status == 200:
                            break
                    except (*CUT_OFF, json.JSONDecodeError):
                        pass
                time.sleep(0.2)
            kept = [one for one in told["results"] if one["result"] in ("stored", "duplicate")]
            with self._lock:
                self.acknowledged.update(one["event_id"] for one in kept)

    def _probe(self, told: list[float], url: str, every: float) -> None:
        while not self._ended.wait(every):
            connections: dict[str, http.client.HTTPConnection] = {}
            if _answer(connections, url) is None:
                told.append(time.monotonic())
            for connection in connections.values():
                connection.close()


def _answer(connections: dict[str, http.client.HTTPConnection], url: str) -> str | None:
    """Ask for an address; what is wrong with the answer, None where nothing is."""
    parts = urlsplit(url)
    connection = connections.pop(parts.netloc, None)
    if connection is None:
        connection = http.client.HTTPConnection(parts.netloc, timeout=PATIENCE)
    try:
        connection.request("GET", parts.path)
        answer = connection.getresponse()
        body = answer.read()
    except CUT_OFF as error:
        connection.close()
        return repr(error)
    if answer.will_close:
        connection.close()
    else:
        connections[parts.netloc] = connection
    return None if answer.status < 500 else f"{answer.status} {body[:200]!r}"


def _event(chance: random.Random) -> dict[str, object]:
    return {
        "type": "watch",
        "event_id": f"{chance.getrandbits(96):024x}",
        "user_id": f"u-{chance.randrange(200)}",
        "title_id": f"t-{chance.randrange(50)}",
        "event_time": datetime.now(UTC).isoformat(),
        "watch_seconds": chance.randrange(60, 7200),
    }
