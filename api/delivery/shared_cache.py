"""Shared cache: answers of all workers and replicas, in Redis; without it each computes its own.

A Redis that is away costs one answer some milliseconds now and then, and fails none.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from api.delivery.request_key import Body

log = logging.getLogger(__name__)

PATIENCE = 0.25
"""Seconds that Redis may take for an answer."""
AGAIN_AFTER = 5.0
"""Seconds for which it is let alone after it failed."""
SECONDS = 3600
"""For so long an answer stays; that of an older snapshot is asked for by nobody."""
LONGEST = 2**20
"""Bytes of the longest answer that is shared."""
PREFIX = "netflix:answer:"

ENCODER = msgspec.msgpack.Encoder()
DECODER = msgspec.msgpack.Decoder(Body)


class SharedCache:
    """Answers by their tag. `problem` tells why Redis cannot be used just now, else it is None."""

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(
            url,
            socket_timeout=PATIENCE,
            socket_connect_timeout=PATIENCE,
            retry=Retry(NoBackoff(), 0),
        )
        self._again_at = float("-inf")
        self.problem: str | None = None

    async def get(self, tag: str) -> Body | None:
        """The answer of that tag; None when it is not there or Redis is away."""
        if time.monotonic() < self._again_at:
            return None
        stored = None
        with self._asking():
            stored = await self._redis.get(PREFIX + tag)
        try:
            return DECODER.decode(stored) if isinstance(stored, bytes) else None
        except msgspec.MsgspecError as error:
            log.warning("what is shared as %s is no answer: %s", tag, error)
        return None

    async def put(self, body: Body) -> None:
        """Share an answer, if Redis is there."""
        if time.monotonic() < self._again_at or len(body.content) > LONGEST:
            return
        with self._asking():
            await self._redis.set(PREFIX + body.tag, ENCODER.encode(body), ex=SECONDS)

    async def look(self) -> str | None:
        """Why it cannot be used just now; None when it answers."""
        if time.monotonic() >= self._again_at:
            with self._asking():
                await self._redis.get(PREFIX)
        return self.problem

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._redis.aclose()

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Take note of whether Redis answers; one that is away fails nothing."""
        try:
            yield
        except (RedisError, OSError) as error:
            if self.problem is None:
                log.warning("the shared cache cannot be used, answers are computed here: %s", error)
            self.problem = "the shared cache cannot be reached; answers are computed without it"
            self._again_at = time.monotonic() + AGAIN_AFTER
        else:
            if self.problem is not None:
                log.info("the shared cache is back")
            self.problem = None
