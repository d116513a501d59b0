"""What a reader hands on: `Records` as they came, and `Chunk`s typed to a contract."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from netflix_pipeline.sources.dates import Order

Lines = NDArray[np.int64]
Raw = Callable[[Sequence[int]], list[str]]
OnBytes = Callable[[bytes], None]

UNPARSABLE = pl.Schema({"line": pl.Int64(), "raw": pl.String(), "detail": pl.String()})
"""Records that could not be read as a row at all: where, what, why."""


@dataclass(frozen=True)
class Options:
    """What a person may say of a file.

    The adapter's name, a mapping file, the household, and the order of day and month in its dates.
    """

    source: str | None = None
    mapping: Path | None = None
    household: str | None = None
    date_order: Order | None = None


@dataclass(frozen=True)
class Records:
    """A stretch of a file in the file's own columns, nothing of it interpreted.

    `lines` tells for each row of `frame` the line at which its record starts; `unparsable` holds
    the records that are no rows; `raw` gives the text of the records that start at given lines.
    `no_values` tells by column the lines where it holds what is no value, such as a JSON object: it
    is null there, and not missing.
    """

    frame: pl.DataFrame
    lines: Lines
    unparsable: pl.DataFrame
    raw: Raw
    no_values: Mapping[str, Lines] = field(default_factory=dict)


@dataclass(frozen=True)
class Chunk:
    """A stretch of a file in the columns of a bronze contract.

    `frame`: one row a well-formed record with the contract's payload columns, typed, and `line`
    (Int64, from 1), and what could not be understood and is therefore null: `problems`, which cost
    the row, and the fields that are `left_out` (List[String], null for nearly all rows).
    `unparsable`: line, raw, detail of the records that are no rows. `raw`: the text of the records
    that start at these lines of the chunk. `titles`: what the events tell of titles in the columns
    of bronze/title_mentions (but batch), None when nothing but ids. `undecided`: there are dates
    that were not read, because their order is not decided yet, or countries NA. `whose`: the user
    whose all records are, where they do not say so themselves. `cells`: what the source has for a
    column of the contract: `line` and `text` (null where that is nothing), None where no column
    tells it.
    """

    frame: pl.DataFrame
    unparsable: pl.DataFrame
    raw: Raw
    titles: pl.DataFrame | None = None
    undecided: bool = False
    whose: str | None = None
    cells: Callable[[str], pl.DataFrame | None] | None = None


Part = Callable[[], Chunk]
"""A stretch of a file that is read when it is called for."""


def unparsable(records: Sequence[tuple[int, str, str]] = ()) -> pl.DataFrame:
    """A frame of records that are no rows: line, text and why."""
    return pl.DataFrame(records, UNPARSABLE, orient="row")


def texts_at(texts: Sequence[str]) -> Raw:
    """Gives the texts at some lines, where these number them from 1."""
    return lambda lines: [texts[line - 1] for line in lines]
