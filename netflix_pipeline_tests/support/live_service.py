"""The live resources on a server of their own, over a view that `POST /watched` adds to."""

from pathlib import Path

from fastapi import Depends, FastAPI

from api import problems
from api.delivery.live_feed import Feed, FeedIntervals, TitleNames
from api.parameters import only_known
from api.resources import live
from api.security.response_headers import ResponseHeaders
from netflix_pipeline.bounds import Streams
from netflix_pipeline.serving import Snapshots
from netflix_pipeline_tests.support.followed import Followed

PACE = FeedIntervals(look=0.02, send=0.05, heartbeat=0.5)


def create_app(follower: Followed | None = None) -> FastAPI:
    app = FastAPI(responses=problems.RESPONSES)
    followed = follower or Followed()
    # Without a snapshot, no names are known.
    app.state.live = Feed(followed, TitleNames(Snapshots(Path("nowhere"))), PACE)
    app.state.streams = Streams(most=2, each=2)
    problems.install(app)
    app.include_router(live.router, dependencies=[Depends(only_known)])
    app.add_middleware(ResponseHeaders)

    @app.post("/watched")
    async def watched() -> int:
        followed.watch()
        return followed.records

    return app
