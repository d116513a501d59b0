"""Parquet: by batches of rows, never the whole file in memory."""

import json
import math
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from netflix_pipeline.errors import BadInput
from netflix_pipeline.sources.chunk import Lines, OnBytes, Records, unparsable
from netflix_pipeline.sources.files import open_bytes
from netflix_pipeline.sources.readers.arrow_types import plain_series

MAGIC = b"PAR1"
ROWS = 131_072
BLOCK = 1 << 23


def parquet_columns(path: Path) -> tuple[str, ...]:
    """The column names; BadInput when the file is not Parquet."""
    return tuple(open_parquet(path).schema_arrow.names)


def read_parquet(path: Path, wanted: Sequence[str], on_bytes: OnBytes) -> Iterator[Records]:
    """The rows in the wanted columns, empty texts null; `lines` are row numbers from 1.

    Raises BadInput where a row group cannot be read, after the rows before it.
    """
    with open_bytes(path) as file:
        while block := file.read(BLOCK):
            on_bytes(block)
    for first, frame in _batches(path, wanted):
        yield Records(
            frame.with_columns(pl.when(pl.col(pl.String) != "").then(pl.col(pl.String))),
            np.arange(first, first + frame.height, dtype=np.int64),
            unparsable(),
            partial(_raw, frame, first),
        )


def parquet_raw(path: Path, wanted: Sequence[str], lines: Lines) -> dict[int, str]:
    """The rows at these row numbers as JSON, by number."""
    raws: dict[int, str] = {}
    for first, frame in _batches(path, wanted):
        begin, end = np.searchsorted(lines, (first, first + frame.height))
        here = lines[begin:end]
        raws.update(zip(here.tolist(), _raw(frame, first, here), strict=True))
    return raws


def _batches(path: Path, wanted: Sequence[str]) -> Iterator[tuple[int, pl.DataFrame]]:
    file = open_parquet(path)
    first = 1
    try:
        for batch in file.iter_batches(ROWS, columns=list(wanted)):
            names = batch.schema.names
            yield first, pl.DataFrame(list(map(plain_series, names, batch.columns)))
            first += batch.num_rows
    except (pa.ArrowException, OSError, ValueError) as error:
        raise BadInput(
            f"{path}: the Parquet file cannot be read beyond row {first - 1} ({error}); "
            "write or fetch it again"
        ) from error


def open_parquet(path: Path) -> pq.ParquetFile:
    """The file, open for reading; BadInput when it is not Parquet."""
    try:
        return pq.ParquetFile(path)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise BadInput(
            f"{path}: this is no whole Parquet file ({error}); write or fetch it again"
        ) from error


def _raw(frame: pl.DataFrame, first: int, lines: Sequence[int] | Lines) -> list[str]:
    """The rows at these row numbers as JSON; the frame begins with number `first`.

    What is no value stays none: a list, in which bytes that are no text are replaced.
    """
    rows = frame[np.asarray(lines, np.int64) - first].select(
        _as_text(name, dtype) for name, dtype in frame.schema.items()
    )
    return [
        json.dumps(
            {name: _whole(value) for name, value in row.items()},
            default=_replaced,
            ensure_ascii=False,
        )
        for row in rows.iter_rows(named=True)
    ]


def _as_text(name: str, dtype: pl.DataType) -> pl.Expr:
    if isinstance(dtype, pl.Datetime):
        return pl.col(name).dt.to_string(
            "%Y-%m-%dT%H:%M:%S%.6fZ" if dtype.time_zone else "%Y-%m-%dT%H:%M:%S%.6f"
        )
    return pl.col(name).cast(pl.String) if dtype == pl.Date else pl.col(name)


def _whole(value: object) -> object:
    """The value; a whole one without a fraction, as an id has none, an infinite one as text.

    A bare Infinity would be read again as nothing.
    """
    if not isinstance(value, float):
        return value
    return str(value) if math.isinf(value) else int(value) if value.is_integer() else value


def _replaced(raw: bytes) -> list[str] | str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return [raw.decode(errors="replace")]
