"""Time zones in quarters of an hour, against the time zone database itself."""

from bisect import bisect_right
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import duckdb
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from netflix_pipeline.serving import Period
from netflix_pipeline.serving.query import zones
from netflix_pipeline.serving.query.local_plays import ahead_of
from netflix_pipeline.serving.query.quarter_hours import hours
from netflix_pipeline.time_zones import NO_PLACE, UnknownZone, meant, zone

NAMES = sorted(available_timezones() - NO_PLACE)
DAYS = st.dates(date(2000, 1, 1), date(2040, 1, 1))


@given(st.sampled_from(NAMES), DAYS, st.integers(0, 400), st.data())
def test_the_clock_of_every_zone_is_whole_quarters_ahead(
    name: str, first: date, days: int, data: st.DataObject
) -> None:
    period = Period(from_=first, to=first + timedelta(days=days))
    offsets = zones.offsets_of(zone(name), period)
    begin, past = (
        zones.midnight(period.from_) - 96,
        zones.midnight(period.to) + 2 * 96,
    )
    for quarter in data.draw(st.lists(st.integers(begin, past), min_size=20)):
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(minutes=15 * quarter)
        ahead = offsets.shifts[bisect_right(offsets.begins, quarter) - 1]
        assert at.astimezone(ZoneInfo(name)).utcoffset() == timedelta(minutes=15 * ahead)


@given(st.sampled_from(NAMES), DAYS, st.integers(0, 3))
def test_the_hours_of_days_follow_each_other_and_are_all_of_them(
    name: str, first: date, days: int
) -> None:
    clock, last = ZoneInfo(name), first + timedelta(days=days)
    found = list(hours(Period(from_=first, to=last), clock))
    assert len({hour.key for hour in found}) == len(found)
    for hour in found:
        assert first <= hour.begins.date() <= last
        lasts = hour.ends.astimezone(UTC) - hour.begins.astimezone(UTC)
        assert timedelta() < lasts <= timedelta(hours=1)
        assert hour.whole == (lasts == timedelta(hours=1))
    for hour, following in pairwise(found):
        assert hour.ends.astimezone(UTC) == following.begins.astimezone(UTC)
    if found:  # a few days of the Pacific never were
        around = found[0].begins.astimezone(UTC) - timedelta(microseconds=1), found[-1].ends
        assert not any(first <= at.astimezone(clock).date() <= last for at in around)


@given(st.sampled_from(NAMES), DAYS, st.integers(0, 400), st.lists(st.floats(0, 1), min_size=5))
@example("Europe/Berlin", date(2025, 3, 30), 210, [0.0, 1.0])  # days of 23 and 25 hours
@example("America/St_Johns", date(2009, 11, 1), 0, [0.5])  # back from one past midnight
@example("Pacific/Apia", date(2011, 12, 29), 2, [0.5])  # a day that never was
def test_what_a_clock_showed_to_the_microsecond(
    name: str, first: date, days: int, shares: list[float]
) -> None:
    clock, period = ZoneInfo(name), Period(from_=first, to=first + timedelta(days=days))
    begin = datetime.combine(first - timedelta(days=1), time(), UTC)
    past = begin + timedelta(days=days + 3)
    moments = [begin + share * (past - begin) for share in shares]
    # Those around each change are the ones that matter.
    for change in zones.changes(clock, period):
        moments += [change, change - timedelta(microseconds=1), change + timedelta(minutes=10)]
    moments = [at for at in moments if begin <= at < past]
    ahead, bound = ahead_of(clock, period)
    shown = duckdb.execute(
        f"SELECT make_timestamp(epoch_us(p.started_at) + {ahead}) "
        "FROM (SELECT unnest($moments::TIMESTAMP[]) AS started_at) AS p",
        bound | {"moments": [at.replace(tzinfo=None) for at in moments]},
    ).fetchall()
    assert [at for (at,) in shown] == [at.astimezone(clock).replace(tzinfo=None) for at in moments]


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Mars/Olympus",
        "europe/berlin",
        "Europe",
        "../UTC",
        "/etc/localtime",
        "UTC\0",
        "localtime",
    ],
)
def test_a_zone_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(UnknownZone, match="Europe/Berlin"):
        zone(name)


@given(st.sampled_from(NAMES), st.sampled_from([str.lower, str.upper, str.swapcase, " {} ".format]))
def test_a_name_in_any_case_means_its_zone(name: str, typed: Callable[[str], str]) -> None:
    assert meant(typed(name)).key == name


@pytest.mark.parametrize(
    ("typed", "name"),
    [("berlin", "Europe/Berlin"), ("New York", "America/New_York"), ("utc", "UTC")],
)
def test_a_place_that_is_in_one_zone_alone_means_it(typed: str, name: str) -> None:
    assert meant(typed).key == name


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        ("indianapolis", {"America/Indianapolis", "America/Indiana/Indianapolis"}),
        ("berln", {"Europe/Berlin"}),
        ("Germany/Berlin", {"Europe/Berlin"}),
        ("x" * 100_000, set()),
    ],
)
def test_what_means_no_zone_or_several_is_refused_with_those_near(
    typed: str, near: set[str]
) -> None:
    with pytest.raises(UnknownZone) as refused:
        meant(typed)
    assert near <= {*refused.value.near}
    assert len(refused.value.near) <= 3
