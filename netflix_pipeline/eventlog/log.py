"""What a log of events is: records in order, each durable before anybody is told that it is there.

A record is what one request brought: its events as they were sent, one JSON object a line. Where an
event was erased, its line says just that (see `erasing`).
Offsets are whole numbers that grow; a log that begins anew has another `id`, so that nobody takes
its records for those of the one before.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

import zstandard

from netflix_pipeline.errors import Transient
from netflix_pipeline.persons import Persons

READ_BYTES = 8 * 2**20
"""Bytes of records, as stored, that one read gives at most (but always a whole record)."""
POSITIONS = 2**13
"""More than a request has events: offset × POSITIONS + position is a number for each event."""

FINE = 500
"""Of so many records back, each is looked at; of more, one in as many parts."""
COMPRESSED_FROM = 1024
LEVEL = 1
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class LogUnavailable(Transient):
    """The log cannot be written just now; nothing of the request was kept."""


class LogOverloaded(LogUnavailable):
    """More waits to be written than may wait."""


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


class EventLog(Protocol):
    """A durable log. Every method may be called from any thread."""

    @property
    def id(self) -> str:
        """Which log it is: 12 hexadecimal digits, another one for each that began anew."""

    @property
    def durability(self) -> str:
        """What a record has survived once it is told to be there, in words."""

    @property
    def waiting(self) -> int:
        """Bytes of records that wait to be durable."""

    @property
    def problem(self) -> str | None:
        """Why the newest records could not be written; None when they could."""

    def append(self, received_at: datetime, lines: Sequence[bytes]) -> Future[int]:
        """Write a record; the future gives its offset once it is durable.

        LogOverloaded at once when too much waits. The future raises LogUnavailable when it could
        not be written: then nothing of it is claimed to be there.
        """

    def read(self, after: int, most: int = READ_BYTES) -> Sequence[Record | Damaged]:
        """The records behind an offset, in order, about `most` stored bytes of them."""

    def last(self) -> int:
        """The offset of the newest record that is durable; 0 before the first."""

    def first(self) -> int:
        """The offset of the oldest record that is kept; one behind the last where none is."""

    def received_at(self, offset: int) -> datetime | None:
        """When the record of that offset, or the next that is kept, came in; None behind all."""

    def trim(self, name: str, upto: int) -> int:
        """Remove the records up to an offset; returns how many went.

        Nothing is removed from another log than that of the id `name`.
        """

    def erase(self, persons: Persons) -> int:
        """Take the events of some persons out of all records; returns how many they were.

        Offsets and positions of all others stay. When it returns, no byte of theirs is left on
        disk, nor of what was trimmed before. Cut off on the way, the same call finishes.
        """

    def close(self) -> None:
        """Write what waits, then let go of everything."""


def since(log: EventLog, instant: datetime, now: datetime) -> int:
    """The offset behind which the records lie that came in at that time or later.

    Where the clock was set, receipts are not in order: some that came before may follow, and times
    behind `now` say nothing. A stretch of receipts that are too old is looked past, unless those
    before it are less than one in `FINE` of what follows them.
    """
    first = log.first() - 1
    earliest, back = _earliest(log, first, log.last(), instant), 1
    while earliest - back >= first:
        came = log.received_at(earliest - back + 1)
        if came is not None and instant <= came <= now:
            earliest, back = _earliest(log, first, earliest - back, instant), 1
        else:
            back += max(1, back // FINE)
    return earliest


def _earliest(log: EventLog, low: int, high: int, instant: datetime) -> int:
    """The offset behind which they lie, if receipts are in order between these two."""
    while low < high:
        middle = (low + high) // 2
        came = log.received_at(middle + 1)
        if came is not None and came < instant:
            low = middle + 1
        else:
            high = middle
    return low


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
