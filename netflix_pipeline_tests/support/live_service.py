"""The live resources on a server of their own, over a view that `POST /watched` adds to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from fastapi import Depends, FastAPI

from api import problems
from api.parameters import only_known
from api.resources import live
from api.security.response_headers import ResponseHeaders
from netflix_pipeline.bounds import Streams
from netflix_pipeline.live.feed import Feed, FeedIntervals
from netflix_pipeline.live.rolling_window import RollingWindow
from netflix_pipeline.sources.formats.http_events import Watch

PACE = FeedIntervals(look=0.02, send=0.05, heartbeat=0.5)


@dataclass
class Tail:
    """Follows what it is told."""

    view: RollingWindow = field(default_factory=RollingWindow)
    caught_up: bool = True
    progress: str = "events have been read up to 12:00:00 UTC"
    records: int = 0

    @property
    def position(self) -> str:
        return f"log-{self.records}"

    def watch(self, title_id: str = "t-dark") -> None:
        now = datetime.now(UTC)
        event = Watch(event_id="e", user_id="ann", title_id=title_id, event_time=now)
        self.view.take(now, [event], visible_at=now)
        self.records += 1


@dataclass
class NoNames:
    """Knows no names."""

    stamp: int = 0

    async def of(self, title_ids: Sequence[str]) -> dict[str, str | None]:
        return {}


def create_app(follows: Tail | None = None) -> FastAPI:
    app = FastAPI(responses=problems.RESPONSES)
    tail = follows or Tail()
    app.state.live = Feed(tail, NoNames(), PACE)
    app.state.streams = Streams(most=2, each=2)
    problems.install(app)
    app.include_router(live.router, dependencies=[Depends(only_known)])
    app.add_middleware(ResponseHeaders)

    @app.post("/watched")
    async def watched() -> int:
        tail.watch()
        return tail.records

    return app
