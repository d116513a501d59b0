"""Many events over HTTP at once: those of the plain form, by column.

One by one, an event is decoded twice, for its names and for its values, and its texts are matched
against patterns. Many are decoded once, for their values; what else `decode` asks of each is asked
of all together, by their columns. Where the answer is not a clear yes nobody is refused, they are
read one by one. So both readings are the same.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property, reduce
from itertools import chain
from operator import or_
from typing import Annotated, Any, NamedTuple, overload

import msgspec
import polars as pl
from msgspec import UNSET, Meta, Struct, UnsetType
from typing_extensions import override

from netflix_pipeline.ids import BLANKS
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

IS_PLAIN_ID = re.compile(PLAIN_ID).search
NO_IDS = frozenset(("", *map(str.lower, NO_ID)))
NO_TEXTS = frozenset(("", *map(str.lower, NO_TEXT)))


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

    def together(self, told: Sequence[Struct]) -> tuple[PlainEvents, int, int] | None:
        """The events, how many fields they tell, and how many commas there are within these.

        None where one is not of the plain form, or may not be.
        """
        values = zip(*map(msgspec.structs.astuple, told), strict=True)
        columns: dict[str, Sequence[Any]] = dict(
            zip(self.told.__struct_fields__, values, strict=True)
        )
        fields = len(told) * len(columns)
        for name, default in self.defaults.items():
            column = columns[name]
            if left_out := column.count(UNSET):
                fields -= left_out
                columns[name] = (
                    (default,) * len(told)
                    if left_out == len(told)
                    else tuple(default if value is UNSET else value for value in column)
                )
        ids = [id_ for name in IDS for id_ in columns.get(name, ())]
        texts = [text for name in self.texts for text in columns[name] if text is not None]
        moments = _moments(columns["event_time"])
        if moments is None or not (_are_plain_ids(ids) and _are_plain_texts(texts)):
            return None
        commas = "".join(chain(ids, texts)).count(",")
        return PlainEvents(self.struct, columns | {"event_time": moments}), fields, commas


IDS = ("event_id", "user_id", "title_id")


def _told(field: msgspec.structs.FieldInfo) -> tuple[str, Any] | tuple[str, Any, Any]:
    kinds: Iterator[Any] = (kind for of, kind in WITHOUT_PATTERN if field.type == of)
    kind = next(kinds, field.type)
    return (field.name, kind) if field.required else (field.name, kind | UnsetType, UNSET)


FORMS = {form.told: form for form in map(_Form.of, STRUCTS.values())}
_decoder: msgspec.json.Decoder[Struct] = msgspec.json.Decoder(reduce(or_, FORMS))
_decode = _decoder.decode


def read_together(texts: Sequence[bytes]) -> list[tuple[Sequence[int], PlainEvents]] | None:
    """The events by type, with their places; those in no place are to be read one by one.

    None where all are.
    """
    if len(texts) < FEWEST:
        return None
    told: list[Struct] = []
    others: list[int] = []
    for at, text in enumerate(texts):
        try:
            told.append(_decode(text))
        except (ValueError, RecursionError):
            others.append(at)
            if len(others) > OTHERS:
                return None
    places: Sequence[int] = range(len(texts))
    if others:
        places = [at for at in places if at not in others]
    found: list[tuple[Sequence[int], PlainEvents]] = []
    expected = within = 0
    for form, its_places, its in _by_type(places, told):
        if (read := form.together(its)) is None:
            return None
        events, fields, commas = read
        found.append((its_places, events))
        expected += fields
        within += commas
    written = b"\n".join([texts[at] for at in places] if others else texts)
    # A comma before each member but one, so before as many as there are fields beside `type`: if
    # none is told twice. Whatever else holds a comma, and may hold it in another spelling, only
    # adds to them.
    if written.count(b",") != expected + within or (within and b"\\" in written):
        return None
    return found


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


def _are_plain_ids(ids: Sequence[str]) -> bool:
    written = "".join(ids)
    if written.isprintable() and " " not in written:  # so none has a blank around it
        return NO_IDS.isdisjoint(map(str.lower, ids))
    return all(map(IS_PLAIN_ID, ids))


def _are_plain_texts(texts: Sequence[str]) -> bool:
    return NO_TEXTS.isdisjoint(text.strip(BLANKS).lower() for text in texts)


def _moments(times: Sequence[str]) -> Sequence[datetime] | None:
    """What times say; None where one is no time, finer than it is kept, or hardly one."""
    if FINER.search("\n".join(times)):
        return None
    try:
        moments = msgspec.convert(times, list[Time])
    except ValueError:
        return None
    # Further within than by their own clocks, which may be a day ahead or behind.
    return moments if min(moments).year > 2 and max(moments).year < 9998 else None
