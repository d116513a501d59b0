"""Time zones in quarters of an hour, against the time zone database itself."""

from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netflix_pipeline.serving import Period
from netflix_pipeline.serving.query import quarter_hours
from netflix_pipeline.serving.query.quarter_hours import UnknownZone, hours

NAMES = sorted(available_timezones())
DAYS = st.dates(date(2000, 1, 1), date(2040, 1, 1))


@given(st.sampled_from(NAMES), DAYS, st.integers(0, 400), st.data())
def test_the_clock_of_every_zone_is_whole_quarters_ahead(
    name: str, first: date, days: int, data: st.DataObject
) -> None:
    period = Period(from_=first, to=first + timedelta(days=days))
    offsets = quarter_hours.offsets_of(quarter_hours.zone(name), period)
    begin, past = (
        quarter_hours.midnight(period.from_) - 96,
        quarter_hours.midnight(period.to) + 2 * 96,
    )
    for quarter in data.draw(st.lists(st.integers(begin, past), min_size=20)):
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(minutes=15 * quarter)
        ahead = offsets.shifts[bisect_right(offsets.begins, quarter) - 1]
        assert at.astimezone(ZoneInfo(name)).utcoffset() == timedelta(minutes=15 * ahead)


@given(st.sampled_from(NAMES), DAYS, st.integers(0, 3))
def test_the_hours_of_days_follow_each_other_and_are_all_of_them(
    name: str, first: date, days: int
) -> None:
    zone, last = ZoneInfo(name), first + timedelta(days=days)
    found = list(hours(Period(from_=first, to=last), zone))
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
        assert not any(first <= at.astimezone(zone).date() <= last for at in around)


@pytest.mark.parametrize(
    "name", ["", "Mars/Olympus", "europe/berlin", "Europe", "../UTC", "/etc/localtime", "UTC\0"]
)
def test_a_zone_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(UnknownZone, match="Europe/Berlin"):
        quarter_hours.zone(name)
