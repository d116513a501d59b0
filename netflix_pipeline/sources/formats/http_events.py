"""Events as they come over HTTP: JSON objects with a `type` and the payload of its bronze table.

`read` is the one decoder: the answer to a request, the live view, the drain and a replay all go
by it. Most events are of the plain form, every value in the contract's own words and within its
bounds: those are decoded straight into records. Whatever else is JSON is read as files are, by the
adapter of the platform's own columns; both readings of an event are the same.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
import polars as pl
from msgspec import Meta, Struct

from netflix_pipeline.contracts import ACTIONS, DEVICES, HTTP, KINDS, QUALITIES, contract
from netflix_pipeline.sources.adapter import Adapter
from netflix_pipeline.sources.chunk import Chunk, Raw, Records, unparsable
from netflix_pipeline.sources.column_mapping import WITHOUT_SIGNED_ZERO, From
from netflix_pipeline.sources.formats.native import origins
from netflix_pipeline.sources.missing_values import NAMIBIA, PLAIN_ID, PLAIN_TEXT
from netflix_pipeline.sources.readers.ndjson import Objects, read_object, read_once
from netflix_pipeline.sources.readers.record_scanner import decoded
from netflix_pipeline.sources.vocabulary import CODES

SOURCE = HTTP
"""The source of bronze rows that came over HTTP."""

TYPES = {
    "watch": "watch_events",
    "search": "search_events",
    "recommendation": "recommendation_events",
    "review": "reviews",
}
"""The bronze table of each type of event."""
EVENT_TYPES = {table: kind for kind, table in TYPES.items()}
"""The type of the events of each bronze table."""

Identifier: TypeAlias = Annotated[str, Meta(max_length=64, pattern=PLAIN_ID)]
Text: TypeAlias = Annotated[str, Meta(pattern=PLAIN_TEXT)] | None
Time: TypeAlias = Annotated[datetime, Meta(tz=True)]
Device: TypeAlias = Literal[DEVICES] | None  # type: ignore[valid-type]
OWN_CODES = tuple(code for code in CODES if code != NAMIBIA)
"""Countries that mean the same beside any other field."""
Country: TypeAlias = Literal[OWN_CODES] | None  # type: ignore[valid-type]
Whole: TypeAlias = Annotated[int, Meta(ge=-(2**31), lt=2**31)]


class PlainEvent(Struct, frozen=True, gc=False, kw_only=True):
    """What every event tells in the plain form."""

    event_id: Identifier
    user_id: Identifier
    event_time: Time
    time_precision: Literal["second"] = "second"


class PlainTitleEvent(PlainEvent, frozen=True, gc=False, kw_only=True):
    """The same of an event that is about a title."""

    title_id: Identifier


class Watch(PlainTitleEvent, frozen=True, gc=False, kw_only=True, tag_field="type", tag="watch"):
    """A report of viewing in the plain form."""

    action: Literal[ACTIONS] = "stopped"  # type: ignore[valid-type]
    watch_seconds: Annotated[float, Meta(ge=0, le=86_400)] | None = None
    progress: Annotated[float, Meta(ge=0, le=1)] | None = None
    playback_id: Text = None
    kind: Literal[KINDS] = "main"  # type: ignore[valid-type]
    device: Device = None
    quality: Literal[QUALITIES] | None = None  # type: ignore[valid-type]
    country: Country = None
    is_download: bool = False
    rating: float | None = None


class Search(PlainEvent, frozen=True, gc=False, kw_only=True, tag_field="type", tag="search"):
    """A search in the plain form."""

    query: Text = None
    results_count: Annotated[int, Meta(ge=0, lt=2**31)] | None = None
    clicked_position: Annotated[int, Meta(ge=1, lt=2**31)] | None = None
    device: Device = None
    country: Country = None


class Recommendation(
    PlainTitleEvent, frozen=True, gc=False, kw_only=True, tag_field="type", tag="recommendation"
):
    """A recommendation in the plain form."""

    clicked: bool
    position: Whole | None = None
    score: float | None = None
    algorithm: Text = None
    device: Device = None


class Review(PlainTitleEvent, frozen=True, gc=False, kw_only=True, tag_field="type", tag="review"):
    """A review in the plain form."""

    rating: Annotated[float, Meta(ge=1, le=5)]
    text: Text = None
    sentiment: Text = None


Event: TypeAlias = Watch | Search | Recommendation | Review
STRUCTS: dict[str, type[Event]] = dict(
    zip(TYPES.values(), (Watch, Search, Recommendation, Review), strict=True)
)
"""The plain form of each table's events."""

FINER = re.compile(r"\.\d{7}", re.ASCII)
"""More digits of a second than are kept: they are cut off, where this decoder would round."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

_decode = msgspec.json.Decoder(Event).decode


def decode(text: bytes, unknown: set[str] | None = None) -> Event:
    """The event in a text; ValueError where it is not of the plain form.

    Names that no event of its type has are added to `unknown`.
    """
    fields = read_once(text)
    event: Event = _decode(text)
    if FINER.search(fields["event_time"]) is not None or not 1 < event.event_time.year < 9999:
        raise ValueError("the time is finer than it is kept, or hardly one")
    if unknown is not None and not fields.keys() <= (known := _NAMES[type(event)]):
        unknown |= fields.keys() - known
    return event


IDENTITY = {table: contract(f"bronze/{table}").key[0] for table in TYPES.values()}
"""The column of each table that holds an event's id."""


def _adapter(table: str) -> Adapter:
    own = IDENTITY[table]
    columns_of = origins(table) | {own: From(tuple(dict.fromkeys(("event_id", own))))}
    if "action" in columns_of:
        # Each event is read by itself: what it leaves out does not depend on its neighbours.
        columns_of["action"] = From(("action",), absent="stopped", empty="stopped")
    return Adapter(
        f"{SOURCE}-{table.replace('_', '-')}",
        table,
        ("type", "event_id"),
        columns_of,
        na_is_missing="by row",
    )


ADAPTERS = {table: _adapter(table) for table in TYPES.values()}
"""How the events of each table are read; not recognised in files, whose rows have no `type`."""


def columns(table: str) -> list[str]:
    """The names that events of a table may have, but `type`."""
    return sorted({name for origin in ADAPTERS[table].origins.values() for name in origin.names})


_NAMES = {struct: frozenset(("type", *columns(table))) for table, struct in STRUCTS.items()}


def unknown_names(table: str, text: bytes) -> set[str]:
    """The names in a JSON object that no event of a table has."""
    return read_object(text).keys() - _NAMES[STRUCTS[table]]


def table_of(text: bytes) -> str | None:
    """The bronze table of an event by its `type`; None for what is no event."""
    try:
        kind = read_object(text).get("type")
    except ValueError:
        return None
    return TYPES.get(kind) if isinstance(kind, str) else None


def read(table: str, texts: Sequence[bytes], numbers: Sequence[int]) -> Chunk:
    """Events of a table, each by itself; `numbers` become their `line`."""
    plain: list[Event] = []
    lines: list[int] = []
    others: list[int] = []
    for at, text in enumerate(texts):
        try:
            event: Event | None = decode(text)
        except ValueError:
            event = None
        if isinstance(event, STRUCTS[table]):
            plain.append(event)
            lines.append(numbers[at])
        else:
            others.append(at)
    read = generally(table, [texts[at] for at in others], [numbers[at] for at in others])
    if not plain:
        return read
    frame = _frame(table, plain, lines, read.frame.schema)
    return read_beside(read, frame, texts, numbers)


def read_beside(
    others: Chunk, plain: pl.DataFrame, texts: Sequence[bytes], numbers: Sequence[int]
) -> Chunk:
    """All of some events, of which those of the plain form were read apart."""
    if others.frame.height:
        plain = pl.concat([others.frame, plain]).sort("line")
    return replace(others, frame=plain, raw=raw_of(texts, numbers))


def generally(table: str, texts: Sequence[bytes], numbers: Sequence[int]) -> Chunk:
    """The same of events of any form, slowly."""
    return ADAPTERS[table].read(_records(texts, numbers, columns(table)))


def raw_of(texts: Sequence[bytes], numbers: Sequence[int]) -> Raw:
    """Gives the texts of the events with some numbers."""
    known = dict(zip(numbers, texts, strict=True))
    return lambda wanted: [decoded(known[number]) for number in wanted]


def _records(texts: Sequence[bytes], numbers: Sequence[int], wanted: Sequence[str]) -> Records:
    """JSON objects in the wanted columns, as text, empty ones null."""
    found = Objects(wanted)
    refused: list[tuple[int, str, str]] = []
    for number, text in zip(numbers, texts, strict=True):
        try:
            found.add(number, read_once(text))
        except ValueError as error:
            refused.append((number, decoded(text), str(error)))
    return found.records(unparsable(refused), raw_of(texts, numbers))


def _frame(
    table: str, events: Sequence[Event], lines: Sequence[int], schema: pl.Schema
) -> pl.DataFrame:
    """Events of the plain form in the columns of a chunk."""
    names = STRUCTS[table].__struct_fields__
    values = zip(*map(msgspec.structs.astuple, events), strict=True)
    return plain_frame(table, dict(zip(names, values, strict=True)), lines, schema)


def plain_frame(
    table: str, columns: Mapping[str, Sequence[Any]], lines: Sequence[int], schema: pl.Schema
) -> pl.DataFrame:
    """The same of columns of events."""
    columns_read = dict(columns)
    columns_read[IDENTITY[table]] = columns_read["event_id"]
    columns_read["event_time"] = tuple(
        (time - EPOCH) // MICROSECOND for time in columns_read["event_time"]
    )
    columns_read["line"] = tuple(lines)
    columns_read["problems"] = columns_read["left_out"] = (None,) * len(lines)
    return pl.DataFrame(
        [
            pl.Series(name, columns_read[name], dtype=dtype, strict=True)
            for name, dtype in schema.items()
        ]
    ).with_columns(WITHOUT_SIGNED_ZERO)


def header(table: str) -> str:
    """What must be kept to read one of a table's events again later, for `parse_raw`."""
    document = {"source": ADAPTERS[table].name, "form": "ndjson", "columns": columns(table)}
    return json.dumps(document | {"delimiter": "", "household": "", "mapping": None, "order": None})


def event_schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schema of the plain form of each type, by `type`; fields as their contract says."""
    _, schemas = msgspec.json.schema_components(STRUCTS.values(), ref_template="{name}")
    return {
        kind: _described(table, schemas[STRUCTS[table].__name__]) for kind, table in TYPES.items()
    }


def _described(table: str, schema: dict[str, Any]) -> dict[str, Any]:
    columns = contract(f"bronze/{table}")
    told = schema["properties"]
    for name in told.keys() - {"type"}:
        column = columns[IDENTITY[table] if name == "event_id" else name]
        words = f"{column.doc}, {column.unit}" if column.unit else column.doc
        if told[name].get("default") is not None:
            words += f"; {json.dumps(told[name]['default'])} where it is left out"
        told[name] |= {"description": words}
    # In the order of the table, whichever class tells a field.
    names = dict.fromkeys(("type", "event_id", *columns.names))
    in_order = [name for name in names if name in told]
    return schema | {
        "title": f"{schema['title']}Event",
        "properties": {name: told[name] for name in in_order},
        "required": [name for name in in_order if name in schema["required"]],
    }
