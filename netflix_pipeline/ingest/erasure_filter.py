"""Rows of erased persons that arrive again: they are counted, and kept nowhere.

Whose a row is, its reader tells. Of text that is no row every value may be an id, whatever stands
in it as a field of its own, in quotes or between separators: persons are known by hashes, which
cannot be looked for within a text.
"""

import base64
from collections.abc import Container
from contextlib import suppress
from typing import Any

import polars as pl
import zstandard

from netflix_pipeline.persons import Marked
from netflix_pipeline.settings import Settings


def erased(settings: Settings) -> Marked | None:
    """Those who are marked as erased in a home, or are to be; None where nobody is."""
    if not settings.state_database and not settings.state.exists():
        return None
    # The library of the database takes longer to import than a small file to be taken in.
    from netflix_pipeline.state import erased_persons

    return erased_persons(settings) or None


def theirs(persons: Container[Any], users: pl.Series) -> pl.Series:
    """Which of the ids in a column are theirs; null is nobody's."""
    erased_users = [user for user in users.drop_nulls().unique().to_list() if user in persons]
    return users.is_in(erased_users).fill_null(value=False)


def named_in_damaged(persons: Marked, raw: str) -> bool:
    """Whether an id of theirs stands in what is left of a damaged record, in base64 as it waits."""
    return any(map(persons.in_text, left_of_damaged(raw)))


def left_of_damaged(raw: str) -> list[bytes]:
    """What is left of a damaged record, which waits in base64: as it is, and unpacked."""
    stored = base64.b64decode(raw)
    parts = [stored]
    with suppress(zstandard.ZstdError):
        # Up to where the damage is.
        parts.append(zstandard.ZstdDecompressor().decompressobj().decompress(stored))
    return parts
