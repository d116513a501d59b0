"""Preset periods of every date of three years, beside what the calendar says."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest

from netflix_pipeline.serving import (
    MOST_DAYS,
    PRESETS,
    Period,
    SnapshotInfo,
    beside,
    stretches,
)
from netflix_pipeline.serving.query.periods import FIRST_DAYS, before

A_DAY = timedelta(days=1)
FIRST, LAST = date(2023, 12, 1), date(2026, 12, 31)
"""A leap year and two that are none, from each month's first to its last."""


def snapshot(
    data_to: date, *, over: bool = True, data_from: date = date(2022, 1, 1)
) -> SnapshotInfo:
    """A snapshot whose last day with data is over, or not."""
    as_of = datetime.combine(data_to, time(12), UTC) + (A_DAY if over else timedelta())
    return SnapshotInfo(
        version=1, built_at=as_of, data_from=data_from, data_to=data_to, as_of=as_of
    )


def every_day() -> Iterator[date]:
    """Every last day with data that is tried."""
    day = FIRST
    while day <= LAST:
        yield day
        day += A_DAY


def same_month(one: date, other: date, apart: int = 0) -> bool:
    return (one.year * 12 + one.month) - (other.year * 12 + other.month) == apart


@pytest.mark.parametrize("over", [True, False])
@pytest.mark.parametrize("name", [name for name, one in PRESETS.items() if not one.of_launch])
def test_a_preset_has_the_days_that_its_name_says(name: str, over: bool) -> None:
    for last in every_day():
        period = PRESETS[name].period(snapshot(last, over=over))
        whole = last if over else last - A_DAY
        assert date(2022, 1, 1) <= period.from_ <= period.to <= last
        if name == "yesterday":
            assert (period.from_, period.to) == (whole, whole)
        elif name == "last_week":
            for start, number in FIRST_DAYS.items():
                week = PRESETS[name].period(snapshot(last, over=over), start)
                assert (week.from_.isoweekday(), week.days) == (number, 7)
                assert whole - 7 * A_DAY < week.to <= whole
        elif name == "last_month":
            assert period.from_.day == (period.to + A_DAY).day == 1
            assert same_month(period.to, period.from_)
            assert same_month(whole + A_DAY, period.to, 1)
        elif name.endswith("_to_date"):
            months = {"month": 1, "quarter": 3, "year": 12}[name.removesuffix("_to_date")]
            assert period.to == last
            assert (period.from_.day, (period.from_.month - 1) % months) == (1, 0)
            assert period.from_.year == last.year
            assert last.month - period.from_.month < months
        elif name == "all":
            assert period == Period(from_=date(2022, 1, 1), to=last)
        else:
            assert (period.to, period.days) == (last, int(name.removesuffix("d")))


@pytest.mark.parametrize("name", [name for name, one in PRESETS.items() if one.previous])
def test_a_preset_is_compared_with_the_nearest_of_its_kind_before_it(name: str) -> None:
    preset = PRESETS[name]
    assert preset.previous
    for last in every_day():
        period = preset.period(snapshot(last))
        other = before(period, preset.previous)
        assert other.to < period.from_
        if preset.previous == "previous":
            assert (other.days, other.from_.weekday()) == (period.days, period.from_.weekday())
            assert (period.from_ - other.to).days <= 7
            continue
        months = {"month": 1, "quarter": 3, "year": 12}[preset.previous.removeprefix("previous_")]
        assert other.from_.day == 1
        assert same_month(period.from_, other.from_, months)
        if (last + A_DAY).day == 1 or name == "last_month":  # whole months
            assert (other.to + A_DAY).day == 1
            assert same_month(period.to, other.to, months)
        else:
            assert other.days == min(period.days, (period.from_ - other.from_).days)


def test_a_period_since_a_launch_stays_within_the_data() -> None:
    info, launched = snapshot(date(2026, 3, 19)), PRESETS["since_launch"]
    for launch, first in (
        (date(2026, 3, 2), date(2026, 3, 2)),
        (date(1997, 5, 1), date(2022, 1, 1)),
        (date(2026, 5, 1), date(2026, 3, 19)),
        (None, date(2022, 1, 1)),
    ):
        assert launched.period(info, launch=launch) == Period(from_=first, to=date(2026, 3, 19))


def test_all_of_very_old_data_is_as_much_as_can_be_answered_at_once() -> None:
    old = snapshot(date(2026, 3, 19), data_from=date(2008, 1, 1))
    for name in ("all", "since_launch"):
        period = PRESETS[name].period(old)
        assert (period.days, period.to) == (MOST_DAYS, old.data_to)


def test_what_begins_after_the_period_compared_with_has_nothing_beside_it() -> None:
    february, march = (
        Period(from_=date(2026, month, 1), to=date(2026, month, last))
        for month, last in ((2, 28), (3, 31))
    )

    def each(period: Period) -> list[Period]:
        return [part for part, _ in stretches(period, "day")]

    assert beside(range(28), each(march), march, february) == (*range(28), None, None, None)
    assert beside(range(31), each(february), february, march) == tuple(range(28))
    weeks = [part for part, _ in stretches(march, "week")]
    assert beside("abcdef", weeks, march, february) == ("a", "b", "c", "d", "e", None)
