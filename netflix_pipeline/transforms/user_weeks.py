"""The weeks in which each user played: what retention and lifecycle are counted from."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl

from netflix_pipeline.transforms.dense_ids import Numbering, Numbers, by_day, lists, with_room

COLUMNS = ("user_id",)
"""The columns of user_daily that it is made of, beside the day."""


def user_weeks(user_days: pl.DataFrame) -> pl.DataFrame:
    """The weeks of each user: user_id, weeks (the Mondays of weeks with a play, in order).

    `user_days` has user_id and day of every play. What is said of a user depends on his rows alone.
    """
    users, weeks = Numbering(), Weeks()
    for day, rows in by_day(user_days):
        weeks.add(day, users(rows["user_id"]))
    return pl.DataFrame([users.ids().alias("user_id"), weeks.column(users.count)])


class Weeks:
    """The weeks in which users, by their numbers, played."""

    def __init__(self) -> None:
        self._played: dict[date, Numbers] = {}

    def add(self, day: date, user: Numbers) -> None:
        """Add the users of a day."""
        monday = day - timedelta(days=day.weekday())
        flags = self._played.get(monday, np.zeros(0, np.int8))
        self._played[monday] = flags = with_room(flags, int(user.max(initial=-1)) + 1)
        flags[user] = 1

    def column(self, count: int) -> pl.Series:
        """The Mondays of the first `count` users, a list for each: `weeks`."""
        mondays = sorted(self._played)
        played = np.zeros((count, len(mondays)), np.int8)
        for week, monday in enumerate(mondays):
            played[:, week] = with_room(self._played[monday], count)[:count]
        of_users = pl.Series("weeks", mondays, dtype=pl.Date).gather(np.nonzero(played)[1])
        return lists(of_users, played.sum(axis=1, dtype=np.int64))
