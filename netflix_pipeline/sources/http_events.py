"""Events as they come over HTTP: JSON objects with a `type` and the payload of its bronze table.

Most events are of the plain form: every value in the contract's own words and within its bounds.
Those are decoded straight into records. Whatever else is JSON is read as files are, by the adapter
of the platform's own columns; both readings of an event are the same.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from netflix_pipeline.contracts import contract
from netflix_pipeline.contracts.contract import ACTIONS, DEVICES, KINDS, PRECISIONS, QUALITIES
from netflix_pipeline.sources.adapter import Adapter
from netflix_pipeline.sources.chunk import Chunk
from netflix_pipeline.sources.countries import CODES
from netflix_pipeline.sources.missing import PLAIN_ID, PLAIN_TEXT
from netflix_pipeline.sources.native import origins
from netflix_pipeline.sources.ndjson import read_lines
from netflix_pipeline.sources.reading import From

SOURCE = "http"
"""The source of bronze rows that came over HTTP."""

TYPES = {
    "watch": "watch_events",
    "search": "search_events",
    "recommendation": "recommendation_events",
    "review": "reviews",
}
"""The bronze table of each type of event."""

Identifier: TypeAlias = Annotated[str, Meta(max_length=64, pattern=PLAIN_ID)]
Text: TypeAlias = Annotated[str, Meta(pattern=PLAIN_TEXT)] | None
Time: TypeAlias = Annotated[datetime, Meta(tz=True)]
Device: TypeAlias = Literal[DEVICES] | None  # type: ignore[valid-type]
Country: TypeAlias = Literal[CODES] | None  # type: ignore[valid-type]
Precision: TypeAlias = Literal[PRECISIONS]  # type: ignore[valid-type]
Whole: TypeAlias = Annotated[int, Meta(ge=-(2**31), lt=2**31)]


class Watch(Struct, frozen=True, gc=False, tag_field="type", tag="watch"):
    """A report of viewing in the plain form."""

    event_id: Identifier
    user_id: Identifier
    title_id: Identifier
    event_time: Time
    time_precision: Precision = "second"
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


class Search(Struct, frozen=True, gc=False, tag_field="type", tag="search"):
    """A search in the plain form."""

    event_id: Identifier
    user_id: Identifier
    event_time: Time
    time_precision: Precision = "second"
    query: Text = None
    results_count: Annotated[int, Meta(ge=0, lt=2**31)] | None = None
    clicked_position: Annotated[int, Meta(ge=1, lt=2**31)] | None = None
    device: Device = None
    country: Country = None


class Recommendation(Struct, frozen=True, gc=False, tag_field="type", tag="recommendation"):
    """A recommendation in the plain form."""

    event_id: Identifier
    user_id: Identifier
    title_id: Identifier
    event_time: Time
    clicked: bool
    time_precision: Precision = "second"
    position: Whole | None = None
    score: float | None = None
    algorithm: Text = None
    device: Device = None


class Review(Struct, frozen=True, gc=False, tag_field="type", tag="review"):
    """A review in the plain form."""

    event_id: Identifier
    user_id: Identifier
    title_id: Identifier
    event_time: Time
    rating: Annotated[float, Meta(ge=1, le=5)]
    time_precision: Precision = "second"
    text: Text = None
    sentiment: Text = None


Event: TypeAlias = Watch | Search | Recommendation | Review
STRUCTS = (Watch, Search, Recommendation, Review)
"""The plain forms, in the order of `TYPES`."""

decode = msgspec.json.Decoder(Event).decode
"""The event in a JSON text; ValueError or RecursionError where it is not of the plain form."""

IDENTITY = {table: contract(f"bronze/{table}").key[0] for table in TYPES.values()}
"""The column of each table that holds an event's id."""


def _adapter(table: str) -> Adapter:
    own = IDENTITY[table]
    told = origins(table) | {own: From(tuple(dict.fromkeys(("event_id", own))))}
    if "action" in told:
        # Each event is read by itself: what it leaves out does not depend on its neighbours.
        told["action"] = From(("action",), absent="stopped", empty="stopped")
    return Adapter(f"{SOURCE}-{table.replace('_', '-')}", table, ("type", "event_id"), told)


ADAPTERS = {table: _adapter(table) for table in TYPES.values()}
"""How the events of each table are read; not recognised in files, whose rows have no `type`."""


def columns(table: str) -> list[str]:
    """The names that events of a table may have, but `type`."""
    return sorted({name for origin in ADAPTERS[table].origins.values() for name in origin.names})


def read(table: str, lines: Sequence[bytes], numbers: Sequence[int]) -> Chunk:
    """Events of a table, each by itself; `numbers` become their `line`."""
    return ADAPTERS[table].read(read_lines(lines, numbers, columns(table)))


def header(table: str) -> str:
    """What must be kept to read one of a table's events again later, for `parse_raw`."""
    told = {"source": ADAPTERS[table].name, "form": "ndjson", "columns": columns(table)}
    return json.dumps(told | {"delimiter": "", "household": "", "mapping": None, "order": None})


def event_schemas() -> list[dict[str, Any]]:
    """The JSON Schema of the plain form of each type."""
    _, schemas = msgspec.json.schema_components(STRUCTS, ref_template="{name}")
    return list(schemas.values())
