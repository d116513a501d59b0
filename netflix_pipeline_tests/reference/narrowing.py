"""Filters, as the reference understands them, and samples of them."""

import random
from collections.abc import Iterable
from typing import Any, TypeVar

FILTERS = ("country", "device", "plan", "content_type", "genre", "title")
ATTRIBUTES = {"title": "title_id"}

VALUES = {
    "country": ("US", "DE", "BR", "unknown", "XX"),
    "device": ("mobile", "smart_tv", "other", "unknown", "abacus"),
    "plan": ("Standard", "Premium+", "unknown", "Free"),
    "content_type": ("series", "film", "unknown", "opera"),
    "genre": ("Comedy", "Romance", "unknown", "Polka"),
    "title": ("t000021", "nobody-knows", "other-one", "no-such-title"),
}
"""Values that are frequent, rare, unknown, and of nothing at all."""

Item = TypeVar("Item")


def narrowed(items: Iterable[Item], filters: dict[str, str]) -> list[Item]:
    """The plays, sittings or rows of which every filter's value is as given."""
    return [
        item
        for item in items
        if all(_value(item, ATTRIBUTES.get(name, name)) == v for name, v in filters.items())
    ]


def each_alone(names: Iterable[str] = FILTERS) -> list[dict[str, str]]:
    """Every value of every filter, one at a time."""
    return [{name: value} for name in names for value in VALUES[name]]


def combinations(number: int, names: Iterable[str] = FILTERS) -> list[dict[str, str]]:
    """Several filters at once, by chance, but the same in every run."""
    chance = random.Random(number)
    found = []
    for _ in range(number):
        some = chance.sample(sorted(names), chance.randint(2, min(3, len(list(names)))))
        found.append({name: chance.choice(VALUES[name][:2]) for name in some})
    return found


def _value(item: Any, name: str) -> Any:
    return item[name] if isinstance(item, dict) else getattr(item, name)
