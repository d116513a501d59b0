"""Bodies of requests, read within a size and a time."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import ClassVar

from starlette.requests import ClientDisconnect, Request

from netflix_pipeline.errors import BadInput, Transient

BODY_SECONDS = 30.0
"""Seconds in which a body must have come whole."""
SILENT_SECONDS = 10.0
"""Seconds that a sender may pause within a body."""

UNKEPT_BYTES = 64 * 2**20
"""Bytes beyond a body's bound that are still read, so that its sender gets to read why."""
UNKEPT_SECONDS = 5.0
"""Seconds for which they are."""


class OutOfBounds(BadInput):
    """A request is larger, or slower, than may be; `status` is the HTTP status that says so."""

    status: ClassVar[int]


class BodyTooLarge(OutOfBounds):
    """The body is longer than may be."""

    status = 413


class BodyTooSlow(OutOfBounds):
    """The body did not come in time."""

    status = 408


class TooManyBodies(Transient):
    """So much is being received that one more would not fit into memory."""

    status: ClassVar[int] = 503


class Room:
    """What the bodies that are held at one time take together. Belongs to one event loop.

    No client has more than half of it, so that one who never ends keeps nobody out.
    """

    def __init__(self, most: int) -> None:
        self.left = most
        self._most_of_one = most // 2
        self._of_one: Counter[str] = Counter()

    @contextmanager
    def held(self, client: str) -> Iterator[Callable[[int], None]]:
        """Takes bytes for a client, until the context is left; each time TooManyBodies."""
        taken = 0

        def hold(size: int) -> None:
            nonlocal taken
            if size > self.left or self._of_one[client] + size > self._most_of_one:
                raise TooManyBodies("too much is being sent at once: send it again in a moment.")
            self.left -= size
            self._of_one[client] += size
            taken += size

        try:
            yield hold
        finally:
            self.left += taken
            self._of_one[client] -= taken
            if not self._of_one[client]:
                del self._of_one[client]


async def read(request: Request, most: int, hold: Callable[[int], None] = lambda _: None) -> bytes:
    """The request's body as it was sent; `hold` is told of each part's bytes as it comes.

    Raises BodyTooLarge beyond `most` bytes, BodyTooSlow, and Starlette's ClientDisconnect.
    """
    header = request.headers.get("content-length", "")
    if header.isdigit() and (len(header) > 18 or int(header) > most):
        await _heard_out(request)
        raise too_large(most)
    # Where it is told, nobody waits for word that the body is over.
    whole = int(header) if header.isdigit() and "transfer-encoding" not in request.headers else -1
    parts: list[bytes] = []
    size, more = 0, True
    clock = asyncio.get_running_loop().time
    deadline = clock() + BODY_SECONDS
    try:
        async with asyncio.timeout(SILENT_SECONDS) as waiting:
            while more and size != whole:
                message = await request.receive()
                if message["type"] == "http.disconnect":
                    raise ClientDisconnect
                part, more = message.get("body", b""), message.get("more_body", False)
                size += len(part)
                if size > most:
                    break
                hold(len(part))
                parts.append(part)
                if part and more:
                    waiting.reschedule(min(deadline, clock() + SILENT_SECONDS))
    except TimeoutError as error:
        raise BodyTooSlow(
            f"the body must come within {BODY_SECONDS:.0f} s, and without a pause of "
            f"{SILENT_SECONDS:.0f} s: nothing of it was kept."
        ) from error
    if size > most:
        if more:
            await _heard_out(request)
        raise too_large(most)
    return b"".join(parts)


async def _heard_out(request: Request) -> None:
    """Read what comes of a body that is too large, and keep none of it, for a while.

    A connection that is closed while its client still sends takes the answer with it. Who asks
    first whether to send (`Expect`) does not send.
    """
    if "expect" in request.headers:
        return
    left = UNKEPT_BYTES
    with suppress(TimeoutError):
        async with asyncio.timeout(UNKEPT_SECONDS):
            async for part in request.stream():
                left -= len(part)
                if left < 0:
                    break


def too_large(most: int) -> BodyTooLarge:
    """What is said of a body of more bytes than that."""
    return BodyTooLarge(
        f"the body may have {most:,} bytes, as sent and unpacked: send it in parts."
    )
