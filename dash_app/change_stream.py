"""Tells open pages which snapshot is current, and those that change by themselves when they do."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from time import monotonic

LOOK_EVERY = 0.2
"""Seconds between two looks; for a page of what happens now, half of that."""
ASK_EVERY = 1.0
"""Seconds after which it is asked again whether who listens may."""
BEAT_EVERY = 15.0
"""Seconds after which a silent stream shows that it lives."""

State = Callable[[], str]


async def states(
    state: State, stamp: State | None, allowed: Callable[[], Awaitable[bool]]
) -> AsyncIterator[str]:
    """Server-sent events: the `state` now, and each further one; so for `stamp`, as `live`.

    Ends when nobody listens, or whoever does is not `allowed` to any longer.
    """
    latest = {"state": state} if stamp is None else {"state": state, "live": stamp}
    sent: dict[str, str] = {}
    spoken = asked_at = monotonic()
    while True:
        for name, current in latest.items():
            now = current()
            if now != sent.get(name):
                yield f"event: {name}\ndata: {now}\n\n"
                sent[name] = now
                spoken = monotonic()
        if monotonic() - asked_at >= ASK_EVERY:
            if not await allowed():
                return
            asked_at = monotonic()
        if monotonic() - spoken >= BEAT_EVERY:
            yield ": still here\n\n"
            spoken = monotonic()
        await asyncio.sleep(LOOK_EVERY if stamp is None else LOOK_EVERY / 2)
