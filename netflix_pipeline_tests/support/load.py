"""A service that is killed under load, and senders who remember what they were told."""

import http.client
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

SENDERS = 6
BATCHES = (1, 1, 5, 40)
"""Events of a request, by chance."""
STARTS_WITHIN = 120.0
"""Seconds: on a busy machine its imports alone take many."""


@dataclass
class Told:
    """All that was sent, and the last word on each event: None where no answer came."""

    sent: dict[str, dict[str, Any]] = field(default_factory=dict)
    word: dict[str, str | None] = field(default_factory=dict)
    unanswered: list[list[str]] = field(default_factory=list)

    def acknowledged(self) -> set[str]:
        """The events of which it was said that they are kept."""
        return {name for name, word in self.word.items() if word in ("stored", "duplicate")}


@contextmanager
def service(port: int, workers: int, environment: Mapping[str, str], log: Path) -> Iterator[int]:
    """The API in a process group of its own; ends with kill -9 of all of it."""
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--factory"]
    command += ["--workers", str(workers), "--port", str(port), "api.app:create_app"]
    with log.open("ab") as lines:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=lines,
            stderr=lines,
            env=dict(environment),
            start_new_session=True,
        )
    try:
        _until_it_answers(port, process, log)
        yield process.pid
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _until_it_answers(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/health")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.05)
        else:
            return
        finally:
            connection.close()
    raise AssertionError(f"the API does not answer:\n{log.read_text()}")


class Senders:
    """Threads that send events as fast as they are answered, until they are told to stop."""

    def __init__(self, port: int, told: Told, chance: random.Random) -> None:
        self._port = port
        self._told = told
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._threads = [
            threading.Thread(target=self._send, args=(random.Random(chance.random()),))
            for _ in range(SENDERS)
        ]

    def __enter__(self) -> Self:
        return self

    def begin(self) -> None:
        """Begin to send."""
        for thread in self._threads:
            thread.start()

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()

    def _send(self, chance: random.Random) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
        try:
            while not self._ended.is_set():
                names = self._next(chance)
                body = json.dumps([self._told.sent[name] for name in names])
                connection.request("POST", "/events", body, {"Content-Type": "application/json"})
                answer = connection.getresponse()
                content = answer.read()
                if answer.status != 200:
                    assert answer.status == 503, content
                    self._unanswered(names)
                    continue
                told = json.loads(content)["results"]
                with self._lock:
                    for name, one in zip(names, told, strict=True):
                        assert one["event_id"] == name
                        self._told.word[name] = one["result"]
        except (OSError, http.client.HTTPException, json.JSONDecodeError):
            self._unanswered(names)
        finally:
            connection.close()

    def _unanswered(self, names: list[str]) -> None:
        with self._lock:
            self._told.unanswered.append(names)

    def _next(self, chance: random.Random) -> list[str]:
        """Events to be sent: sometimes those of before that got no answer, else new ones."""
        with self._lock:
            if self._told.unanswered and chance.random() < 0.7:
                return self._told.unanswered.pop()
            names = []
            for _ in range(chance.choice(BATCHES)):
                name = f"{len(self._told.sent):08d}-{chance.getrandbits(64):016x}"
                self._told.sent[name] = event(name, chance)
                self._told.word[name] = None
                names.append(name)
            return names


def event(name: str, chance: random.Random) -> dict[str, Any]:
    """A good event of one of the types, within the last two days."""
    moment = datetime.now(UTC) - timedelta(seconds=chance.randrange(2 * 86_400))
    told: dict[str, Any] = {
        "event_id": name,
        "user_id": f"u-{chance.randrange(50)}",
        "event_time": moment.isoformat(),
    }
    title = {"title_id": f"t-{chance.randrange(20)}"}
    match chance.choice(["watch", "watch", "watch", "search", "recommendation", "review"]):
        case "watch":
            return told | title | {"type": "watch", "watch_seconds": chance.randrange(7200)}
        case "search":
            return told | {"type": "search", "query": "dark", "results_count": chance.randrange(9)}
        case "recommendation":
            return told | title | {"type": "recommendation", "clicked": chance.random() < 0.5}
        case _:
            return told | title | {"type": "review", "rating": chance.randint(1, 5)}
