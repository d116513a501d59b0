"""Gold `user_profile`: what is known of how each user watches.

One walk through the days of user_daily, with arrays that have a place for each user. Seconds are
added as whole nanoseconds, so that sums are exact.
"""

from datetime import date, timedelta

import numpy as np
import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.contracts.gold.user_profile import SEGMENTS
from netflix_pipeline.contracts.measures import COUNTS, completion_rate
from netflix_pipeline.transforms.dense_ids import Numbering, Numbers, by_day, lists, with_room

COLUMNS = ("user_id", "genre", *COUNTS, "watch_seconds")
"""The columns of user_daily that profiles are made of, beside the day."""

SCORED = timedelta(days=28)
FAVOURED = timedelta(days=90)
FAVOURITES = 5
UNKNOWN = "unknown"
EPOCH = date(1970, 1, 1)
NANOSECONDS = 1e9
BLOCK = 2**16
"""Users whose genres are ranked at a time."""


def user_profile(user_days: pl.DataFrame, data_to: date) -> pl.DataFrame:
    """The profile of each user in `user_days`, as of `data_to`, the last day with a play.

    `user_days` has `day` and the columns of user_daily named in `COLUMNS`, of every day. What is
    said of a user depends on his rows alone.
    """
    users, ever, lately, favoured = Numbering(), _Sums(), _Sums(), _Favoured()
    for day, rows in by_day(user_days):
        user = users(rows["user_id"])
        spent = (rows["watch_seconds"].to_numpy() * NANOSECONDS).round().astype(np.int64)
        ever.add(day, user, rows, spent)
        if day > data_to - SCORED:
            lately.add(day, user, rows, spent)
        if day > data_to - FAVOURED:
            favoured.add(user, rows["genre"], spent)
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


def _profiles(facts: pl.DataFrame) -> pl.DataFrame:
    score = pl.col("engagement_score")
    core, regular, casual, at_risk = (pl.lit(word) for word in SEGMENTS)
    return contract("gold/user_profile").conform(
        facts.with_columns(
            hours_28=pl.col("watch_seconds_28") / 3600,
            completion_rate_28=completion_rate("_28"),
        )
        .with_columns(
            engagement_score=40 * pl.min_horizontal(1.0, pl.col("hours_28") / 20)
            + 30 * pl.min_horizontal(1.0, pl.col("active_days_28") / 20)
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
        names = (*COUNTS, "nanoseconds", "active_days", "first_day", "last_day")
        self._of = {name: np.zeros(0, np.int64) for name in names}

    def add(self, day: date, user: Numbers, rows: pl.DataFrame, nanoseconds: Numbers) -> None:
        self._fit(int(user.max(initial=-1)) + 1)
        for name in COUNTS:
            np.add.at(self._of[name], user, rows[name].to_numpy())
        np.add.at(self._of["nanoseconds"], user, nanoseconds)
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
            *COUNTS,
            "active_days",
            pl.col("first_day", "last_day").cast(pl.Int32).cast(pl.Date),
            watch_seconds=pl.col("nanoseconds") / NANOSECONDS,
        )


class _Favoured:
    """The time that each user spent with each genre."""

    def __init__(self) -> None:
        self._genres = Numbering()
        self._spent = np.zeros((0, 0), np.int64)

    def add(self, user: Numbers, genres: pl.Series, nanoseconds: Numbers) -> None:
        genre = self._genres(genres)
        if more := self._genres.count - len(self._spent):
            self._spent = np.pad(self._spent, ((0, more), (0, 0)))
        self._spent = with_room(self._spent, int(user.max(initial=-1)) + 1)
        np.add.at(self._spent, (genre, user), nanoseconds)

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
