"""Chains: rows of one group, each beginning no later than the latest reach so far.

Plays are chains of events, sittings are chains of plays. Here is what both share: how rows are
linked into chains, and the walk over days that carries chains across midnight. A row says with
`opens` when it begins and with `reaches` the latest instant at which its successor may begin, both
in microseconds since 1970. Where a chain breaks depends only on its neighbours: what a row before
a day reaches decides what continues on it, and what continues after a day decides when it is done.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

import numpy as np
import polars as pl

from netflix_pipeline.errors import ends_one

OPENS = "opens"
REACHES = "reaches"
LATEST = "latest"
CHAIN = "chain"
START_DAY = "start_day"
NUMBER, LEADS = "number of the group", "leads a group"

DAYS_AT_ONCE, ROWS_AT_ONCE = 128, 100_000
"""Days that are chained in one step, and rows from which on no further day is added to them."""

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


def days_reached(ends: Mapping[date, datetime]) -> dict[date, list[date]]:
    """By day the earlier days, in order, of which something lasts until its midnight or longer.

    `ends` says of days how long what began on them lasts (UTC).
    """
    reached: dict[date, list[date]] = {}
    for day in sorted(ends):
        for further in range(1, (ends[day].date() - day).days + 1):
            reached.setdefault(day + further * ONE_DAY, []).append(day)
    return reached


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


def in_order(key: pl.Series, tie: pl.Series) -> pl.Series:
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
    """The rows, those of a group together and in the order of (`opens`, tie), ready for `link`.

    Sorting by one number is several times cheaper than by texts: groups are told apart by a
    digest, and by what they are only where rows meet.
    """
    # Taking rows out of a frame in several pieces costs seven times as much.
    rows = rows.rechunk()
    told = rows.select(OPENS, told=digest(group))
    key = told.select(_spread(pl.col("told"), OPENS)).to_series()
    order = in_order(key, rows.get_column(tie))
    arranged = rows[order]
    reported = told.get_column("told").gather(order)
    leads = arranged.select(_leads(group).alias(LEADS)).to_series()
    if ((reported == reported.shift()) & leads).any():
        return rows.sort(*group, OPENS, tie)
    return arranged.with_columns(leads)


def by_number(rows: pl.DataFrame, number: str, tie: str) -> pl.DataFrame:
    """The rows in the order of a column of whole numbers, `opens`, and the text `tie`."""
    rows = rows.rechunk()
    key = rows.select(_spread(pl.col(number), OPENS)).to_series()
    return rows[in_order(key, rows.get_column(tie))]


def link(rows: pl.DataFrame, group: Sequence[str]) -> pl.DataFrame:
    """Arranged rows, with `chain`, the number from 0 of the chain that each belongs to.

    And with `latest`: the latest reach so far in its chain.
    """
    leads = pl.col(LEADS) if LEADS in rows.columns else _leads(group)
    number = pl.col(NUMBER)
    # A new group is above all that the groups before it reach, so it always begins a chain.
    begins = (_spread(number, OPENS) > pl.col(LATEST).shift()).fill_null(value=True)
    # Step by step: within one, what two expressions have in common is worked out twice.
    return (
        rows.with_columns(leads.cum_sum().alias(NUMBER))
        .with_columns(_spread(number, REACHES).cum_max().alias(LATEST))
        .with_columns(
            (pl.col(LATEST) - number.cast(pl.Int128) * SPREAD).cast(pl.Int64).alias(LATEST),
            (begins.cum_sum().cast(pl.Int64) - 1).set_sorted().alias(CHAIN),
        )
        .drop(NUMBER, LEADS, strict=False)
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

    `group` names the columns that tell groups apart; `has_rows(day)` says whether a day has any,
    `height(day)` about how many. `read(days)` gives the rows of days that have some as they are
    stored; `rows` makes of them those that are chained, of which `nothing` has none. `before(day)`
    gives those of earlier days that reach into it; `arrange` puts groups together and each in
    order; `merge(linked)` makes one row of each chain, in the order of `chain`, with `opens`,
    `latest`.
    """

    group: Sequence[str]
    has_rows: Callable[[date], bool]
    height: Callable[[date], int]
    read: Callable[[Sequence[date]], pl.DataFrame]
    rows: Callable[[pl.DataFrame], pl.DataFrame]
    nothing: pl.DataFrame
    before: Callable[[date], pl.DataFrame]
    arrange: Callable[[pl.DataFrame], pl.DataFrame]
    merge: Callable[[pl.DataFrame], pl.DataFrame]

    def may_have_rows(self, day: date) -> bool:
        """Whether a day has any, or nobody can tell."""
        try:
            return self.has_rows(day)
        except BaseException as error:
            if not ends_one(error):
                raise
            return True

    def rows_of(self, days: Sequence[date]) -> pl.DataFrame:
        """The rows of days, in their order."""
        those = [day for day in days if self.has_rows(day)]
        return self.rows(self.read(those)) if those else self.nothing

    def parts(self, days: Sequence[date]) -> Iterator[tuple[Sequence[date], pl.DataFrame]]:
        """The days in order with their rows, those with few rows together."""
        for part in self._cut(days):
            try:
                rows = self.rows_of(part)
            except BaseException as error:
                if len(part) == 1 or not ends_one(error):
                    raise
                # What lies before the day at which it comes is made nevertheless.
                yield from (([day], self.rows_of([day])) for day in part)
            else:
                yield part, rows
                del rows  # it is not held on to while the next ones are read

    def _cut(self, days: Sequence[date]) -> Iterator[Sequence[date]]:
        part: list[date] = []
        rows = 0
        for day in days:
            part.append(day)
            rows += self.height(day)
            if len(part) == DAYS_AT_ONCE or rows >= ROWS_AT_ONCE:
                yield part
                part, rows = [], 0
        if part:
            yield part

    def step(
        self, carried: pl.DataFrame, rows: pl.DataFrame, day: date
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The chains that end by the end of the day, and the rows of those that can go on.

        Both with `start_day`, the day on which their chain began. `rows` are those of the day, or
        of several of which it is the last.
        """
        together = pl.concat([carried.select(rows.columns), rows])
        linked = link(self.arrange(together), self.group)
        chains = self.merge(linked).with_columns(_day_of(pl.col(OPENS)).alias(START_DAY))
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
            more = self.rows_of([day]).join(
                groups, on=self.group, how="semi", nulls_equal=True, maintain_order="left"
            )
            chains, carried = self.step(carried, more, day)
            ended.append(chains.filter(pl.col(START_DAY) == start))
        return ended, day


def _day_of(instant: pl.Expr) -> pl.Expr:
    """The day of an instant in microseconds."""
    return (instant // DAY_MICROSECONDS).cast(pl.Int32).cast(pl.Date)


def stretches(days: Sequence[date], may_have_rows: Callable[[date], bool]) -> list[list[date]]:
    """The days in order, cut where a day with rows is missing between two, or many are."""
    stretched: list[list[date]] = []
    for day in sorted(set(days)):
        if stretched:
            missing = (day - stretched[-1][-1]).days - 1
            if missing < DAYS_AT_ONCE and not any(
                may_have_rows(day - back * ONE_DAY) for back in range(1, missing + 1)
            ):
                stretched[-1].append(day)
                continue
        stretched.append([day])
    return stretched


class FinalDays(NamedTuple):
    """Days that are final, in order, with the last day that the chains of each needed; the chains.

    These say their day by `start_day`.
    """

    needed: Mapping[date, date]
    chains: pl.DataFrame


def walk(days: Sequence[date], chaining: Chaining) -> Iterator[FinalDays]:
    """The days in order, as soon as they are final.

    A chain belongs to the day on which it began. A day's chains are the same whatever days are
    asked for together with it, and so is the last day that they needed: that of their latest reach.
    """
    quiet = chaining.step(chaining.nothing, chaining.nothing, date.min)
    for stretch in stretches(days, chaining.may_have_rows):
        carried = chaining.before(stretch[0])
        ended: list[pl.DataFrame] = []
        needed: dict[date, date] = {}
        for part, rows in chaining.parts(stretch):
            needed |= {day: day for day in part}
            if rows.is_empty() and carried.is_empty():
                _, carried = quiet
            else:
                chains, carried = chaining.step(carried, rows, part[-1])
                ended += _of_waiting(chains, needed)
            going_on = set(carried.get_column(START_DAY).unique())
            final: dict[date, date] = {}
            least = 0 if part[-1] == stretch[-1] else HELD_DAYS
            for start in list(needed):
                if start in going_on:
                    if len(needed) <= least:
                        break
                    later, needed[start] = chaining.follow(carried, start, part[-1])
                    ended += later
                final[start] = needed.pop(start)
            if final:
                now, ended = _begun_by(ended, max(final))
                yield FinalDays(final, pl.concat(now) if now else quiet[0])


def _of_waiting(chains: pl.DataFrame, needed: dict[date, date]) -> list[pl.DataFrame]:
    """The chains that began on days which wait; notes in `needed` how far these reach."""
    reaches = dict(chains.group_by(START_DAY).agg(_day_of(pl.col(LATEST).max())).iter_rows())
    for start in reaches.keys() & needed.keys():
        needed[start] = max(needed[start], reaches[start])
    if reaches.keys() - needed.keys():
        chains = chains.filter(pl.col(START_DAY).is_in(list(needed)))
    return [chains] if chains.height else []


def _begun_by(
    ended: Sequence[pl.DataFrame], last: date
) -> tuple[list[pl.DataFrame], list[pl.DataFrame]]:
    """The chains that began by a day, and those that began later."""
    now: list[pl.DataFrame] = []
    later: list[pl.DataFrame] = []
    for chains in ended:
        by_then = chains.get_column(START_DAY) <= last
        if by_then.all():
            now.append(chains)
        elif not by_then.any():
            later.append(chains)
        else:
            now.append(chains.filter(by_then))
            later.append(chains.filter(~by_then))
    return now, later
