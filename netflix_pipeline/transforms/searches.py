"""Searches, with the dimensions by which they are grouped."""

from __future__ import annotations

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.contracts.contract import CANARY_USER
from netflix_pipeline.transforms.sorted_lookup import places


def searches(events: pl.DataFrame, users: pl.DataFrame) -> pl.DataFrame:
    """The silver/searches rows of bronze/search_events, in canonical order.

    The country is the search's, else that of the user in silver/users, which are sorted by their
    ids; missing ones are `unknown`.
    """
    events = events.filter(pl.col("user_id") != CANARY_USER)
    user = places(events.get_column("user_id"), users.get_column("user_id"))
    home = users.get_column("country").gather(user)
    return contract("silver/searches").conform(
        events.with_columns(
            pl.coalesce("country", home, pl.lit("unknown")).alias("country"),
            pl.col("device").cast(pl.String).fill_null("unknown"),
        )
    )
