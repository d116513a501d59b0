"""The weeks in which each user played: what retention and lifecycle are counted from."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl

from netflix_pipeline.transforms.dense_ids import Numbering, Numbers, by_day, lists, with_room


def user_weeks(user_days: pl.DataFrame) -> pl.DataFrame:
    """The weeks of each user: user_id, weeks (the Mondays of weeks with a play, in order).

    `user_days` has user_id and day of every play. What is said of a user depends on his rows alone.
    """
    users = Numbering()
    flags: dict[date, Numbers] = {}
    for day, rows in by_day(user_days):
        user, monday = users(rows["user_id"]), day - timedelta(days=day.weekday())
        known = flags.get(monday, np.zeros(0, np.int8))
        flags[monday] = with_room(known, int(user.max(initial=-1)) + 1)
        flags[monday][user] = 1
    mondays = sorted(flags)
    played = np.zeros((users.count, len(mondays)), np.int8)
    for week, monday in enumerate(mondays):
        played[:, week] = with_room(flags[monday], users.count)[: users.count]
    of_users = pl.Series("weeks", mondays, dtype=pl.Date).gather(np.nonzero(played)[1])
    weeks = lists(of_users, played.sum(axis=1, dtype=np.int64))
    return pl.DataFrame([users.ids().alias("user_id"), weeks])
