"""Tells open pages which snapshot is current, and those that change by themselves when they do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from time import monotonic

LOOK_EVERY = 0.2
"""Seconds between two looks; for a page of what happens now, half of that."""
BEAT_EVERY = 15.0
"""Seconds after which a silent stream shows that it lives, and who listens is looked at again."""

State = Callable[[], str]


async def states(
    state: State, stamp: State | None = None, allowed: Callable[[], bool] = lambda: True
) -> AsyncIterator[str]:
    """Server-sent events: the `state` now, and each further one; so for `stamp`, as `live`.

    Ends when nobody listens, or whoever does is not `allowed` to any longer.
    """
    asked = {"state": state} if stamp is None else {"state": state, "live": stamp}
    told: dict[str, str] = {}
    spoken = looked = monotonic()
    while True:
        for name, current in asked.items():
            now = current()
            if now != told.get(name):
                yield f"event: {name}\ndata: {now}\n\n"
                told[name] = now
                spoken = monotonic()
        if monotonic() - looked >= BEAT_EVERY:
            if not allowed():
                return
            looked = monotonic()
        if monotonic() - spoken >= BEAT_EVERY:
            yield ": still here\n\n"
            spoken = monotonic()
        await asyncio.sleep(LOOK_EVERY if stamp is None else LOOK_EVERY / 2)
