"""An identity for rows whose source gives none, out of what they tell."""

import polars as pl

from netflix_pipeline.ids import derived_id
from netflix_pipeline.ingest.validation_rules import key, payload
from netflix_pipeline.sources.registry import repeats


def identified(table: str, source: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with every null key replaced by the UUIDv5 of `source` and the payload."""
    name = key(table)
    if not frame[name].null_count():
        return frame
    nameless = frame.filter(pl.col(name).is_null())
    derived = [derived_id(source, text) for text in content(table, nameless)]
    row = frame[name].is_null().arg_true()
    return frame.with_columns(frame[name].scatter(row, derived))


def content(table: str, frame: pl.DataFrame) -> list[str]:
    """What each row tells but for its key, as one text."""
    fields = pl.struct(column for column in payload(table) if column != key(table))
    return frame.select(fields.struct.json_encode()).to_series().to_list()


def counted(table: str, source: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame in which the n-th row of one content has a key of its own, where that is an event.

    It holds all rows of a file of some days: so it does not matter where in the file they stand.
    """
    name = key(table)
    if not repeats(source):
        return frame
    before = pl.int_range(pl.len()).over(name)
    again = frame.select(name, before=before)
    row = again.select((pl.col("before") > 0).arg_true()).to_series()
    if row.is_empty():
        return frame
    ids = [derived_id(identity, str(number + 1)) for identity, number in again[row].iter_rows()]
    return frame.with_columns(again[name].scatter(row, ids))
