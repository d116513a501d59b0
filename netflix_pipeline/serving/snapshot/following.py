"""A service's snapshots move on by themselves, also while nobody asks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from netflix_pipeline.background import repeating
from netflix_pipeline.serving.snapshot.open import LOOK_EVERY, Snapshots


@asynccontextmanager
async def following(snapshots: Snapshots) -> AsyncIterator[None]:
    """Open the current snapshot, and move to each new one meanwhile, off the event loop."""
    await asyncio.to_thread(snapshots.follow)
    look = partial(asyncio.to_thread, snapshots.follow)
    async with repeating("snapshots", look, LOOK_EVERY):
        yield
