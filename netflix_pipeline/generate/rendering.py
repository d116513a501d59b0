"""Coded rows become rows of the contracts: codes get their names, halves become UUIDs."""

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

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

_GROUPS = ((0, 8), (8, 4), (12, 4), (16, 4), (20, 12))
"""Where the groups of a UUID stand in its 32 digits, and how many digits each has."""


def payload(table: str) -> pl.Schema:
    """The columns that a source gives of a bronze table; words of closed lists are text."""
    columns = contract(f"bronze/{table}").payload
    return pl.Schema(
        {
            column.name: pl.String() if isinstance(column.dtype, pl.Enum) else column.dtype
            for column in columns
        }
    )


def layout(table: str, *, receipts: bool) -> pl.Schema:
    """The columns of a file of events: the payload, and where it is asked for when each came."""
    received = {"received_at": pl.Datetime("us", "UTC")} if receipts else {}
    return pl.Schema({**payload(table), **received})


def drawn(rows: pl.DataFrame, name: str) -> pl.Series:
    """A column as it was drawn; empty where nothing is made up for it."""
    return rows.get_column(name, default=pl.repeat(None, rows.height, eager=True).alias(name))


def uuids(high: pl.Series, low: pl.Series) -> pl.Series:
    """The UUIDs of two columns of halves, as text of 36 characters."""
    halves = np.column_stack([high.to_numpy(), low.to_numpy()]).astype(">u8")
    digits = _in_hexadecimal(halves, 16)
    groups = [digits.str.slice(first, length) for first, length in _GROUPS]
    return pl.select(pl.concat_str(groups, separator="-")).to_series()


def _in_hexadecimal(numbers: NDArray[np.generic], width: int) -> pl.Series:
    """The digits of numbers, so many bytes a row, the highest first."""
    rows = pa.Array.from_buffers(pa.binary(width), len(numbers), [None, pa.py_buffer(numbers)])
    return pl.Series(rows).bin.encode("hex")


class Rendering:
    """The names behind the codes of one made-up service."""

    def __init__(
        self, catalogue: Catalogue, population: Population, *, receipts: bool = False
    ) -> None:
        """The last name of a list is null where its code means unknown."""
        self._receipts = receipts
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
        """The `layout` of an event table, typed, and `broken`; null times are bad ones."""
        rows = rows.fill_nan(None)
        columns = {
            contract(f"bronze/{table}").key[0]: uuids(rows["high"], rows["low"]),
            "event_time": (rows["time"] * 1000).cast(pl.Datetime("us", "UTC")),
        }
        if self._receipts:
            columns["received_at"] = (rows["arrival"] * 1000).cast(pl.Datetime("us", "UTC"))
        if "playback" in rows.columns:
            columns["playback_id"] = _playbacks(rows["playback"])
        schema = layout(table, receipts=self._receipts)
        for name in schema:
            if name in self._names:
                code, names = self._names[name]
                columns[name] = names.gather(rows[code].cast(pl.UInt32))
            elif name not in columns:
                columns[name] = drawn(rows, UNCODED.get(name, name))
        typed = (columns[name].cast(dtype).alias(name) for name, dtype in schema.items())
        return pl.DataFrame([*typed, rows["broken"]])


def _playbacks(codes: pl.Series) -> pl.Series:
    """Eight hexadecimal digits a playback; 0 has none."""
    named = _in_hexadecimal(codes.to_numpy().astype(">u4"), 4)
    return named.zip_with(codes != 0, pl.Series([None], dtype=pl.String))
