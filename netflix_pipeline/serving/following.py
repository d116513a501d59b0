"""A service's snapshots move on by themselves, also while nobody asks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from netflix_pipeline.serving.snapshots import LOOK_EVERY, Snapshots


@asynccontextmanager
async def following(snapshots: Snapshots) -> AsyncIterator[None]:
    """Open the current snapshot, and move to each new one meanwhile, off the event loop."""
    await asyncio.to_thread(snapshots.follow)
    task = asyncio.create_task(_follow(snapshots))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _follow(snapshots: Snapshots) -> None:
    while True:
        await asyncio.sleep(LOOK_EVERY)
        await asyncio.to_thread(snapshots.follow)
