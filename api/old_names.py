"""What the first release called otherwise than `/v1` does: one table, by model and field.

An answer is made once, under the names of today. At an old address these fields get the names that
they had. Names of fields stand in JSON between a quote that nothing escapes and `":`, and no text
within does: so they are found in its bytes, and nothing is taken apart for it.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, get_args

from pydantic import BaseModel

RENAMED: dict[str, dict[str, str]] = {
    "Answer": {"tz": "zone"},
    "Glance": {"compared_with": "comparison"},
    "Series": {"groups": "lines", "group_count": "groups"},
    "HeatMap": {"hours_of_week": "cells", "days_by_weekday": "days"},
    "Audience": {"on_last_day": "last_day"},
    "RetentionRate": {"cohort_count": "cohorts"},
    "TitleGroup": {"group": "name"},
    "DropOffStep": {"reached_share": "reached"},
    "Play": {"reached_share": "reached"},
    "User": {"age_years": "age"},
    "Viewing": {"hours_viewed_28": "hours_28"},
    "PersonalViewing": {"users": "people"},
    "ViewingDevice": {"group": "device"},
    "Binge": {"series_title": "series"},
    "KeptSnapshot": {"size_bytes": "bytes"},
}
"""By model, the names that fields had, by those of today. Nothing is added: it is history."""


def models(kind: Any) -> Iterator[type[BaseModel]]:
    """The models that a type is made of."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
        for field in kind.model_fields.values():
            yield from models(field.annotation)
    else:
        for part in get_args(kind):
            yield from models(part)


def own_names(model: type[BaseModel]) -> dict[str, str]:
    """The names that a model's own fields had, by those of today."""
    return {
        new: old
        for kind in model.__mro__
        for new, old in RENAMED.get(kind.__name__, dict[str, str]()).items()
    }


@lru_cache(256)
def old_names(kind: Any) -> Mapping[str, str]:
    """The names that fields had, by those of today, wherever they stand in what is of this type."""
    return {new: old for model in models(kind) for new, old in own_names(model).items()}


@lru_cache(256)
def _keys(kind: Any) -> tuple[tuple[bytes, bytes], ...]:
    """The same as they stand in JSON, in an order in which none becomes what follows."""
    names = old_names(kind)
    in_order = sorted(names.items(), key=lambda pair: pair[1] in names)
    return tuple((b'"%b":' % new.encode(), b'"%b":' % old.encode()) for new, old in in_order)


def as_before(content: bytes, kind: Any) -> bytes:
    """Compact JSON of a type under the names that its fields had."""
    for new, old in _keys(kind):
        content = content.replace(new, old)
    return content


def heads_before(heads: Sequence[str], row: type[BaseModel]) -> list[str]:
    """The columns of a table of such rows under the names that they had."""
    names = old_names(row)
    return [names.get(head, head) for head in heads]
