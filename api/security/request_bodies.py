"""Bodies of requests, read within limits: of size as sent and unpacked, of time, of all together.

Nothing is unpacked further than the limit, so a small body that unpacks to gigabytes costs no more
than a large one.
"""

import asyncio
import zlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, NamedTuple

import zstandard
from fastapi import Request

from netflix_pipeline.bounds import Room, read
from netflix_pipeline.bounds.bodies import too_large
from netflix_pipeline.errors import BadInput

BODY_BYTES = 10 * 2**20
"""Bytes of a body, as sent and unpacked."""
BODIES_BYTES = 128 * 2**20
"""Bytes of all bodies that are held at one time."""
INLINE = 16 * 2**10
"""Bytes up to which a body is unpacked at once; longer ones in a thread."""
ZSTD_WINDOW = 8 * 2**20
"""What the zstd standard asks every reader to bear; larger windows are for archives."""


Hold = Callable[[int], None]
"""Takes room for so many bytes more. Raises TooManyBodies."""


class UnknownMediaType(BadInput):
    """The body is of a media type that is not read here."""


class UnknownEncoding(BadInput):
    """The body is packed in a way that is not known here."""


class Unpackable(BadInput):
    """The body is not packed as its encoding says."""


class Bodies:
    """Reads bodies, unpacked, and holds their bytes against what all of them together may take."""

    def __init__(self, most: int = BODIES_BYTES) -> None:
        self.room = Room(most)

    def held(self, request: Request) -> AbstractContextManager[Hold]:
        """A place for the request's body, which it takes until the context is left."""
        return self.room.held(request.scope["state"].get("client", ""))

    async def read(self, request: Request, hold: Hold) -> bytes:
        """The request's body, unpacked, in the place that is `held`.

        Raises BodyTooLarge, BodyTooSlow, UnknownEncoding, Unpackable, TooManyBodies, and
        Starlette's ClientDisconnect.
        """
        unpack = _unpacker(request.headers.get("content-encoding", "identity"))
        packed = await read(request, BODY_BYTES, hold)
        if unpack is None:
            return packed
        inline = len(packed) <= INLINE
        body = unpack(packed) if inline else await asyncio.to_thread(unpack, packed)
        hold(len(body))
        return body


Unpack = Callable[[bytes], bytes]
MEMBERS = 10_000
"""Parts of a body, each packed by itself, that are unpacked: one an event, and some more."""
SLICE = 256
"""Bytes that are unpacked in one go at the beginning of a part.

What follows a part is copied when it ends, so this is what each of many small ones costs.
"""
GZIP_SLICE = 64 * 2**10
"""The same within a long part of gzip, whose decompressor stops at the limit by itself."""


class _Packing(NamedTuple):
    """An encoding: what begins a part of a body, and unpacks a slice to at most so many bytes."""

    name: str
    reader: Callable[[], Callable[[], Any]]
    step: Callable[[Any, bytes, int], bytes]
    longest: int
    wrong: type[Exception]


_GZIP = _Packing(
    "gzip",
    lambda: partial(zlib.decompressobj, wbits=31),
    lambda part, packed, most: part.decompress(packed, most),
    GZIP_SLICE,
    zlib.error,
)
_ZSTD = _Packing(
    "zstd",
    lambda: zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW).decompressobj,
    # So few bytes never become more than some megabytes.
    lambda part, packed, _: part.decompress(packed),
    SLICE,
    zstandard.ZstdError,
)


def _unpacker(encoding: str) -> Unpack | None:
    match encoding.strip().lower():
        case "" | "identity":
            return None
        case "gzip" | "x-gzip":
            return partial(_unpacked, _GZIP)
        case "zstd":
            return partial(_unpacked, _ZSTD)
    raise UnknownEncoding(
        "a body may be sent as it is, or with Content-Encoding gzip or zstd, once, not "
        f"{encoding[:50]!r}."
    )


def _unpacked(packing: _Packing, packed: bytes) -> bytes:
    begin, unpacked = packing.reader(), bytearray()
    at = parts = 0
    try:
        while at < len(packed):
            parts += 1
            if parts > MEMBERS:
                raise Unpackable(
                    f"the body is packed in more than {MEMBERS:,} parts: pack several events "
                    "together."
                )
            part, size = begin(), SLICE
            while not part.eof:
                if at == len(packed):
                    raise Unpackable(f"the body is no whole {packing.name}: its end is missing.")
                most = BODY_BYTES - len(unpacked) + 1
                unpacked += packing.step(part, packed[at : at + size], most)
                if len(unpacked) > BODY_BYTES:
                    raise too_large(BODY_BYTES)
                at = min(at + size, len(packed)) - len(part.unused_data)
                size = min(2 * size, packing.longest)
    except packing.wrong as error:
        raise Unpackable(f"the body is no {packing.name}: {error}.") from error
    return bytes(unpacked)
