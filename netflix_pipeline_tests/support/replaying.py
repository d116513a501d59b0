"""A small service that takes events and remembers them."""

import json
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from netflix_pipeline.generate import generate
from netflix_pipeline.replaying.recording import Event

Message = MutableMapping[str, Any]


@dataclass(frozen=True)
class Reply:
    """An answer other than a receipt."""

    status: int
    body: bytes = b"{}"
    headers: tuple[tuple[bytes, bytes], ...] = ()
    took: bool = False
    """Whether the events were stored all the same, as when an answer is lost."""


@dataclass
class Api:
    """What `POST /events` got and answered, in order; `replies` are given first."""

    url: str = ""
    replies: list[Reply] = field(default_factory=list)
    requests: list[list[Event]] = field(default_factory=list)
    at: list[float] = field(default_factory=list)
    tried: int = 0

    @property
    def events(self) -> list[Event]:
        """All events, as their requests came."""
        return [event for request in self.requests for event in request]

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        """One request, after ASGI."""
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        assert (scope["method"], scope["path"]) == ("POST", "/events")
        assert dict(scope["headers"])[b"content-type"] == b"application/x-ndjson"
        self.tried += 1
        reply = self.replies.pop(0) if self.replies else Reply(200, took=True)
        content = reply.body
        if reply.took:
            events = [json.loads(line) for line in body.splitlines()]
            receipt = self._receipt(events)
            self.requests.append(events)
            self.at.append(time.time())
            if reply.status == 200:
                content = json.dumps(receipt).encode()
        headers = [*reply.headers, (b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    def _receipt(self, events: list[Event]) -> dict[str, Any]:
        seen = {event["event_id"] for event in self.events}
        counts = {"stored": 0, "duplicate": 0, "quarantined": 0, "rejected": 0}
        results = []
        for event in events:
            bad = event.get("watch_seconds", 0) < 0
            result = (
                "quarantined" if bad else "duplicate" if event["event_id"] in seen else "stored"
            )
            seen.add(event["event_id"])
            counts[result] += 1
            results.append({"event_id": event["event_id"], "result": result})
        return {"received_at": "2026-03-07T08:30:00Z", "counts": counts, "results": results}


def sample(folder: Path, events: int = 300, **options: Any) -> None:
    """Generated files of all tables."""
    told: dict[str, Any] = {"seed": 1, "dirty": True, "end": date(2026, 3, 6)} | options
    generate(folder, events=events, users=20, titles=10, days=3, **told)
