"""Events that the platform sends to itself, all the way that everybody's events go.

What the live view then tells of the newest is measured, not assumed. They are stored, never
counted.
"""

import secrets
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import httpx

from netflix_pipeline.background import repeating
from netflix_pipeline.contracts.contract import CANARY_USER
from netflix_pipeline.errors import Transient
from netflix_pipeline.lake.locks import at_once
from netflix_pipeline.receiving.service_key import OwnKey
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import StateUnavailable

FIRST_AFTER = 2.0
"""Seconds until the first: the service that sends it must answer by then."""
PATIENCE = 10.0
"""Seconds to wait for an answer."""


class NoCanary(Transient):
    """No canary comes through."""


@asynccontextmanager
async def canaries(settings: Settings) -> AsyncIterator[None]:
    """Send one every `canary_seconds` meanwhile, from one worker of all that share the home."""
    address = f"{settings.url(settings.api_port)}/events"
    lock = settings.events / "canary.lock"
    if not settings.canary_seconds or not settings.api_port:
        yield
        return
    key = OwnKey(settings, "canary", "events:write")
    every = settings.canary_seconds
    held = False
    # No proxy of the environment: the way is to this machine.
    with ExitStack() as stack:
        async with httpx.AsyncClient(auth=key, timeout=PATIENCE, trust_env=False) as client:

            async def send() -> None:
                nonlocal held
                try:
                    held = held or _held(stack, lock)
                    if held:
                        answer = await client.post(address, json=canary(datetime.now(UTC)))
                        answer.raise_for_status()
                except (httpx.HTTPError, OSError, StateUnavailable) as error:
                    reason = str(error).partition("\n")[0] or type(error).__name__
                    raise NoCanary(f"no canary comes through to {address}: {reason}") from error

            try:
                async with repeating("canary", send, every, after=min(FIRST_AFTER, every)):
                    yield
            finally:
                with suppress(StateUnavailable):  # its time will be over soon
                    await key.give_back()


def _held(stack: ExitStack, lock: Path) -> bool:
    """Whether the lock could be had; the stack then holds it."""
    with ExitStack() as tried:
        if not tried.enter_context(at_once(lock)):
            return False
        stack.push(tried.pop_all())
    return True


def canary(now: datetime) -> dict[str, object]:
    """One event of the platform's own user, named by its time: which may come again."""
    return {
        "type": "watch",
        "event_id": f"canary-{now:%Y%m%dT%H%M%S.%fZ}-{secrets.token_hex(4)}",
        "user_id": CANARY_USER,
        "title_id": CANARY_USER,
        "event_time": now.isoformat(),
        "action": "completed",
        "watch_seconds": 0,
    }
