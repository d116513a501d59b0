"""Dagster's application for a home, within the door."""

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager

from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import WorkspaceFileTarget
from dagster_webserver.app import create_app_from_workspace_process_context
from dagster_webserver.version import __version__
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp

from netflix_pipeline.access import Visitors
from netflix_pipeline.bounds import RequestBounds
from netflix_pipeline.defs.code_servers import kept_running
from netflix_pipeline.defs.instance import open_instance
from netflix_pipeline.defs.workspace import WORKSPACE
from netflix_pipeline.settings import Settings
from netflix_pipeline.webserver.door import Door

POLLED_EVERY = 2000
"""Milliseconds after which an open page asks anew what became of assets."""
STATEMENT_MILLISECONDS, POOL_RECYCLED, POOL_OVERFLOW = 15_000, 3600, 20
"""What Dagster's own server allows its database."""


def create_app(settings: Settings | None = None) -> ASGIApp:
    """Dagster's UI and GraphQL within the door, as an ASGI application.

    Raises BadInput where others could reach it and nobody could be known.
    """
    settings = settings or Settings()
    visitors = Visitors(settings)
    with ExitStack() as opening:
        instance = opening.enter_context(open_instance(settings))
        instance.optimize_for_webserver(STATEMENT_MILLISECONDS, POOL_RECYCLED, POOL_OVERFLOW)
        workspace = opening.enter_context(
            WorkspaceProcessContext(
                instance, WorkspaceFileTarget([str(WORKSPACE)]), version=__version__
            )
        )
        opened = opening.pop_all()

    @asynccontextmanager
    async def closed_at_last(_: Starlette) -> AsyncIterator[None]:
        with opened, kept_running(workspace):
            async with visitors.signed_in.following():
                yield

    dagster = create_app_from_workspace_process_context(
        workspace, live_data_poll_rate=POLLED_EVERY, lifespan=closed_at_last
    )
    return RequestBounds(
        Door(dagster, settings, visitors),
        lambda _, error: PlainTextResponse(f"{error}\n", error.status),
    )
