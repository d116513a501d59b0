"""Coded rows become rows of the contracts: codes get their names, halves become UUIDs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pyarrow as pa

from netflix_pipeline.contracts import contract
from netflix_pipeline.contracts.contract import ACTIONS, DEVICES, KINDS, PRECISIONS, QUALITIES
from netflix_pipeline.generate.catalogue import Catalogue
from netflix_pipeline.generate.interactions import ALGORITHMS, SENTIMENTS, queries
from netflix_pipeline.generate.names import REVIEWS
from netflix_pipeline.generate.population import COUNTRIES, Population

_HEX = np.frombuffer(bytes(range(256)).hex().encode(), dtype=np.uint16)
# Where the groups of a UUID stand: in its 32 digits, and in its text.
_GROUPS = ((0, 8, 0), (8, 12, 9), (12, 16, 14), (16, 20, 19), (20, 32, 24))


def payload(table: str) -> pl.Schema:
    """The columns that a source gives of a bronze table; words of closed lists are text."""
    columns = contract(f"bronze/{table}").payload
    return pl.Schema(
        {
            column.name: pl.String() if isinstance(column.dtype, pl.Enum) else column.dtype
            for column in columns
        }
    )


def uuids(high: pl.Series, low: pl.Series) -> pl.Series:
    """The UUIDs of two columns of halves, as text of 36 characters."""
    n = len(high)
    halves = np.empty((n, 2), dtype=">u8")
    halves[:, 0], halves[:, 1] = high.to_numpy(), low.to_numpy()
    digits = _HEX[halves.view(np.uint8).reshape(n, 16)].view(np.uint8).reshape(n, 32)
    text = np.full((n, 36), ord("-"), np.uint8)
    for first, last, at in _GROUPS:
        text[:, at : at + last - first] = digits[:, first:last]
    ends = np.arange(0, 36 * n + 1, 36, dtype=np.int64)
    array = pa.LargeStringArray.from_buffers(n, pa.py_buffer(ends), pa.py_buffer(text))
    return pl.Series(array, dtype=pl.String)


class Rendering:
    """The names behind the codes of one made-up service."""

    def __init__(self, catalogue: Catalogue, population: Population) -> None:
        """The last name of a list is null where its code means unknown."""
        self._users = pl.Series(population.user_ids)
        self._titles = pl.Series(catalogue.title_ids)
        self._queries = pl.Series(queries(catalogue))
        self._devices = pl.Series([*DEVICES, None])
        self._qualities = pl.Series([*QUALITIES, None])
        self._countries = pl.Series([*(code for code, *_ in COUNTRIES), None])
        self._algorithms = pl.Series([*ALGORITHMS, None])
        self._actions = pl.Series([*ACTIONS, "rewound"])
        self._texts = pl.Series([text for texts in REVIEWS for text in texts])
        self._sentiments = pl.Series(SENTIMENTS)
        self._special: dict[str, Callable[[pl.DataFrame], dict[str, pl.Series | pl.Expr]]] = {
            "watch_events": self._watch_events,
            "search_events": self._search_events,
            "recommendation_events": self._recommendation_events,
            "reviews": self._reviews,
        }

    def rendered(self, table: str, rows: pl.DataFrame) -> pl.DataFrame:
        """The payload columns of an event table, typed, and `broken`; null times are bad ones."""
        columns = {
            contract(f"bronze/{table}").key[0]: uuids(rows["high"], rows["low"]),
            "user_id": self._users.gather(rows["user"]),
            "event_time": (pl.col("time") * 1000).cast(pl.Datetime("us", "UTC")),
            "time_precision": pl.Series(PRECISIONS).gather(rows["dated"].cast(pl.UInt8)),
            **self._special[table](rows),
        }
        return rows.select(
            *(_named(columns[name], name, dtype) for name, dtype in payload(table).items()),
            "broken",
        )

    def _watch_events(self, rows: pl.DataFrame) -> dict[str, pl.Series | pl.Expr]:
        return {
            "title_id": self._titles.gather(rows["title"]),
            "action": self._actions.gather(rows["action"]),
            "watch_seconds": rows["watched"].fill_nan(None),
            "progress": rows["progress"].fill_nan(None),
            "playback_id": _playbacks(rows["playback"]),
            "kind": pl.Series(KINDS).gather(rows["promo"].cast(pl.UInt8)),
            "device": self._devices.gather(rows["device"]),
            "quality": self._qualities.gather(rows["quality"]),
            "country": self._countries.gather(rows["country"]),
            "is_download": rows["download"],
            "rating": rows["rating"].fill_nan(None),
        }

    def _search_events(self, rows: pl.DataFrame) -> dict[str, pl.Series | pl.Expr]:
        return {
            "query": self._queries.gather(rows["query"]),
            "results_count": rows["results"],
            "clicked_position": rows["clicked"],
            "device": self._devices.gather(rows["device"]),
            "country": self._countries.gather(rows["country"]),
        }

    def _recommendation_events(self, rows: pl.DataFrame) -> dict[str, pl.Series | pl.Expr]:
        return {
            "title_id": self._titles.gather(rows["title"]),
            "clicked": rows["clicked"],
            "position": rows["position"],
            "score": rows["score"].fill_nan(None),
            "algorithm": self._algorithms.gather(rows["algorithm"]),
            "device": self._devices.gather(rows["device"]),
        }

    def _reviews(self, rows: pl.DataFrame) -> dict[str, pl.Series | pl.Expr]:
        return {
            "title_id": self._titles.gather(rows["title"]),
            "rating": rows["rating"],
            "text": self._texts.gather(rows["text"]),
            "sentiment": self._sentiments.gather(rows["sentiment"]),
        }


def _named(column: pl.Series | pl.Expr, name: str, dtype: pl.DataType) -> pl.Expr:
    value = column if isinstance(column, pl.Expr) else pl.lit(column)
    return value.cast(dtype).alias(name)


def _playbacks(codes: pl.Series) -> pl.Series:
    """Eight hexadecimal digits a playback; 0 has none."""
    digits = codes.to_numpy().astype(">u4").view(np.uint8).reshape(len(codes), 4)
    text = _HEX[digits].view(np.uint8)
    ends = np.arange(0, 8 * len(codes) + 1, 8, dtype=np.int64)
    array = pa.LargeStringArray.from_buffers(len(codes), pa.py_buffer(ends), pa.py_buffer(text))
    named = pl.Series(array, dtype=pl.String)
    return named.zip_with(codes != 0, pl.Series([None], dtype=pl.String))
