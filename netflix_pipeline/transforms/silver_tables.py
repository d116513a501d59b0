"""The silver tables that are made row by row: events, the quarantine, users and titles.

Rows of events stay rows, but for the platform's own canaries; the dimensions by which they are
grouped are `unknown` where nobody tells them. Of users and titles the newest row of each counts,
beside those that only events name; of titles also what a Top 10 ranks of them.
"""

import polars as pl

from netflix_pipeline.contracts import CANARY_USER, contract
from netflix_pipeline.contracts.bronze import DESCRIPTION, PROFILE, VIDEO
from netflix_pipeline.contracts.silver import LISTS
from netflix_pipeline.title_texts import named_id, plain_title, read_titles
from netflix_pipeline.transforms.dense_ids import places
from netflix_pipeline.transforms.several_days import conformed

UNKNOWN = "unknown"
OF_PEOPLE = pl.col("user_id") != CANARY_USER
DEVICE = pl.col("device").cast(pl.String).fill_null(UNKNOWN)


def searches(events: pl.DataFrame, users: pl.DataFrame) -> pl.DataFrame:
    """The silver/searches rows of bronze/search_events, in canonical order.

    The country is the search's, else that of the user in silver/users, which are sorted by their
    ids.
    """
    events = events.filter(OF_PEOPLE)
    user = places(events.get_column("user_id"), users.get_column("user_id"))
    home = users.get_column("country").gather(user)
    return conformed(
        "silver/searches",
        events.with_columns(pl.coalesce("country", home, pl.lit(UNKNOWN)).alias("country"), DEVICE),
    )


def recommendations(events: pl.DataFrame) -> pl.DataFrame:
    """The silver/recommendations rows of bronze/recommendation_events, in canonical order."""
    return conformed(
        "silver/recommendations",
        events.filter(OF_PEOPLE).with_columns(pl.col("algorithm").fill_null(UNKNOWN), DEVICE),
    )


def reviews(events: pl.DataFrame) -> pl.DataFrame:
    """The silver/reviews rows of bronze/reviews, in canonical order."""
    return conformed("silver/reviews", events.filter(OF_PEOPLE))


def quarantine(rows: pl.DataFrame) -> pl.DataFrame:
    """The silver/quarantine rows of an arrival day; `quarantine_id` is `<batch>:<line>`."""
    return conformed(
        "silver/quarantine",
        rows.with_columns(quarantine_id=pl.concat_str("batch", "line", separator=":")),
    )


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


SERIES_TYPES = ("series", "limited_series")
SERIES_SIGNS = ("series_id", "seasons", "episodes", "season", "episode")
"""Facts that only titles with episodes have."""


def titles(described: pl.DataFrame, mentions: pl.DataFrame) -> pl.DataFrame:
    """The silver/titles rows of bronze/titles and bronze/title_mentions, in canonical order.

    A described title is what its newest row says; of one that only events name, each fact is the
    first that a batch tells, by batch. Of a video known by its name alone, all such names together
    tell series, season and episode; each series that they tell of is a title of its own.
    """
    facts = [column.name for column in DESCRIPTION]
    rows = newest(described, "title_id").select(*facts, described=True)
    named = (
        mentions.sort("batch")
        .group_by("title_id")
        .agg(pl.col(*facts[1:]).first(ignore_nulls=True))
        .select(facts)
    )
    named = _read(named).join(rows, on="title_id", how="anti").with_columns(described=False)
    every = pl.concat([rows, named]).sort("title_id")
    return contract("silver/titles").conform(_entries(every))


def _read(named: pl.DataFrame) -> pl.DataFrame:
    """The titles, videos with what their names tell, and the series of which they are episodes."""
    telling = named.drop_nulls(["title", "content_type"]).select("title_id", "title")
    kinds = [_id_made_of(own, name) for own, name in telling.iter_rows()]
    made = telling.select("title_id", kind=pl.Series(kinds, dtype=pl.String)).drop_nulls()
    videos = named.join(made.filter(kind="title"), on="title_id", how="semi")
    # Series are told anew: an earlier release stored those that it had read.
    content_type = pl.col("content_type")
    others = named.join(made, on="title_id", how="anti").with_columns(
        pl.when(content_type != VIDEO).then(content_type)
    )
    title = pl.Series("title", map(plain_title, videos["title"].to_list()), pl.String)
    readings = read_titles(title)
    kind = pl.when("limited").then(pl.lit("limited_series")).otherwise(pl.lit("series"))
    series = readings.drop_nulls("series").unique("series").select("series", content_type=kind)
    ids = (named_id(name, "series") for name in series["series"])
    series = series.with_columns(pl.Series("series_id", ids, pl.String))
    episodes = (
        readings.join(series, on="series", how="left", maintain_order="left")
        .with_columns(title, videos["title_id"], pl.col("content_type").fill_null("film"))
        .select("title_id", "title", "content_type", "series_id", "season", "episode")
    )
    of_series = series.group_by(title_id="series_id").agg(
        pl.col("content_type").max(), title=pl.col("series").min()
    )
    return pl.concat([others, episodes, of_series], how="diagonal")


def _id_made_of(own: str, name: str) -> str | None:
    """Of what kind the id of something is that is known by that name alone; else None."""
    if own == named_id(name) or (plain_title(name) != name and own == named_id(plain_title(name))):
        return "title"
    return "series" if own == named_id(name, "series") else None


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
