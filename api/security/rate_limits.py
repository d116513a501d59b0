"""Rate limits: how much one client may ask and send, by key, or by address without one."""

from __future__ import annotations

import logging
import time
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from redis.asyncio import ConnectionPool
from starlette.types import Scope

from api.security.shared_windows import SharedWindows
from api.security.windows import Windows
from netflix_pipeline.errors import Transient
from netflix_pipeline.settings import Settings

if TYPE_CHECKING:
    from limits.aio.storage import RedisStorage

log = logging.getLogger(__name__)

REQUESTS = 60_000
"""Requests a minute of a key, where nothing else is said."""
WINDOW = 60
"""Seconds of a window; windows begin with each minute."""
REDIS_PATIENCE = 0.1
"""Seconds within which Redis must answer."""
REDIS_REST = 5.0
"""Seconds for which a Redis that did not answer is left alone."""


class TooManyRequests(Transient):
    """A client sends more than it may; `wait` are the seconds until it may again."""

    def __init__(self, message: str, wait: int) -> None:
        super().__init__(message)
        self.wait = wait
        self.headers = {"Retry-After": str(wait)}


class Share(NamedTuple):
    """What a client may ask for in a minute, what is left of it, and for how many seconds."""

    most: int
    left: int
    seconds: int

    def headers(self) -> list[tuple[bytes, bytes]]:
        """It as draft-ietf-httpapi-ratelimit-headers tells it."""
        return [
            _policy(self.most),
            (b"ratelimit", b'"minute";r=%d;t=%d' % (max(self.left, 0), self.seconds)),
        ]


@lru_cache(1024)
def _policy(most: int) -> tuple[bytes, bytes]:
    return b"ratelimit-policy", b'"minute";q=%d;w=%d' % (most, WINDOW)


class RequestLimits:
    """Counts the requests of each client within a minute.

    In this process, in `files` for all processes of a service on this machine, or in a Redis that
    all share; while that does not answer, each machine counts by itself, and `away` says so.
    """

    def __init__(self, redis: str = "", files: SharedWindows | None = None) -> None:
        self._files = files
        self._here = files or Windows(WINDOW)
        self._pool = (
            ConnectionPool.from_url(
                redis, socket_timeout=REDIS_PATIENCE, socket_connect_timeout=REDIS_PATIENCE
            )
            if redis
            else None
        )
        self.shared = _shared(self._pool) if self._pool else None
        """Where all processes count together, if they do."""
        self._rests_until = 0.0

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """As the settings say."""
        several = settings.api_workers > 1
        # Beside those that serve: standbys, and those that take over while these still answer.
        processes = 3 * settings.api_workers
        files = SharedWindows(settings.metrics / "limits", WINDOW, processes) if several else None
        return cls(settings.limits or settings.cache, files)

    @property
    def away(self) -> bool:
        """Whether what should count for all processes does not answer."""
        return time.monotonic() < self._rests_until

    async def take(self, name: str, most: int) -> Share:
        """The share of a client with this request counted; `left` is -1 when it was used up."""
        if self.shared is None or self.away:
            now = time.monotonic()
            count = self._here.add(name, now)
        else:
            now = time.time()  # all processes have the same minute
            count = await self._together(self.shared, name, now)
        return Share(most, max(most - count, -1), WINDOW - int(now % WINDOW))

    async def aclose(self) -> None:
        """Let the connections to Redis go, and the files."""
        if self._files is not None:
            self._files.close()
        if self._pool is not None:
            await self._pool.aclose()

    async def _together(self, shared: RedisStorage, name: str, now: float) -> int:
        try:
            return await shared.incr(f"{name}/{int(now / WINDOW)}", 2 * WINDOW)
        except Exception as error:  # noqa: BLE001 - whatever fails there, requests are answered
            log.warning("limits count by process: their Redis fails: %s", error)
            self._rests_until = time.monotonic() + REDIS_REST
            return self._here.add(name, time.monotonic())


def _shared(pool: ConnectionPool) -> RedisStorage:
    from limits.aio.storage import RedisStorage

    given: dict[str, Any] = {"connection_pool": pool}
    return RedisStorage(
        "async+redis://", implementation="redispy", key_prefix="netflix:limits", **given
    )


class EventLimits:
    """Counts the events that each client sends within a second, in this process."""

    def __init__(self, per_second: int) -> None:
        self._most = per_second
        self._sent = Windows(1)

    def take(self, scope: Scope, events: int) -> None:
        """Count events; TooManyRequests when the client's share of this second is used up."""
        if not self._most:
            return
        now = time.monotonic()
        name = scope["state"]["client"]
        if self._sent.add(name, now, events) > self._most:
            self._sent.add(name, now, -events)
            raise TooManyRequests(
                f"one client may send {self._most:,} events a second: nothing of this request was "
                "kept; send it again in a second.",
                wait=1,
            )
