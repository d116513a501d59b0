"""Gold `user_profile`: what is known of how each user watches, and the weeks in which they played.

One walk through the days of user_daily, with arrays that have a place for each user: memory grows
with the users, not with the days. Seconds are added as whole nanoseconds, so that sums are exact.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa

from netflix_pipeline.contracts import contract
from netflix_pipeline.contracts.gold.user_profile import SEGMENTS
from netflix_pipeline.transforms.measures import COUNTS
from netflix_pipeline.transforms.numbering import Numbering, Numbers, with_room

if TYPE_CHECKING:
    from collections.abc import Iterable

COLUMNS = ("user_id", "genre", *COUNTS, "watch_seconds")
"""The columns of user_daily that a user's history is made of."""

SCORED = timedelta(days=28)
FAVOURED = timedelta(days=90)
FAVOURITES = 5
UNKNOWN = "unknown"
EPOCH = date(1970, 1, 1)
NANOSECONDS = 1e9
BLOCK = 2**16
"""Users whose genres are ranked at a time."""


class UserHistory(NamedTuple):
    """What the days tell of each user.

    `profiles` are the rows of gold/user_profile; `weeks` (user_id, weeks) the Mondays of the weeks
    in which each one played, in order: retention and lifecycle are counted from them.
    """

    profiles: pl.DataFrame
    weeks: pl.DataFrame


def user_history(days: Iterable[tuple[date, pl.DataFrame]], data_to: date) -> UserHistory:
    """The history of each user in `days`, as of `data_to`, the last day with a play.

    `days` gives the days of user_daily (columns `COLUMNS`) in order, each read when its turn comes.
    What is said of a user depends on his rows alone.
    """
    ever, lately, favoured = _Sums(), _Sums(), _Favoured()
    users, weeks = Numbering(), _Weeks()
    for day, rows in days:
        user = users(rows["user_id"])
        seconds = (rows["watch_seconds"].to_numpy() * NANOSECONDS).round().astype(np.int64)
        ever.add(day, user, rows, seconds)
        weeks.add(day, user)
        if day > data_to - SCORED:
            lately.add(day, user, rows, seconds)
        if day > data_to - FAVOURED:
            favoured.add(user, rows["genre"], seconds)
    ids = users.ids()
    profiles = pl.concat(
        [
            ids.alias("user_id").to_frame(),
            ever.frame(users.count),
            lately.frame(users.count).select(pl.all().name.suffix("_28")),
            favoured.frame(users.count),
        ],
        how="horizontal",
    )
    return UserHistory(
        _profiles(profiles), weeks.frame(users.count).insert_column(0, ids.alias("user_id"))
    )


def _profiles(told: pl.DataFrame) -> pl.DataFrame:
    starters, completers = pl.col("starters_28"), pl.col("completers_28")
    score = (
        40 * pl.min_horizontal(1.0, pl.col("hours_28") / 20)
        + 30 * pl.min_horizontal(1.0, pl.col("active_days_28") / 20)
        + 30 * pl.col("completion_rate_28")
    )
    at_risk, casual, regular, core = (pl.lit(word) for word in reversed(SEGMENTS))
    segment = (
        pl.when(pl.col("engagement_score") >= 70)
        .then(core)
        .when(pl.col("engagement_score") >= 40)
        .then(regular)
        .when(pl.col("engagement_score") >= 10)
        .then(casual)
        .otherwise(at_risk)
    )
    return contract("gold/user_profile").conform(
        told.with_columns(
            hours_28=pl.col("watch_seconds_28") / 3600,
            completion_rate_28=pl.when(starters > 0).then(completers / starters).otherwise(0.0),
        )
        .with_columns(engagement_score=score)
        .with_columns(segment=segment)
    )


class _Sums:
    """The measures of each user, the days on which they played, the first and the last of them."""

    def __init__(self) -> None:
        names = (*COUNTS, "nanoseconds", "active_days", "first_day", "last_day")
        self.tallies = {name: np.zeros(0, np.int64) for name in names}

    def add(self, day: date, user: Numbers, rows: pl.DataFrame, nanoseconds: Numbers) -> None:
        self.fit(int(user.max(initial=-1)) + 1)
        for name in COUNTS:
            np.add.at(self.tallies[name], user, rows[name].to_numpy())
        np.add.at(self.tallies["nanoseconds"], user, nanoseconds)
        number = (day - EPOCH).days
        active_days, first_day = self.tallies["active_days"], self.tallies["first_day"]
        first_day[user] = np.where(active_days[user] == 0, number, first_day[user])
        self.tallies["last_day"][user] = number
        # Numpy adds once to a place that is named several times: a user's day counts once.
        active_days[user] += 1

    def fit(self, count: int) -> None:
        self.tallies = {name: with_room(tally, count) for name, tally in self.tallies.items()}

    def frame(self, count: int) -> pl.DataFrame:
        self.fit(count)
        return pl.DataFrame({name: tally[:count] for name, tally in self.tallies.items()}).select(
            pl.all().exclude("nanoseconds", "first_day", "last_day"),
            pl.col("first_day", "last_day").cast(pl.Int32).cast(pl.Date),
            watch_seconds=pl.col("nanoseconds") / NANOSECONDS,
        )


class _Weeks:
    """The weeks in which each user played."""

    def __init__(self) -> None:
        self.played: dict[date, Numbers] = {}

    def add(self, day: date, user: Numbers) -> None:
        monday = day - timedelta(days=day.weekday())
        flags = self.played.get(monday, np.zeros(0, np.int8))
        self.played[monday] = flags = with_room(flags, int(user.max(initial=-1)) + 1)
        flags[user] = 1

    def frame(self, count: int) -> pl.DataFrame:
        mondays = sorted(self.played)
        flags = np.zeros((count, len(mondays)), np.int8)
        for week, monday in enumerate(mondays):
            flags[:, week] = with_room(self.played[monday], count)[:count]
        week = np.array(mondays, "datetime64[D]")[np.nonzero(flags)[1]]
        return _lists("weeks", pl.Series(week, dtype=pl.Date), flags.sum(axis=1, dtype=np.int64))


class _Favoured:
    """The time that each user spent with each genre."""

    def __init__(self) -> None:
        self.genres = Numbering()
        self.tallies: dict[int, Numbers] = {}

    def add(self, user: Numbers, genres: pl.Series, nanoseconds: Numbers) -> None:
        genre = self.genres(genres)
        for number in np.unique(genre).tolist():
            of_genre = genre == number
            tally = self.tallies.get(number, np.zeros(0, np.int64))
            self.tallies[number] = tally = with_room(tally, int(user[of_genre].max()) + 1)
            np.add.at(tally, user[of_genre], nanoseconds[of_genre])

    def frame(self, count: int) -> pl.DataFrame:
        ids = self.genres.ids()
        by_name = ids.arg_sort().filter(ids.sort() != UNKNOWN).to_list()
        tallies = [with_room(self.tallies[number], count) for number in by_name]
        genres = [np.zeros(0, np.int64)]
        lengths = [np.zeros(0, np.int64)]
        for start in range(0, count, BLOCK) if tallies else ():
            spent = np.stack([tally[start : min(start + BLOCK, count)] for tally in tallies], axis=1)
            # A stable sort keeps genres of equal time in the order of their names.
            favourites = np.argsort(-spent, axis=1, kind="stable")[:, :FAVOURITES]
            known = np.take_along_axis(spent, favourites, axis=1) > 0
            genres.append(favourites[known])
            lengths.append(known.sum(axis=1))
        chosen = ids.gather(by_name).gather(np.concatenate(genres))
        each = np.concatenate(lengths) if tallies else np.zeros(count, np.int64)
        return _lists("favourite_genres", chosen, each)


def _lists(name: str, values: pl.Series, lengths: Numbers) -> pl.DataFrame:
    """A column of lists, each with the next `lengths` of the values."""
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    lists = pa.LargeListArray.from_arrays(pa.array(offsets), values.to_arrow())
    return pl.Series(name, lists, dtype=pl.List(values.dtype)).to_frame()
