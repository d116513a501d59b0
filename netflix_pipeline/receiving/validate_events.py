"""What becomes of an event, as far as it can be told at once.

The one decoder, `http_events`, reads it, here as in the drain. An event of the plain form is judged
by a few comparisons, any other by the rules of ingest, so that both come to the same. Events of
persons who are erased, or are about to be, are not taken.
"""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import repeat
from typing import Literal, cast

import msgspec

from netflix_pipeline.contracts import PROCESSING_FAILED
from netflix_pipeline.eventlog import POSITIONS
from netflix_pipeline.ingest.fault_isolation import without_failing
from netflix_pipeline.ingest.validation_rules import EARLIEST, FUTURE, judge
from netflix_pipeline.receiving.body import EVENT_BYTES
from netflix_pipeline.receiving.recent_identities import (
    Identity,
    Place,
    Recent,
    identities,
    identity,
)
from netflix_pipeline.sources.formats import http_events
from netflix_pipeline.sources.formats.http_events import IDENTITY, TYPES, Event, decode
from netflix_pipeline.sources.formats.plain_batches import FEWEST, PlainEvents, read_together
from netflix_pipeline.sources.readers.ndjson import read_object, scalar
from netflix_pipeline.state import Marked

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
STORED: Verdict = "stored"
UNREAD = Result(None, "rejected", ("unparsable_row",))


@dataclass
class Judged:
    """The events of a request: the `results` of all, in order, and what is kept of them.

    `kept` are the texts to be written, `new` the events that are neither duplicates nor
    quarantined, `identities` theirs, and `positions` where each is in `kept`.
    """

    results: list[Result]
    kept: Sequence[bytes]
    new: Sequence[Event]
    identities: Sequence[Identity]
    positions: Sequence[int]
    duplicates: int = 0
    quarantined: int = 0

    def places(self, offset: int) -> list[Place]:
        """Where the new events lie, once the record has its offset."""
        first = offset * POSITIONS
        return [first + position for position in self.positions]


Told = tuple[int, "Event | Result", "list[str] | None"]
"""An event's place, what it is or what is wrong with it, and the fields that it leaves out."""
Originals = Callable[[Collection[Place]], Mapping[Place, "Event | None"]]
"""The events that lie at places of the log; None for one that is no longer there."""


class Reading:
    """The events of one request, received at that time: each what it is, or what is wrong with it.

    `plain` are the events where all are of one type and of the plain form; `others` the places of
    those that are not of that form, and not read yet; `left_out` the fields that could not be
    understood, by the place of their event; `ignored` the names that no event of its type has.
    """

    def __init__(
        self, texts: Sequence[bytes], received_at: datetime, oldest: timedelta | None = None
    ) -> None:
        self.texts = texts
        self.left_out: dict[int, tuple[str, ...]] = {}
        self.ignored: set[str] = set()
        self._received_at = received_at
        self._oldest = oldest
        latest = received_at + FUTURE
        earliest = EARLIEST if oldest is None else max(EARLIEST, received_at - oldest)
        self._together: Sequence[tuple[Sequence[int], PlainEvents]] = ()
        if len(texts) >= FEWEST and max(map(len, texts)) <= EVENT_BYTES:
            self._together = read_together(texts) or ()
        self.plain: PlainEvents | None = None
        self.others: list[int] = []
        if self._together and len(self._together[0][1]) == len(texts):
            ((_, plain),) = self._together
            first, last = plain.span
            self.plain = plain if earliest <= first and last <= latest else None
        if self.plain is None:
            self.others = [
                at
                for at, event in enumerate(self.events)
                if event is UNREAD or not earliest <= event.event_time <= latest  # type: ignore[union-attr]
            ]

    @cached_property
    def events(self) -> list[Event | Result]:
        """Each event, or what is wrong with it; of those that are not read yet, `UNREAD`."""
        if not self._together:
            return [_plain(text, self.ignored) for text in self.texts]
        read: list[Event | Result | None] = [None] * len(self.texts)
        for places, events in self._together:
            for at, event in zip(places, events, strict=True):
                read[at] = event
        return [
            _plain(text, self.ignored) if event is None else event
            for text, event in zip(self.texts, read, strict=True)
        ]

    def may_be_of(self, persons: Marked) -> bool:
        """Whether it cannot be ruled out at a glance that an event is of one of these persons."""
        users = set(self.plain.columns["user_id"]) if self.plain is not None else ()
        return self.plain is None or any(user in persons for user in users)

    def all_new(self, recent: Recent) -> Judged | None:
        """The word on events that are all plain and new, as in nearly every request; else None."""
        events: Sequence[Event]
        if self.plain is not None:
            events, ids = self.plain, self.plain.columns["event_id"]
        elif self.others or any(isinstance(each, Result) for each in self.events):
            return None
        else:
            events = cast("list[Event]", self.events)
            ids = [event.event_id for event in events]
        names = identities(events)
        if len(set(names)) < len(names) or recent.knows_any(names):
            return None
        results = list(map(Result, ids, repeat(STORED)))
        for at, fields in self.left_out.items():
            results[at].left_out = fields
        return Judged(results, self.texts, events, names, range(len(names)))

    def judged(self, recent: Recent, originals: Originals) -> Judged:
        """The word on each, and what is kept of them; it may look into the log."""
        self.read_others()
        return self.all_new(recent) or self._sorted_out(recent, originals)

    def read_others(self) -> None:
        """Read those that are not of the plain form, by the rules of ingest."""
        by_table: dict[str, list[int]] = {}
        for at in self.others:
            table, refused = _table(self.texts[at])
            if table is None:
                self.events[at] = refused
            else:
                by_table.setdefault(table, []).append(at)
                self.ignored |= http_events.unknown_names(table, self.texts[at])
        for table, places in by_table.items():
            for at, verdict, fields in self._isolated(table, places):
                self.events[at] = verdict
                if fields:
                    self.left_out[at] = tuple(sorted(fields))
        self.others = []

    def _sorted_out(self, recent: Recent, originals: Originals) -> Judged:
        names = {
            at: identity(event)
            for at, event in enumerate(self.events)
            if not isinstance(event, Result)
        }
        known = {name: recent.place(name) for name in names.values()}
        before = originals({place for place in known.values() if place is not None})
        results: list[Result] = []
        kept: list[bytes] = []
        positions: list[int] = []
        duplicates = 0
        here: dict[Identity, Event] = {}  # those that are new
        for at, event in enumerate(self.events):
            if isinstance(event, Result):
                result = event
            elif (place := known[name := names[at]]) is None and name not in here:
                here[name] = event
                positions.append(len(kept))
                result = Result(event.event_id, "stored", left_out=self.left_out.get(at, ()))
            # What is no longer in the log is taken for the same: the drain knows.
            elif (here.get(name) if place is None else before.get(place)) in (event, None):
                duplicates += 1
                result = Result(event.event_id, "duplicate", left_out=self.left_out.get(at, ()))
            else:
                result = Result(event.event_id, "quarantined", ("conflicting_duplicate",))
            results.append(result)
            if result.result != "rejected":
                kept.append(self.texts[at])
        quarantined = sum(result.result == "quarantined" for result in results)
        new = list(here.values())
        return Judged(results, kept, new, list(here), positions, duplicates, quarantined)

    def _isolated(self, table: str, places: Sequence[int]) -> list[Told]:
        """The events of a table at those places; where code fails, they are kept for the drain."""

        def by_rules(places: Sequence[int]) -> list[Told]:
            return self._by_rules(table, places) if places else []

        verdicts, failing, error = without_failing(by_rules, places)
        if error is not None:
            log.error("%s: %d events cannot be judged", table, len(failing), exc_info=error)
        for at in failing:
            event_id = shown(read_object(self.texts[at]).get("event_id"))
            verdicts.append((at, Result(event_id, "quarantined", (PROCESSING_FAILED,)), None))
        return verdicts

    def _by_rules(self, table: str, places: Sequence[int]) -> list[Told]:
        """The events of a table at those places, by the rules of ingest."""
        chunk = http_events.read(table, [self.texts[at] for at in places], places)
        good, refused = judge(
            table, chunk.frame, self._received_at, names_itself=True, oldest=self._oldest
        )
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
        for row in good.rename({own: "event_id"}).iter_rows(named=True):
            line, left_out = row.pop("line"), row.pop("left_out")
            verdicts.append((line, struct(**row), left_out))
        return verdicts


def event_of(text: bytes, received_at: datetime, oldest: timedelta | None = None) -> Event | None:
    """The event in a text that was received at that time; None where it is none that is stored."""
    reading = Reading([text], received_at, oldest)
    reading.read_others()
    (event,) = reading.events
    return None if isinstance(event, Result) else event


def _plain(text: bytes, unknown: set[str]) -> Event | Result:
    """The event in a text of the plain form, whose unknown names are added; else `UNREAD`."""
    try:
        # What is too large is not even decoded: that may take ten times its room.
        return decode(text, unknown) if len(text) <= EVENT_BYTES else UNREAD
    except ValueError:
        return UNREAD


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
        return None, Result(shown(event.get("event_id")), "rejected", ("unknown_type",), known)
    return table, UNREAD


def shown(event_id: object) -> str | None:
    """An event's id as it is told again: what is too long to be one is cut off, not echoed."""
    if not isinstance(event_id, str):
        return None
    return event_id if len(event_id) <= LONGEST_ID else f"{event_id[:LONGEST_ID]}…"


ERASED = "erased"
DETAIL = "the person was erased, or is about to be: nothing of them is kept"


def theirs(texts: Sequence[bytes], persons: Marked) -> dict[int, Result]:
    """The word on each event of theirs, by its place; what cannot be read is not looked at."""
    places = {}
    for at, text in enumerate(texts):
        if len(text) <= EVENT_BYTES:  # else it is not kept, whoever's it is
            with suppress(ValueError):
                fields = read_object(text)
                if scalar(fields.get("user_id")) in persons:
                    event_id = shown(fields.get("event_id"))
                    places[at] = Result(event_id, "rejected", (ERASED,), DETAIL)
    return places


def together(others: Sequence[Result], refused: Mapping[int, Result]) -> list[Result]:
    """The words on all events in order: those in their places, the others in between."""
    rest = iter(others)
    return [
        refused[at] if at in refused else next(rest) for at in range(len(others) + len(refused))
    ]
