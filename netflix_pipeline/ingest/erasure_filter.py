"""Rows of erased persons that arrive again: they are counted, and kept nowhere.

Whose a row is, its reader tells. Of text that is no row every value may be an id, whatever stands
in it as a field of its own, in quotes or between separators: persons are known by hashes, which
cannot be looked for within a text.
"""

from __future__ import annotations

import base64
import csv
import json
import re
from collections.abc import Container, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import polars as pl
import zstandard

from netflix_pipeline.ids import digits, id_of
from netflix_pipeline.persons import Marked
from netflix_pipeline.settings import Settings

QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
SEPARATED = re.compile(r"""[\s,;|"'{}\[\]:=()<>]+""")
FRACTION = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,3})?", re.ASCII)
"""A number of JSON that may be another one's spelling."""
DELIMITERS = ",;\t|"
LONGEST_FIELD = 2**17
"""What the reader of CSV takes for one field at most."""


def erased(settings: Settings) -> Marked | None:
    """Those who are marked as erased in a home, or are to be; None where nobody is."""
    if not settings.state_database and not settings.state.exists():
        return None
    # The library of the database takes longer to import than a small file to be taken in.
    from netflix_pipeline.state import erased_persons

    return erased_persons(settings) or None


@dataclass(frozen=True)
class ErasureFilter:
    """Those who are marked, to be asked for in a file that is to be kept without them."""

    marked: Marked

    def __contains__(self, user_id: object) -> bool:
        """Whether the id is one of theirs."""
        told = id_of(user_id)
        return told is not None and told in self.marked

    def in_text(self, text: bytes) -> bool:
        """Whether the text holds an id of theirs as a whole value."""
        return told_in(self.marked, text.decode(errors="replace"))


def theirs(persons: Container[Any], users: pl.Series) -> pl.Series:
    """Which of the ids in a column are theirs; null is nobody's."""
    erased_users = [user for user in users.drop_nulls().unique().to_list() if user in persons]
    return users.is_in(erased_users).fill_null(value=False)


def told_in(persons: Marked, text: str) -> bool:
    """Whether an id of theirs stands in a text, as a value of its own."""
    return any(value in persons for value in _values(text))


def told_in_damaged(persons: Marked, raw: str) -> bool:
    """The same of what is left of a damaged record, in base64 as it lies in quarantine."""
    stored = base64.b64decode(raw)
    parts = [stored]
    with suppress(zstandard.ZstdError):
        # Up to where the damage is.
        parts.append(zstandard.ZstdDecompressor().decompressobj().decompress(stored))
    return any(told_in(persons, part.decode(errors="replace")) for part in parts)


def _values(text: str) -> Iterator[str]:
    yield text
    for part in SEPARATED.split(text):
        yield part
        if FRACTION.fullmatch(part):
            yield digits(float(part))
    for quoted in QUOTED.findall(text):
        with suppress(ValueError):
            yield json.loads(quoted, strict=False)
    for line in text.splitlines():
        for delimiter in DELIMITERS if len(line) < LONGEST_FIELD else ():
            with suppress(csv.Error):
                yield from next(csv.reader([line], delimiter=delimiter), [])
