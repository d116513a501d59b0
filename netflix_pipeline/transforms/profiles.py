"""Gold `title_profile` and `user_profile`: how a title was watched so far, how a user watches.

Profiles of users come from one walk through the days of user_daily, with arrays that have a place
for each user. Amounts are added as whole billionths, so that sums are exact.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

import numpy as np
import polars as pl

from netflix_pipeline.contracts import UTC_MICROSECONDS, contract
from netflix_pipeline.contracts.gold import SEGMENTS
from netflix_pipeline.contracts.measures import (
    COUNTS,
    OF_PLAYS,
    Measure,
    completion_rate,
    divided,
    made_of,
    of_entry,
    total,
)
from netflix_pipeline.transforms.dense_ids import Numbering, Numbers, by_day, lists, with_room
from netflix_pipeline.transforms.sessionize import midnight

MEASURES = tuple(measure.name for measure in OF_PLAYS)
MEASURED = made_of(OF_PLAYS)
PLAYED = ("title_id", "user_id", "started_at", "ended_at", *MEASURED)
"""The columns of silver plays that profiles are made of."""

REVIEWED = ("title_id", "rating")
"""The columns of silver reviews that profiles are made of."""

TOGETHER = {"season_viewers": "entry_id", "series_viewers": "series_key"}
"""Counts of viewers of several titles, and what of silver titles these have in common.

Where a title has no such thing, its own id stands for it.
"""

FAMILY = pl.coalesce("series_key", "title_id").str.replace(r"(:S-?\d+)+$", "").alias("family")
"""What all titles have in common that count as one anywhere: those of a series.

And any other that is called as a season of it is.
"""

NEXT_WITHIN = timedelta(days=7)
"""After the end of the play that completed an episode."""


def title_profile(
    plays: Iterable[pl.DataFrame], titles: pl.DataFrame, reviews: pl.DataFrame, data_to: date
) -> pl.DataFrame:
    """The profile of each title that was ever played or reviewed.

    `plays` (columns `PLAYED`), in parts of which one is held at a time, and `reviews` (`REVIEWED`)
    are those of all days, `titles` the whole of silver titles, `data_to` the last day with a play
    of any title. What is said of a title depends on its own plays and reviews and on the plays of
    the episodes that follow it; the viewers of its season and series depend on the plays of all
    titles of these.
    """
    user, title = Numbering(), Numbering()
    # Numbers are told apart several times faster than texts, and take less room.
    numbered = pl.concat(
        [
            part.select(
                pl.col("started_at", "ended_at", *MEASURED),
                user=user(part["user_id"]),
                title=title(part["title_id"]),
            )
            for part in plays
        ],
        rechunk=True,
    )
    names = _names(title)
    starters = numbered.filter("starter").select("user", "title")
    day = pl.col("started_at").dt.date()
    played = (
        numbered.group_by("title")
        .agg(
            *(measure.summed for measure in OF_PLAYS),
            day.min().alias("first_day"),
            day.max().alias("last_day"),
        )
        .join(_users(starters, "viewers"), on="title", how="left")
        .join(_next_episodes(numbered, titles, names, data_to), on="title", how="left")
        .join(names, on="title")
    )
    rated = reviews.group_by("title_id").agg(
        pl.len().alias("reviews"), (total(pl.col("rating")) / pl.len()).alias("rating")
    )
    profiled = played.join(rated, on="title_id", how="full", coalesce=True)
    added = (*MEASURES, "viewers", "reviews", "episode_completers", "next_episode_starters")
    return contract("gold/title_profile").conform(
        _with_viewers_together(profiled, starters, titles)
        .join(titles.select("title_id", "entry_runtime_minutes"), on="title_id", how="left")
        .with_columns(pl.col(added).fill_null(0), completion_rate=completion_rate())
        .with_columns(of_entry())
    )


def with_families(title_ids: pl.Series, titles: pl.DataFrame) -> pl.DataFrame:
    """The different ones of these ids with their `family`: title_id, family."""
    ids = title_ids.unique().to_frame("title_id")
    keys = titles.select("title_id", "series_key")
    return ids.join(keys, on="title_id", how="left").select("title_id", FAMILY)


def touched_titles(titles: pl.DataFrame, changed: pl.Series, profiled: pl.Series) -> pl.DataFrame:
    """The titles whose profiles change with the plays of the changed ones: title_id, family.

    These themselves, and those of their families that have a profile.
    """
    every = with_families(pl.concat([changed, profiled]), titles)
    return every.join(with_families(changed, titles), on="family", how="semi")


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


def _names(title: Numbering) -> pl.DataFrame:
    """The ids of titles by their numbers: title, title_id."""
    names = pl.DataFrame([title.ids().alias("title_id")]).with_row_index("title")
    return names.with_columns(pl.col("title").cast(pl.Int64))


def _with_viewers_together(
    profiled: pl.DataFrame, starters: pl.DataFrame, titles: pl.DataFrame
) -> pl.DataFrame:
    """The titles with the columns of `TOGETHER`, 0 where nobody viewed any of them.

    `profiled` has title_id and `title`, the number that it has in `starters` (user, title), null
    where it has none.
    """
    keys = titles.select("title_id", *TOGETHER.values())
    profiled = profiled.join(keys, on="title_id", how="left")
    for name, key in TOGETHER.items():
        group = pl.coalesce(key, "title_id").rank("dense").cast(pl.Int64)
        profiled = profiled.with_columns(group=group)
        of_title = profiled.drop_nulls("title").sort("title")["group"]
        started = starters.select("user", title=of_title.gather(starters["title"]))
        viewers = _users(started, name).rename({"title": "group"})
        profiled = profiled.join(viewers, on="group", how="left")
    return profiled.with_columns(pl.col(*TOGETHER).fill_null(0))


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


USER_DAYS = ("user_id", "genre", *MEASURES)
"""The columns of user_daily that profiles are made of, beside the day."""

SCORED = timedelta(days=28)
FAVOURED = timedelta(days=90)
FAVOURITES = 5
UNKNOWN = "unknown"
EPOCH = date(1970, 1, 1)
BILLIONTHS = 1e9
"""In one of a measure that is no count."""
BLOCK = 2**16
"""Users whose genres are ranked at a time."""


def user_profile(user_days: pl.DataFrame, data_to: date) -> pl.DataFrame:
    """The profile of each user in `user_days`, as of `data_to`, the last day with a play.

    `user_days` has `day` and the columns of user_daily named in `USER_DAYS`, of every day. What is
    said of a user depends on his rows alone.
    """
    users, ever, lately, favoured = Numbering(), _Sums(), _Sums(), _Favoured()
    for day, rows in by_day(user_days):
        user = users(rows["user_id"])
        whole = {measure.name: _whole(measure, rows) for measure in OF_PLAYS}
        ever.add(day, user, whole)
        if day > data_to - SCORED:
            lately.add(day, user, whole)
        if day > data_to - FAVOURED:
            favoured.add(user, rows["genre"], whole["watch_seconds"])
    return _profiles(
        pl.concat(
            [
                pl.DataFrame([users.ids().alias("user_id"), favoured.column(users.count)]),
                ever.frame(users.count),
                lately.frame(users.count).select(pl.all().name.suffix("_28")),
            ],
            how="horizontal",
        )
    )


def _whole(measure: Measure, rows: pl.DataFrame) -> Numbers:
    """A measure of some rows in whole numbers: a count as it is, else billionths."""
    values = rows[measure.name].to_numpy()
    return values if measure.counts else (values * BILLIONTHS).round().astype(np.int64)


def _profiles(facts: pl.DataFrame) -> pl.DataFrame:
    score = pl.col("engagement_score")
    core, regular, casual, at_risk = (pl.lit(word) for word in SEGMENTS)
    return contract("gold/user_profile").conform(
        facts.with_columns(
            hours_28=divided(pl.col("watch_seconds_28"), 3600),
            completion_rate_28=completion_rate("_28"),
        )
        .with_columns(
            engagement_score=40 * pl.min_horizontal(1.0, divided(pl.col("hours_28"), 20))
            + 30 * pl.min_horizontal(1.0, divided(pl.col("active_days_28"), 20))
            + 30 * pl.col("completion_rate_28").fill_null(0)
        )
        .with_columns(
            segment=pl.when(score >= 70)
            .then(core)
            .when(score >= 40)
            .then(regular)
            .when(score >= 10)
            .then(casual)
            .otherwise(at_risk)
        )
    )


class _Sums:
    """The measures of each user, the days on which they played, the first and the last of them."""

    def __init__(self) -> None:
        names = (*MEASURES, "active_days", "first_day", "last_day")
        self._of = {name: np.zeros(0, np.int64) for name in names}

    def add(self, day: date, user: Numbers, whole: Mapping[str, Numbers]) -> None:
        self._fit(int(user.max(initial=-1)) + 1)
        for name, values in whole.items():
            np.add.at(self._of[name], user, values)
        number = (day - EPOCH).days
        active_days, first_day = self._of["active_days"], self._of["first_day"]
        first_day[user] = np.where(active_days[user] == 0, number, first_day[user])
        self._of["last_day"][user] = number
        # Numpy adds once to a place that is named several times: a user's day counts once.
        active_days[user] += 1

    def _fit(self, count: int) -> None:
        self._of = {name: with_room(tally, count) for name, tally in self._of.items()}

    def frame(self, count: int) -> pl.DataFrame:
        """The sums of the first `count` users."""
        self._fit(count)
        return pl.DataFrame({name: tally[:count] for name, tally in self._of.items()}).select(
            *(divided(pl.col(each.name), BILLIONTHS) for each in OF_PLAYS if not each.counts),
            *COUNTS,
            "active_days",
            pl.col("first_day", "last_day").cast(pl.Int32).cast(pl.Date),
        )


class _Favoured:
    """The time that each user spent with each genre."""

    def __init__(self) -> None:
        self._genres = Numbering()
        self._spent = np.zeros((0, 0), np.int64)

    def add(self, user: Numbers, genres: pl.Series, spent: Numbers) -> None:
        genre = self._genres(genres)
        if more := self._genres.count - len(self._spent):
            self._spent = np.pad(self._spent, ((0, more), (0, 0)))
        self._spent = with_room(self._spent, int(user.max(initial=-1)) + 1)
        np.add.at(self._spent, (genre, user), spent)

    def column(self, count: int) -> pl.Series:
        """The genres of the first `count` users by time, most first, ties by name."""
        genres = self._genres.ids().alias("favourite_genres")
        by_name = genres.arg_sort().filter(genres.sort() != UNKNOWN).to_numpy()
        spent = with_room(self._spent, count)
        chosen, lengths = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        for start in range(0, count, BLOCK):
            block = spent[by_name, start : min(start + BLOCK, count)].T
            # A stable sort leaves genres of equal time in the order of their names.
            ranked = np.argsort(-block, axis=1, kind="stable")[:, :FAVOURITES]
            watched = np.take_along_axis(block, ranked, axis=1) > 0
            chosen.append(by_name[ranked[watched]])
            lengths.append(watched.sum(axis=1))
        return lists(genres.gather(np.concatenate(chosen)), np.concatenate(lengths))
