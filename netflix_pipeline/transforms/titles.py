"""Titles: the newest row of each, those that only events name, and what a Top 10 ranks of them."""

from __future__ import annotations

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.contracts.bronze.titles import DESCRIPTION
from netflix_pipeline.contracts.silver.titles import LISTS
from netflix_pipeline.transforms.users import newest

SERIES_TYPES = ("series", "limited_series")
SERIES_SIGNS = ("series_id", "seasons", "episodes", "season", "episode")
"""Facts that only titles with episodes have."""


def titles(described: pl.DataFrame, mentions: pl.DataFrame) -> pl.DataFrame:
    """The silver/titles rows of bronze/titles and bronze/title_mentions, in canonical order.

    A described title is what its newest row says; of one that only events name, each fact is the
    first that a batch tells, by batch.
    """
    facts = [column.name for column in DESCRIPTION]
    rows = newest(described, "title_id").select(*facts, described=True)
    named = (
        mentions.join(rows, on="title_id", how="anti")
        .sort("batch")
        .group_by("title_id")
        .agg(pl.col(*facts[1:]).first(ignore_nulls=True))
        .select(*facts, described=False)
    )
    every = pl.concat([rows, named]).sort("title_id")
    return contract("silver/titles").conform(_entries(every))


def _entries(rows: pl.DataFrame) -> pl.DataFrame:
    """The titles with series_key, list and the entry that they belong to."""
    films, tv = LISTS
    runtime = pl.when(pl.col("runtime_minutes") > 0).then("runtime_minutes")
    is_series = (
        pl.any_horizontal(pl.col(*SERIES_SIGNS).is_not_null())
        | pl.col("content_type").is_in(SERIES_TYPES)
    ).fill_null(value=False)
    in_season = pl.col("series_key").is_not_null() & pl.col("season").is_not_null()
    season = pl.col("season").cast(pl.String)
    series_names = rows.select(series_key="title_id", series_name="title")
    entry = ("list", "entry_id")
    known_name = pl.col("title").sort_by("title_id").first(ignore_nulls=True)
    episodes = pl.col("episodes").max()
    minutes = (
        pl.when(pl.col("list") == films)
        .then("runtime_minutes")
        .otherwise(pl.col("runtime_minutes").mean().over(entry) * episodes.over(entry))
    )
    return (
        rows.with_columns(
            runtime.alias("runtime_minutes"),
            series_key=pl.coalesce("series_id", pl.when(is_series).then("title_id")),
        )
        .with_columns(
            list=pl.when(pl.col("series_key").is_null()).then(pl.lit(films)).otherwise(pl.lit(tv)),
            entry_id=pl.when(in_season)
            .then(pl.concat_str("series_key", season, separator=":S"))
            .otherwise(pl.coalesce("series_key", "title_id")),
        )
        .join(series_names, on="series_key", how="left")
        .with_columns(
            entry_name=pl.when(in_season & pl.col("series_name").is_not_null())
            .then(pl.concat_str("series_name", season, separator=": Season "))
            .otherwise(
                pl.coalesce("series_name", known_name.over(entry), "entry_id"),
            ),
            entry_runtime_minutes=pl.when(minutes > 0).then(minutes),
        )
    )
