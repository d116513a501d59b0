"""A record: what one request brought, its events as they were sent, one JSON object a line.

Where an event was erased, its line says just that (see `erasing`).
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import zstandard

POSITIONS = 2**13
"""More than a request has events: offset × POSITIONS + position is a number for each event."""

COMPRESSED_FROM = 1024
LEVEL = 1
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Record:
    """What one request brought: `lines` are its events, in order, each a JSON object."""

    offset: int
    received_at: datetime
    lines: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Damaged:
    """A record whose bytes are not those that were written; `stored` is what is left of them."""

    offset: int
    received_at: datetime
    stored: bytes


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record as a backend keeps it: all of it but its offset."""

    received: int
    events: int
    payload: bytes
    checksum: int

    @classmethod
    def pack(cls, received_at: datetime, lines: Sequence[bytes]) -> StoredRecord:
        """The record in the form in which it is kept; `received` is in µs since 1970."""
        payload = b"\n".join(lines)
        if payload.count(b"\n") >= len(lines) > 0:
            # A line feed within a line is blank space between two words of JSON.
            payload = b"\n".join(line.replace(b"\n", b" ") for line in lines)
        if len(payload) >= COMPRESSED_FROM:
            # No line begins as a compressed frame does.
            payload = zstandard.ZstdCompressor(LEVEL).compress(payload)
        received = (received_at - EPOCH) // MICROSECOND
        return cls(received, len(lines), payload, _checksum(received, len(lines), payload))

    @classmethod
    def found(
        cls, received: object, events: object, payload: object, checksum: object
    ) -> StoredRecord:
        """What a backend found where a record should be; what it cannot be makes it damaged."""
        content = payload if isinstance(payload, bytes) else b""
        return cls(_number(received), _number(events), content, _number(checksum))

    def unpack(self, offset: int) -> Record | Damaged:
        """The record, if its bytes are those that were written."""
        received_at = moment(self.received)
        if self.checksum != _checksum(self.received, self.events, self.payload):
            return Damaged(offset, received_at, self.payload)
        payload = self.payload
        if payload.startswith(zstandard.FRAME_HEADER):
            payload = zstandard.ZstdDecompressor().decompress(payload)
        return Record(offset, received_at, tuple(payload.split(b"\n")))


def moment(received: object) -> datetime:
    """The time of so many µs since 1970; 1970 itself for what damage made of one."""
    try:
        return EPOCH + _number(received) * MICROSECOND
    except OverflowError:
        return EPOCH


def _number(value: object) -> int:
    """A whole number, or one that no checksum is."""
    try:
        return int(value)  # type: ignore[call-overload, no-any-return]
    except (TypeError, ValueError, OverflowError):
        return -1


def _checksum(received: int, events: int, payload: bytes) -> int:
    return zlib.crc32(payload, zlib.crc32(b"%d %d" % (received, events)))
