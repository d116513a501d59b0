"""Rows as bronze stored them, as texts: what is left of a row whose file nobody has any more."""

import json

import polars as pl

from netflix_pipeline.sources.formats.http_events import EVENT_TYPES

BEGIN = '{"bronze":'


def as_raw(table: str, rows: pl.DataFrame) -> pl.Series:
    """The rows of a bronze table as JSON texts, which `is_stored_row` knows."""
    head = {"bronze": table} | ({"type": EVENT_TYPES[table]} if table in EVENT_TYPES else {})
    begin = json.dumps(head, separators=(",", ":"))[:-1]
    texts = rows.select(pl.struct(pl.all()).struct.json_encode()).to_series()
    return pl.Series("raw", [f"{begin},{text[1:]}" for text in texts], pl.String)


def is_stored_row(raw: str) -> bool:
    """Whether a raw row is one of those."""
    return raw.startswith(BEGIN)
