"""Numbers, durations and days as people read them; one way each, everywhere.

All of them in the locale of whoever is being answered, see `dash_app.locales`; times are UTC.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache, wraps
from math import isfinite
from typing import TypeVar

from babel import Locale
from babel.dates import format_interval, format_skeleton
from babel.numbers import (
    NumberPattern,
    format_compact_decimal,
    get_decimal_symbol,
    get_group_symbol,
    parse_pattern,
)

from dash_app import labels, locales
from netflix_pipeline.contracts.dimensions import BEGINNINGS, COHORT, LEVELS
from netflix_pipeline.serving import NOT, Period, Told
from netflix_pipeline.serving.query.filters import HOURS, WEEKDAYS

UNKNOWN = "–"
MINUS = "\N{MINUS SIGN}"
SPACE = "\N{NO-BREAK SPACE}"
ARROWS = {-1: "▼", 0: "■", 1: "▲"}
"""The mark of a change, by its direction."""
DIRECTIONS = {-1: "down", 0: "unchanged", 1: "up"}
"""The same in a word."""

DIGITS = re.compile("([0-9]+)")
SIZES = ("B", "kB", "MB", "GB", "TB")
NARROWED = {"content_type": "Type", "maturity_rating": "Maturity", "is_original": "Original"}
"""Names of filters that are not called as they are written."""
AS_IT_IS = frozenset({"person", "household", "search", "source", "table", "list"})
"""Filters whose values are names, and no words."""
WORDS = {"smart_tv": "Smart TV", "stand_up": "Stand-up", "true": "Yes", "false": "No"}
"""Values of dimensions that are not called as they are written."""

Value = float | None
T = TypeVar("T")


def _or_unknown(written: Callable[[T], str]) -> Callable[[T | None], str]:
    """How a value is written; what is not known is a dash."""

    @wraps(written)
    def known(value: T | None) -> str:
        return UNKNOWN if value is None else written(value)

    return known


@_or_unknown
def number(value: float) -> str:
    """`12,345`; a decimal below 10 where there is one, two of what would be 0.0 with one."""
    if 0 < value <= 0.005:
        return f"<{_decimal(0.01, 2)}"
    if abs(value) >= 10 or value == round(value):
        return _decimal(value, 0)
    return _decimal(value, 1 if abs(value) >= 0.095 else 2)


def short(value: Value) -> str:
    """At most three digits from a hundred thousand on: `123K`, `1.23M`."""
    if value is None or abs(value) < 99_999.5:
        return number(value)
    return _compact(float(f"{value:.3g}"), locales.current()) or number(value)


@_or_unknown
def percent(value: float) -> str:
    """A share as `64.3%`; 0.0% and 100.0% are nothing and all."""
    if 0 < value <= 0.0005:
        return f"<{_percent(0.001, 1)}"
    if 0.9995 <= value < 1:
        return f">{_percent(0.999, 1)}"
    return _percent(value, 1)


@_or_unknown
def whole_percent(value: float) -> str:
    """A share as `64%`."""
    return _percent(value, 0)


@_or_unknown
def minutes(value: float) -> str:
    """`1 h 12 min`, `48 min`; `12 s` of what is next to nothing."""
    if 0 < value <= 0.5:
        return f"{number(round(60 * value) or 60 * value)}{SPACE}s"
    hours, rest = divmod(round(value), 60)
    return f"{number(hours)}{SPACE}h {rest}{SPACE}min" if hours else f"{rest}{SPACE}min"


@_or_unknown
def hours(value: float) -> str:
    """`1,204 h`."""
    return f"{number(value)}{SPACE}h"


@_or_unknown
def short_hours(value: float) -> str:
    """`71.2K h`: the same where space is scarce."""
    return f"{short(value)}{SPACE}h"


@_or_unknown
def stars(value: float) -> str:
    """A rating as `4.0`: all with one decimal."""
    return _decimal(value, 1)


BY_UNIT: dict[str, Callable[[Value], str]] = {
    "share": percent,
    "min": minutes,
    "h": hours,
    "stars": stars,
}
"""How values say their unit; all others are numbers alone."""
ONE_OF = {"searches": "search"}
"""What one is called, where that is not the unit without its s."""


def value_in(unit: str, value: Value) -> str:
    """A metric's value in full, by its unit."""
    return BY_UNIT.get(unit, number)(value)


def short_in(unit: str, value: Value) -> str:
    """A metric's value where space is scarce."""
    return short_hours(value) if unit == "h" else BY_UNIT.get(unit, short)(value)


def amount(unit: str, value: Value) -> str:
    """A metric's value with its unit: `12 h`, `1 play`, `64.3%`."""
    if unit in BY_UNIT or value is None:
        return value_in(unit, value)
    return counted(value, ONE_OF.get(unit, unit.removesuffix("s")), unit)


def difference(unit: str, now: Value, before: Value) -> float | None:
    """A change as it is told: of a share the difference, else relative; None without a before."""
    if now is None or before is None or (unit != "share" and not before):
        return None
    return now - before if unit == "share" else now / before - 1


def change(unit: str, now: Value, before: Value) -> tuple[str, int] | None:
    """A change as text and direction (-1, 0, 1): points of a share, else relative.

    None where there is nothing to compare with.
    """
    found = difference(unit, now, before)
    return None if found is None else changed(unit, found)


def changed(unit: str, difference: float) -> tuple[str, int]:
    """A `difference` as text and direction: `+4.2%`, `+0.8 pts` of a share."""
    size = abs(difference)
    decimals = 0 if size >= 1 else 1
    direction = 0 if round(100 * difference, decimals) == 0 else (1 if difference > 0 else -1)
    sign = {-1: MINUS, 0: "±", 1: "+"}[direction]
    return f"{sign}{_points(size, decimals) if unit == 'share' else _percent(size, decimals)}", (
        direction
    )


def marked(unit: str, now: Value, before: Value) -> str:
    """A change with its mark: `▲ +4.2%`, `new` where nothing was before; else nothing."""
    found = change(unit, now, before)
    if found is None:
        return "new" if now and before == 0 else ""
    return f"{ARROWS[found[1]]} {found[0]}"


def signed(unit: str, value: float, said: Callable[[str, Value], str] = amount) -> str:
    """What is added or taken away: `+12 h`, `−3 plays`, `+0.8 pts` of a share.

    What is next to nothing lies between 0 and the least that is told: `<+0.01 h`, `>−0.01 h`.
    """
    size = abs(value)
    sign = "+" if value > 0 else MINUS if value < 0 else ""
    decimals = 1 if size >= 0.00095 else 2
    told = _points(size, decimals) if unit == "share" else said(unit, size)
    if told.startswith("<"):
        return f"{'<' if value > 0 else '>'}{sign}{told[1:]}"
    return f"{sign}{told}"


def counted(count: Value, one: str, many: str | None = None) -> str:
    """`1 row`, `2 rows`: so many of what one is called so; `many` are that with an s, or named."""
    return f"{number(count)} {one if count == 1 else many or f'{one}s'}"


def first_of(said: Sequence[str], one: str) -> str:
    """The first of those that are all the same: `Tue, Jun 3 and 2 other days`."""
    others = len(said) - 1
    return f"{said[0]} and {counted(others, f'other {one}')}" if others else said[0]


def natural(text: str) -> tuple[str, ...]:
    """A key that sorts texts as people do: without case, and numbers in them by their size."""
    return tuple(
        f"{len(part.lstrip('0')):09}{part.lstrip('0')}" if at % 2 else part
        for at, part in enumerate(DIGITS.split(text.casefold()))
    )


def _by(skeleton: str) -> Callable[[date], str]:
    """How days are written by one of Unicode's skeletons."""
    return lambda value: _date(value, skeleton, locales.current())


day = _by("yMMMd")
"""`14 Nov 2026`."""
weekday = _by("yMMMEd")
"""`Sat, 14 Nov 2026`."""
day_of_week = _by("E")
"""`Sat`."""
day_of_year = _by("MMMd")
"""`14 Nov`, where the year is told elsewhere."""
month = _by("yMMM")
"""`Nov 2026`."""
month_of_year = _by("MMM")
"""`Nov`, where the year is told elsewhere."""


def week(first: date) -> str:
    """`Week of 9 Nov 2026`: by its first day."""
    return f"Week of {day(first)}"


def stretch(step: str, first: date) -> str:
    """A day, week or month by its first day: `Sat, 14 Nov 2026`, `Nov 2026`."""
    return {"day": weekday, "week": week, "month": month}[step](first)


def period(value: Period) -> str:
    """`25 Oct – 21 Nov 2026`, as short as it can be told."""
    return _interval(value.from_, value.to, locales.current())


def during(value: Period) -> str:
    """`on 14 Nov 2026`, `in 25 Oct – 21 Nov 2026`: when something was."""
    return f"{'on' if value.days == 1 else 'in'} {period(value)}"


def days(count: int) -> str:
    """`1 day`, `28 days`."""
    return counted(count, "day").replace(" ", SPACE)


@_or_unknown
def moment(value: datetime) -> str:
    """`21 Nov 2026, 23:58 UTC`."""
    return f"{day(value.date())}, {value:%H:%M}{SPACE}UTC"


def second(value: datetime) -> str:
    """`21 Nov 2026, 23:58:07 UTC`."""
    return f"{day(value.date())}, {clock_with_seconds(value)}{SPACE}UTC"


def clock(value: datetime) -> str:
    """`23:58`."""
    return f"{value:%H:%M}"


def clock_with_seconds(value: datetime) -> str:
    """`23:58:07`."""
    return f"{value:%H:%M:%S}"


@_or_unknown
def seconds(value: float) -> str:
    """`4 ms`, `0.25 s`, `12 s`: two digits are enough to tell a delay."""
    if value < 0.0995:
        return f"{_decimal(1000 * value, 0 if value >= 0.00995 else 1)}{SPACE}ms"
    return f"{_decimal(value, 2 if value < 0.995 else 1 if value < 9.95 else 0)}{SPACE}s"


@_or_unknown
def size(value: float) -> str:
    """`181 MB`: bytes, by thousands."""
    unit = min(4, max(0, (len(str(int(value))) - 1) // 3))
    scaled = value / 1000**unit
    return f"{_decimal(scaled, 1 if unit and scaled < 10 else 0)}{SPACE}{SIZES[unit]}"


@_or_unknown
def age(value: float) -> str:
    """`40 s`, `12 min`, `3 h 5 min`, `2 days`: how long ago something was."""
    if value < 60:
        return f"{number(int(value))}{SPACE}s"
    return minutes(value // 60) if value < 2 * 86_400 else days(int(value // 86_400))


def country(code: str) -> str:
    """The country's name for its ISO 3166-1 code: `Germany`; what is none stays as it is.

    In English like all text: only numbers and dates follow the reader.
    """
    if code == "unknown":
        return labels.value("country", code) or "Unknown"
    return labels.value("country", code) or str(locales.FALLBACK.territories.get(code, code))


def dimension(name: str, value: str) -> str:
    """What a filter's value is called: `Germany`, `Smart TV`."""
    name = BEGINNINGS.get(name, name)
    if name == "country":
        return country(value)
    if name in LEVELS:
        return labels.title(value, None)
    if name in AS_IT_IS or (name == "maturity_rating" and value != "unknown"):
        return value
    if name == "weekday" and value in WEEKDAYS:
        return day_of_week(date(2024, 1, int(value)))  # its first day is a Monday
    if name == "hour" and value in HOURS:
        return f"{int(value):02}:00"
    if name == COHORT:
        with suppress(ValueError):
            return f"Week of {day(date.fromisoformat(value))}"
    if name == "language":
        value = str(locales.FALLBACK.languages.get(value, value))
    return (
        labels.value(name, value)
        or WORDS.get(value)
        or value[:1].upper() + value[1:].replace("_", " ")
    )


def called(name: str) -> str:
    """What a filter is called: `Country`, `Type`."""
    return NARROWED.get(name) or name.replace("_", " ").capitalize()


def chosen(words: Sequence[str], *, negated: bool) -> str:
    """Values of a filter in words: `Germany`, `Germany or France`, `all but Germany`."""
    most = 3
    named, others = list(words), len(words) - most
    if others > 1:
        named = [*named[:most], counted(others, "other")]
    told, last = ", ".join(named[:-1]), named[-1]
    both = "and" if negated else "or"
    text = f"{told} {both} {last}" if told else last
    return f"all but {text}" if negated else text


def filters(given: Mapping[str, Told]) -> list[tuple[str, str]]:
    """What numbers are narrowed to, in words: `("Country", "Germany")`, and so on.

    `all`, as lists of every country are asked for, narrows nothing.
    """
    told = []
    for parameter, values in given.items():
        name = parameter.removeprefix(NOT)
        if (parameter, values) != ("country", "all"):
            each = (values,) if isinstance(values, str) else values
            words = [dimension(name, value) for value in each]
            told.append((called(name), chosen(words, negated=name != parameter)))
    return told


def narrowed(given: Mapping[str, Told]) -> str:
    """The same within a sentence: `country Germany, genre Drama`; empty for nothing."""
    return ", ".join(f"{name.lower()} {value}" for name, value in filters(given))


# A view shows the same numbers and days again and again.
@lru_cache(16_384)
def _written(value: float, pattern: NumberPattern, locale: Locale) -> str:
    """What Babel writes, in a fifth of its 10 µs where thousands are told apart."""
    signs = _signs(pattern, locale)
    if signs is None or not isfinite(value):
        return str(pattern.apply(value, locale)).replace("-", MINUS)
    exact = Decimal(str(value)).scaleb(pattern.scale)
    digits = f"{abs(exact):,.{pattern.frac_prec[1]}f}".translate(signs)
    negative = exact.is_signed()
    return f"{pattern.prefix[negative]}{digits}{pattern.suffix[negative]}".replace("-", MINUS)


@lru_cache(1024)
def _signs(pattern: NumberPattern, locale: Locale) -> dict[int, str] | None:
    """What the locale has for commas and points; None where digits are told apart otherwise."""
    around = "".join((*pattern.prefix, *pattern.suffix))
    if pattern.grouping != (3, 3) or pattern.int_prec[0] > 1 or "'" in around:
        return None
    return {ord(","): get_group_symbol(locale), ord("."): get_decimal_symbol(locale)}


def _decimal(value: float, decimals: int) -> str:
    locale = locales.current()
    return _written(value, _pattern("decimal", decimals, locale), locale)


def _percent(value: float, decimals: int) -> str:
    locale = locales.current()
    return _written(value, _pattern("percent", decimals, locale), locale)


def _points(share: float, decimals: int) -> str:
    return f"{_decimal(100 * share, decimals)}{SPACE}pts"


@lru_cache(1024)
def _pattern(kind: str, decimals: int, locale: Locale) -> NumberPattern:
    """The locale's own pattern with that number of decimals."""
    formats = locale.decimal_formats if kind == "decimal" else locale.percent_formats
    whole, _, rest = formats[None].pattern.partition(".")
    if rest:
        whole += rest.lstrip("0#")
    last = whole.rindex("0") + 1
    fraction = f".{'0' * decimals}" if decimals else ""
    return parse_pattern(f"{whole[:last]}{fraction}{whole[last:]}")


@lru_cache(4096)
def _compact(value: float, locale: Locale) -> str | None:
    """Three digits and the locale's word for thousands; None where it has none for this size."""
    whole = format_compact_decimal(value, locale=locale)
    digits = sum(character.isdigit() for character in whole)
    if digits > 4:
        return None
    text = format_compact_decimal(value, locale=locale, fraction_digits=max(0, 3 - digits))
    return text.replace("-", MINUS)


@lru_cache(8192)
def _date(value: date, skeleton: str, locale: Locale) -> str:
    return str(format_skeleton(skeleton, value, locale=locale)).replace(" ", SPACE)


@lru_cache(1024)
def _interval(first: date, last: date, locale: Locale) -> str:
    if first == last:
        return _date(last, "yMMMd", locale)
    return str(format_interval(first, last, "yMMMd", locale=locale))
