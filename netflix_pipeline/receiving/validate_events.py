"""What becomes of an event, as far as it can be told at once.

The one decoder, `http_events`, reads it, here as in the drain. An event of the plain form is judged
by a few comparisons, any other by the rules of ingest, so that both come to the same.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, cast

import msgspec

from netflix_pipeline.contracts.bronze.quarantine import PROCESSING_FAILED
from netflix_pipeline.eventlog import POSITIONS
from netflix_pipeline.ingest.fault_isolation import without_failing
from netflix_pipeline.ingest.validation_rules import EARLIEST, FUTURE, judge
from netflix_pipeline.live.recent_identities import Identity, KnownIdentities, Place, identity
from netflix_pipeline.receiving.body import EVENT_BYTES
from netflix_pipeline.sources.formats import http_events
from netflix_pipeline.sources.formats.http_events import IDENTITY, TYPES, Event, decode
from netflix_pipeline.sources.readers.json_object import read_object

log = logging.getLogger(__name__)

Verdict = Literal["stored", "duplicate", "quarantined", "rejected"]


class Result(msgspec.Struct, omit_defaults=True, gc=False):
    """What became of one event; `detail` says more of one that was rejected.

    `left_out` are the fields of one that is kept which could not be understood, and stay empty.
    """

    event_id: str | None
    result: Verdict
    reasons: tuple[str, ...] = ()
    detail: str = ""
    left_out: tuple[str, ...] = ()


LONGEST_ID = 64
"""Characters of an id; a longer one is quarantined."""
UNREAD = Result(None, "rejected", ("unparsable_row",))


@dataclass
class Judged:
    """The events of a request: the `results` of all, in order, and what is kept of them.

    `kept` are the texts to be written, `new` the events that are neither duplicates nor
    quarantined, `identities` theirs, each with its position in `kept`.
    """

    results: list[Result] = field(default_factory=list)
    kept: list[bytes] = field(default_factory=list)
    new: list[Event] = field(default_factory=list)
    identities: dict[Identity, int] = field(default_factory=dict)
    duplicates: int = 0
    quarantined: int = 0

    def places(self, offset: int) -> dict[Identity, Place]:
        """Where the new events lie, once the record has its offset."""
        first = offset * POSITIONS
        return {name: first + position for name, position in self.identities.items()}


Told = tuple[int, "Event | Result", "list[str] | None"]
"""An event's place, what it is or what is wrong with it, and the fields that it leaves out."""
LeftOut = dict[int, tuple[str, ...]]
"""The fields that could not be understood, by the place of their event."""
Originals = Callable[[Collection[Place]], Mapping[Place, "Event | None"]]
"""The events that lie at places of the log; None for one that is no longer there."""


def judged(
    texts: Sequence[bytes],
    received_at: datetime,
    recent: KnownIdentities,
    originals: Originals,
    oldest: timedelta | None = None,
) -> Judged:
    """Judge the events of one request, received at that time."""
    read, others = plainly(texts, received_at, oldest)
    left_out = carefully(texts, others, received_at, read, oldest)
    verdicts = all_new(texts, read, recent, left_out)
    if verdicts is None:
        verdicts = sorted_out(texts, read, recent, originals(known(read, recent)), left_out)
    return verdicts


def plainly(
    texts: Sequence[bytes], received_at: datetime, oldest: timedelta | None = None
) -> tuple[list[Event | Result], list[int]]:
    """The events of the plain form, and the places of those that are not."""
    read: list[Event | Result]
    # What is too large is not even decoded: that may take ten times its room.
    try:
        read = [decode(text) if len(text) <= EVENT_BYTES else UNREAD for text in texts]
    except ValueError:
        read = [_plain(text) if len(text) <= EVENT_BYTES else UNREAD for text in texts]
    latest = received_at + FUTURE
    earliest = EARLIEST if oldest is None else max(EARLIEST, received_at - oldest)
    others = [
        at
        for at, event in enumerate(read)
        if event is UNREAD or not earliest <= event.event_time <= latest  # type: ignore[union-attr]
    ]
    return read, others


def event_of(text: bytes, received_at: datetime, oldest: timedelta | None = None) -> Event | None:
    """The event in a text that was received at that time; None where it is none that is stored."""
    read, others = plainly([text], received_at, oldest)
    carefully([text], others, received_at, read, oldest)
    (event,) = read
    return None if isinstance(event, Result) else event


def _plain(text: bytes) -> Event | Result:
    try:
        event: Event = decode(text)
    except ValueError:
        return UNREAD
    return event


def carefully(
    texts: Sequence[bytes],
    others: Sequence[int],
    received_at: datetime,
    read: list[Event | Result],
    oldest: timedelta | None = None,
) -> LeftOut:
    """Put what the events at the places `others` are, or what is wrong with them, into `read`."""
    left_out: LeftOut = {}
    by_table: dict[str, list[int]] = {}
    for at in others:
        table, refused = _table(texts[at])
        if table is None:
            read[at] = refused
        else:
            by_table.setdefault(table, []).append(at)
    for table, places in by_table.items():
        for at, verdict, fields in _isolated(table, texts, places, received_at, oldest):
            read[at] = verdict
            if fields:
                left_out[at] = tuple(sorted(fields))
    return left_out


def all_new(
    texts: Sequence[bytes],
    read: Sequence[Event | Result],
    recent: KnownIdentities,
    left_out: LeftOut,
) -> Judged | None:
    """The word on events that are all new, as in nearly every request; else None."""
    if any(isinstance(each, Result) for each in read):
        return None
    events = cast("Sequence[Event]", read)
    names = list(map(identity, events))
    here = dict(zip(names, range(len(names)), strict=True))
    if len(here) != len(names) or recent.knows_any(names):
        return None
    results = [Result(event.event_id, "stored") for event in events]
    for at, fields in left_out.items():
        results[at].left_out = fields
    return Judged(results, list(texts), list(events), here)


def known(read: Sequence[Event | Result], recent: KnownIdentities) -> set[Place]:
    """The places of the events that came first under the identities of these."""
    places = (recent.place(identity(event)) for event in read if not isinstance(event, Result))
    return {place for place in places if place is not None}


def sorted_out(
    texts: Sequence[bytes],
    read: Sequence[Event | Result],
    recent: KnownIdentities,
    originals: Mapping[Place, Event | None],
    left_out: LeftOut,
) -> Judged:
    """What is kept of the events that were read, and the word on each of them.

    `originals` are the events at the places that are `known`.
    """
    verdicts = Judged()
    here: dict[Identity, Event] = {}
    for at, (text, event) in enumerate(zip(texts, read, strict=True)):
        if isinstance(event, Result):
            verdicts.results.append(event)
            if event.result == "quarantined":
                verdicts.quarantined += 1
                verdicts.kept.append(text)
            continue
        name = identity(event)
        place = recent.place(name)
        if place is None and name not in here:
            here[name] = event
            verdicts.identities[name] = len(verdicts.kept)
            verdicts.new.append(event)
            verdicts.results.append(Result(event.event_id, "stored", left_out=left_out.get(at, ())))
        # What is no longer in the log is taken for the same: the drain knows.
        elif (here.get(name) if place is None else originals.get(place)) in (event, None):
            verdicts.duplicates += 1
            verdicts.results.append(
                Result(event.event_id, "duplicate", left_out=left_out.get(at, ()))
            )
        else:
            verdicts.quarantined += 1
            verdicts.results.append(
                Result(event.event_id, "quarantined", ("conflicting_duplicate",))
            )
        verdicts.kept.append(text)
    return verdicts


def _table(text: bytes) -> tuple[str | None, Result]:
    """The bronze table of an event, or why it cannot even be kept for later."""
    if len(text) > EVENT_BYTES:
        size = f"the event has {len(text):,} bytes and may have {EVENT_BYTES:,}"
        return None, Result(None, "rejected", ("event_too_large",), size)
    try:
        event = read_object(text)
    except UnicodeDecodeError as error:
        return None, Result(None, "rejected", ("unparsable_row",), f"no UTF-8: {error.reason}")
    except ValueError as error:
        why = f"no JSON object to be read: {error}"
        return None, Result(None, "rejected", ("unparsable_row",), why)
    kind = event.get("type")
    table = TYPES.get(kind) if isinstance(kind, str) else None
    if table is None:
        known = f"`type` must be one of {', '.join(TYPES)}"
        return None, Result(_id(event), "rejected", ("unknown_type",), known)
    return table, UNREAD


def _id(event: dict[str, Any]) -> str | None:
    return shown(event.get("event_id"))


def shown(event_id: object) -> str | None:
    """An event's id as it is told again: what is too long to be one is cut off, not echoed."""
    if not isinstance(event_id, str):
        return None
    return event_id if len(event_id) <= LONGEST_ID else f"{event_id[:LONGEST_ID]}…"


def _isolated(
    table: str,
    texts: Sequence[bytes],
    places: Sequence[int],
    received_at: datetime,
    oldest: timedelta | None,
) -> list[Told]:
    """The events of a table at those places; where code fails, they are kept for the drain."""

    def by_rules(places: Sequence[int]) -> list[Told]:
        return _by_rules(table, texts, places, received_at, oldest) if places else []

    verdicts, failing, error = without_failing(by_rules, places)
    if error is not None:
        log.error("%s: %d events cannot be judged", table, len(failing), exc_info=error)
    for at in failing:
        event_id = _id(read_object(texts[at]))
        verdicts.append((at, Result(event_id, "quarantined", (PROCESSING_FAILED,)), None))
    return verdicts


def _by_rules(
    table: str,
    texts: Sequence[bytes],
    places: Sequence[int],
    received_at: datetime,
    oldest: timedelta | None,
) -> list[Told]:
    """The events of a table at those places, by the rules of ingest."""
    chunk = http_events.read(table, [texts[at] for at in places], places)
    good, refused = judge(table, chunk.frame, received_at, names_itself=True, oldest=oldest)
    own = IDENTITY[table]
    verdicts: list[Told] = [
        (line, Result(None, "quarantined", ("unparsable_row",)), None)
        for line in chunk.unparsable["line"].to_list()
    ]
    verdicts.extend(
        (line, Result(shown(name), "quarantined", tuple(reasons)), None)
        for line, name, reasons in refused.select("line", own, "reasons").iter_rows()
    )
    struct = http_events.STRUCTS[table]
    rows = good.rename({own: "event_id"}).iter_rows(named=True)
    for row in rows:
        line, left_out = row.pop("line"), row.pop("left_out")
        verdicts.append((line, struct(**row), left_out))
    return verdicts
