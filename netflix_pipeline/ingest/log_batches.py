"""What the event log holds, in portions that are taken in together, by bronze table."""

import base64
import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial

import polars as pl

from netflix_pipeline.contracts import PROCESSING_FAILED, UTC_MICROSECONDS
from netflix_pipeline.eventlog import (
    POSITIONS,
    Damaged,
    EventLog,
    LogUnavailable,
    Record,
    erased_type,
    is_erased,
)
from netflix_pipeline.ingest.erasure_filter import named_in_damaged
from netflix_pipeline.ingest.fault_isolation import Failures, without_failing
from netflix_pipeline.ingest.validate_chunk import ValidatedChunk, validate_chunk
from netflix_pipeline.persons import Marked
from netflix_pipeline.sources.formats import http_events, plain_batches
from netflix_pipeline.sources.formats.http_events import TYPES, table_of
from netflix_pipeline.sources.readers.record_scanner import decoded

EVENTS, BYTES = 100_000, 64 * 2**20
"""Events, or bytes of them, of a portion (but always whole requests)."""

READ_BYTES = 2 * 2**20
"""Stored bytes that are read from the log at once."""

OTHERS = "watch_events"
"""The table in whose quarantine everything waits that belongs to none; it is written last."""

UNPARSABLE, DAMAGED = "unparsable_row", "damaged_record"

OFFSET = pl.col("line") // POSITIONS
"""The offset of the request that a row came in."""

REQUEST = pl.concat_str(pl.lit("POST /events, request "), OFFSET)
"""That request, for people."""


@dataclass
class Lines:
    """Events of a table, each with its number: those that it reads, and those that it cannot.

    `erased` counts the events that were erased before they could be taken in.
    """

    texts: dict[int, bytes] = field(default_factory=dict)
    refused: list[tuple[int, str, list[str]]] = field(default_factory=list)
    erased: int = 0

    @property
    def sha256(self) -> str:
        """A digest of all of it."""
        refused = (raw.encode() for _, raw, _ in self.refused)
        content = b"\n".join([*self.texts.values(), *refused])
        return hashlib.sha256(content).hexdigest()

    def without(self, marked: Marked) -> "Lines":
        """The same without those that cannot be read and name a person who is erased."""
        kept = [
            (line, raw, why)
            for line, raw, why in self.refused
            if not (named_in_damaged(marked, raw) if why == [DAMAGED] else marked.named_in(raw))
        ]
        return replace(self, refused=kept, erased=self.erased + len(self.refused) - len(kept))

    def failed(self, numbers: Collection[int], marked: Marked | None) -> "Lines":
        """The same with some of the texts among what cannot be read: code failed at them."""
        failing = set(numbers)
        refused = [
            (at, decoded(text), [PROCESSING_FAILED])
            for at, text in self.texts.items()
            if at in failing
        ]
        rest = {at: text for at, text in self.texts.items() if at not in failing}
        lines = replace(self, texts=rest, refused=[*self.refused, *refused])
        return lines.without(marked) if marked else lines

    def quarantine(self) -> list[pl.DataFrame]:
        """Those that cannot be read, for quarantine."""
        if not self.refused:
            return []
        schema = pl.Schema({"line": pl.Int64(), "raw": pl.String(), "reasons": pl.List(pl.String)})
        rows = pl.DataFrame(self.refused, schema, orient="row")
        return [rows.with_columns(identity=pl.lit(None, pl.String))]


@dataclass(frozen=True)
class Portion:
    """Requests of one UTC day of arrival, in order."""

    requests: Sequence[Record | Damaged]

    @property
    def first(self) -> int:
        """The offset of the first."""
        return self.requests[0].offset

    @property
    def last(self) -> int:
        """The offset of the last."""
        return self.requests[-1].offset

    @property
    def day(self) -> date:
        """The UTC day on which they arrived."""
        return self.requests[0].received_at.date()

    @property
    def received_at(self) -> datetime:
        """When the latest arrived."""
        return max(request.received_at for request in self.requests)

    @property
    def traces(self) -> Iterator[str | None]:
        """The contexts of their traces, of those that are traced."""
        return (each.traceparent for each in self.requests if isinstance(each, Record))

    def receipt(self) -> pl.Expr:
        """When each row arrived, by its `line`."""
        offsets = [request.offset for request in self.requests]
        arrived = [request.received_at for request in self.requests]
        return OFFSET.replace_strict(
            pl.Series(offsets, dtype=pl.Int64),
            pl.Series(arrived, dtype=UTC_MICROSECONDS),
            return_dtype=UTC_MICROSECONDS,
        )

    def by_table(self) -> dict[str, Lines]:
        """The events by bronze table; that of what belongs to none comes last, always."""
        tables: defaultdict[str, Lines] = defaultdict(Lines)
        for request in self.requests:
            begin = request.offset * POSITIONS
            if isinstance(request, Damaged):
                raw = base64.b64encode(request.stored).decode()
                tables[OTHERS].refused.append((begin, raw, [DAMAGED]))
                continue
            for number, text in enumerate(request.lines, begin):
                if is_erased(text):
                    tables[TYPES.get(erased_type(text), OTHERS)].erased += 1
                elif (table := table_of(text)) is None:
                    tables[OTHERS].refused.append((number, decoded(text), [UNPARSABLE]))
                else:
                    tables[table].texts[number] = text
        others = tables.pop(OTHERS, Lines())
        return {**tables, OTHERS: others}


def validate_lines(
    table: str,
    lines: Lines,
    receipt: pl.Expr,
    marked: Marked | None,
    oldest: timedelta | None,
) -> tuple[ValidatedChunk | None, Lines, Failures]:
    """The events of a table sorted out; the lines without those at which that fails; which failed.

    None where none is left to be sorted out.
    """
    failures = Failures()
    lines = lines.without(marked) if marked else lines

    def validated(numbers: Sequence[int]) -> ValidatedChunk | None:
        if not numbers:
            return None
        texts = [lines.texts[number] for number in numbers]
        part = partial(plain_batches.read, table, texts, numbers)
        return validate_chunk(
            table,
            http_events.SOURCE,
            part,
            receipt,
            names_itself=True,
            oldest=oldest,
            erased=marked,
        )

    judged, failing, error = without_failing(validated, list(lines.texts))
    if error is not None:
        failures.note(f"{table}: {len(failing)} events cannot be judged", error)
        lines = lines.failed(failing, marked)
    return judged, lines, failures


def portions(log: EventLog, after: int, last: int, now: datetime) -> Iterator[Portion]:
    """The requests behind `after` up to `last`, in portions of bounded size.

    What a damaged record says of its time is not trusted: it counts as arrived with the one before
    it, or `now`. LogUnavailable when the log was begun anew meanwhile.
    """
    held: list[Record | Damaged] = []
    events = size = 0
    for request in _requests(log, after, last, now):
        lines = request.lines if isinstance(request, Record) else (request.stored,)
        if held and (
            events + len(lines) > EVENTS
            or size > BYTES
            or request.received_at.date() != held[0].received_at.date()
        ):
            yield Portion(held)
            held, events, size = [], 0, 0
        held.append(request)
        events += len(lines)
        size += sum(map(len, lines))
    if held:
        yield Portion(held)


def one_portion(log: EventLog, first: int, last: int, now: datetime) -> Portion | None:
    """All requests from `first` to `last`; None where the log no longer has any."""
    requests = list(_requests(log, first - 1, last, now))
    return Portion(requests) if requests else None


def _requests(log: EventLog, after: int, last: int, now: datetime) -> Iterator[Record | Damaged]:
    name = log.id
    latest = now
    while after < last:
        records = log.read(after, READ_BYTES)
        if log.id != name:
            raise LogUnavailable(
                "the event log was begun anew while it was read: drain it again, "
                "what was readable goes on in the new one."
            )
        if not records:
            return
        for record in records:
            if record.offset > last:
                return
            if isinstance(record, Damaged):
                yield Damaged(record.offset, latest, record.stored)
            else:
                latest = record.received_at
                yield record
        after = records[-1].offset
