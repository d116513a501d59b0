"""Bodies of requests, read within limits: of size as sent and unpacked, of time, of all together.

Nothing is unpacked further than the limit, so a small body that unpacks to gigabytes costs no more
than a large one.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import zstandard
from fastapi import Request

from netflix_pipeline.errors import BadInput, Transient

BODY_BYTES = 10 * 2**20
"""Bytes of a body, as sent and unpacked."""
BODY_SECONDS = 30.0
"""Seconds in which a body must have come whole."""
SILENT_SECONDS = 10.0
"""Seconds that a sender may pause within a body."""
BODIES_BYTES = 128 * 2**20
"""Bytes of all bodies that are held at one time."""
INLINE = 64 * 2**10
"""Bytes up to which a body is unpacked at once; longer ones in a thread."""
ZSTD_WINDOW = 8 * 2**20
"""What the zstd standard asks every reader to bear; larger windows are for archives."""


class TooLarge(BadInput):
    """The body is longer than may be."""


class TooSlow(BadInput):
    """The body did not come in time."""


class UnknownMediaType(BadInput):
    """The body is of a media type that is not read here."""


class UnknownEncoding(BadInput):
    """The body is packed in a way that is not known here."""


class Unpackable(BadInput):
    """The body is not packed as its encoding says."""


class TooManyBodies(Transient):
    """So much is being received that one more would not fit into memory."""


class Bodies:
    """Reads bodies, and holds their bytes against what all of them together may take."""

    def __init__(self, most: int = BODIES_BYTES) -> None:
        self._left = most

    @asynccontextmanager
    async def body(self, request: Request) -> AsyncIterator[bytes]:
        """The request's body, unpacked; its bytes are held until the context is left.

        Raises TooLarge, TooSlow, UnknownEncoding, Unpackable, TooManyBodies, and starlette's
        ClientDisconnect.
        """
        held = 0

        def hold(size: int) -> None:
            nonlocal held
            if size > self._left:
                raise TooManyBodies("too much is being sent at once: send it again in a moment.")
            self._left -= size
            held += size

        try:
            unpack = _unpacker(request.headers.get("content-encoding", "identity"))
            packed = await _read(request, hold)
            if unpack is None:
                yield packed
                return
            if len(packed) <= INLINE:
                body = unpack(packed)
            else:
                body = await asyncio.to_thread(unpack, packed)
            hold(len(body))
            yield body
        finally:
            self._left += held


async def _read(request: Request, hold: Callable[[int], None]) -> bytes:
    told = request.headers.get("content-length", "")
    if told.isdigit() and int(told) > BODY_BYTES:
        raise _too_large()
    chunks: list[bytes] = []
    size = 0
    clock = asyncio.get_running_loop().time
    deadline = clock() + BODY_SECONDS
    try:
        async with asyncio.timeout(SILENT_SECONDS) as waiting:
            async for chunk in request.stream():
                size += len(chunk)
                if size > BODY_BYTES:
                    raise _too_large()
                hold(len(chunk))
                chunks.append(chunk)
                if chunk:
                    waiting.reschedule(min(deadline, clock() + SILENT_SECONDS))
    except TimeoutError as error:
        raise TooSlow(
            f"the body must come within {BODY_SECONDS:.0f} s, and without a pause of "
            f"{SILENT_SECONDS:.0f} s: nothing of it was kept."
        ) from error
    return b"".join(chunks)


def _too_large() -> TooLarge:
    return TooLarge(
        f"the body may have {BODY_BYTES:,} bytes, as sent and unpacked: send it in parts."
    )


Unpack = Callable[[bytes], bytes]
ZSTD_SLICE = 256
"""Bytes of zstd that are unpacked in one go: so few never become more than some megabytes."""


def _unpacker(encoding: str) -> Unpack | None:
    match encoding.strip().lower():
        case "" | "identity":
            return None
        case "gzip" | "x-gzip":
            return _gunzip
        case "zstd":
            return _unzstd
    raise UnknownEncoding(
        f"a body may be sent as it is, or with Content-Encoding gzip or zstd, not {encoding!r}."
    )


def _gunzip(packed: bytes) -> bytes:
    parts: list[bytes] = []
    left = BODY_BYTES
    try:
        while packed:
            member = zlib.decompressobj(wbits=31)
            part = member.decompress(packed, left + 1)
            left -= len(part)
            if left < 0:
                raise _too_large()
            if not member.eof:
                raise Unpackable("the body is no whole gzip: its end is missing.")
            parts.append(part)
            packed = member.unused_data
    except zlib.error as error:
        raise Unpackable(f"the body is no gzip: {error}.") from error
    return b"".join(parts)


def _unzstd(packed: bytes) -> bytes:
    decompressor = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW)
    frame, whole = decompressor.decompressobj(), False
    parts: list[bytes] = []
    left = BODY_BYTES
    at = 0
    try:
        while at < len(packed):
            part = frame.decompress(packed[at : at + ZSTD_SLICE])
            at = min(at + ZSTD_SLICE, len(packed))
            left -= len(part)
            if left < 0:
                raise _too_large()
            parts.append(part)
            whole = frame.eof
            if whole:
                at -= len(frame.unused_data)
                frame = decompressor.decompressobj()
    except zstandard.ZstdError as error:
        raise Unpackable(f"the body is no zstd: {error}.") from error
    if not whole:
        raise Unpackable("the body is no whole zstd: its end is missing.")
    return b"".join(parts)
