"""Tells open pages which snapshot is current, the moment that it changes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

LOOK_EVERY = 0.2
"""Seconds between two looks."""
BEAT_EVERY = 15.0
"""Seconds after which a silent stream shows that it lives."""


async def states(state: Callable[[], str]) -> AsyncIterator[str]:
    """Server-sent events: the state now, and each further one. Ends when nobody listens."""
    told, silent = None, 0.0
    while True:
        now = state()
        if now != told:
            yield f"event: state\ndata: {now}\n\n"
            told, silent = now, 0.0
        elif silent >= BEAT_EVERY:
            yield ": still here\n\n"
            silent = 0.0
        await asyncio.sleep(LOOK_EVERY)
        silent += LOOK_EVERY
