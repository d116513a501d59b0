"""Gold `title_profile` and `user_profile`: how a title was watched so far, how a user watches.

Profiles of users come from one walk through the days of user_daily, with arrays that have a place
for each user. Amounts are added as whole billionths, so that sums are exact.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    rounded,
    total,
)
from netflix_pipeline.transforms.dense_ids import Numbering, Numbers, by_day, lists, with_room
from netflix_pipeline.transforms.sessionize import in_order, microseconds, midnight

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

PAIR = 2**32
"""What tells a title's number from a user's in one number for both."""

ROWS_OF_USERS = 1_000_000
"""Rows of plays that are told apart or sorted together: bounds memory, and caches hold more."""

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
    title(titles["title_id"])  # first, so that a number leads to what is known of its title
    places = _places(titles)
    sums, viewers, steps = [list[pl.DataFrame]() for _ in range(3)]
    # Numbers are told apart several times faster than texts, and take less room: nothing else is
    # held of a part once its sums are made.
    for part in plays:
        numbered = part.select(
            pl.col("started_at", "ended_at").to_physical(),
            *MEASURED,
            user=pl.Series(user(part["user_id"]), dtype=pl.Int32),
            title=pl.Series(title(part["title_id"]), dtype=pl.Int32),
        )
        sums.append(_summed(numbered))
        viewers.append(numbered.filter("starter").select("user", "title"))
        steps.append(_steps(numbered, places))
    next_episodes = _next_episodes(steps, data_to)
    steps.clear()
    starters = pl.concat(viewers)
    viewers.clear()
    played = (
        _together(sums)
        .join(_users(starters, "viewers"), on="title", how="left")
        .join(next_episodes, on="title", how="left")
        .join(_names(title), on="title")
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


def _summed(numbered: pl.DataFrame) -> pl.DataFrame:
    """What plays add to each title, to which that of other plays adds up."""
    begun = pl.col("started_at")
    return numbered.group_by("title").agg(
        *(measure.exact for measure in OF_PLAYS),
        begun.min().alias("first_day"),
        begun.max().alias("last_day"),
    )


def _together(sums: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """The measures of each title, the days of its first and last play, of parts of `_summed`."""
    day = pl.col("first_day", "last_day").cast(UTC_MICROSECONDS).dt.date()
    return (
        pl.concat(sums)
        .group_by("title")
        .agg(pl.col(MEASURES).sum(), pl.col("first_day").min(), pl.col("last_day").max())
        .with_columns(day, *(rounded(pl.col(m.name)) for m in OF_PLAYS if not m.counts))
    )


def _names(title: Numbering) -> pl.DataFrame:
    """The ids of titles by their numbers: title, title_id."""
    names = pl.DataFrame([title.ids().alias("title_id")]).with_row_index("title")
    return names.with_columns(pl.col("title").cast(pl.Int32))


def _by_users(parts: Sequence[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """The rows of all parts, those of some users (`user`) at a time, some `ROWS_OF_USERS`."""
    count = 1 + sum(part.height for part in parts) // ROWS_OF_USERS
    for number in range(count):
        theirs = pl.col("user") % count == number
        yield pl.concat([part.filter(theirs) for part in parts], rechunk=True)


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
        group = pl.coalesce(key, "title_id").rank("dense").cast(pl.Int32)
        profiled = profiled.with_columns(group=group)
        numbered = profiled.drop_nulls("title")
        known = numbered["title"].to_numpy()
        of_title = np.zeros(int(known.max(initial=-1)) + 1, np.int32)
        of_title[known] = numbered["group"].to_numpy()
        started = starters.select("user", title=pl.Series(of_title[starters["title"].to_numpy()]))
        viewers = _users(started, name).rename({"title": "group"})
        profiled = profiled.join(viewers, on="group", how="left")
    return profiled.with_columns(pl.col(*TOGETHER).fill_null(0))


def _users(plays: pl.DataFrame, name: str) -> pl.DataFrame:
    """How many different users each title has in the plays, both as numbers: title, `name`."""
    parts = [
        of_users.select(pair=pl.col("title").cast(pl.Int64) * PAIR + pl.col("user"))
        .filter(pl.col("pair").is_first_distinct())
        .group_by(title=(pl.col("pair") // PAIR).cast(plays.schema["title"]))
        .len()
        for of_users in _by_users([plays])
    ]
    return pl.concat(parts).group_by("title").agg(pl.col("len").sum().alias(name))


def _places(titles: pl.DataFrame) -> pl.DataFrame:
    """In the order of the titles, by numbers: `place`, that of an episode, and the next, `awaited`.

    An episode that has several ids has one place. Of what follows nothing `awaited` is null, and so
    is the `place` of what follows nothing.
    """
    follows = following(titles)
    follows = follows.with_columns(
        place=pl.col("next_title_id").min().over("title_id").rank("dense").cast(pl.Int32)
    )
    awaited = follows.select("title_id", awaited="place").unique()
    placed = follows.select("place", title_id="next_title_id").unique()
    return (
        titles.select("title_id")
        .join(placed, on="title_id", how="left", maintain_order="left")
        .join(awaited, on="title_id", how="left", maintain_order="left")
        .select("place", "awaited")
    )


def _steps(numbered: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """The plays that complete an episode, and those that start the next one, in numbers.

    Columns: user, the `place` that is awaited or was started, `at` (started_at), and of those that
    complete one `until` and its `title`, which are null of the others.
    """
    # Numbers from there on are of titles that nobody described.
    told = numbered.filter(pl.col("title") < places.height)
    told = told.with_columns(each.gather(told["title"]) for each in places)
    within = NEXT_WITHIN // timedelta(microseconds=1)
    completing = told.filter("completer", pl.col("awaited").is_not_null()).select(
        "user",
        "title",
        place="awaited",
        at="started_at",
        until=pl.col("ended_at") + within,
    )
    starting = told.filter("starter", pl.col("place").is_not_null()).select(
        "user", "place", at="started_at"
    )
    return pl.concat([completing, starting], how="diagonal")


def _next_episodes(steps: Sequence[pl.DataFrame], data_to: date) -> pl.DataFrame:
    """The users who completed each episode, and those of them who soon started the next one.

    Of parts of what `_steps` gives. A user's first completion of a title counts, and only where the
    time in which the next one is awaited is over. Columns: title, episode_completers,
    next_episode_starters.
    """
    of_users = [_next_episodes_of(rows, data_to) for rows in _by_users(steps)]
    return pl.concat(of_users).group_by("title").agg(pl.exclude("title").sum())


def _next_episodes_of(steps: pl.DataFrame, data_to: date) -> pl.DataFrame:
    """The same of all steps of some users."""
    group = pl.col("user").cast(pl.Int64) * (pl.col("place").max() + 1) + pl.col("place")
    # One number that sorts by user and place, then by time; at one time, who awaits comes first.
    time = pl.col("at") * 2 + pl.col("title").is_null()
    order = in_order(
        steps.select(group.cast(pl.Int128) * 2**63 + time).to_series(), steps["until"]
    ).to_numpy()
    at, group_of, user, title, until = (
        steps.select(value).to_series().to_numpy()[order]
        for value in (
            *("at", group, "user"),
            *(pl.col("title").fill_null(-1), pl.col("until").fill_null(0)),
        )
    )
    completing, starting = np.flatnonzero(title >= 0), np.flatnonzero(title < 0)
    starting = np.append(starting, len(order))
    # Behind the last start stands one of nobody's.
    at, group_of = np.append(at, 0), np.append(group_of, -1)
    start = starting[np.searchsorted(starting, completing)]
    went_on = (group_of[start] == group_of[completing]) & (at[start] <= until[completing])
    completions = pl.DataFrame(
        {
            "title": title[completing],
            "pair": title[completing].astype(np.int64) * PAIR + user[completing],
            "until": until[completing],
            "went_on": went_on,
        }
    )
    return (
        completions.filter(pl.col("pair").is_first_distinct())
        .filter(pl.col("until") < microseconds(midnight(data_to)))
        .group_by("title")
        .agg(
            pl.len().alias("episode_completers"),
            pl.col("went_on").sum().alias("next_episode_starters"),
        )
    )


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
    users, profiles = Numbering(), UserProfiles(data_to)
    for day, rows in by_day(user_days):
        profiles.add(day, users(rows["user_id"]), rows)
    return profiles.of(users.ids())


class UserProfiles:
    """The profiles of users, to whom days are added in order, as of `data_to`."""

    def __init__(self, data_to: date) -> None:
        self._data_to = data_to
        self._ever, self._lately, self._favoured = _Sums(), _Sums(), _Favoured()

    def add(self, day: date, user: Numbers, rows: pl.DataFrame) -> None:
        """Add the rows of a day (columns `USER_DAYS`), with the number of the user of each."""
        whole = {measure.name: _whole(measure, rows) for measure in OF_PLAYS}
        self._ever.add(day, user, whole)
        if day > self._data_to - SCORED:
            self._lately.add(day, user, whole)
        if day > self._data_to - FAVOURED:
            self._favoured.add(user, rows["genre"], whole["watch_seconds"])

    def of(self, ids: pl.Series) -> pl.DataFrame:
        """The profiles of the users, whose ids are given in the order of their numbers."""
        count = ids.len()
        return _profiles(
            pl.concat(
                [
                    pl.DataFrame([ids.alias("user_id"), self._favoured.column(count)]),
                    self._ever.frame(count),
                    self._lately.frame(count).select(pl.all().name.suffix("_28")),
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
