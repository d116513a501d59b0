"""Gold `title_profile`: how each title was watched so far."""

from datetime import date, timedelta

import numpy as np
import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.contracts.contract import UTC_MICROSECONDS
from netflix_pipeline.contracts.measures import (
    COUNTS,
    OF_PLAYS,
    completion_rate,
    made_of,
    of_entry,
    total,
)
from netflix_pipeline.transforms.dense_ids import Numbering
from netflix_pipeline.transforms.sessionize import midnight

MEASURED = made_of(OF_PLAYS)
COLUMNS = ("title_id", "user_id", "started_at", "ended_at", *MEASURED)
"""The columns of silver plays that profiles are made of."""

REVIEWED = ("title_id", "rating")
"""The columns of silver reviews that profiles are made of."""

NEXT_WITHIN = timedelta(days=7)
"""After the end of the play that completed an episode."""


def title_profile(
    plays: pl.DataFrame, titles: pl.DataFrame, reviews: pl.DataFrame, data_to: date
) -> pl.DataFrame:
    """The profile of each title that was ever played or reviewed.

    `plays` (columns `COLUMNS`) and `reviews` (`REVIEWED`) are those of all days, `titles` the whole
    of silver titles, `data_to` the last day with a play of any title. What is said of a title
    depends on its own plays and reviews and on the plays of the episodes that follow it.
    """
    user, title = Numbering(), Numbering()
    # Numbers are told apart several times faster than texts.
    numbered = plays.select(
        pl.col("started_at", "ended_at", *MEASURED),
        user=user(plays["user_id"]),
        title=title(plays["title_id"]),
    )
    names = pl.DataFrame([title.ids().alias("title_id")]).with_row_index("title")
    names = names.with_columns(pl.col("title").cast(pl.Int64))
    day = pl.col("started_at").dt.date()
    played = (
        numbered.group_by("title")
        .agg(
            *(measure.summed for measure in OF_PLAYS),
            day.min().alias("first_day"),
            day.max().alias("last_day"),
        )
        .join(_users(numbered.filter("starter"), "viewers"), on="title", how="left")
        .join(_next_episodes(numbered, titles, names, data_to), on="title", how="left")
        .join(names, on="title")
        .drop("title")
    )
    rated = reviews.group_by("title_id").agg(
        pl.len().alias("reviews"), (total(pl.col("rating")) / pl.len()).alias("rating")
    )
    counts = (*COUNTS, "viewers", "reviews", "episode_completers", "next_episode_starters")
    return contract("gold/title_profile").conform(
        played.join(rated, on="title_id", how="full", coalesce=True)
        .join(titles.select("title_id", "entry_runtime_minutes"), on="title_id", how="left")
        .with_columns(
            pl.col(*counts, "watch_seconds").fill_null(0), completion_rate=completion_rate()
        )
        .with_columns(of_entry())
    )


def following(titles: pl.DataFrame) -> pl.DataFrame:
    """The episode that follows each one, where one is known: title_id, next_title_id.

    It is the next known number of the season, else the first of the next known season.
    """
    place = ("series_key", "season", "episode")
    episodes = titles.drop_nulls(["series_key", "episode"]).select("title_id", *place)
    places = episodes.select(place).unique().sort(place)
    seasons = (
        places.drop_nulls("season")
        .group_by("series_key", "season")
        .agg(pl.col("episode").min().alias("opener"))
        .sort("series_key", "season")
        .select(
            "series_key",
            "season",
            pl.col("season", "opener").shift(-1).over("series_key").name.prefix("next_"),
        )
    )
    later = pl.col("episode").shift(-1).over("series_key", "season")
    return (
        places.with_columns(later=later)
        .join(seasons, on=["series_key", "season"], how="left")
        .select(
            *place,
            next_season=pl.when(pl.col("later").is_null()).then("next_season").otherwise("season"),
            next_episode=pl.coalesce("later", "next_opener"),
        )
        .drop_nulls("next_episode")
        .join(episodes, on=place, nulls_equal=True)
        .join(
            episodes.select("series_key", pl.exclude("series_key").name.prefix("next_")),
            on=["series_key", "next_season", "next_episode"],
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


def _users(plays: pl.DataFrame, name: str) -> pl.DataFrame:
    """How many different users each title has in the plays, both as numbers: title, `name`."""
    users = pl.col("user").max() + 1
    both = plays.select(pl.col("title") * users + pl.col("user"), users=users)
    return (
        both.lazy()
        .filter(pl.col("title").is_first_distinct())
        .select(pl.col("title") // pl.col("users"))
        .group_by("title")
        .agg(pl.len().alias(name))
        .collect()
    )


def _next_episodes(
    plays: pl.DataFrame, titles: pl.DataFrame, names: pl.DataFrame, data_to: date
) -> pl.DataFrame:
    """The users who completed each episode, and those of them who soon started the next one.

    In plays `user` and `title` are numbers, `names` (title, title_id) says of which titles.
    Columns: title, episode_completers, next_episode_starters.
    """
    follows = following(titles)
    # Of the next episode nobody may have a play.
    awaited = (
        follows.join(names, on="title_id")
        .join(names.select(next_title_id="title_id", awaited="title"), on="next_title_id")
        .select("title", "awaited")
    )
    followed = names.join(follows, on="title_id", how="semi").select("title")
    until = pl.col("ended_at") + NEXT_WITHIN
    completed = (
        plays.filter("completer")
        .select("user", "title", "started_at", "ended_at")
        .join(followed, on="title", how="semi")
        .sort("started_at", "ended_at")
        .unique(["user", "title"], keep="first")
        .select("user", "title", "started_at", until=until)
        .filter(pl.col("until") < midnight(data_to))
    )
    expecting = completed.join(awaited, on="title")
    started = (
        plays.filter("starter")
        .select("user", "title", "started_at")
        .join(awaited.select(title="awaited"), on="title", how="semi")
    )
    went_on = expecting.filter(_followed(expecting, started))
    return _users(completed, "episode_completers").join(
        _users(went_on, "next_episode_starters"), on="title", how="left"
    )


def _followed(expecting: pl.DataFrame, started: pl.DataFrame) -> pl.Series:
    """Of each row that expects a user to start the awaited title until then: whether he did."""
    columns = "user", "title", pl.col("started_at", "until").to_physical()
    both = pl.concat(
        [
            expecting.drop("title").rename({"awaited": "title"}).select(columns),
            started.with_columns(until=pl.lit(None, UTC_MICROSECONDS)).select(columns),
        ]
    )
    starts = pl.int_range(pl.len()) >= expecting.height
    # One number that sorts by user and title, then by time; at one time, who expects comes first.
    place = pl.col("user") * (pl.col("title").max() + 1) + pl.col("title")
    order = both.select(
        (place.cast(pl.Int128) * 2**63 + pl.col("started_at") * 2 + starts).arg_sort()
    ).to_series()
    arranged = both.select(place=place, at="started_at", until="until", starts=starts)[order]
    start = pl.when("starts")
    soon = arranged.select(
        (start.then("place").backward_fill() == pl.col("place"))
        & (start.then("at").backward_fill() <= pl.col("until"))
    ).to_series()
    followed = pl.Series(np.empty(both.height, bool))
    return followed.scatter(order, soon.fill_null(value=False)).head(expecting.height)
