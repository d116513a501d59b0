"""Any other table through a mapping file: our column = theirs, in TOML.

Its keys, with an example a table, are described in docs/sources.md. Columns that are not mapped are
ignored.
"""

import json
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Self
from zoneinfo import available_timezones

import polars as pl

from netflix_pipeline.contracts import Column, contract
from netflix_pipeline.errors import BadInput
from netflix_pipeline.sources.adapter import Adapter, Before
from netflix_pipeline.sources.column_mapping import From
from netflix_pipeline.sources.dates import Order
from netflix_pipeline.sources.formats import viewing_log
from netflix_pipeline.sources.formats.native import DEFAULTS, NEEDS
from netflix_pipeline.sources.sidecar import only_keys, parse_toml, read_toml
from netflix_pipeline.sources.timestamps import FORMATS, check_format
from netflix_pipeline.sources.values import SECONDS, UNITS, read_value

DETAILS = ("column", "columns", "unit", "format", "order", "zone", "decimal", "scale", "words")
OF_FILE = ("order", "zone", "decimal")
"""Details that may be told once for all columns that take them."""

KEYS = ("name", "table", *OF_FILE, "columns")


@dataclass(frozen=True)
class Mapping:
    """A mapping file: its adapter, and its text to keep with what was read by it."""

    adapter: Adapter
    text: str

    @classmethod
    def load(cls, path: Path) -> Self:
        """The mapping in a TOML file; BadInput names the key that is wrong and what is allowed."""
        return cls.parse(read_toml(path), str(path))

    @classmethod
    def parse(cls, text: str, where: str) -> Self:
        """The mapping in a TOML text; `where` is how errors call it."""
        told = parse_toml(text, where)
        only_keys(told, KEYS, where)
        table = told.get("table", "watch_events")
        if table not in NEEDS:
            raise BadInput(f"{where}: table is {table!r}; allowed are {', '.join(NEEDS)}")
        given = told.get("columns")
        if not isinstance(given, dict) or not given:
            raise BadInput(f"{where}: the section [columns] is missing: our column = theirs")
        common = {key: told[key] for key in OF_FILE if key in told}
        try:
            adapter = _adapter(str(told.get("name", "mapping")), table, given, common, where)
        except BadInput as error:
            if "table" in told or "[columns]" not in str(error):
                raise
            others = ", ".join(name for name in NEEDS if name != table)
            raise BadInput(
                f"{error}. It maps {table}, because it tells no table; there are also {others}: "
                "table = NAME above [columns]"
            ) from error
        return cls(adapter, text)


def _adapter(
    name: str, table: str, given: dict[str, Any], common: dict[str, Any], where: str
) -> Adapter:
    columns = {column.name: column for column in contract(f"bronze/{table}").payload}
    by_title = table == "watch_events" and "title" in given
    allowed = (*columns, "title") if table == "watch_events" else tuple(columns)
    only_keys(given, allowed, f"{where}: [columns]")
    for key, value in common.items():
        _detail(key, value, None, where)
    origins: dict[str, From] = dict(DEFAULTS) if table == "watch_events" else {}
    for ours, theirs in given.items():
        if ours in columns:
            source_columns = _origin(columns[ours], theirs, common, f"{where}: columns.{ours}")
            default = DEFAULTS.get(ours, From()) if source_columns.names else source_columns
            origins[ours] = replace(source_columns, absent=default.absent, empty=default.empty)
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


def _origin(column: Column, theirs: Any, common: dict[str, Any], where: str) -> From:
    if isinstance(theirs, str):
        theirs = {"column": theirs}
    if not isinstance(theirs, dict):
        raise BadInput(f"{where}: must be the name of their column, or a table of details")
    only_keys(theirs, (*DETAILS, "value"), where)
    if "value" in theirs:
        if column.name in ("event_time", "time_precision"):
            raise BadInput(f"{where}: value is not for times; name their column")
        return From(absent=_constant(column, theirs["value"], where))
    names = _names(theirs, where, joined=isinstance(column.dtype, pl.Datetime))
    own = {key: value for key, value in theirs.items() if key not in ("column", "columns")}
    shared = {
        key: value
        for key, value in common.items()
        if key in _taken(column) and not (key == "order" and "format" in own)
    }
    origin = From(names, joined="columns" in theirs)
    for key, value in (shared | own).items():
        origin = replace(origin, **_detail(key, value, column, where))
    if origin.form is not None and origin.order is not None:
        raise BadInput(f"{where}: format tells the order of day and month already; leave order out")
    return origin


def _names(theirs: Any, where: str, *, joined: bool = False) -> tuple[str, ...]:
    if joined and isinstance(theirs, dict) and "column" not in theirs and "columns" in theirs:
        names = theirs["columns"]
        if (
            isinstance(names, list)
            and names
            and all(name and isinstance(name, str) for name in names)
        ):
            return tuple(names)
        raise BadInput(f"{where}: columns must be a list of their columns: [date, time of day]")
    name = theirs.get("column") if isinstance(theirs, dict) else theirs
    if not isinstance(name, str) or not name or (isinstance(theirs, dict) and "columns" in theirs):
        raise BadInput(f"{where}: column must be the name of their column")
    return (name,)


def _taken(column: Column) -> tuple[str, ...]:
    """The details that a column takes, besides words and the names of theirs."""
    if isinstance(column.dtype, pl.Datetime):
        return "format", "order", "zone"
    if column.dtype == pl.Date:
        return "format", "order"
    if column.name == "rating":
        return "decimal", "scale"
    if column.dtype in (pl.Float64, pl.Int32):
        return "unit", "decimal"
    return ()


def _detail(key: str, value: Any, column: Column | None, where: str) -> dict[str, Any]:
    """What a detail sets in `From`; BadInput where it is wrong, or not for the column."""
    if column is not None and key != "words" and key not in (*_taken(column), "unit"):
        kinds = {"format": "times and days", "order": "times and days", "zone": "times"}
        kinds |= {"decimal": "numbers", "scale": "ratings"}
        raise BadInput(f"{where}: {key} is only for {kinds[key]}")
    match key:
        case "unit":
            units = () if column is None else _units(column)
            if value not in units:
                allowed = ", ".join(units) if units else "none: it is no number with a unit"
                raise BadInput(f"{where}: unit is {value!r}; allowed are {allowed}")
            return {"unit": value}
        case "format":
            if not isinstance(value, str) or (why := check_format(value)):
                why = why if isinstance(value, str) else "it is no text"
                raise BadInput(
                    f"{where}: format is {value!r}: {why}; take strftime's codes, such as "
                    f"%d.%m.%Y %H:%M, or {', '.join(FORMATS)}"
                )
            return {"form": value}
        case "order":
            if value not in list(Order):
                raise BadInput(f"{where}: order is {value!r}; allowed are {', '.join(Order)}")
            return {"order": Order(value)}
        case "zone":
            if not isinstance(value, str) or value not in available_timezones():
                raise BadInput(
                    f"{where}: zone is {value!r}; allowed are names such as Europe/Berlin or UTC"
                )
            return {"zone": value}
        case "decimal":
            if value not in (".", ","):
                raise BadInput(f'{where}: decimal is {value!r}; allowed are "." and ","')
            return {"decimal": value}
        case "scale":
            numbers = (
                [each for each in value if type(each) in (int, float)]
                if isinstance(value, list)
                else []
            )
            if len(numbers) != 2 or numbers != value or numbers[0] == numbers[1]:
                raise BadInput(
                    f"{where}: scale is {value!r}; it is their worst and best, such as [1, 10]"
                )
            return {"scale": tuple(numbers)}
        case _:
            if not isinstance(value, dict) or not all(
                isinstance(word, str) for word in value.values()
            ):
                raise BadInput(f"{where}: words must be a table of texts: their word = our word")
            return {"words": value}


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
