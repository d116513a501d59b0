"""Chains: rows of one group, each beginning no later than the latest reach so far.

Plays are chains of events, sittings are chains of plays. Here is what both share: how rows are
linked into chains, and the walk over days that carries chains across midnight. A row says with
`opens` when it begins and with `reaches` the latest instant at which its successor may begin, both
in microseconds since 1970. Where a chain breaks depends only on its neighbours: what a row before
a day reaches decides what continues on it, and what continues after a day decides when it is done.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

import numpy as np
import polars as pl

OPENS = "opens"
REACHES = "reaches"
LATEST = "latest"
CHAIN = "chain"
START_DAY = "start_day"

HELD_DAYS = 4
"""Days that wait for a chain to end before it is looked up ahead of the walk: bounds memory."""

ONE_DAY = timedelta(days=1)
DAY_MICROSECONDS = 86_400_000_000
# Times stay far below it, so that group * SPREAD + time sorts by group, then time.
SPREAD = 2**63


def midnight(day: date) -> datetime:
    """The instant at which the UTC day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def microseconds(instant: datetime) -> int:
    """An instant in microseconds since 1970."""
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _spread(group: pl.Expr, time: str) -> pl.Expr:
    """One 128-bit key that sorts by a whole number and then by a time in microseconds."""
    return group.cast(pl.Int128) * SPREAD + pl.col(time)


def _leads(group: Sequence[str]) -> pl.Expr:
    """Whether a row is of another group than the row before it; null is a value of its own."""
    differs = pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift()) for name in group)
    return differs | (pl.int_range(pl.len()) == 0)


def digest(group: Sequence[str]) -> pl.Expr:
    """A 64-bit digest of the columns that name a group; null is a value of its own."""
    hashed = pl.col(group[0]).hash(0)
    for seed, name in enumerate(group[1:], start=1):
        hashed ^= pl.col(name).hash(seed)
    return hashed


def _in_order(key: pl.Series, tie: pl.Series) -> pl.Series:
    """The positions of the rows in the order of (key, tie); `tie` is looked at where needed."""
    order = key.arg_sort()
    arranged = key.gather(order)
    again = (arranged == arranged.shift()).fill_null(value=False)
    if again.any():
        tied = (again | again.shift(-1, fill_value=False)).arg_true()
        rows = order.gather(tied)
        among = pl.DataFrame({"row": rows, "key": key.gather(rows), "tie": tie.gather(rows)})
        order = order.scatter(tied, among.sort("key", "tie").get_column("row"))
    return order


def arrange(rows: pl.DataFrame, group: Sequence[str], tie: str) -> pl.DataFrame:
    """The rows, those of a group together and in the order of (`opens`, tie).

    Sorting by one number is several times cheaper than by texts: groups are told apart by a
    digest, and by what they are only where rows meet.
    """
    # Taking rows out of a frame in several pieces costs seven times as much.
    rows = rows.rechunk()
    keys = rows.select(_spread(digest(group), OPENS).alias("key"), told=digest(group))
    order = _in_order(keys.get_column("key"), rows.get_column(tie))
    arranged = rows[order]
    reported = keys.get_column("told").gather(order)
    collides = (reported == reported.shift()) & arranged.select(_leads(group)).to_series()
    return rows.sort(*group, OPENS, tie) if collides.any() else arranged


def link(rows: pl.DataFrame, group: Sequence[str]) -> pl.DataFrame:
    """Arranged rows, with `chain`, the number from 0 of the chain that each belongs to.

    And with `latest`: the latest reach so far in its chain.
    """
    # A new group is above all that the groups before it reach, so it always begins a chain.
    number = _leads(group).cum_sum()
    latest = _spread(number, REACHES).cum_max()
    begins = (_spread(number, OPENS) > latest.shift()).fill_null(value=True)
    return rows.with_columns(
        (latest - number.cast(pl.Int128) * SPREAD).cast(pl.Int64).alias(LATEST),
        (begins.cum_sum().cast(pl.Int64) - 1).set_sorted().alias(CHAIN),
    )


Positions = np.ndarray[tuple[int], np.dtype[np.intp]]


def first_rows(linked: pl.DataFrame) -> Positions:
    """The position of the first row of each chain."""
    return np.flatnonzero(np.diff(linked.get_column(CHAIN).to_numpy(), prepend=-1))


def lengths(linked: pl.DataFrame, firsts: Positions) -> pl.Series:
    """How many rows each chain has."""
    return pl.Series(np.diff(firsts, append=linked.height), dtype=pl.Int32)


def last_rows(linked: pl.DataFrame, firsts: Positions) -> Positions:
    """The position of the last row of each chain."""
    return np.append(firsts[1:], linked.height)[: len(firsts)] - 1


def how_many(flags: pl.Series, firsts: Positions) -> pl.Series:
    """In how many rows of each chain the flag is set."""
    return pl.Series(flags.name, np.add.reduceat(flags.to_numpy(), firsts, dtype=np.int64))


def total_of_known(values: pl.Series, firsts: Positions) -> pl.Series:
    """The sum of the known values of each chain, in the order of its rows; null where none is."""
    totals = pl.Series(values.name, np.add.reduceat(values.fill_null(0).to_numpy(), firsts))
    return totals.set(how_many(values.is_not_null(), firsts) == 0, None)


def largest_known(values: pl.Series, firsts: Positions) -> pl.Series:
    """The largest of the known values of each chain; null where none is."""
    largest = np.fmax.reduceat(values.fill_null(np.nan).to_numpy(), firsts)
    return pl.Series(values.name, largest, nan_to_null=True)


class Chaining(NamedTuple):
    """How the rows of a table become chains.

    `group` names the columns that tell groups apart. `rows(day)` gives a day's rows, `before(day)`
    those of earlier days that reach into it, `arrange` groups together and each in order;
    `merge(linked)` makes one row of each chain, in the order of `chain`, with `opens`, `latest`.
    """

    group: Sequence[str]
    rows: Callable[[date], pl.DataFrame]
    before: Callable[[date], pl.DataFrame]
    arrange: Callable[[pl.DataFrame], pl.DataFrame]
    merge: Callable[[pl.DataFrame], pl.DataFrame]

    def step(
        self, carried: pl.DataFrame, rows: pl.DataFrame, day: date
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The chains that end by the end of the day, and the rows of those that can go on.

        Both with `start_day`, the day on which their chain began.
        """
        together = pl.concat([carried.select(rows.columns), rows])
        linked = link(self.arrange(together), self.group)
        chains = self.merge(linked).with_columns(
            (pl.col(OPENS) // DAY_MICROSECONDS).cast(pl.Int32).cast(pl.Date).alias(START_DAY)
        )
        goes_on = chains.get_column(LATEST) >= microseconds(midnight(day + ONE_DAY))
        going_on = linked.filter(goes_on.gather(linked.get_column(CHAIN)))
        start_days = chains.get_column(START_DAY).gather(going_on.get_column(CHAIN))
        return chains.filter(~goes_on), going_on.with_columns(start_days)

    def follow(
        self, carried: pl.DataFrame, start: date, day: date
    ) -> tuple[list[pl.DataFrame], date]:
        """The chains begun on `start` that go on after `day`, and the last day they needed."""
        ended = []
        while not (carried := carried.filter(pl.col(START_DAY) == start)).is_empty():
            day += ONE_DAY
            groups = carried.select(self.group).unique()
            more = self.rows(day).join(
                groups, on=self.group, how="semi", nulls_equal=True, maintain_order="left"
            )
            chains, carried = self.step(carried, more, day)
            ended.append(chains.filter(pl.col(START_DAY) == start))
        return ended, day


def stretches(days: Sequence[date]) -> list[list[date]]:
    """The days in order, cut where a day is missing between two."""
    stretched: list[list[date]] = []
    for day in sorted(set(days)):
        if stretched and day - stretched[-1][-1] == ONE_DAY:
            stretched[-1].append(day)
        else:
            stretched.append([day])
    return stretched


def walk(days: Sequence[date], chaining: Chaining) -> Iterator[tuple[date, pl.DataFrame, date]]:
    """Each day in order, once it is final: the day, its chains, the last day that they needed.

    A chain belongs to the day on which it began. A day's chains are the same whatever days are
    asked for together with it.
    """
    for stretch in stretches(days):
        carried = chaining.before(stretch[0])
        nothing = chaining.step(carried.clear(), carried.clear(), stretch[0])
        waiting: dict[date, list[pl.DataFrame]] = {}
        final: dict[date, date] = {}
        for day in stretch:
            rows = chaining.rows(day)
            quiet = rows.is_empty() and carried.is_empty()
            chains, carried = nothing if quiet else chaining.step(carried, rows, day)
            going_on = set(carried.get_column(START_DAY).unique())
            waiting[day] = []
            for start in waiting.keys() - final.keys():
                waiting[start].append(chains.filter(pl.col(START_DAY) == start))
                if start not in going_on:
                    final[start] = day
            overdue = list(waiting)[: None if day == stretch[-1] else -HELD_DAYS]
            for start in overdue:
                if start not in final:
                    ended, final[start] = chaining.follow(carried, start, day)
                    waiting[start] += ended
            while waiting and (start := next(iter(waiting))) in final:
                yield start, pl.concat(waiting.pop(start)), final.pop(start)
