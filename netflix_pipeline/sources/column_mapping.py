"""Cells of a source into the types of a contract.

Every column is first read as a whole by one quick expression that is right for the common form.
Only values that it could not read are looked at one by one, each distinct value once. So a value's
reading never depends on its neighbours, and clean data is never slowed down by the rare form.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from netflix_pipeline.contracts import UTC_MICROSECONDS, Column, Contract
from netflix_pipeline.ids import digits
from netflix_pipeline.sources import vocabulary
from netflix_pipeline.sources.dates import Order
from netflix_pipeline.sources.missing_values import plain_text, tells_nothing
from netflix_pipeline.sources.readers.parquet import NO_VALUE
from netflix_pipeline.sources.timestamps import localised, parse_formatted, parse_instants
from netflix_pipeline.sources.values import careful, factor, kind_of, to_five
from netflix_pipeline.sources.vocabulary import CODES

UNPARSABLE_ROW = "unparsable_row"
UNKNOWN_ACTION = "unknown_action"
CODE = pl.Enum(CODES)
CONTENT_TYPE = pl.Enum(list(vocabulary.CONTENT_TYPES))
WHOLE = 2.0**53
"""Below it floats tell every digit of a whole number."""
NONE: Mapping[str, NDArray[np.bool_]] = {}
TRUE, FALSE = ["true", "True"], ["false", "False"]


@dataclass(frozen=True)
class From:
    """Where a contract column comes from.

    `names`: the source's columns; the first that a row fills counts. `unit`: of a number, one of
    UNITS (clock is h:mm:ss); as the contract's where empty. `form`: strftime format of a time, or
    unix_s, unix_ms, unix_us. `words`: our words for theirs. `absent` is the value where the source
    has no such column, `empty` where a row leaves it empty.
    `order`: of day and month in dates without a form, where it is known. `zone`: of times that tell
    no offset, UTC without one. `decimal`: the sign before a number's fractions, `.` or `,`.
    `scale`: the source's worst and best, which become 1 and 5. `joined`: the columns together, with
    blanks between them, are the text of a time.
    """

    names: tuple[str, ...] = ()
    unit: str = ""
    form: str | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    absent: Any = None
    empty: Any = None
    order: Order | None = None
    zone: str | None = None
    decimal: str = "."
    scale: tuple[float, float] | None = None
    joined: bool = False


WITHOUT_SIGNED_ZERO = pl.col(pl.Float64).replace(0.0, 0.0)
"""Every number as it is, but 0 for -0.0: they are equal, and as text would be two contents.

To add 0.0 changes nothing: Polars leaves such a sum out where a column has several rows.
"""


def read_columns(
    frame: pl.DataFrame,
    table: Contract,
    origins: Mapping[str, From],
    no_values: Mapping[str, NDArray[np.bool_]] = NONE,
) -> pl.DataFrame:
    """The payload columns of the table out of a source's columns, `problems` and `left_out`.

    `no_values` tells in which rows a source's column holds what is no value, and is null.

    Where a value cannot be understood, it is null. That costs the row where the field decides, and
    is one of its `problems`; else it costs the field, which is one of those `left_out`. Both are
    List[String], null where everything could be read. Raises nothing.
    """
    unread = _Unread(frame.height)
    columns = table.payload
    given: dict[str, pl.Series] = {}
    for column in columns:
        origin = origins.get(column.name, From())
        if (series := given_by(frame, origin)) is not None:
            if (spoilt := _spoilt(frame, origin, no_values)) is not None:
                unread.note(column, spoilt)
                series = series.set(spoilt, None)
            given[column.name] = _plain(series, column, origin, unread)
    read = _quickly(given, columns, origins, frame.height)
    for column in columns:
        if column.name in given and column.name != "event_time":
            origin = origins[column.name]
            read = _carefully(read, given[column.name], column, origin, unread)
    if "event_time" in table.names:
        read = _with_time(read, given.get("event_time"), origins.get("event_time", From()))
    read = _with_defaults(read, columns, origins, given, unread)
    read = read.select(column.name for column in columns)
    return read.with_columns(WITHOUT_SIGNED_ZERO, *unread.columns())


class _Unread:
    """What could not be understood: what it costs the row, and what only its field."""

    def __init__(self, height: int) -> None:
        self._height = height
        self._noted: dict[str, list[tuple[NDArray[np.int64], str]]] = {
            "problems": [],
            "left_out": [],
        }

    def note(self, column: Column, rows: pl.Series, reason: str = UNPARSABLE_ROW) -> None:
        if rows.any():
            spared = column.nullable and not column.decides
            what = column.name if spared else reason
            noted = self._noted["left_out" if spared else "problems"]
            noted.append((np.flatnonzero(rows.to_numpy()), what))

    def columns(self) -> Iterator[pl.Series]:
        """What was noted of each row, column by column."""
        dtype = pl.List(pl.String)
        for name, noted in self._noted.items():
            if not noted:
                yield pl.Series(name, [None], dtype=dtype).new_from_index(0, self._height)
                continue
            text = (
                pl.concat(
                    pl.DataFrame({"row": rows, name: [what] * len(rows)}) for rows, what in noted
                )
                .unique(maintain_order=True)
                .group_by("row", maintain_order=True)
                .agg(name)
            )
            place = np.full(self._height, text.height, np.int64)
            place[text["row"].to_numpy()] = np.arange(text.height)
            lists = text[name].append(pl.Series([None], dtype=dtype))
            yield lists.gather(place).alias(name)


def given_by(frame: pl.DataFrame, origin: From) -> pl.Series | None:
    """The source's column, filled row by row from the further names where it is empty."""
    present = [name for name in origin.names if name in frame.columns]
    if not present:
        return None
    if origin.joined:
        return frame.select(_joined(frame, origin.names)).to_series()
    series = frame[present[0]]
    for name in present[1:]:
        if series.null_count() and series.dtype == frame[name].dtype:
            series = series.fill_null(frame[name])
    return series


def _spoilt(
    frame: pl.DataFrame, origin: From, no_values: Mapping[str, NDArray[np.bool_]]
) -> pl.Series | None:
    """In which rows what counts for a column is no value; None where it is in none."""
    names = [name for name in origin.names if name in frame.columns]
    if no_values.keys().isdisjoint(names):
        return None
    spoilt, told = np.zeros(frame.height, bool), np.zeros(frame.height, bool)
    for name in names:
        bad = no_values.get(name, np.zeros(frame.height, bool))
        spoilt |= bad if origin.joined else bad & ~told
        told |= bad | frame[name].is_not_null().to_numpy()
    return pl.Series(spoilt)


def _joined(frame: pl.DataFrame, names: Sequence[str]) -> pl.Expr:
    """The texts of date and time in one; null where none of them is there."""
    parts = []
    for name in names:
        # A date that a program keeps as the time of its midnight.
        date = isinstance(frame.schema[name], pl.Datetime) and name == names[0]
        text = as_text(frame[name].cast(pl.Date) if date else frame[name])
        parts.append(plain_text(pl.lit(text.str.strip_chars())))
    joined = pl.concat_str(parts, separator=" ", ignore_nulls=True)
    return pl.when(joined != "").then(joined)


def _plain(series: pl.Series, column: Column, origin: From, unread: _Unread) -> pl.Series:
    """The column as text, or in a type that already is the contract's."""
    if series.dtype in (pl.Binary, NO_VALUE) or origin.words:
        text = as_text(series)
        unread.note(column, series.is_not_null() & text.is_null())
        series = text
    dtype = series.dtype
    if dtype == pl.String and origin.words:
        series = series.replace(dict(origin.words))
    if dtype.is_numeric() and column.dtype == pl.Float64:
        return series.cast(pl.Float64)
    if dtype.is_integer() and dtype != pl.UInt64 and column.dtype == pl.Int32:
        return series.cast(pl.Int64)
    if dtype == pl.Boolean and column.dtype == pl.Boolean:
        return series
    if isinstance(dtype, (pl.Datetime, pl.Date)) and column.dtype == pl.Date:
        return series.cast(pl.Date)
    if isinstance(dtype, pl.Datetime) and column.dtype == UTC_MICROSECONDS:
        if dtype.time_zone:
            return series
        if origin.zone is not None:
            return localised(series, origin.zone)
        return series.dt.replace_time_zone("UTC")
    if dtype == pl.Date and column.dtype == UTC_MICROSECONDS:
        return series
    text = as_text(series)
    if column.dtype == pl.Date and origin.form is not None:
        return _formatted_days(text, column, origin.form, unread)
    return text


def _formatted_days(text: pl.Series, column: Column, form: str, unread: _Unread) -> pl.Series:
    """The days that a column tells in a format; what tells none cannot be understood."""
    days = parse_formatted(text.str.strip_chars(), form)[0].dt.date()
    text_days = plain_text(pl.col(text.name))
    there = text.to_frame().select(text_days.is_not_null()).to_series()
    unread.note(column, days.is_null() & there)
    return days


def as_text(series: pl.Series) -> pl.Series:
    """Any column as text: null where it is no text, numbers by their `digits`."""
    if series.dtype == NO_VALUE:
        return pl.repeat(None, len(series), dtype=pl.String, eager=True).alias(series.name)
    if series.dtype == pl.Binary:
        texts = [None if each is None else _decoded(each) for each in series.to_list()]
        return pl.Series(series.name, texts, pl.String)
    if series.dtype.is_float():
        value = pl.col(series.name)
        is_whole = (value == value.round()) & (value.abs() < WHOLE)
        whole = value.cast(pl.Int64, strict=False).cast(pl.String)
        text = series.to_frame().select(pl.when(is_whole).then(whole)).to_series()
        others = (text.is_null() & series.is_not_nan().fill_null(value=False)).arg_true()
        return text.scatter(others, [digits(each) for each in series.gather(others).to_list()])
    return series.cast(pl.String)


def _decoded(stored: bytes) -> str | None:
    try:
        return stored.decode()
    except UnicodeDecodeError:
        return None


def _quick(column: Column, dtype: pl.DataType, origin: From) -> pl.Expr:
    """The expression that reads the common form of a column; null where it cannot."""
    value, text = pl.col(column.name), dtype == pl.String
    match kind_of(column):
        case "number":
            if text and (origin.unit == "clock" or origin.decimal != "."):
                return pl.lit(None, pl.Float64)
            if origin.unit == "clock":
                return value
            number = value.cast(pl.Float64, strict=False)
            up, down = factor(origin.unit, column.unit)
            number = number * up if up != 1 else number
            number = number / down if down != 1 else number
            return number if origin.scale is None else to_five(number, origin.scale)
        case "whole" if text and origin.decimal != ".":
            return pl.lit(None, column.dtype)
        case "whole" | "device" | "word":
            return value.cast(column.dtype, strict=False)
        case "country" | "content_type" as kind:
            words = CODE if kind == "country" else CONTENT_TYPE
            return pl.when(value.cast(words, strict=False).is_not_null()).then(value)
        case "flag" if text:
            yes, no = (
                pl.any_horizontal(value == word for word in words) for words in (TRUE, FALSE)
            )
            return pl.when(yes).then(True).when(no).then(False)
        case "day" if text:
            return value.str.to_date("%Y-%m-%d", strict=False)
    return value


def _quickly(
    given: Mapping[str, pl.Series],
    columns: tuple[Column, ...],
    origins: Mapping[str, From],
    height: int,
) -> pl.DataFrame:
    """Every given column but the time, read by its quick expression, in parallel."""
    source = pl.DataFrame([series.alias(name) for name, series in given.items()])
    expressions = [
        _quick(column, source[column.name].dtype, origins[column.name]).alias(column.name)
        for column in columns
        if column.name in given and column.name != "event_time"
    ]
    if not expressions:
        return pl.DataFrame(height=height)
    read = source.select(expressions)
    # Hardly any column holds what is not finite: one look is cheaper than a mask for each.
    return read.with_columns(
        pl.when(pl.col(name).is_finite()).then(pl.col(name))
        for name, dtype in read.schema.items()
        if dtype == pl.Float64 and not read[name].is_finite().all()
    )


def _carefully(
    read: pl.DataFrame, source: pl.Series, column: Column, origin: From, unread: _Unread
) -> pl.DataFrame:
    """The values that the quick expression lost, each distinct one read by itself."""
    values = read[column.name]
    if values.null_count() == source.null_count():
        return read
    lost = values.is_null() & source.is_not_null()
    words = source.filter(lost).cast(pl.String)
    values_read: dict[str, Any] = {}
    broken: list[str] = []
    reading = careful(column, origin.unit, origin.order, decimal=origin.decimal, scale=origin.scale)
    for text in words.unique().to_list():
        try:
            if not tells_nothing(text) and (value := reading(text.strip())) is not None:
                values_read[text] = value
        except (ValueError, OverflowError):
            broken.append(text)
    rows = np.flatnonzero(lost.to_numpy())
    if values_read:
        mended = words.replace_strict(
            list(values_read),
            pl.Series(list(values_read.values()), dtype=values.dtype),
            default=None,
            return_dtype=values.dtype,
        )
        read = read.with_columns(values.scatter(rows, mended).alias(column.name))
    if broken:
        bad = np.zeros(len(source), bool)
        bad[rows] = words.is_in(broken).to_numpy()
        reason = UNKNOWN_ACTION if column.name == "action" else UNPARSABLE_ROW
        unread.note(column, pl.Series(bad), reason)
    return read


def _with_time(read: pl.DataFrame, given: pl.Series | None, origin: From) -> pl.DataFrame:
    """The frame with `event_time` and `time_precision` as the text of the time tells them."""
    precision = pl.Enum(["second", "day"])
    if given is None:
        return read.with_columns(
            event_time=pl.lit(None, UTC_MICROSECONDS), time_precision=pl.lit("second", precision)
        )
    days: pl.Series | None = None
    if given.dtype == pl.String:
        if origin.form is None:
            times, days = parse_instants(given, origin.order, origin.zone)
        else:
            times, days = parse_formatted(given.str.strip_chars(), origin.form, origin.zone)
    elif given.dtype == pl.Date:
        times = given.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
        days = given.is_not_null()
    else:
        times = given
    read = read.with_columns(times.alias("event_time"))
    known_precision = (
        pl.col("time_precision") if "time_precision" in read.columns else pl.lit(None, precision)
    )
    if days is not None and days.any():
        known_precision = pl.when(days).then(pl.lit("day", precision)).otherwise(known_precision)
    read = read.with_columns(
        known_precision.fill_null(pl.lit("second", precision)).alias("time_precision")
    )
    if (read["time_precision"] == "day").any():
        midnight = pl.col("event_time").dt.truncate("1d")
        by_day = pl.col("time_precision") == "day"
        read = read.with_columns(pl.when(by_day).then(midnight).otherwise("event_time"))
    return read


def _with_defaults(
    read: pl.DataFrame,
    columns: tuple[Column, ...],
    origins: Mapping[str, From],
    given: Mapping[str, pl.Series],
    unread: _Unread,
) -> pl.DataFrame:
    """The frame with every payload column: what the source has not is null or its default."""
    filled: list[pl.Expr] = []
    for column in columns:
        origin = origins.get(column.name, From())
        if column.name not in read.columns:
            filled.append(pl.lit(origin.absent, column.dtype).alias(column.name))
        elif column.name not in given:
            continue
        elif origin.empty is not None and read[column.name].null_count():
            # What is there but unreadable stays null, with its problem.
            default = pl.when(given[column.name].is_null()).then(pl.lit(origin.empty, column.dtype))
            filled.append(pl.col(column.name).fill_null(default))
        elif column.name == "action":
            unread.note(column, read["action"].is_null(), UNKNOWN_ACTION)
    return read.with_columns(filled) if filled else read
