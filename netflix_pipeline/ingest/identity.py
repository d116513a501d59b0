"""An identity for rows whose source gives none: a UUIDv5 of the format and the row's content."""

from __future__ import annotations

import uuid

import polars as pl

from netflix_pipeline.ingest.rules import key, payload

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:netflix-pipeline:event")


def identified(table: str, source: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with every null key replaced by the UUIDv5 of `source` and the payload."""
    name = key(table)
    if not frame[name].null_count():
        return frame
    content = pl.struct(column for column in payload(table) if column != name)
    nameless = frame.filter(pl.col(name).is_null()).select(content.struct.json_encode())
    derived = [
        str(uuid.uuid5(NAMESPACE, f"{source}\n{told}")) for told in nameless.to_series().to_list()
    ]
    if len(derived) == frame.height:
        return frame.with_columns(pl.Series(name, derived, pl.String))
    row = frame[name].is_null().arg_true()
    return frame.with_columns(frame[name].scatter(row, derived))
