"""The few words that every part of the reference uses."""

import math
from collections.abc import Callable, Hashable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar

Row = dict[str, Any]
Item = TypeVar("Item")
Key = TypeVar("Key", bound=Hashable)

UNKNOWN = "unknown"


def first_known(*values: Any) -> Any:
    """The first value that is not None; None when there is none."""
    for value in values:
        if value is not None:
            return value
    return None


def total(values: Iterable[float | None]) -> float:
    """The sum, unknown counting as nothing."""
    return math.fsum(value for value in values if value is not None)


def reaches(value: float, threshold: float) -> bool:
    """Whether a threshold is reached; what is missing may be a millionth of it."""
    return value >= threshold or (threshold - value) / threshold <= 1e-6


def grouped(items: Iterable[Item], key: Callable[[Item], Key]) -> dict[Key, list[Item]]:
    """The items by key, in their order."""
    groups: dict[Key, list[Item]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


def midnight(day: date) -> datetime:
    """The instant at which a UTC day begins."""
    return datetime.combine(day, time(), UTC)


def monday(day: date) -> date:
    """The Monday of the day's week."""
    return day - timedelta(days=day.weekday())


def days_between(first: date, last: date, step: int = 1) -> list[date]:
    """Every `step`-th day from `first` to `last`, both included."""
    return [first + timedelta(days=offset) for offset in range(0, (last - first).days + 1, step)]
