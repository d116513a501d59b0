"""Gold `activity`: plays and hours by quarter of an hour."""

import polars as pl

from netflix_pipeline.contracts.contract import Column, Contract, count, number
from netflix_pipeline.contracts.dimensions import OF_ACTIVITY, columns

CONTRACT = Contract(
    stage="gold",
    name="activity",
    doc="Plays and hours by the UTC quarter of an hour in which they started.",
    columns=(
        Column("quarter", pl.Int32(), "quarter of an hour since midnight", "15 min", ge=0, le=95),
        *columns(OF_ACTIVITY),
        count("plays", "plays of second precision", "plays"),
        number("watch_seconds", "their time watched, counted whole where they started", "s", ge=0),
    ),
    key=("quarter", *OF_ACTIVITY),
)
