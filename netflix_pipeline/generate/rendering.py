"""Coded rows become rows of the contracts: codes get their names, halves become UUIDs."""

import numpy as np
import polars as pl
import pyarrow as pa

from netflix_pipeline.contracts import ACTIONS, DEVICES, KINDS, QUALITIES, contract
from netflix_pipeline.contracts.contract import PRECISIONS
from netflix_pipeline.generate.interactions import ALGORITHMS, SENTIMENTS, queries
from netflix_pipeline.generate.names import REVIEWS
from netflix_pipeline.generate.world import COUNTRIES, Catalogue, Population

UNCODED = {
    "watch_seconds": "watched",
    "results_count": "results",
    "clicked_position": "clicked",
    "is_download": "download",
}
"""Columns that are as they were drawn, but for their name."""

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


def drawn(rows: pl.DataFrame, name: str) -> pl.Series:
    """A column as it was drawn; empty where nothing is made up for it."""
    return rows.get_column(name, default=pl.repeat(None, rows.height, eager=True).alias(name))


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
        self._names = {
            "user_id": ("user", pl.Series(population.user_ids)),
            "title_id": ("title", pl.Series(catalogue.title_ids)),
            "time_precision": ("dated", pl.Series(PRECISIONS)),
            "action": ("action", pl.Series([*ACTIONS, "rewound"])),
            "kind": ("promo", pl.Series(KINDS)),
            "device": ("device", pl.Series([*DEVICES, None])),
            "quality": ("quality", pl.Series([*QUALITIES, None])),
            "country": ("country", pl.Series([*(code for code, *_ in COUNTRIES), None])),
            "query": ("query", pl.Series(queries(catalogue))),
            "algorithm": ("algorithm", pl.Series([*ALGORITHMS, None])),
            "text": ("text", pl.Series([text for texts in REVIEWS for text in texts])),
            "sentiment": ("sentiment", pl.Series(SENTIMENTS)),
        }

    def rendered(self, table: str, rows: pl.DataFrame) -> pl.DataFrame:
        """The payload columns of an event table, typed, and `broken`; null times are bad ones."""
        rows = rows.fill_nan(None)
        columns = {
            contract(f"bronze/{table}").key[0]: uuids(rows["high"], rows["low"]),
            "event_time": (rows["time"] * 1000).cast(pl.Datetime("us", "UTC")),
        }
        if "playback" in rows.columns:
            columns["playback_id"] = _playbacks(rows["playback"])
        for name in payload(table):
            if name in self._names:
                code, names = self._names[name]
                columns[name] = names.gather(rows[code].cast(pl.UInt32))
            elif name not in columns:
                columns[name] = drawn(rows, UNCODED.get(name, name))
        typed = (columns[name].cast(dtype).alias(name) for name, dtype in payload(table).items())
        return pl.DataFrame([*typed, rows["broken"]])


def _playbacks(codes: pl.Series) -> pl.Series:
    """Eight hexadecimal digits a playback; 0 has none."""
    digits = codes.to_numpy().astype(">u4").view(np.uint8).reshape(len(codes), 4)
    text = _HEX[digits].view(np.uint8)
    ends = np.arange(0, 8 * len(codes) + 1, 8, dtype=np.int64)
    array = pa.LargeStringArray.from_buffers(len(codes), pa.py_buffer(ends), pa.py_buffer(text))
    named = pl.Series(array, dtype=pl.String)
    return named.zip_with(codes != 0, pl.Series([None], dtype=pl.String))
