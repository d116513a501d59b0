"""A column of titles, each read beside all others."""

from __future__ import annotations

import polars as pl

from netflix_pipeline.title_texts.episode_titles import parse_title

TOLD = pl.Schema(
    {
        "series": pl.String(),
        "season": pl.Int32(),
        "episode": pl.Int32(),
        "episode_name": pl.String(),
        "limited": pl.Boolean(),
    }
)
"""What a title tells: `series` is null for a film; `limited` of a series that has one season."""


def read_titles(titles: pl.Series) -> pl.DataFrame:
    """What each of the titles tells, a row a title in their order, in the columns of TOLD.

    The titles are looked at together, so give all that are known: a whole file, or all of a home.
    Their order and how often one occurs change nothing. A missing title tells nothing.
    """
    distinct = titles.drop_nulls().unique()
    told = [parse_title(text) for text in distinct.to_list()]
    known = pl.DataFrame(
        [
            (text, each.series, each.season, each.episode, each.episode_name, each.limited)
            for text, each in zip(distinct.to_list(), told, strict=True)
        ],
        schema={"title": pl.String(), **TOLD},
        orient="row",
    )
    return (
        titles.rename("title")
        .to_frame()
        .join(known, on="title", how="left", maintain_order="left")
        .select(TOLD.names())
    )
