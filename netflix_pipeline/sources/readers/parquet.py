"""Parquet: by batches of rows, never the whole file in memory.

Columns come in few types, whatever types their writers chose: text, a truth value, a whole number,
a 64-bit float, a day, or an instant to the microsecond (naive, or UTC). A duration or a time of day
is text, `h:mm:ss`. What is none of these is a list with its text: nobody takes it for a value. Text
that is no UTF-8 stays bytes, as Polars takes every text for valid.
"""

import json
import math
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from netflix_pipeline.errors import BadInput
from netflix_pipeline.sources.chunk import Lines, OnBytes, Records, unparsable
from netflix_pipeline.sources.files import open_bytes

MAGIC = b"PAR1"
ROWS = 131_072
BLOCK = 1 << 23


def parquet_columns(path: Path) -> tuple[str, ...]:
    """The column names; BadInput when the file is not Parquet."""
    return tuple(open_parquet(path).schema_arrow.names)


def read_parquet(
    path: Path, wanted: Sequence[str], on_bytes: OnBytes
) -> Iterator[Callable[[], Records]]:
    """The rows in the wanted columns, empty texts null; `lines` are row numbers from 1.

    They come in batches, each made into records when it is called. Raises BadInput where a row
    group cannot be read, after the rows before it.
    """
    with open_bytes(path) as file:
        while block := file.read(BLOCK):
            on_bytes(block)
    for first, frame in _batches(path, wanted):
        yield partial(_records, frame, first)


def _records(frame: pl.DataFrame, first: int) -> Records:
    return Records(
        frame.with_columns(pl.when(pl.col(pl.String) != "").then(pl.col(pl.String))),
        np.arange(first, first + frame.height, dtype=np.int64),
        unparsable(),
        partial(_raw, frame, first),
    )


def parquet_raw(path: Path, wanted: Sequence[str], lines: Lines) -> dict[int, str]:
    """The rows at these row numbers as JSON, by number."""
    raws: dict[int, str] = {}
    for first, frame in _batches(path, wanted):
        begin, end = np.searchsorted(lines, (first, first + frame.height))
        here = lines[begin:end]
        raws.update(zip(here.tolist(), _raw(frame, first, here), strict=True))
    return raws


def _batches(path: Path, wanted: Sequence[str]) -> Iterator[tuple[int, pl.DataFrame]]:
    file = open_parquet(path)
    first = 1
    try:
        for batch in file.iter_batches(ROWS, columns=list(wanted)):
            names = batch.schema.names
            yield first, pl.DataFrame(list(map(plain_series, names, batch.columns)))
            first += batch.num_rows
    except (pa.ArrowException, OSError, ValueError) as error:
        raise BadInput(
            f"{path}: the Parquet file cannot be read beyond row {first - 1} ({error}); "
            "write or fetch it again"
        ) from error


def open_parquet(path: Path) -> pq.ParquetFile:
    """The file, open for reading; BadInput when it is not Parquet."""
    try:
        return pq.ParquetFile(path)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise BadInput(
            f"{path}: this is no whole Parquet file ({error}); write or fetch it again"
        ) from error


def _raw(frame: pl.DataFrame, first: int, lines: Sequence[int] | Lines) -> list[str]:
    """The rows at these row numbers as JSON; the frame begins with number `first`.

    What is no value stays none: a list, in which bytes that are no text are replaced.
    """
    rows = frame[np.asarray(lines, np.int64) - first].select(
        _as_text(name, dtype) for name, dtype in frame.schema.items()
    )
    return [
        json.dumps(
            {name: _whole(value) for name, value in row.items()},
            default=_replaced,
            ensure_ascii=False,
        )
        for row in rows.iter_rows(named=True)
    ]


def _as_text(name: str, dtype: pl.DataType) -> pl.Expr:
    if isinstance(dtype, pl.Datetime):
        return pl.col(name).dt.to_string(
            "%Y-%m-%dT%H:%M:%S%.6fZ" if dtype.time_zone else "%Y-%m-%dT%H:%M:%S%.6f"
        )
    return pl.col(name).cast(pl.String) if dtype == pl.Date else pl.col(name)


def _whole(value: object) -> object:
    """The value; a whole one without a fraction, as an id has none, an infinite one as text.

    A bare Infinity would be read again as nothing.
    """
    if not isinstance(value, float):
        return value
    return str(value) if math.isinf(value) else int(value) if value.is_integer() else value


def _replaced(raw: bytes) -> list[str] | str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return [raw.decode(errors="replace")]


NO_VALUE = pl.List(pl.String)
"""The type of values that are none of a column of a table."""

FIRST_DAY, LAST_DAY = ((date(year, 1, 1) - date(1970, 1, 1)).days for year in (1, 9999))
"""The days of the calendar that anybody can read, from 1970; of the last year only its first."""

MICROSECONDS = {"s": 1_000_000, "ms": 1_000}


def plain_series(name: str, values: Any) -> pl.Series:
    """An Arrow array as a column of one of the types above."""
    try:
        series = pl.Series(name, pl.from_arrow(_plain(values)))
    except pa.ArrowException:
        return _no_values(name, values)
    # As it was written: 0.9 of 32 bits is 0.9, not 0.8999999761581421.
    if series.dtype == pl.Float32:
        return series.cast(pl.String).cast(pl.Float64)
    if series.dtype == pl.Float16:
        texts = series.cast(pl.Float32).to_numpy().astype(np.float16).astype(str)
        return pl.Series(name, texts).cast(pl.Float64).set(series.is_null(), None)
    if series.dtype == pl.Time:
        return _as_clock(series.cast(pl.Int64) // 1_000)
    if series.dtype == pl.Duration:
        return _as_clock(series.dt.total_microseconds())
    if isinstance(series.dtype, (pl.Date, pl.Datetime)):
        return _within_calendar(series)
    if series.dtype == pl.Null:
        return series.cast(pl.String)
    if series.dtype.is_nested():
        return _no_values(name, values)
    return series


def _plain(values: Any) -> Any:
    """The array in a type that Polars can take, with valid text."""
    kind = values.type
    if isinstance(kind, pa.UuidType):
        return pa.array(
            (each if each is None else str(each) for each in values.to_pylist()), pa.large_string()
        )
    if isinstance(kind, pa.BaseExtensionType):
        is_flag = isinstance(kind, pa.Bool8Type)
        return values.storage.cast(pa.bool_()) if is_flag else _plain(values.storage)
    is_a: dict[Callable[[Any], bool], Callable[[Any], Any]] = {
        pa.types.is_dictionary: lambda array: _plain(array.dictionary_decode()),
        pa.types.is_run_end_encoded: lambda array: _plain(pc.run_end_decode(array)),
        pa.types.is_fixed_size_binary: _text,
        pa.types.is_binary: _text,
        pa.types.is_large_binary: _text,
        pa.types.is_binary_view: _text,
        pa.types.is_string: _text,
        pa.types.is_large_string: _text,
        pa.types.is_string_view: _text,
        pa.types.is_decimal: _decimal,
        pa.types.is_timestamp: _instant,
        pa.types.is_date64: lambda array: array.cast(pa.date32(), safe=False),
    }
    for holds, make in is_a.items():
        if holds(kind):
            return make(values)
    if pa.types.is_nested(kind) or pa.types.is_interval(kind):
        raise pa.ArrowNotImplementedError(str(kind))
    return values


def _text(values: Any) -> Any:
    """Bytes as text; as bytes where some are no UTF-8."""
    stored = values.cast(pa.large_binary())
    if pa.types.is_fixed_size_binary(values.type):
        stored = pa.array(
            (each if each is None else each.rstrip(b"\0") for each in stored.to_pylist()),
            pa.large_binary(),
        )
    try:
        return stored.cast(pa.large_string())
    except pa.ArrowInvalid:
        return stored


def _decimal(values: Any) -> Any:
    """A decimal as text, without zeros at the end of its fraction."""
    told = pc.replace_substring_regex(values.cast(pa.large_string()), r"(\.\d*?)0+$", r"\1")
    return pc.replace_substring_regex(told, r"\.$", "")


def _instant(values: Any) -> Any:
    """A time to the microsecond, in UTC where it has a zone; null beyond all times."""
    kind, ticks = values.type, values.cast(pa.int64())
    if kind.unit in MICROSECONDS:
        factor = MICROSECONDS[kind.unit]
        most = (2**63 - 1) // factor
        there = pc.and_(pc.less_equal(ticks, most), pc.greater_equal(ticks, -most))
        ticks = pc.multiply(pc.if_else(there, ticks, None), factor)
    elif kind.unit == "ns":
        ticks = pc.cast(pc.floor(pc.divide(ticks, 1_000)), pa.int64())
    return ticks.cast(pa.timestamp("us", "UTC" if kind.tz else None))


def _within_calendar(times: pl.Series) -> pl.Series:
    """The days or instants; as text where some lie in no year that is written with four digits."""
    number = times.to_physical()
    a_day = 1 if times.dtype == pl.Date else 86_400_000_000
    there = number.is_between(FIRST_DAY * a_day, (LAST_DAY + 1) * a_day - 1)
    if there.all():
        return times
    zone = "Z" if isinstance(times.dtype, pl.Datetime) and times.dtype.time_zone else ""
    form = "%Y-%m-%d" if times.dtype == pl.Date else f"%Y-%m-%dT%H:%M:%S%.6f{zone}"
    known = times.set(~there.fill_null(value=True), None).dt.to_string(form)
    return known.zip_with(there | number.is_null(), number.cast(pl.String)).alias(times.name)


def _as_clock(microseconds: pl.Series) -> pl.Series:
    """Lengths of time as `h:mm:ss.ffffff`."""
    total = pl.col(microseconds.name)
    size = total.abs()
    minutes, seconds = (
        (size // unit % 60).cast(pl.String).str.zfill(2) for unit in (60_000_000, 1_000_000)
    )
    rest = (size % 1_000_000).cast(pl.String).str.zfill(6)
    hours = (size // 3_600_000_000).cast(pl.String)
    sign = pl.when(total < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    text = pl.concat_str(sign, hours, pl.lit(":"), minutes, pl.lit(":"), seconds, pl.lit("."), rest)
    return microseconds.to_frame().select(text.alias(microseconds.name)).to_series()


def _no_values(name: str, values: Any) -> pl.Series:
    """What cannot be taken as a value, as lists of its text."""
    try:
        listed = values.to_pylist()
    except (ValueError, OverflowError, pa.ArrowException):
        listed = [None if each else "?" for each in values.is_null().to_pylist()]
    return pl.Series(name, [None if each is None else [str(each)] for each in listed], NO_VALUE)
