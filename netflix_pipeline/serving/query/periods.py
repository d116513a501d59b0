"""Which days or weeks a question is about, with which it is compared, and their stretches.

Beside them how numbers changed from one period to another.
"""

# Written into SQL are names out of contracts and metrics only; values are bound.
# ruff: noqa: S608

from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import chain, repeat
from typing import Literal, TypeVar

from pydantic import Field

from netflix_pipeline.errors import BadInput
from netflix_pipeline.serving.answer import AnswerModel, Period
from netflix_pipeline.serving.query.filters import check_one
from netflix_pipeline.serving.snapshot.open import Row, Snapshot

T = TypeVar("T")

Compare = Literal["previous", "year", "previous_month", "previous_quarter", "previous_year"]
"""With which period a period is compared."""

COMPARES = (
    "previous, the same number of days some whole weeks earlier, the nearest that do not overlap; "
    "year, 52 weeks earlier; previous_month, previous_quarter and previous_year, as many days "
    "from a month, a quarter or a year of the calendar earlier on, at most until the period "
    "begins, and whole months beside whole months"
)
"""What each of them means."""

MONTHS: dict[Compare, int] = {"previous_month": 1, "previous_quarter": 3, "previous_year": 12}
"""By how many months of the calendar it is earlier, where not by whole weeks."""

UNITS = {"month": 1, "quarter": 3, "year": 12}
"""Months of what begins with a month."""

A_DAY = timedelta(days=1)

WeekStart = Literal["monday", "sunday", "saturday"]
"""The day with which weeks begin; those of ISO begin with Monday."""

FIRST_DAYS: dict[WeekStart, int] = {"monday": 1, "saturday": 6, "sunday": 7}
"""Its number: 1 is Monday."""

DEFAULT_DAYS = 28
DEFAULT_WEEKS = 12
WEEK = timedelta(days=7)
MOST_DAYS = 3660
"""The longest period that is answered: ten years."""

EARLIEST, LATEST = date(1900, 1, 1), date(2999, 12, 31)
"""Days beyond these are not answered: nothing is there, and a calendar ends."""

A_YEAR = 52 * 7
"""Days between weekdays of two years that are compared."""

BUCKETS = {
    "day": "{day}",
    "week": "({day} - ((isodow({day}) + 7 - {first}) % 7)::INTEGER)",
    "month": "date_trunc('month', {day})::DATE",
    "whole": "NULL::DATE",
}
"""The first day of the stretch in which a day falls, in SQL; `first` is the weekday of weeks."""


class BadPeriod(BadInput):
    """The period ends before it begins, or is longer than can be answered."""

    parameters = ("from", "to")


class Change(AnswerModel):
    """From the period compared with to the period asked for."""

    absolute: float | None = Field(description="the difference; null where either is null")
    relative: float | None = Field(
        description="the difference ÷ the value before; null where that is 0 or null"
    )


def change(now: float | None, before: float | None) -> Change:
    """From one value to another."""
    if now is None or before is None:
        return Change(absolute=None, relative=None)
    return Change(absolute=now - before, relative=(now - before) / before if before else None)


def changes(
    now: Mapping[str, float | None], before: Mapping[str, float | None]
) -> dict[str, Change]:
    """From values to others, by name."""
    return {name: change(value, before[name]) for name, value in now.items()}


def resolve(snapshot: Snapshot, period: Period | None, known: Period | None = None) -> Period:
    """The period asked for; without one, the 28 days that end with the last of those `known`.

    These are the days with data where they are left out; without any data it is the day on which
    the snapshot was built. Raises BadPeriod.
    """
    if period is None:
        last = known.to if known else snapshot.info.data_to or snapshot.info.built_at.date()
        return Period(from_=last - timedelta(days=DEFAULT_DAYS - 1), to=last)
    return answerable(period)


def answerable(period: Period) -> Period:
    """The period, where its days can be answered. Raises BadPeriod."""
    if period.to < period.from_:
        raise BadPeriod(
            f"the period ends on {period.to}, before it begins on {period.from_}: swap the two."
        )
    if period.days > MOST_DAYS:
        raise BadPeriod(
            f"the period has {period.days} days, and at most {MOST_DAYS} are answered at once: "
            "ask for a shorter one."
        )
    if period.from_ < EARLIEST or period.to > LATEST:
        raise BadPeriod(f"days from {EARLIEST} to {LATEST} are answered: ask for some of these.")
    return period


def span(snapshot: Snapshot, rows: str) -> Period | None:
    """The first and the last day of a table, or of a query in parentheses; None without rows."""
    (days,) = snapshot.rows(f"SELECT min(event_date) AS first, max(event_date) AS last FROM {rows}")
    return Period(from_=days["first"], to=days["last"]) if days["last"] else None


def days_outside(period: Period, known: Period | None) -> str | None:
    """That there is nothing of some of the period's days, or of all; None where there may be."""
    if known is None:
        return "There is no data of any day yet."
    if known.covers(period):
        return None
    days = "some of the days" if known.meets(period) else "all of the days"
    return f"The data are of {known.from_} to {known.to}: {days} that are asked for lie outside."


def before(period: Period, compare: Compare) -> Period:
    """The period that a period is compared with: the nearest of its kind that lies before it.

    `previous` has the same number of days and weekdays, some whole weeks earlier, and so has
    `year`, 52 weeks earlier. The others begin a month, a quarter or a year of the calendar earlier
    and have the same number of days, as far as these end before the period begins; that of whole
    months has as many whole months.
    """
    months = MONTHS.get(compare)
    if months is None:
        days = A_YEAR if compare == "year" else -(-period.days // 7) * 7
        return earlier(period, days)
    first, past = _months_before(period.from_, months), period.to + A_DAY
    last = first + (period.to - period.from_)
    if period.from_.day == past.day == 1:
        last = _months_before(past, months) - A_DAY
    return Period(from_=first, to=min(last, period.from_ - A_DAY))


def _months_before(day: date, months: int) -> date:
    """The same day of the month, so many months earlier; the last one where that is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def beside(
    values: Iterable[T], parts: Iterable[Period], period: Period, other: Period
) -> tuple[T | None, ...]:
    """Values of the period compared with, each for a part of a period, as far as they go.

    It may be shorter: what begins after it has ended has nothing beside it.
    """
    shift = period.from_ - other.from_
    given = chain(values, repeat(None))
    return tuple(
        value if part.from_ - shift <= other.to else None
        for part, value in zip(parts, given, strict=False)
    )


def earlier(period: Period, days: int) -> Period:
    """The period, that many days earlier."""
    shift = timedelta(days=days)
    return Period(from_=period.from_ - shift, to=period.to - shift)


def reaches(snapshot: Snapshot, period: Period) -> bool:
    """Whether the data reaches back to the period's first day."""
    first = snapshot.info.data_from
    return first is not None and first <= period.from_


def stretches(
    period: Period, granularity: str, week_start: WeekStart = "monday"
) -> Iterator[tuple[Period, bool]]:
    """The days, weeks or months of a period, in order, and whether it cuts each.

    The first and the last are given as far as they lie in the period. `whole`: all of it at once.
    """
    if granularity == "whole":
        yield period, False
        return
    first = period.from_
    while first <= period.to:
        begin, past = _around(first, granularity, week_start)
        last = min(past - timedelta(days=1), period.to)
        yield Period(from_=first, to=last), (begin, past) != (first, last + timedelta(days=1))
        first = last + timedelta(days=1)


def begin_of(day: date, granularity: str, week_start: WeekStart = "monday") -> date:
    """The first day of the day, week, month, quarter or year in which a day falls."""
    return _around(day, granularity, week_start)[0]


def _around(day: date, granularity: str, week_start: WeekStart) -> tuple[date, date]:
    """The first day of the stretch around a day, and that of the next."""
    if granularity == "day":
        return day, day + timedelta(days=1)
    if granularity == "week":
        begin = day - timedelta(days=(day.isoweekday() - FIRST_DAYS[week_start]) % 7)
        return begin, begin + WEEK
    months = UNITS[granularity]
    begin = day.replace(month=(day.month - 1) // months * months + 1, day=1)
    return begin, _months_before(begin, -months)


def compared_with(
    snapshot: Snapshot, period: Period, compare: Compare, since: date | None = None
) -> Period | None:
    """The days that a period is compared with; None where the data do not reach back to them.

    The same as answers with `compare` name. Data begin with the first play, or `since` a day.
    Raises BadPeriod.
    """
    period = resolve(snapshot, period)
    other = before(period, compare)
    reached = since <= other.from_ if since else reaches(snapshot, other)
    return other if reached else None


def monday(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def sunday(day: date) -> date:
    """The Sunday of a day's week, or the last day that there is."""
    return date.fromordinal(min(day.toordinal() + 6 - day.weekday(), date.max.toordinal()))


def weeks(snapshot: Snapshot, period: Period | None) -> Period:
    """The whole weeks that a period touches.

    Without one, the 12 weeks that end with that of the last day with data. Raises BadPeriod.
    """
    if period is None:
        last = resolve(snapshot, None).to
        return Period(from_=monday(last) - (DEFAULT_WEEKS - 1) * WEEK, to=sunday(last))
    period = resolve(snapshot, period)
    return Period(from_=monday(period.from_), to=sunday(period.to))


def last_full_week(snapshot: Snapshot) -> date:
    """The Monday of the last week that has ended by the last day with data that is over."""
    over = snapshot.info.over or resolve(snapshot, None).to
    return monday(over + timedelta(days=1)) - WEEK


def arrivals(snapshot: Snapshot) -> Period | None:
    """The first and the last day on which something arrived; None when nothing ever did."""
    return snapshot.kept("arrivals", lambda: span(snapshot, "ledger_daily"))


def of_arrivals(snapshot: Snapshot, period: Period | None) -> Period:
    """The period asked for; without one, the 28 days that end with the newest arrival."""
    return resolve(snapshot, period, arrivals(snapshot) if period is None else None)


def fitting(period: Period, source: str | None, table: str | None) -> tuple[str, Row]:
    """Which rows a question is about, and what is bound in that. Raises UnknownValues."""
    asked = {"source": source, "table": table}
    for name, value in asked.items():
        check_one(name, value)
    given: Row = {name: value for name, value in asked.items() if value is not None}
    where = ["event_date BETWEEN $from AND $to", *(f'"{name}" = ${name}' for name in given)]
    return " AND ".join(where), given | {"from": period.from_, "to": period.to}
