"""Points in time out of text: RFC 3339 by the column in NumPy, anything else value by value.

A text of the common shapes is parsed by its digits' places, a column of equal lengths at once:
several times faster than a general parser with fractions. Whatever does not fit the shape of its
neighbours is parsed alone, with the same result.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from netflix_pipeline.contracts.contract import UTC_MICROSECONDS
from netflix_pipeline.sources.dates import DATE, Order, of_match

if TYPE_CHECKING:
    from numpy.typing import NDArray

RFC3339 = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?)?", re.ASCII
)
LOOSE = re.compile(rf"(?:{DATE})(?:(?:[Tt]|(?:,| at)? +)(?P<clock>\d.*))?", re.ASCII)
CLOCK = re.compile(
    r"(\d{1,2})([:.])(\d\d)(?:\2(\d\d)(?:[.,](\d+))?)? ?(AM|PM|A\.M\.|P\.M\.)?"
    r" ?(Z|UTC|GMT|[+-]\d\d:?(?:\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)
ODD_BLANKS = str.maketrans(
    dict.fromkeys("\u00a0\u2007\u2009\u202f", " ") | dict.fromkeys("\u200e\u200f")
)
"""Spaces that programs write beside numbers, and marks of the direction of writing."""
FEW = 32
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TEN = np.uint8(10)
MONTHS = np.arange("0000-01", "9999-02", dtype="M8[M]").astype("M8[D]").astype(np.int32)
MONTH_LENGTHS = np.diff(MONTHS).astype(np.uint8)
"""The day since 1970 on which each month begins, from January of the year 0, and their lengths."""
CLOCK_CODES = re.compile(r"%[-_0]?[HIklMSTRXrfsc+]|%\.")
EPOCH_UNITS = {"unix_s": 1_000_000, "unix_ms": 1_000, "unix_us": 1}


def parse_instants(text: pl.Series, order: Order | None = None) -> tuple[pl.Series, pl.Series]:
    """The points in time that a column of text tells, and which of them tell only a date.

    Datetime('us','UTC'), null where the text is null or tells no time; and a Boolean column.
    Takes RFC 3339 with `T` or a blank, with an offset or without (UTC), a fraction cut to
    microseconds; a date alone; and what people and spreadsheets write (dates.py), with hours of one
    digit, AM and PM. What depends on the order of day and month is read in `order`; without one it
    tells no time.
    """
    lengths = text.str.len_bytes()
    micros = np.zeros(len(text), np.int64)
    known = np.zeros(len(text), bool)
    day_only = np.zeros(len(text), bool)
    present = lengths.drop_nulls().unique().to_list()
    for length in present:
        whole = len(present) == 1 and not text.null_count()
        rows = None if whole else np.flatnonzero((lengths == length).fill_null(False).to_numpy())
        group = text if rows is None else text.gather(rows)
        if len(group) < FEW or (shape := _shape(group)) is None:
            continue
        values, fits = _by_digits(group, shape)
        if rows is None:
            micros, known = values, fits
            day_only[:] = length == 10
        else:
            micros[rows], known[rows] = values, fits
            day_only[rows] = length == 10
    missing = text.is_null().to_numpy()
    odd = np.flatnonzero(~known & ~missing)
    for row, value in zip(odd.tolist(), text.gather(odd).to_list(), strict=True):
        if (told := parse_instant(value, order)) is not None:
            instant, day_only[row] = told
            micros[row] = (instant - EPOCH) // timedelta(microseconds=1)
            known[row] = True
    times = pl.Series(text.name, micros).cast(UTC_MICROSECONDS)
    if not known.all():
        times = times.zip_with(pl.Series(known), pl.Series([None], dtype=UTC_MICROSECONDS))
    return times, pl.Series(day_only)


def parse_instant(text: str, order: Order | None = None) -> tuple[datetime, bool] | None:
    """One text's point in time, and whether it tells only a date; None when it tells none."""
    found = LOOSE.fullmatch(text.translate(ODD_BLANKS).strip())
    day = None if found is None else of_match(found, order)
    if found is None or day is None:
        return None
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    try:
        return (begin + _since_midnight(found["clock"]), False) if found["clock"] else (begin, True)
    except (ValueError, OverflowError):
        return None


def parse_day(text: str, order: Order | None = None) -> date | None:
    """The day that a text tells, its time of day left off; None when it tells none."""
    told = parse_instant(text, order)
    return None if told is None else told[0].date()


def parse_formatted(text: pl.Series, form: str) -> tuple[pl.Series, pl.Series]:
    """As parse_instants, for text in a given strftime format, or unix_s, unix_ms, unix_us."""
    if form in EPOCH_UNITS:
        micros = text.cast(pl.Float64, strict=False) * EPOCH_UNITS[form]
        exact = text.cast(pl.Int64, strict=False) * EPOCH_UNITS[form]
        times = exact.fill_null(micros.round().cast(pl.Int64, strict=False)).cast(UTC_MICROSECONDS)
        return times, pl.repeat(False, len(text), eager=True)
    if CLOCK_CODES.search(form) is None:
        days = text.str.to_date(form, strict=False)
        return days.cast(pl.Datetime("us")).dt.replace_time_zone("UTC"), pl.repeat(
            True, len(text), eager=True
        )
    times = text.str.to_datetime(form, time_unit="us", time_zone="UTC", strict=False)
    return times, pl.repeat(False, len(text), eager=True)


def _since_midnight(clock: str) -> timedelta:
    found = CLOCK.fullmatch(clock)
    if found is None:
        raise ValueError(clock)
    hour, _, minute, second, fraction, half, zone = found.groups()
    hours, minutes, seconds = int(hour), int(minute), int(second or 0)
    if half is not None:
        if not 1 <= hours <= 12:
            raise ValueError(clock)
        hours = hours % 12 + (12 if half[0] in "pP" else 0)
    if hours > 23 or minutes > 59 or seconds > 59:
        raise ValueError(clock)
    since = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    since += timedelta(microseconds=int((fraction or "0").ljust(6, "0")[:6]))
    if zone is not None and zone[0] in "+-":
        digits = zone[1:].replace(":", "").ljust(4, "0")
        if int(digits[:2]) > 23 or int(digits[2:]) > 59:
            raise ValueError(clock)
        offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        since -= offset if zone[0] == "+" else -offset
    return since


def _shape(group: pl.Series) -> str | None:
    """The shape that one of the column's first values has, digits as 0; None when none fits."""
    for value in group.head(5).to_list():
        if RFC3339.fullmatch(value):
            return re.sub(r"\d", "0", value)
    return None


def _by_digits(group: pl.Series, shape: str) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Microseconds since 1970 of texts of one shape, and which texts truly have it."""
    length = len(shape)
    arrow = group.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, data = arrow.buffers()
    begin = np.frombuffer(offsets, np.int64, 1, arrow.offset * 8)[0]
    texts = np.frombuffer(data, np.uint8, len(group) * length, begin).reshape(-1, length)
    places = np.ascontiguousarray(texts.T)
    fits = np.ones(len(group), bool)
    for at, mark in enumerate(shape):
        if mark == "0":
            places[at] -= 48
            fits &= places[at] <= 9
        else:
            fits &= places[at] == ord(mark)

    def pair(at: int) -> NDArray[np.uint8]:
        # Both digits fit one byte, and a column of bytes is worked through many at a time.
        two: NDArray[np.uint8] = places[at] * TEN + places[at + 1]
        return two

    year = pair(0) * np.int32(100) + pair(2)
    month, of_month = pair(5), pair(8)
    fits &= (year >= 2) & (year <= 9998) & (month >= 1) & (month <= 12) & (of_month >= 1)
    told = np.where(fits, year * 12 + month - 1, 0)
    fits &= of_month <= MONTH_LENGTHS[told]
    micros = (MONTHS[told] + of_month - 1).astype(np.int64) * 86_400
    if length > 10:
        hour, minute, second = pair(11), pair(14), pair(17)
        fits &= (hour <= 23) & (minute <= 59) & (second <= 59)
        micros += hour * np.int32(3_600) + minute * np.int32(60) + second
        if shape[-6] in "+-":
            hour, minute = pair(length - 5), pair(length - 2)
            fits &= (hour <= 23) & (minute <= 59)
            ahead = hour * np.int32(3_600) + minute * np.int32(60)
            micros += -ahead if shape[-6] == "+" else ahead
    micros *= 1_000_000
    if length > 19 and shape[19] == ".":
        digits = min(len(re.match(r"0+", shape[20:])[0]), 6)  # type: ignore[index]
        for place in range(digits):
            micros += places[20 + place] * np.int32(10 ** (5 - place))
    return micros, fits
