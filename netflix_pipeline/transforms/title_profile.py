"""Gold `title_profile`: how each title was watched so far."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.transforms.measures import COLUMNS as MEASURED
from netflix_pipeline.transforms.measures import OF_PLAYS, share, total

COLUMNS = ("title_id", "user_id", "started_at", *MEASURED)
"""The columns of silver plays that profiles are made of."""

REVIEWED = ("title_id", "rating")
"""The columns of silver reviews that profiles are made of."""

NEXT_WITHIN = timedelta(days=7)


def title_profile(plays: pl.DataFrame, titles: pl.DataFrame, reviews: pl.DataFrame) -> pl.DataFrame:
    """The profile of each title that was ever played or reviewed.

    `plays` (columns `COLUMNS`) and `reviews` (`REVIEWED`) are those of all days, `titles` the whole
    of silver titles. What is said of a title depends on its own plays and reviews and on the plays
    of the episodes that follow it.
    """
    day = pl.col("started_at").dt.date()
    played = plays.group_by("title_id").agg(
        *OF_PLAYS,
        day.min().alias("first_day"),
        day.max().alias("last_day"),
        pl.col("user_id").filter("starter").n_unique().alias("viewers"),
    )
    rated = reviews.group_by("title_id").agg(
        pl.len().alias("reviews"), (total(pl.col("rating")) / pl.len()).alias("rating")
    )
    counts = ("plays", "starters", "watchers", "completers", "plays_without_duration", "viewers")
    views = pl.col("watch_seconds") / 60 / pl.col("entry_runtime_minutes")
    return contract("gold/title_profile").conform(
        played.join(rated, on="title_id", how="full", coalesce=True)
        .join(titles.select("title_id", "entry_runtime_minutes"), on="title_id", how="left")
        .join(_next_episodes(plays, titles), on="title_id", how="left")
        .with_columns(
            pl.col(*counts, "reviews", "episode_completers", "next_episode_starters").fill_null(0),
            pl.col("watch_seconds").fill_null(0),
            views=views.fill_null(0),
            completion_rate=share("completers", "starters"),
        )
    )


def _episodes(titles: pl.DataFrame) -> pl.DataFrame:
    return titles.filter(pl.col("series_key").is_not_null(), pl.col("episode").is_not_null())


def following(titles: pl.DataFrame) -> pl.DataFrame:
    """The episode that follows each one, where both are known: title_id, next_title_id.

    It is the next of the same season, or after its last the first of the next season.
    """
    place = ("series_key", "season")
    episodes = _episodes(titles).select("title_id", *place, "episode")
    seasons = episodes.group_by(place).agg(
        pl.col("episode").min().alias("first"), pl.col("episode").max().alias("last")
    )
    ends_season = pl.col("episode") == pl.col("last")
    next_season = seasons.select(
        "series_key", pl.col("season") - 1, pl.col("first").alias("opener")
    )
    return (
        episodes.join(seasons, on=place, nulls_equal=True)
        .join(next_season, on=place, how="left")
        .select(
            "title_id",
            "series_key",
            pl.col("season") + ends_season.cast(pl.Int32),
            pl.when(ends_season).then("opener").otherwise(pl.col("episode") + 1).alias("episode"),
        )
        .join(
            episodes.rename({"title_id": "next_title_id"}),
            on=[*place, "episode"],
            nulls_equal=True,
        )
        .select("title_id", "next_title_id")
    )


def touched_titles(titles: pl.DataFrame, changed: pl.Series) -> tuple[pl.Series, pl.Series]:
    """What a change of the plays of some titles touches.

    The ids of the titles whose profiles change: the changed ones and those that they follow; and
    the ids of the titles whose plays must be read for that: these and those that follow them.
    """
    follows = following(titles)
    ids = changed.alias("title_id").unique()
    preceding = follows.filter(pl.col("next_title_id").is_in(ids.implode()))["title_id"]
    profiles = pl.concat([ids, preceding]).unique().sort()
    after = follows.filter(pl.col("title_id").is_in(profiles.implode()))["next_title_id"]
    return profiles, pl.concat([profiles, after.alias("title_id")]).unique().sort()


def _next_episodes(plays: pl.DataFrame, titles: pl.DataFrame) -> pl.DataFrame:
    """The users who completed each episode, and those of them who soon started the next.

    Columns: title_id, episode_completers, next_episode_starters.
    """
    completed = (
        plays.filter("completer")
        .select("user_id", "title_id", "started_at")
        .join(_episodes(titles), on="title_id", how="semi")
    )
    expecting = completed.join(following(titles), on="title_id").sort("started_at")
    started = (
        plays.filter("starter")
        .select("user_id", pl.col("title_id").alias("next_title_id"), "started_at")
        .join(expecting, on=["user_id", "next_title_id"], how="semi")
        .with_columns(next_at="started_at")
        .sort("started_at")
    )
    went_on = expecting.join_asof(
        started,
        on="started_at",
        by=["user_id", "next_title_id"],
        strategy="forward",
        tolerance=NEXT_WITHIN,
        check_sortedness=False,
    ).filter(pl.col("next_at").is_not_null())
    return (
        completed.group_by("title_id")
        .agg(pl.col("user_id").n_unique().alias("episode_completers"))
        .join(
            went_on.group_by("title_id").agg(
                pl.col("user_id").n_unique().alias("next_episode_starters")
            ),
            on="title_id",
            how="left",
        )
    )
