"""Numbers, durations and days as people read them; one way each, everywhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from netflix_pipeline.serving import Period

UNKNOWN = "–"
MINUS = "\N{MINUS SIGN}"
NARROW = "\N{NARROW NO-BREAK SPACE}"
SPACE = "\N{NO-BREAK SPACE}"

Value = float | None


def number(value: Value) -> str:
    """`12,345`; a decimal below 10 where there is one."""
    if value is None:
        return UNKNOWN
    decimals = 1 if abs(value) < 10 and value != round(value) else 0
    return f"{value:,.{decimals}f}".replace("-", MINUS)


def short(value: Value) -> str:
    """Three digits from a hundred thousand on: `123K`, `1.23M`."""
    if value is None or abs(value) < 99_999.5:
        return number(value)
    for size, letter in ((1e3, "K"), (1e6, "M"), (1e9, "B"), (1e12, "T")):
        scaled = value / size
        if abs(scaled) < 999.5:
            return f"{scaled:#.3g}".rstrip(".").replace("-", MINUS) + letter
    return f"{value:.2e}"


def percent(value: Value) -> str:
    """A share as `64.3 %`."""
    return UNKNOWN if value is None else f"{100 * value:.1f}{NARROW}%"


def minutes(value: Value) -> str:
    """`1 h 12 min`, `48 min`."""
    if value is None:
        return UNKNOWN
    hours, rest = divmod(round(value), 60)
    return f"{hours}{SPACE}h {rest}{SPACE}min" if hours else f"{rest}{SPACE}min"


BY_UNIT: dict[str, Callable[[Value], str]] = {"share": percent, "min": minutes}


def value_in(unit: str, value: Value) -> str:
    """A metric's value in full, by its unit."""
    return BY_UNIT.get(unit, number)(value)


def short_in(unit: str, value: Value) -> str:
    """A metric's value where space is scarce."""
    return BY_UNIT.get(unit, short)(value)


def change(unit: str, now: Value, before: Value) -> tuple[str, int] | None:
    """A change as text and direction (-1, 0, 1): points of a share, else relative.

    None where there is nothing to compare with.
    """
    if now is None or before is None or (unit != "share" and not before):
        return None
    difference = 100 * (now - before) if unit == "share" else 100 * (now / before - 1)
    size = f"{abs(difference):,.{0 if abs(difference) >= 100 else 1}f}"
    direction = 0 if float(size.replace(",", "")) == 0 else (1 if difference > 0 else -1)
    sign = {-1: MINUS, 0: "±", 1: "+"}[direction]
    return f"{sign}{size}{NARROW}{'pts' if unit == 'share' else '%'}", direction


def day(value: date) -> str:
    """`14 Nov 2026`."""
    return f"{value.day}{SPACE}{value:%b}{SPACE}{value.year}"


def weekday(value: date) -> str:
    """`Sat 14 Nov 2026`."""
    return f"{value:%a}{SPACE}{day(value)}"


def day_of_year(value: date) -> str:
    """`14 Nov`, where the year is told elsewhere."""
    return f"{value.day}{SPACE}{value:%b}"


def period(value: Period) -> str:
    """`25 Oct – 21 Nov 2026`, as short as it can be told."""
    first, last = value.from_, value.to
    if first == last:
        return day(last)
    if first.year != last.year:
        return f"{day(first)} – {day(last)}"
    return f"{day_of_year(first)} – {day(last)}"


def days(count: int) -> str:
    """`1 day`, `28 days`."""
    return f"{count:,}{SPACE}{'day' if count == 1 else 'days'}"


def moment(value: datetime | None) -> str:
    """`21 Nov 2026, 23:58 UTC`."""
    return UNKNOWN if value is None else f"{day(value.date())}, {value:%H:%M}{SPACE}UTC"
