"""Users: the newest row of each, and those that only events name."""

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.contracts.bronze.users import PROFILE

ARRIVAL = ("received_at", "batch", "line")
"""The order in which rows arrived; the last one wins."""


def newest(described: pl.DataFrame, key: str) -> pl.DataFrame:
    """The row of each key that arrived last."""
    return described.sort(ARRIVAL).unique(key, keep="last", maintain_order=True)


def users(described: pl.DataFrame, mentions: pl.DataFrame) -> pl.DataFrame:
    """The silver/users rows of bronze/users and bronze/user_mentions, in canonical order."""
    profiles = newest(described, "user_id").select(
        *(column.name for column in PROFILE), described=True
    )
    named = mentions.select(pl.col("user_id").unique(), described=False).join(
        profiles, on="user_id", how="anti"
    )
    return contract("silver/users").conform(pl.concat([profiles, named], how="diagonal"))
