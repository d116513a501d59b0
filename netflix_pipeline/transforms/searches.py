"""Searches, with the dimensions by which they are grouped."""

from __future__ import annotations

import polars as pl

from netflix_pipeline.contracts import contract


def searches(events: pl.DataFrame, users: pl.DataFrame) -> pl.DataFrame:
    """The silver/searches rows of bronze/search_events, in canonical order.

    The country is the search's, else the user's in silver/users; missing ones are `unknown`.
    """
    home = users.select("user_id", user_country="country")
    return contract("silver/searches").conform(
        events.join(home, on="user_id", how="left").with_columns(
            pl.coalesce("country", "user_country", pl.lit("unknown")).alias("country"),
            pl.col("device").cast(pl.String).fill_null("unknown"),
        )
    )
