"""Many events over HTTP at once: those of the plain form, by column.

One by one, an event is decoded twice, for its names and for its values, and its texts are matched
against patterns. Many are decoded once, for their values; what else `decode` asks of each is asked
of all together, by their columns. Where the answer is not a clear yes nobody is refused, they are
read one by one. So both readings are the same.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property, reduce
from itertools import chain, product, repeat
from operator import or_
from typing import Annotated, Any, NamedTuple, overload

import msgspec
import polars as pl
from msgspec import UNSET, Meta, Struct, UnsetType
from typing_extensions import override

from netflix_pipeline.ids import BLANKS
from netflix_pipeline.lines import TextLines, count
from netflix_pipeline.sources.chunk import Chunk
from netflix_pipeline.sources.formats import http_events
from netflix_pipeline.sources.formats.http_events import (
    FINER,
    STRUCTS,
    Event,
    Identifier,
    Text,
    Time,
    plain_frame,
    read_beside,
)
from netflix_pipeline.sources.missing_values import NO_ID, NO_TEXT, PLAIN_ID

FEWEST = 16
"""Events below which it is quicker to read them one by one."""
OTHERS = 8
"""Events of another form, beyond which it is supposed that many are."""

TOGETHER = 4_096
"""Events that are read together at most: what one of them holds up are these."""

WITHOUT_PATTERN: tuple[tuple[Any, Any], ...] = (
    (Identifier, Annotated[str, Meta(max_length=64)]),
    (Text, str | None),
    (Time, str),
)
"""Types of fields of which more is asked than a decoder asks by itself, and what it asks."""


def _spelt(words: Iterable[str]) -> frozenset[str]:
    """No text at all, and the words in any case."""
    each = (product(*({sign.lower(), sign.upper()} for sign in word)) for word in words)
    return frozenset(("", *map("".join, chain.from_iterable(each))))


IS_PLAIN_ID = re.compile(PLAIN_ID).search
NO_IDS, NO_TEXTS = _spelt(NO_ID), _spelt(NO_TEXT)


class PlainEvents(Sequence[Event]):
    """Events of one type, by column; a single one is made when it is asked for."""

    def __init__(self, struct: type[Event], columns: Mapping[str, Sequence[Any]]) -> None:
        self.struct = struct
        self.columns = columns

    @cached_property
    def span(self) -> tuple[datetime, datetime]:
        """When the first of them happened, and the last."""
        times: Sequence[datetime] = self.columns["event_time"]
        return min(times), max(times)

    @override
    def __len__(self) -> int:
        return len(self.columns["event_id"])

    @override
    def __iter__(self) -> Iterator[Event]:
        names = tuple(self.columns)
        for values in zip(*self.columns.values(), strict=True):
            yield self.struct(**dict(zip(names, values, strict=True)))

    @overload
    def __getitem__(self, at: int) -> Event: ...

    @overload
    def __getitem__(self, at: slice) -> list[Event]: ...

    @override
    def __getitem__(self, at: int | slice) -> Event | list[Event]:
        if isinstance(at, slice):
            some = {name: column[at] for name, column in self.columns.items()}
            return list(PlainEvents(self.struct, some))
        return self.struct(**{name: column[at] for name, column in self.columns.items()})


class _Form(NamedTuple):
    """How the events of one type are decoded together.

    `told` has the fields of `struct`, and shows which of them an event leaves out; `defaults` are
    these, `texts` those that hold any text.
    """

    struct: type[Event]
    told: type[Struct]
    defaults: Mapping[str, Any]
    texts: tuple[str, ...]

    @classmethod
    def of(cls, struct: type[Event]) -> "_Form":
        fields = msgspec.structs.fields(struct)
        told = msgspec.defstruct(
            f"Told{struct.__name__}",
            [_told(field) for field in fields],
            tag_field="type",
            tag=struct.__struct_config__.tag,
            forbid_unknown_fields=True,
            kw_only=True,
            gc=False,
        )
        defaults = {field.name: field.default for field in fields if not field.required}
        return cls(struct, told, defaults, tuple(each.name for each in fields if each.type == Text))

    def together(
        self, told: Sequence[Struct], *, escaped: bool
    ) -> tuple[PlainEvents, int, int] | None:
        """The events, how many fields they tell, and how many commas there are within these.

        `escaped` is whether a text of theirs may be spelt with escapes. None where one is not of
        the plain form, or may not be.
        """
        values = zip(*map(msgspec.structs.astuple, told), strict=True)
        columns: dict[str, Sequence[Any]] = dict(
            zip(self.told.__struct_fields__, values, strict=True)
        )
        fields = len(told) * len(columns)
        for name, default in self.defaults.items():
            column = columns[name]
            # What is left out counts as false. Mostly all are told and true, which is seen sooner.
            if not all(column) and (left_out := column.count(UNSET)):
                fields -= left_out
                columns[name] = (
                    (default,) * len(told)
                    if left_out == len(told)
                    else tuple(default if value is UNSET else value for value in column)
                )
        ids = list(chain.from_iterable(columns[name] for name in IDS if name in columns))
        texts = [text for name in self.texts for text in columns[name] if text is not None]
        if (moments := _moments(columns["event_time"])) is None:
            return None
        events = PlainEvents(self.struct, columns | {"event_time": moments})
        first, last = events.span
        # Further within than by their own clocks, which may be a day ahead or behind.
        if first.year <= 2 or last.year >= 9998:
            return None
        of_ids = "".join(ids)
        if not (_are_plain_ids(ids, of_ids, escaped=escaped) and _are_plain_texts(texts)):
            return None
        return events, fields, _commas(of_ids) + sum(map(_commas, texts))


IDS = ("event_id", "user_id", "title_id")


def _told(field: msgspec.structs.FieldInfo) -> tuple[str, Any] | tuple[str, Any, Any]:
    kinds: Iterator[Any] = (kind for of, kind in WITHOUT_PATTERN if field.type == of)
    kind = next(kinds, field.type)
    return (field.name, kind) if field.required else (field.name, kind | UnsetType, UNSET)


FORMS = {form.told: form for form in map(_Form.of, STRUCTS.values())}
_decoder: msgspec.json.Decoder[Struct] = msgspec.json.Decoder(reduce(or_, FORMS))
_decode, _decode_lines = _decoder.decode, _decoder.decode_lines


def read_together(texts: Sequence[bytes]) -> list[tuple[Sequence[int], PlainEvents]] | None:
    """The events by type, with their places; those in no place are to be read one by one.

    None where all are.
    """
    if len(texts) < FEWEST:
        return None
    lines = texts if isinstance(texts, TextLines) else TextLines(b"\n".join(texts))
    places: Sequence[int] = range(len(texts))
    written = lines.text
    told = _told_by_all(lines) if len(lines) == len(texts) else None
    if told is None:
        some = _told_by_some(texts)
        if some is None:
            return None
        places, told = some
        written = b"\n".join([texts[at] for at in places])
    found: list[tuple[Sequence[int], PlainEvents]] = []
    expected = within = 0
    escaped = b"\\" in written
    for form, its_places, its in _by_type(places, told):
        if (read := form.together(its, escaped=escaped)) is None:
            return None
        events, fields, commas = read
        found.append((its_places, events))
        expected += fields
        within += commas
    # A comma before each member but one, so before as many as there are fields beside `type`: if
    # none is told twice. Whatever else holds a comma, and may hold it in another spelling, only
    # adds to them.
    if count(written, b",") != expected + within or (within and escaped):
        return None
    return found


def _told_by_all(lines: TextLines) -> Sequence[Struct] | None:
    """What lines tell, each by itself; None where one is no event of the plain form."""
    # Such an event holds no other, and no text a line feed: so where each line begins one, and as
    # many are found as there are lines, each is one.
    if not lines.begin_objects:
        return None
    try:
        told = _decode_lines(lines.text)
    except (ValueError, RecursionError):
        return None
    return told if len(told) == len(lines) else None


def _told_by_some(texts: Sequence[bytes]) -> tuple[Sequence[int], Sequence[Struct]] | None:
    """The places of those of the plain form, and what they tell; None where many are of another."""
    places: list[int] = []
    told: list[Struct] = []
    for at, text in enumerate(texts):
        try:
            told.append(_decode(text))
        except (ValueError, RecursionError):
            if at - len(places) >= OTHERS:
                return None
        else:
            places.append(at)
    return places, told


def read(table: str, texts: Sequence[bytes], numbers: Sequence[int]) -> Chunk:
    """What `http_events.read` gives of events of a table, quicker where they are many."""
    plain: list[tuple[Mapping[str, Sequence[Any]], Sequence[int]]] = []
    others: list[int] = []
    for begin in range(0, len(texts), TOGETHER):
        part = texts[begin : begin + TOGETHER]
        rest = set(range(begin, begin + len(part)))
        for places, events in read_together(part) or ():
            if events.struct is STRUCTS[table]:
                its = [begin + at for at in places]
                plain.append((events.columns, [numbers[at] for at in its]))
                rest.difference_update(its)
        others += sorted(rest)
    read = http_events.read(table, [texts[at] for at in others], [numbers[at] for at in others])
    if not plain:
        return read
    schema = read.frame.schema
    frames = [plain_frame(table, columns, lines, schema) for columns, lines in plain]
    return read_beside(read, pl.concat(frames), texts, numbers)


def _by_type(
    places: Sequence[int], told: Sequence[Struct]
) -> Iterator[tuple[_Form, Sequence[int], Sequence[Struct]]]:
    kinds = list(map(type, told))
    for kind in dict.fromkeys(kinds):
        if kinds.count(kind) == len(kinds):
            yield FORMS[kind], places, told
        else:
            its = [at for at, each in enumerate(kinds) if each is kind]
            yield FORMS[kind], [places[at] for at in its], [told[at] for at in its]


def _are_plain_ids(ids: Sequence[str], written: str, *, escaped: bool) -> bool:
    """Whether they are ids as they are; `written` is all of them together.

    Where nothing was `escaped`, no text has a sign that shows nothing, but for blanks of Unicode.
    """
    is_printable = written.isprintable() if escaped or not written.isascii() else True
    if is_printable and " " not in written:  # so none has a blank around it
        return NO_IDS.isdisjoint(ids)
    return all(map(IS_PLAIN_ID, ids))


def _are_plain_texts(texts: Sequence[str]) -> bool:
    return NO_TEXTS.isdisjoint(map(str.strip, texts, repeat(BLANKS)))


def _commas(text: str) -> int:
    return text.count(",") if "," in text else 0


def _moments(times: Sequence[str]) -> Sequence[datetime] | None:
    """What times say; None where one is no time, or finer than it is kept."""
    if FINER.search("\n".join(times)):
        return None
    try:
        return msgspec.convert(times, list[Time])
    except ValueError:
        return None
