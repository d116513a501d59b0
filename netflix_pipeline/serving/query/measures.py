"""Metrics of a period: their expressions, from the metric layer, over rows.

A metric's expression is an aggregate over the rows of its table. Where the table is too coarse for
a filter or a split, or slower, the same columns come from plays, so that the expression stays the
one definition.
"""

# Written into SQL are names out of contracts and metrics only; values are bound.
# ruff: noqa: S608

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from netflix_pipeline.contracts.dimensions import FACTS, HOUR, LEVELS, PEOPLE, WEEKDAY
from netflix_pipeline.contracts.measures import OF_ENTRIES, OF_PLAYS
from netflix_pipeline.errors import BadInput
from netflix_pipeline.metrics import METRICS, Metric, metric
from netflix_pipeline.serving.answer import Period
from netflix_pipeline.serving.query import daily_sums, rollups, viewer_bitmaps, viewer_days
from netflix_pipeline.serving.query.filters import ALL, Filters, column, conditions
from netflix_pipeline.serving.query.local_plays import plays_of, sittings_of
from netflix_pipeline.serving.snapshot.open import Row, Snapshot

OF_TITLES = """(
    SELECT m.*, {views}
    FROM (SELECT {keys}, {measures} FROM {rows} WHERE {where} GROUP BY ALL) AS m
    LEFT JOIN (
        SELECT code AS title_id, entry_runtime_minutes
        FROM codes.title_id JOIN titles ON titles.title_id = name
    ) AS t USING (title_id)
)"""
"""The columns of engagement_daily, by title."""

OF_USERS = "(SELECT *, starter::INTEGER AS starters FROM {plays} WHERE {where})"
"""The rows of user_daily, not grouped: distinct users are the same."""

FIRST_PLAY = "first_play"
"""A split of plays: whether their user played for the first time ever in the period."""

OF_NEWCOMERS = """(
    SELECT *, user_id IN (
        SELECT code FROM codes.user_id JOIN user_profile ON user_profile.user_id = name
        WHERE first_day BETWEEN $from AND $to
    ) AS first_play
    FROM {plays}
)"""
"""The plays, with the column of that split."""

OF_LOCAL_NEWCOMERS = """(
    SELECT *, user_id IN (
        SELECT user_id FROM {plays} WHERE user_id IN (
            SELECT code FROM codes.user_id JOIN user_profile ON user_profile.user_id = name
            WHERE first_day >= $zone_first
        ) GROUP BY user_id HAVING min(event_date) >= $from
    ) AS first_play
    FROM {plays}
)"""
"""The same on the clock of a zone.

Whoever has a play before the first day of UTC that is looked at played before the period, too.
"""


@dataclass(frozen=True)
class Rows:
    """What follows FROM, and what it binds. Every row is of a day, `event_date`, where asked so."""

    sql: str
    bound: Row

    def beside(self, others: str) -> "Rows":
        """The same, where what is bound has other names, to stand in one question with others."""
        named = {f"{others}_{name}": value for name, value in self.bound.items()}
        return Rows(re.sub(r"\$(?=[a-z])", f"${others}_", self.sql), named)


def rows_of(
    snapshot: Snapshot,
    table: str,
    period: Period,
    filters: Filters,
    split: str | None = None,
    *,
    by_day: bool = True,
    clock: ZoneInfo | None = None,
) -> Rows:
    """The rows of a gold table of these days under these filters, with the column of the split.

    Not `by_day`, the rows of several days may be one, which has no `event_date`. Days are those of
    the `clock`, where there is one and the table is of plays or sittings; else of UTC.
    """
    narrowed, bound = conditions(snapshot, filters)
    where = f"event_date BETWEEN $from AND $to{narrowed}"
    bound |= {"from": period.from_, "to": period.to}
    named = {*filters.given, *([split] if split else [])} - {WEEKDAY}
    plays, placed = plays_of(snapshot, clock, period)
    if split == FIRST_PLAY:
        plays = (OF_LOCAL_NEWCOMERS if clock else OF_NEWCOMERS).format(plays=plays)
    if table == "user_daily":
        return Rows(OF_USERS.format(plays=plays, where=where), bound | placed)
    if table == "sitting_daily" and clock:
        sittings, placed = sittings_of(clock, period)
        return Rows(f"{sittings} WHERE {where}", bound | placed)
    of_titles = {*LEVELS, *FACTS}
    from_plays = {*of_titles, HOUR, *PEOPLE, FIRST_PLAY}
    if table == "engagement_daily" and (clock or named & from_plays):
        days = ("event_date",) if by_day else ()
        keys = dict.fromkeys((*days, "title_id", *([column(split)] if split else [])))
        summed = clock is None and named <= {"country", *of_titles}
        titles = OF_TITLES.format(
            keys=", ".join(keys),
            measures=", ".join(
                f"{f'sum({each.name})' if summed else each.summed_sql} AS {each.name}"
                for each in OF_PLAYS
            ),
            views=", ".join(f"coalesce({each.sql}, 0) AS {each.name}" for each in OF_ENTRIES),
            rows="coded.title_daily" if summed else plays,
            where=where,
        )
        return Rows(titles, bound | placed)
    place = (
        rollups.location(snapshot, named) if table == rollups.CONTRACT.name else f"coded.{table}"
    )
    return Rows(f"{place} WHERE {where}", bound)


def chosen(names: Iterable[str]) -> str:
    """The expressions of metrics, under their names."""
    return ", ".join(f"{METRICS[name].expression} AS {name}" for name in names)


WINDOWS = {"dau": 1, "wau": 7, "mau": 30}
"""The days over which each count of the audience looks back, its own day included."""

AUDIENCE = (*WINDOWS, "stickiness")
"""The metrics that a period shows of its last day."""

NEVER = Period(from_=date.min, to=date.min)
"""A period in which nothing can have happened."""

BY_DAY = (
    "engagement_daily",
    "user_daily",
    "sitting_daily",
    "audience_daily",
    "search_daily",
    "recommendation_daily",
)
"""The tables whose metrics can be had for any period."""

OF_PERIODS = tuple(
    metric.name for metric in METRICS.values() if metric.expression and metric.table in BY_DAY
)
"""The metrics that are one number of any period."""


class NotByPeriod(BadInput):
    """The metric is not one number of a period."""

    parameters = ("metric",)


def of_period(name: str) -> Metric:
    """The metric of that name. Raises UnknownMetric, and NotByPeriod where no period has it."""
    definition = metric(name)
    if name not in OF_PERIODS:
        raise NotByPeriod(
            f"{name} is not a number of a period. These are: {', '.join(OF_PERIODS)}."
        )
    return definition


def values(
    snapshot: Snapshot,
    metrics: Sequence[Metric],
    period: Period,
    filters: Filters,
    clock: ZoneInfo | None = None,
) -> Row:
    """The metrics of a period, by name: those of one table in one pass over it.

    Its days are those of the `clock`, where there is one, for metrics that go by zones.
    """
    tables: dict[str, list[str]] = defaultdict(list)
    row: Row = {}
    of_last_day: Row = {}
    for each in metrics:
        if each.name in AUDIENCE:
            of_last_day = of_last_day or last_days(snapshot, [period.to])[period.to]
            row[each.name] = of_last_day[each.name]
        elif each.name == "viewers" and clock is None:
            of_viewers = viewer_days.of(snapshot, filters)
            if of_viewers is not None:
                row[each.name] = of_viewers.different(period)
            elif not filters.given:
                row[each.name] = viewer_bitmaps.viewers(snapshot, period)
            else:
                tables[each.table].append(each.name)
        else:
            tables[each.table].append(each.name)
    for table, of_table in tables.items():
        found = None
        if clock is None or not METRICS[of_table[0]].by_zone:
            found = daily_sums.values(snapshot, table, of_table, period, filters)
        if found is None:
            rows = rows_of(snapshot, table, period, filters, clock=clock)
            found = over(snapshot, rows, of_table)
        row |= found
    return row


def over(snapshot: Snapshot, rows: Rows, names: Iterable[str]) -> Row:
    """The metrics over all of the rows."""
    told = ", ".join(
        f"{viewer_bitmaps.expression(snapshot, METRICS[name])} AS {name}" for name in names
    )
    (row,) = snapshot.rows(f"SELECT {told} FROM {rows.sql}", rows.bound)
    return row


def nothing(snapshot: Snapshot, metric: Metric) -> float | None:
    """What a metric says where nothing happened; those of a last day say nothing of no day."""
    if metric.name in AUDIENCE:
        return None
    row = snapshot.kept(
        f"nothing of {metric.name}",
        lambda: over(snapshot, rows_of(snapshot, metric.table, NEVER, ALL), [metric.name]),
    )
    value: float | None = row[metric.name]
    return value


def last_days(snapshot: Snapshot, days: Sequence[date]) -> dict[date, Row]:
    """What periods that end on these days show of them: dau, wau, mau, stickiness."""
    known = snapshot.kept("audience of days", lambda: _audience_of_days(snapshot))
    by_day = {day: known[day] for day in days if day in known}
    missing = [day for day in days if day not in by_day]
    if missing:
        later = {name: audience(snapshot, name, missing) for name in AUDIENCE}
        by_day |= {day: {name: later[name][day] for name in AUDIENCE} for day in missing}
    return by_day


def _audience_of_days(snapshot: Snapshot) -> dict[date, Row]:
    """What the table tells of each of its days."""
    rows = snapshot.rows(
        f"SELECT event_date, {chosen(AUDIENCE)} FROM coded.audience_daily GROUP BY event_date"
    )
    return {row.pop("event_date"): row for row in rows}


def audience(snapshot: Snapshot, name: str, days: Sequence[date]) -> dict[date, float | None]:
    """dau, wau, mau or stickiness of days that no table has, such as those after the data.

    Null where the data do not reach back over the whole window.
    """
    if name == "stickiness":
        daily, monthly = (audience(snapshot, part, days) for part in ("dau", "mau"))
        return {day: (daily[day] or 0) / whole if (whole := monthly[day]) else None for day in days}
    first, last, window = snapshot.info.data_from, snapshot.info.data_to, WINDOWS[name]
    if first is None or last is None:
        return dict.fromkeys(days, 0 if name == "dau" else None)
    # How far from the first and the last day with data a window of days begins.
    begins = {
        day: ((day - first).days - window + 1, (day - last).days - window + 1) for day in days
    }
    viewers = snapshot.pairs(
        "SELECT day, sum(users)::BIGINT AS viewers FROM ("
        "SELECT day, bit_count(bit_or(users)) AS users FROM (SELECT unnest(?::DATE[]) AS day) "
        f"JOIN coded.viewers ON event_date BETWEEN day - {window - 1} AND day "
        "GROUP BY day, block) GROUP BY day",
        [[day for day, (known, past) in begins.items() if known >= 0 >= past]],
    )
    return {
        day: viewers.get(day, 0) if known >= 0 or name == "dau" else None
        for day, (known, _) in begins.items()
    }
