"""Events that the platform sends to itself, all the way that everybody's events go.

What the live view then tells of the newest is measured, not assumed. They are stored, never
counted. Where the API asks for keys, they go with one of the platform's own: its text is in the
memory of the process that uses it and nowhere else; it holds for an hour, in every process and
replica that shares the database of state.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import ExitStack, asynccontextmanager, closing, suppress
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import httpx
from typing_extensions import override

from netflix_pipeline.background import repeating
from netflix_pipeline.contracts import CANARY_USER
from netflix_pipeline.errors import Transient
from netflix_pipeline.lake import Lock
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import Keys, StateUnavailable, opened

LASTING = timedelta(hours=1)
RENEWED = LASTING.total_seconds() / 2


class OwnKey(httpx.Auth):
    """Presents a key with each request: lent when it is needed, and again before its time is over.

    One that is refused (its time ended by a clock that was set, somebody revoked it, the database
    was restored) is replaced, and the request sent once more. No key is presented where the API
    needs none.
    """

    def __init__(self, settings: Settings, name: str, scope: str) -> None:
        self._settings = settings
        self._name = name
        self._scope = scope
        self._id = ""
        self._text = ""
        self._renew_at = float("-inf")
        self._lent_at = datetime.now(UTC)

    @override
    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Send the request, twice at most."""
        if not self._settings.keys_required:
            yield request
            return
        # It ends by the time of day, which may be set.
        by_clock = (datetime.now(UTC) - self._lent_at).total_seconds()
        if time.monotonic() > self._renew_at or not 0 <= by_clock < RENEWED:
            await self._renew()
        self._present(request)
        answer = yield request
        if answer.status_code == HTTPStatus.UNAUTHORIZED:
            await self._renew()
            self._present(request)
            yield request

    def _present(self, request: httpx.Request) -> None:
        request.headers["Authorization"] = f"Bearer {self._text}"

    async def _renew(self) -> None:
        before, lent_at = self._id, datetime.now(UTC)
        self._id, self._text = await asyncio.to_thread(self._lend, before)
        self._renew_at, self._lent_at = time.monotonic() + RENEWED, lent_at

    async def give_back(self) -> None:
        """Take it away."""
        if self._id:
            await asyncio.to_thread(self._take_away, self._id)

    def _lend(self, before: str) -> tuple[str, str]:
        with opened(self._settings) as engine:
            keys = Keys(engine)
            key, text = keys.lend(self._name, {self._scope}, LASTING)
            if before:
                keys.give_back(before)
        return key.id, text

    def _take_away(self, key_id: str) -> None:
        with opened(self._settings) as engine:
            Keys(engine).give_back(key_id)


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
    if not settings.canary_seconds or not settings.api_port:
        yield
        return
    key = OwnKey(settings, "canary", "events:write")
    every = settings.canary_seconds
    path = settings.events / "canary.lock"
    lock: Lock | None = None
    # No proxy of the environment: the way is to this machine.
    with ExitStack() as stack:
        async with httpx.AsyncClient(auth=key, timeout=PATIENCE, trust_env=False) as client:

            async def send() -> None:
                nonlocal lock
                try:
                    lock = lock or stack.enter_context(closing(Lock(path)))
                    if lock.at_once():
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
