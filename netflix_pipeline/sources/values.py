"""Single values in the types of a contract: the careful reading of what is not common."""

import math
import re
from collections.abc import Callable
from typing import Any, TypeVar

import polars as pl

from netflix_pipeline.contracts import DEVICES, Column
from netflix_pipeline.sources import vocabulary
from netflix_pipeline.sources.dates import Order
from netflix_pipeline.sources.timestamps import parse_day
from netflix_pipeline.sources.vocabulary import country_code

SECONDS = {"ms": 0.001, "s": 1, "min": 60, "h": 3600}
UNITS = (*SECONDS, "clock", "percent")
NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?", re.IGNORECASE | re.ASCII)
WITH_COMMA = re.compile(
    r"[+-]?(?:\d{1,3}(?:([. '\u00a0\u202f])\d{3})(?:\1\d{3})*|\d+)?(?:,\d+)?(?:[eE][+-]?\d+)?"
)
"""A number with a decimal comma, its thousands parted by points, blanks, apostrophes or nothing."""
CLOCK = re.compile(r"(-?)(\d+):([0-5]?\d):([0-5]?\d)(?:[.,](\d+))?", re.ASCII)


def kind_of(column: Column) -> str:
    """Which reading a column takes."""
    if column.dtype == pl.Enum(DEVICES):
        return "device"
    if isinstance(column.dtype, pl.Enum):
        return "word"
    if column.name in ("country", "content_type"):
        return column.name
    return {pl.Float64: "number", pl.Int32: "whole", pl.Boolean: "flag", pl.Date: "day"}.get(
        type(column.dtype), "text"
    )


def factor(unit: str, ours: str) -> tuple[float, float]:
    """By what to multiply and divide a number to bring it into the contract's unit."""
    if unit == "percent":
        return 1, 100
    if unit not in SECONDS or ours not in SECONDS:
        return 1, 1
    up, down = SECONDS[unit], SECONDS[ours]
    return (up, down) if up >= 1 else (1, down / up)


Scaled = TypeVar("Scaled", float, pl.Expr)


def to_five(number: Scaled, scale: tuple[float, float]) -> Scaled:
    """A rating between a source's worst and best as one between 1 and 5."""
    worst, best = scale
    return (number - worst) / (best - worst) * 4 + 1


def careful(
    column: Column,
    unit: str = "",
    order: Order | None = None,
    *,
    decimal: str = ".",
    scale: tuple[float, float] | None = None,
) -> Callable[[str], Any]:
    """What reads one value: None where it tells nothing, ValueError where it is unreadable."""
    kind = kind_of(column)

    def number(text: str) -> float | None:
        # A length of time with hours, minutes and seconds says its unit itself.
        if unit == "clock" or (column.unit in SECONDS and CLOCK.fullmatch(text)):
            up, down = factor("s", column.unit)
            seconds = clock(text)
            return None if seconds is None else seconds * up / down
        share = text.endswith("%") and column.unit.startswith("share")
        up, down = factor("percent" if share else unit, column.unit)
        value = _number(text.removesuffix("%").rstrip() if share else text, up, down, decimal)
        return value if value is None or scale is None else to_five(value, scale)

    if kind == "number":
        return number
    return {
        "whole": lambda text: _whole(text, decimal),
        "device": lambda text: vocabulary.device(text) if text else None,
        "word": lambda text: _known(vocabulary.word(column.name, text), text),
        "flag": lambda text: {"true": True, "false": False, None: None}[
            _known(vocabulary.word("flag", text), text)
        ],
        "country": lambda text: _known(country_code(text), text),
        "content_type": lambda text: vocabulary.content_type(text) or None,
        "day": lambda text: _known(parse_day(text, order), text),
        "text": _refuse,
    }[kind]


def read_value(column: Column, text: str) -> Any:
    """One text as the column holds it; ValueError when it cannot be read."""
    return text if kind_of(column) == "text" else careful(column)(text)


def _known(value: Any, text: str) -> Any:
    if value is None and text:
        raise ValueError(text)
    return value


def _refuse(text: str) -> None:
    raise ValueError(text)


def _number(text: str, up: float, down: float, decimal: str) -> float | None:
    if text.casefold() in ("", "nan"):
        return None
    if decimal == ",":
        if WITH_COMMA.fullmatch(text) is None:
            raise ValueError(text)
        text = re.sub(r"[.\s']", "", text).replace(",", ".")
    if NUMBER.fullmatch(text) is None:
        raise ValueError(text)
    value = float(text) * up / down
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _whole(text: str, decimal: str) -> int | None:
    value = _number(text, 1, 1, decimal)
    if value is None:
        return None
    if value != int(value) or not -(2**31) <= value < 2**31:
        raise ValueError(text)
    return int(value)


def clock(text: str) -> float | None:
    """Seconds of `h:mm:ss`; None of an empty text. Raises ValueError."""
    match = CLOCK.fullmatch(text)
    if match is None:
        if text:
            raise ValueError(text)
        return None
    sign, hours, minutes, seconds, fraction = match.groups()
    # Of too many digits a float is infinite, where a whole number cannot become one.
    seconds_of_day = (
        float(hours) * 3600 + int(minutes) * 60 + int(seconds) + float(f"0.{fraction or 0}")
    )
    if not math.isfinite(seconds_of_day):
        raise ValueError(text)
    return -seconds_of_day if sign else seconds_of_day
