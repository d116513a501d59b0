"""Any other table through a mapping file: our column = theirs, in TOML.

    name = "acme"                 # optional: what the source is called (default: mapping)
    table = "watch_events"        # or another bronze table (default: watch_events)

    [columns]
    user_id = "customer"                                   # just the name
    title_id = "asset"
    event_time = { column = "begin", format = "%d.%m.%Y %H:%M" }
    watch_seconds = { column = "minutes", unit = "min" }
    progress = { column = "percent", unit = "percent" }
    action = { column = "what", words = { PLAY = "started", END = "completed" } }
    device = "gadget"
    country = { value = "DE" }                             # the same for every row

Units of a number: `ms`, `s`, `min`, `h` for times, `clock` for h:mm:ss, `percent` for shares.
Formats of a time or day: strftime's, or `unix_s`, `unix_ms`, `unix_us`; without one, RFC 3339 and
its near relatives are understood. For watch events `title` may stand in place of `title_id`: the
id is then made of the title's name. Columns that are not mapped are ignored.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.errors import BadInput
from netflix_pipeline.sources import viewing_log
from netflix_pipeline.sources.adapter import Adapter, Before
from netflix_pipeline.sources.native import DEFAULTS, NEEDS
from netflix_pipeline.sources.reading import From, payload
from netflix_pipeline.sources.values import SECONDS, UNITS, read_value

if TYPE_CHECKING:
    from pathlib import Path

    from netflix_pipeline.contracts.contract import Column

KEYS = ("name", "table", "columns")
DETAILS = ("column", "unit", "format", "words", "value")


@dataclass(frozen=True)
class Mapping:
    """A mapping file: its adapter, and its text to keep with what was read by it."""

    adapter: Adapter
    text: str

    @classmethod
    def load(cls, path: Path) -> Mapping:
        """The mapping in a TOML file; BadInput names the key that is wrong and what is allowed."""
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(
                f"{path}: the mapping cannot be read ({error}); check the path"
            ) from error
        return cls.parse(text, str(path))

    @classmethod
    def parse(cls, text: str, where: str) -> Mapping:
        """The mapping in a TOML text; `where` is how errors call it."""
        try:
            told = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise BadInput(f"{where}: this is not TOML: {error}") from error
        _only(told, KEYS, where)
        table = told.get("table", "watch_events")
        if table not in NEEDS:
            raise BadInput(f"{where}: table is {table!r}; allowed are {', '.join(NEEDS)}")
        given = told.get("columns")
        if not isinstance(given, dict) or not given:
            raise BadInput(f"{where}: the section [columns] is missing: our column = theirs")
        return cls(_adapter(str(told.get("name", "mapping")), table, given, where), text)


def _adapter(name: str, table: str, given: dict[str, Any], where: str) -> Adapter:
    columns = {column.name: column for column in payload(contract(f"bronze/{table}"))}
    by_title = table == "watch_events" and "title" in given
    allowed = (*columns, "title") if table == "watch_events" else tuple(columns)
    _only(given, allowed, f"{where}: [columns]")
    origins: dict[str, From] = dict(DEFAULTS) if table == "watch_events" else {}
    for ours, theirs in given.items():
        if ours in columns:
            told = _origin(columns[ours], theirs, f"{where}: columns.{ours}")
            default = DEFAULTS.get(ours, From()) if told.names else told
            origins[ours] = From(
                told.names, told.unit, told.form, told.words, default.absent, default.empty
            )
    before: Before | None = None
    titles = None
    uses: tuple[str, ...] = ()
    if by_title:
        uses = _names(given["title"], f"{where}: columns.title")
        titles = partial(viewing_log.titles, names=uses)
        before = partial(viewing_log.with_title_id, names=uses)
        if "title_id" in origins:
            before = partial(_with_title_id, names=origins["title_id"].names)
        origins["title_id"] = From((viewing_log.TITLE_ID,))
        uses = (*uses, *(_names(given["title_id"], where) if "title_id" in given else ()))
    missing = [
        need
        for need in NEEDS[table]
        if isinstance(need, str) and need not in origins and need != "clicked"
    ]
    if missing:
        raise BadInput(f"{where}: [columns] must also map {', '.join(missing)}")
    needs = {name for origin in origins.values() for name in origin.names} | set(uses)
    needs.discard(viewing_log.TITLE_ID)
    return Adapter(name, table, tuple(sorted(needs)), origins, before, titles, uses)


def _with_title_id(frame: pl.DataFrame, _household: str, names: tuple[str, ...]) -> pl.DataFrame:
    """The frame with the title's own id where the mapping tells name and id."""
    return frame.with_columns(pl.col(names[0]).cast(pl.String).alias(viewing_log.TITLE_ID))


def _origin(column: Column, theirs: Any, where: str) -> From:
    if isinstance(theirs, str):
        return From((theirs,))
    if not isinstance(theirs, dict):
        raise BadInput(f"{where}: must be the name of their column, or a table of details")
    _only(theirs, DETAILS, where)
    if "value" in theirs:
        if column.name in ("event_time", "time_precision"):
            raise BadInput(f"{where}: value is not for times; name their column")
        return From(absent=_constant(column, theirs["value"], where))
    unit = theirs.get("unit", "")
    units = _units(column)
    if unit and unit not in units:
        told = ", ".join(units) if units else "none: it is no number with a unit"
        raise BadInput(f"{where}: unit is {unit!r}; allowed are {told}")
    words = theirs.get("words", {})
    if not isinstance(words, dict) or not all(isinstance(word, str) for word in words.values()):
        raise BadInput(f"{where}: words must be a table of texts: their word = our word")
    form = theirs.get("format")
    if form is not None and not isinstance(column.dtype, (pl.Datetime, pl.Date)):
        raise BadInput(f"{where}: format is only for times and days")
    return From(_names(theirs, where), unit, form, words)


def _names(theirs: Any, where: str) -> tuple[str, ...]:
    name = theirs.get("column") if isinstance(theirs, dict) else theirs
    if not isinstance(name, str) or not name:
        raise BadInput(f"{where}: column must be the name of their column")
    return (name,)


def _units(column: Column) -> tuple[str, ...]:
    if column.unit in SECONDS:
        return tuple(unit for unit in UNITS if unit != "percent")
    return ("percent",) if column.unit.startswith("share") else ()


def _constant(column: Column, value: Any, where: str) -> Any:
    """The value as the contract's column holds it; BadInput when it cannot."""
    try:
        return read_value(column, json.dumps(value) if isinstance(value, bool) else str(value))
    except (ValueError, OverflowError) as error:
        raise BadInput(f"{where}: value {value!r} cannot be read as {column.doc}") from error


def _only(told: dict[str, Any], allowed: tuple[str, ...], where: str) -> None:
    if unknown := [key for key in told if key not in allowed]:
        raise BadInput(
            f"{where}: unknown key {', '.join(map(repr, unknown))}; allowed are "
            f"{', '.join(allowed)}"
        )
