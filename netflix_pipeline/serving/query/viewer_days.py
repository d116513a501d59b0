"""Who watched on which day under some filters, in memory: their number in any period and its days.

Viewers do not add up, so under filters each period is another pass over its plays. The plays that
fit are read once for a snapshot instead, as users by day, and kept while there is room: other days,
the period before and each day of a chart are then counted in a millisecond.
"""

# Written into SQL are conditions of `filters` only; values are bound.

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import date
from itertools import accumulate

import numpy as np

from netflix_pipeline.serving.answer import Period
from netflix_pipeline.serving.query import viewer_bitmaps
from netflix_pipeline.serving.query.bounded_memo import BoundedMemo
from netflix_pipeline.serving.query.filters import Filters, conditions
from netflix_pipeline.serving.snapshot.open import Snapshot

MOST_PLAYS = 12_000_000
"""Plays of a snapshot up to which all are looked at for a filter."""
MOST_BYTES = 48 * 2**20
"""Of the users that are kept, of the filters that were asked for last."""

USERS = """
    SELECT event_date, list(user_id) AS users FROM coded.plays WHERE starter{narrowed}
    GROUP BY event_date ORDER BY event_date
"""


@dataclass(frozen=True)
class UsersOfDays:
    """The users of each day, the earliest first; one may stand there several times.

    They are numbers below that of all `codes`.
    """

    days: list[date]
    begins: list[int]
    users: np.ndarray[tuple[int], np.dtype[np.int32]]
    codes: int

    def different(self, period: Period) -> int:
        """The different ones of a period."""
        first = self.begins[bisect_left(self.days, period.from_)]
        past = self.begins[bisect_right(self.days, period.to)]
        seen = np.zeros(self.codes, np.bool_)
        seen[self.users[first:past]] = True
        return int(np.count_nonzero(seen))


def of(snapshot: Snapshot, filters: Filters) -> UsersOfDays | viewer_bitmaps.DayViewers | None:
    """Who watched under filters on each day of UTC; None where that is too much to keep.

    Raises UnknownValues.
    """
    if not filters.given:
        return viewer_bitmaps.of_days(snapshot)
    plays = snapshot.kept("number of plays", lambda: _plays(snapshot))
    if plays > MOST_PLAYS:
        return None
    kept: BoundedMemo[Filters, UsersOfDays] = snapshot.kept(
        "users of days", lambda: BoundedMemo(MOST_BYTES, lambda one: one.users.nbytes)
    )
    return kept.get(filters, lambda: _read(snapshot, filters))


def _plays(snapshot: Snapshot) -> int:
    (row,) = snapshot.rows("SELECT count(*) AS plays FROM coded.plays")
    return int(row["plays"])


def _read(snapshot: Snapshot, filters: Filters) -> UsersOfDays:
    narrowed, bound = conditions(snapshot, filters)
    found = snapshot.frame(USERS.format(narrowed=narrowed), bound)
    users = found["users"].explode().drop_nulls().to_numpy().astype(np.int32)
    begins = [0, *accumulate(found["users"].list.len())]
    codes = int(users.max()) + 1 if users.size else 0
    return UsersOfDays(found["event_date"].to_list(), begins, users, codes)
