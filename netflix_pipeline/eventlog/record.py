"""A record: what one request brought, its events as they were sent, one JSON object a line.

An erased event leaves a line that no event has: `erased` and its type. So every other event keeps
its position, and whoever counts the events of a record still counts this one.
"""

import re
import threading
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import msgspec
import zstandard

from netflix_pipeline.lines import joined
from netflix_pipeline.persons import Persons

POSITIONS = 2**13
"""More than a request has events: offset × POSITIONS + position is a number for each event."""

COMPRESSED_FROM = 1024
LEVEL = 1
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

TRACEPARENT_BYTES = 55
TRACED = (0x184D2A5E).to_bytes(4, "little") + TRACEPARENT_BYTES.to_bytes(4, "little")
"""The head of a skippable frame of Zstandard (RFC 8878, 3.1.2), in which a `traceparent` follows.

It stands behind the events, so that whoever knows nothing of traces, such as an earlier release,
unpacks these and passes over it.
"""
TRAILER_BYTES = len(TRACED) + TRACEPARENT_BYTES


@dataclass(frozen=True, slots=True)
class Record:
    """What one request brought: `lines` are its events, in order, each a JSON object.

    `traceparent` is the context of its trace (W3C Trace Context), where it is traced.
    """

    offset: int
    received_at: datetime
    lines: tuple[bytes, ...]
    traceparent: str | None = None


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
    def pack(
        cls, received_at: datetime, lines: Sequence[bytes], traceparent: str | None = None
    ) -> Self:
        """The record in the form in which it is kept; `received` is in µs since 1970.

        `traceparent` is one of version 00.
        """
        payload = joined(lines)  # a line feed within a line is blank space of JSON
        if len(payload) >= COMPRESSED_FROM or traceparent:
            # No line begins as a compressed frame does.
            payload = _zstd.compress(payload)
        if traceparent:
            payload += TRACED + traceparent.encode("ascii")
        received = (received_at - EPOCH) // MICROSECOND
        return cls(received, len(lines), payload, _checksum(received, len(lines), payload))

    @classmethod
    def found(cls, received: object, events: object, payload: object, checksum: object) -> Self:
        """What a backend found where a record should be; what it cannot be makes it damaged."""
        content = payload if isinstance(payload, bytes) else b""
        return cls(_number(received), _number(events), content, _number(checksum))

    def unpack(self, offset: int) -> Record | Damaged:
        """The record, if its bytes are those that were written."""
        received_at = moment(self.received)
        if self.checksum != _checksum(self.received, self.events, self.payload):
            return Damaged(offset, received_at, self.payload)
        payload, traceparent = self.payload, None
        if payload.startswith(zstandard.FRAME_HEADER):
            traceparent = _traceparent(payload)
            payload = _zstd.decompress(payload)
        return Record(offset, received_at, tuple(payload.split(b"\n")), traceparent)


class _Zstd(threading.local):
    """Packs and unpacks, for each thread by itself: to make what does so takes longer than it."""

    def __init__(self) -> None:
        self.compress = zstandard.ZstdCompressor(LEVEL).compress
        self.decompress = zstandard.ZstdDecompressor().decompress


_zstd = _Zstd()


def _traceparent(payload: bytes) -> str | None:
    """What stands behind the events, where anything does."""
    trailer = payload[-TRAILER_BYTES:]
    told = trailer[len(TRACED) :]
    return told.decode("ascii") if trailer.startswith(TRACED) and told.isascii() else None


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


MARK = b"erased "
TYPE = re.compile(r"[a-z]{1,32}")
SAYS_WHOSE = b'"user_id"'


class _Sent(msgspec.Struct, gc=False):
    """What is read of an event to know whose it is."""

    type: Any = None
    user_id: Any = None


_read = msgspec.json.Decoder(_Sent).decode


def is_erased(line: bytes) -> bool:
    """Whether an event stood here that was erased."""
    return line.startswith(MARK)


def erased_type(line: bytes) -> str:
    """The type of the event that stood here; empty where it told none."""
    return line.removeprefix(MARK).decode()


def without(
    records: Iterable[tuple[int, StoredRecord]], persons: Persons
) -> tuple[dict[int, StoredRecord], int]:
    """By offset, the records that hold events of theirs, without these; and how many these are."""
    changed: dict[int, StoredRecord] = {}
    erased = 0
    for offset, stored in records:
        if (less := _without(offset, stored, persons)) is not None:
            changed[offset], events = less
            erased += events
    return changed, erased


def _without(
    offset: int, stored: StoredRecord, persons: Persons
) -> tuple[StoredRecord, int] | None:
    """The record without their events, and how many these are; None where it holds none.

    Of a damaged record all is taken away when it holds an id, or can no longer be unpacked to be
    looked through: it stays a damaged one.
    """
    record = stored.unpack(offset)
    if isinstance(record, Damaged):
        return (_emptied(stored), 1) if may_hold(record.stored, persons) else None
    lines = [_line(line, persons) for line in record.lines]
    erased = sum(line is not old for line, old in zip(lines, record.lines, strict=True))
    return (StoredRecord.pack(record.received_at, lines), erased) if erased else None


def _line(line: bytes, persons: Persons) -> bytes:
    """The line, or what stands in its place when it is theirs."""
    if is_erased(line):
        return line
    try:
        fields = _read(line)
    except (ValueError, RecursionError):
        fields = _Sent()
    # Where an event does not say whose it is, once and plainly, any value that is an id decides.
    plain = isinstance(fields.user_id, (str, int, float)) and line.count(SAYS_WHOSE) == 1
    if isinstance(fields.user_id, str):
        # An id counts without the blanks around it.
        plain &= all(sign.isprintable() and sign != " " for sign in fields.user_id)
    if not (fields.user_id in persons or (not plain and persons.in_text(line))):
        return line
    known = (
        isinstance(fields.type, str) and TYPE.fullmatch(fields.type) and fields.type not in persons
    )
    return MARK + (fields.type.encode() if known else b"")


def may_hold(payload: bytes, persons: Persons) -> bool:
    """Whether what is left of a damaged record holds them, or cannot be looked through."""
    if persons.in_text(payload):
        return True
    if not payload.startswith(zstandard.FRAME_HEADER):
        return False
    unpacking = zstandard.ZstdDecompressor().decompressobj()
    try:
        return persons.in_text(unpacking.decompress(payload)) or not unpacking.eof
    except zstandard.ZstdError:
        return True


def _emptied(stored: StoredRecord) -> StoredRecord:
    emptied = replace(stored, payload=b"")
    if not isinstance(emptied.unpack(0), Damaged):
        emptied = replace(emptied, checksum=emptied.checksum ^ 1)
    return emptied
