"""Points in time out of text: RFC 3339 by the column in NumPy, anything else value by value.

A text of the common shapes is parsed by its digits' places, a column of equal lengths at once:
several times faster than a general parser with fractions. Whatever does not fit the shape of its
neighbours is parsed alone, with the same result.
"""

import re
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from netflix_pipeline.contracts import UTC_MICROSECONDS
from netflix_pipeline.sources.dates import DATE, Order, depending, of_match, tidy

RFC3339 = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?)?", re.ASCII
)
LOOSE = re.compile(rf"(?:{DATE})(?:(?:[Tt]|(?:,| at)? +)(?P<clock>\d.*))?", re.ASCII)
CLOCK = re.compile(
    r"(\d{1,2})([:.])(\d\d)(?:\2(\d\d)(?:[.,](\d+))?)? ?(AM|PM|A\.M\.|P\.M\.)?"
    r" ?(Z|UTC|GMT|[+-]\d\d:?(?:\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)
FEW = 32
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TEN = np.uint8(10)
MONTHS = np.arange("0000-01", "9999-02", dtype="M8[M]").astype("M8[D]").astype(np.int32)
MONTH_LENGTHS = np.diff(MONTHS).astype(np.uint8)
"""The day since 1970 on which each month begins, from January of the year 0, and their lengths."""
CLOCK_CODES = re.compile(r"%[-_0]?[HIklMSTRXrfsc+]|%\.")
CODES = re.compile(r"%%|\.?%f|%[zs+]")
EPOCH_UNITS = {"unix_s": 1_000_000, "unix_ms": 1_000, "unix_us": 1}
EARLIEST, LATEST = -62_135_000_000_000_000, 253_370_764_800_000_000
"""Microseconds from 1970 to the years 1 and 9999: what lies beyond is no time anywhere."""

SERIAL = "serial"
DAY = 86_400_000_000
SERIAL_1970 = 25_569
"""The day number of a spreadsheet at the begin of 1970."""
FORMATS = (*EPOCH_UNITS, SERIAL)
"""Formats that are no strftime: seconds and parts of them since 1970, and day numbers."""


def parse_instants(
    text: pl.Series, order: Order | None = None, zone: str | None = None
) -> tuple[pl.Series, pl.Series]:
    """The points in time that a column of text tells, and which of them tell only a date.

    Datetime('us','UTC'), null where the text is null or tells no time; and a Boolean column.
    Takes RFC 3339 with `T` or a blank, with an offset or without (UTC), a fraction cut to
    microseconds; a date alone; and what people and spreadsheets write (dates.py), with hours of one
    digit, AM and PM. What depends on the order of day and month is read in `order`; without one it
    tells no time.
    What tells no offset is the time of day in `zone`, UTC without one.
    """
    lengths = text.str.len_bytes()
    micros = np.zeros(len(text), np.int64)
    known = np.zeros(len(text), bool)
    day_only = np.zeros(len(text), bool)
    local = np.zeros(len(text), bool)
    present = lengths.drop_nulls().unique().to_list()
    for length in present:
        rows: slice | NDArray[np.intp] = slice(None)
        group = text
        if len(present) > 1 or text.null_count():
            rows = np.flatnonzero((lengths == length).fill_null(False).to_numpy())
            group = text.gather(rows)
        if len(group) < FEW or (shape := _shape(group)) is None:
            continue
        micros[rows], known[rows] = _by_digits(group, shape)
        day_only[rows] = length == 10
        local[rows] = shape[-1] != "Z" and shape[-6] not in "+-"
    missing = text.is_null().to_numpy()
    odd = np.flatnonzero(~known & ~missing)
    for row, value in zip(odd.tolist(), text.gather(odd).to_list(), strict=True):
        if (parsed := _read(value, order)) is not None:
            instant, day_only[row], local[row] = parsed
            micros[row] = (instant - EPOCH) // timedelta(microseconds=1)
            known[row] = True
    times = pl.Series(text.name, micros).cast(UTC_MICROSECONDS)
    if not known.all():
        times = times.zip_with(pl.Series(known), pl.Series([None], dtype=UTC_MICROSECONDS))
    if zone is not None:
        times = localised(times, zone, pl.Series(local & ~day_only))
    return times, pl.Series(day_only)


def localised(times: pl.Series, zone: str, local: pl.Series | None = None) -> pl.Series:
    """Times of day in a zone, given as if they were of UTC, in UTC; all, or those that are `local`.

    Of an hour that clocks show twice it is the first; what they skip is no time.
    """
    there = _possible(
        times.dt.replace_time_zone(None)
        .dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
        .dt.convert_time_zone("UTC")
    )
    return there if local is None else there.zip_with(local, times)


def _possible(times: pl.Series) -> pl.Series:
    """The times of the years from 1 to 9999; the others null."""
    return times.set(~times.to_physical().is_between(EARLIEST, LATEST), None)


def _read(text: str, order: Order | None) -> tuple[datetime, bool, bool] | None:
    """One text's point in time, whether it tells only a date, whether it tells no offset.

    None when it tells none.
    """
    match = LOOSE.fullmatch(tidy(text))
    day = None if match is None else of_match(match, order)
    if match is None or day is None:
        return None
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    if match["clock"] is None:
        return begin, True, False
    try:
        since, local = _since_midnight(match["clock"])
        return begin + since, False, local
    except (ValueError, OverflowError):
        return None


def depend_on_order(texts: pl.Series) -> bool:
    """Whether a text that tells no time by itself tells one in an order of day and month."""
    dated = texts.filter(depending(texts).is_not_null()).unique().to_list()
    return any(_read(text, order) is not None for text in dated for order in Order)


def parse_day(text: str, order: Order | None = None) -> date | None:
    """The day that a text tells, its time of day left off; None when it tells none."""
    parsed = _read(text, order)
    return None if parsed is None else parsed[0].date()


def parse_formatted(
    text: pl.Series, form: str, zone: str | None = None
) -> tuple[pl.Series, pl.Series]:
    """As parse_instants, for text in a given strftime format (with Python's `%f`) or of FORMATS."""
    if form == SERIAL:
        return _serial(text, zone)
    no_day = pl.repeat(False, len(text), eager=True)
    if form in EPOCH_UNITS:
        unit = EPOCH_UNITS[form]
        whole = text.cast(pl.Int64, strict=False)
        exact = whole.set(~whole.is_between(EARLIEST // unit, LATEST // unit), None) * unit
        micros = text.cast(pl.Float64, strict=False) * unit
        micros = micros.set(~micros.is_between(EARLIEST, LATEST), None).round().cast(pl.Int64)
        return exact.fill_null(micros).cast(UTC_MICROSECONDS), no_day
    if CLOCK_CODES.search(form) is None:
        days = text.str.to_date(form, strict=False)
        as_times = days.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
        return _possible(as_times), pl.repeat(True, len(text), eager=True)
    codes = CODES.findall(form)
    theirs = CODES.sub(lambda code: _POLARS.get(code[0], code[0]), form)
    if "%f" in theirs:
        times = _by_python(text, form)
    else:
        times = text.str.to_datetime(theirs, time_unit="us", time_zone="UTC", strict=False)
    times = _possible(times)
    tell_offset = not {"%z", "%s", "%+"}.isdisjoint(codes)
    return times if zone is None or tell_offset else localised(times, zone), no_day


_POLARS = {".%f": "%.f", "%z": "%#z"}
"""What Polars writes in place of Python's codes."""


def check_format(form: str) -> str:
    """What is wrong with a format of times or days; empty when nothing is."""
    if form in FORMATS:
        return ""
    probe = datetime(2023, 11, 22, 13, 14, 15, tzinfo=UTC)
    try:
        texts = pl.Series([probe.strftime(form)])
        if "f" not in form:
            texts = pl.Series([probe]).dt.strftime(form)
        (time,) = parse_formatted(texts, form)[0]
    except (ValueError, pl.exceptions.PolarsError) as error:
        return f"strftime does not know it ({str(error).splitlines()[0]})"
    if time is None or time.date() != probe.date():
        return "it does not tell year, month and day"
    if CLOCK_CODES.search(form) is not None and time.hour != probe.hour:
        return "it does not tell the hour"
    return ""


def _by_python(text: pl.Series, form: str) -> pl.Series:
    """Times in a format that Polars does not know, each distinct one by itself."""
    instants: dict[str, datetime] = {}
    for each in text.drop_nulls().unique().to_list():
        with suppress(ValueError, OverflowError):
            time = datetime.strptime(each, form)  # noqa: DTZ007
            instants[each] = time.replace(tzinfo=time.tzinfo or UTC).astimezone(UTC)
    times = pl.Series(list(instants.values()), dtype=UTC_MICROSECONDS)
    return text.replace_strict(list(instants), times, default=None, return_dtype=UTC_MICROSECONDS)


def _serial(text: pl.Series, zone: str | None) -> tuple[pl.Series, pl.Series]:
    """The times of a spreadsheet's day numbers; a whole number is a day."""
    number = text.cast(pl.Float64, strict=False)
    number = number.set(~number.is_between(1, 2_958_465), None)
    days = (number == number.floor()).fill_null(value=False)
    # Fractions of days are written to about a tenth of a millisecond.
    millis = ((number - SERIAL_1970) * (DAY / 1000)).round()
    times = (millis * 1000).cast(pl.Int64).cast(UTC_MICROSECONDS)
    return times if zone is None else localised(times, zone, ~days), days


def _since_midnight(clock: str) -> tuple[timedelta, bool]:
    """The time that a clock shows, with its offset taken off, and whether it tells none."""
    match = CLOCK.fullmatch(clock)
    if match is None:
        raise ValueError(clock)
    hour, _, minute, second, fraction, half, zone = match.groups()
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
    return since, zone is None


def _shape(group: pl.Series) -> str | None:
    """The shape that one of the column's first values has, digits as 0; None when none fits."""
    fitting = filter(RFC3339.fullmatch, group.head(5).to_list())
    return next((re.sub(r"\d", "0", value) for value in fitting), None)


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
    months = np.where(fits, year * 12 + month - 1, 0)
    fits &= of_month <= MONTH_LENGTHS[months]
    micros = (MONTHS[months] + of_month - 1).astype(np.int64) * 86_400
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
