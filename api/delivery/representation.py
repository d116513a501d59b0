"""How an answer is written as bytes: below `/v1`, and at an old address as it always was.

Below `/v1` numbers have 14 significant digits: the one to three that a double has besides change
with the order of adding up (0.1 + 0.2 is 0.30000000000000004). Each number is right to 5e-14 of
itself. At old addresses they have all digits.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import BaseModel

from api.old_names import as_before, heads_before
from netflix_pipeline.serving.question import RowTable, csv_text

DIGITS = 14
_NUMBER = rb"-?(?=[\d.]{16})\d+\.\d+(?:e[-+]?\d+)?"
"""One of more digits, the point included."""
NUMBER = re.compile(_NUMBER)
# What stands behind a name: one number, or an array of them. A text may look like either, but never
# like the end of a name: a quote within is escaped, and before the one that begins it is a sign.
VALUES = re.compile(rb'":(?=[-\d\[])(?<=\w":)(?:%b|\[[-+\d.e,nul]+\])' % _NUMBER)


def rounded(number: float) -> float:
    """A number without the digits that are chance."""
    return float(f"{number:.{DIGITS}g}")


def _shorter(number: re.Match[bytes]) -> bytes:
    return repr(rounded(float(number[0]))).encode()


def without_noise(content: bytes) -> bytes:
    """Compact JSON with its numbers rounded."""
    return VALUES.sub(lambda value: NUMBER.sub(_shorter, value[0]), content)


def told(content: bytes, kind: type[BaseModel], *, old: bool) -> bytes:
    """Compact JSON of a model, under its names of today, as it is sent."""
    return as_before(content, kind) if old else without_noise(content)


def as_json(answer: BaseModel, *, old: bool) -> bytes:
    """An answer as JSON."""
    return told(answer.model_dump_json(by_alias=True).encode(), type(answer), old=old)


def as_csv(table: RowTable[Any], data: Any, *, old: bool) -> bytes:
    """The data of an answer as CSV."""
    if old:
        return csv_text(heads_before(table.heads, table.row), table.in_json(data))
    return csv_text(table.heads, map(_rounded_row, table.in_json(data)))


def _rounded_row(row: Iterable[Any]) -> Iterator[Any]:
    return (rounded(cell) if isinstance(cell, float) else cell for cell in row)
