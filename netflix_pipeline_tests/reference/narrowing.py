"""Filters, as the reference understands them, and samples of them."""

import random
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, TypeVar

from hypothesis import strategies as st

FILTERS = (
    "country",
    "device",
    "plan",
    "content_type",
    "genre",
    "title",
    "season",
    "series",
    "language",
    "maturity_rating",
    "is_original",
    "weekday",
    "hour",
    "segment",
    "cohort",
    "first_title",
    "first_country",
    "first_device",
)
ATTRIBUTES = {"title": "title_id"}

VALUES = {
    "country": ("US", "DE", "BR", "unknown", "XX"),
    "device": ("mobile", "smart_tv", "other", "unknown", "abacus"),
    "plan": ("Standard", "Premium+", "unknown", "Free"),
    "content_type": ("series", "film", "unknown", "opera"),
    "genre": ("Comedy", "Romance", "unknown", "Polka"),
    "title": ("t000021", "saga:S1", "other-one", "no-such-title"),
    "season": ("s00001:S1", "saga:S1", "saga", "saga:S2"),
    "series": ("s00001", "saga", "other-one", "saga-1"),
    "language": ("English", "Spanish", "unknown", "Klingon"),
    "maturity_rating": ("TV-MA", "R", "unknown", "none"),
    "is_original": ("true", "false", "unknown", "unknown"),
    "weekday": ("1", "3", "6", "7"),
    "hour": ("20", "9", "21", "4"),
    "segment": ("casual", "regular", "at_risk", "core"),
    "cohort": ("2024-10-28", "2024-11-04", "2025-10-13", "2030-01-07"),
    "first_title": ("s00001", "saga", "opus", "saga-one"),
    "first_country": ("US", "DE", "unknown", "XX"),
    "first_device": ("mobile", "smart_tv", "unknown", "abacus"),
}
"""Values that are frequent, rare, unknown, and of nothing at all."""
KNOWN = {name: values[:-1] for name, values in VALUES.items()}
"""Those that the data have."""

LEFT_OUT = "not_"
"""Before the name of a filter whose values are left out."""

Item = TypeVar("Item")
Values = str | tuple[str, ...] | list[str]
"""A filter's value, or several."""
Given = Mapping[str, Values]
"""Filters as addresses and answers have them."""


def each_of(values: Values) -> tuple[str, ...]:
    """The values of a filter."""
    return (values,) if isinstance(values, str) else tuple(values)


def filters_of(given: Given) -> set[str]:
    """The names of the filters."""
    return {parameter.removeprefix(LEFT_OUT) for parameter in given}


def narrowed(items: Iterable[Item], given: Given) -> list[Item]:
    """The plays, sittings or rows that have one of each filter's values, or none of them."""
    kept = list(items)
    for parameter, values in given.items():
        name, wanted = parameter.removeprefix(LEFT_OUT), set(each_of(values))
        kept = [one for one in kept if _is_one_of(wanted, one, name) == (name == parameter)]
    return kept


def lets_in(given: Given, at: date) -> bool:
    """Whether the filters by time leave any play of a day, or of the hour that begins then."""
    has = {"weekday": str(at.isoweekday())}
    if isinstance(at, datetime):
        has["hour"] = str(at.hour)
    return all(
        (has[name] in each_of(values)) == (name == parameter)
        for parameter, values in given.items()
        for name in [parameter.removeprefix(LEFT_OUT)]
        if name in has
    )


def choices(values: Mapping[str, tuple[str, ...]] = KNOWN) -> st.SearchStrategy[dict[str, Values]]:
    """Filters with one or several of these values, asked for or left out; as answers tell them."""
    names = st.lists(st.sampled_from(list(values)), max_size=3, unique=True)
    return st.builds(_drawn, names, st.randoms(use_true_random=False), st.just(values))


def several(number: int, values: Mapping[str, tuple[str, ...]] = KNOWN) -> list[dict[str, Values]]:
    """The same by chance, but alike in every run."""
    chance = random.Random(number)
    names = list(values)
    most = min(3, len(names))
    return [
        _drawn(chance.sample(names, chance.randint(1, most)), chance, values) for _ in range(number)
    ]


def _drawn(
    names: Iterable[str], chance: random.Random, values: Mapping[str, tuple[str, ...]]
) -> dict[str, Values]:
    told: dict[str, Values] = {}
    for name in sorted(names, key=list(values).index):
        some = sorted(chance.sample(values[name], chance.randint(1, len(values[name]))))
        told[chance.choice((name, LEFT_OUT + name))] = some if len(some) > 1 else some[0]
    return told


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


def _is_one_of(wanted: set[str], item: Any, name: str) -> bool:
    """Whether an item has one of the values; a title has also the id of its season and series."""
    if name == "title":
        return any(_is_one_of(wanted, item, each) for each in ("title_id", "season", "series"))
    return (item[name] if isinstance(item, dict) else getattr(item, name)) in wanted
