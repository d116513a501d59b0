"""Answers that stay open: so many in all and of one client, and none of them for ever."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from netflix_pipeline.errors import Transient

LASTING = 900.0
"""Seconds after which a stream ends; whoever still listens comes again by itself."""
GRACE = 15.0
"""Seconds after that in which it may end in order: one that nobody reads is cut off."""


class NoStreamLeft(Transient):
    """As many listen as may."""


class ShareOfStreamsTaken(NoStreamLeft):
    """One client listens as often as it may."""


class Streams:
    """Counts who listens. Belongs to one event loop.

    `most` may listen in this process, `each` of them as one client, and each for `lasting` seconds:
    what a client does not read lies in buffers of the system, which acknowledge it all the same, so
    only the time tells those who never read from those who do.
    """

    def __init__(self, most: int, each: int, lasting: float = LASTING) -> None:
        self.lasting = lasting
        self._most = most
        self._each = each
        self._held: Counter[str] = Counter()

    def look(self, client: str) -> None:
        """Raises ShareOfStreamsTaken, or NoStreamLeft, where that client cannot have another."""
        if self._held.total() >= self._most:
            raise NoStreamLeft(
                "this process has no stream left: ask now and then, or come again later."
            )
        if self._held[client] >= self._each:
            raise ShareOfStreamsTaken(
                f"you listen {self._each} times, which is as often as one client may: end a stream "
                "that nobody reads."
            )

    @contextmanager
    def listening(self, client: str) -> Iterator[None]:
        """Count a listener as long as it is there."""
        self._held[client] += 1
        try:
            yield
        finally:
            self._held -= Counter({client: 1})


class Stream(StreamingResponse):
    """Server-sent events for a client; it counts until it is gone, whoever ends it.

    The client's place was looked at before.
    """

    media_type = "text/event-stream"

    def __init__(
        self,
        texts: AsyncIterator[bytes] | AsyncIterator[str],
        streams: Streams,
        client: str,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(_while_it_lasts(texts, streams.lasting), headers=headers)
        self._streams = streams
        self._client = client

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the listener leaves, or the time is over."""
        with self._streams.listening(self._client), suppress(TimeoutError):
            async with asyncio.timeout(self._streams.lasting + GRACE):
                await super().__call__(scope, receive, send)


async def _while_it_lasts(
    texts: AsyncIterator[bytes] | AsyncIterator[str], seconds: float
) -> AsyncIterator[bytes | str]:
    clock = asyncio.get_running_loop().time
    until = clock() + seconds
    async for text in texts:
        yield text
        if clock() >= until:
            return
