"""How late rows usually come: from which counts, to which day, at the edges."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netflix_pipeline.metrics import Lateness, measured_days
from netflix_pipeline.metrics.lateness import within_hours

TODAY = date(2026, 3, 20)
MIDNIGHT = datetime(2026, 3, 20, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LONG_AGO = date(2020, 1, 1)


def test_it_is_measured_over_four_weeks_that_ended_a_week_ago() -> None:
    assert measured_days(TODAY, LONG_AGO) == (date(2026, 2, 13), date(2026, 3, 12))


def test_days_up_to_the_first_arrival_are_not_measured() -> None:
    assert measured_days(TODAY, date(2026, 3, 5)) == (date(2026, 3, 6), date(2026, 3, 12))
    assert measured_days(TODAY, date(2026, 3, 11)) == (date(2026, 3, 12), date(2026, 3, 12))
    assert measured_days(TODAY, date(2026, 3, 12)) is None


@pytest.mark.parametrize(("rows", "days"), [({}, 0), ({0: 99, 2: 1}, 6), ({}, 28)])
def test_of_few_days_nothing_is_known_and_a_day_is_settled_once_it_is_over(
    rows: dict[int, int], days: int
) -> None:
    lateness = Lateness.of(rows, days)
    assert (lateness.shares, lateness.settles_within) == ({}, None)
    assert lateness.share_in(TODAY - DAY, MIDNIGHT) is None
    assert lateness.provisional_from(MIDNIGHT) == TODAY
    assert lateness.provisional_from(MIDNIGHT + DAY - timedelta(microseconds=1)) == TODAY


@pytest.mark.parametrize(
    ("in_time", "of", "settles"),
    [
        (995, 1000, 0),
        (994, 1000, 5),
        (99_500_000, 100_000_000, 0),
        (99_499_901, 100_000_000, 0),
        (99_499_899, 100_000_000, 5),
    ],
)
def test_a_day_is_settled_from_99_5_percent_on_but_for_a_millionth(
    in_time: int, of: int, settles: int
) -> None:
    lateness = Lateness.of({5: of - in_time, 0: in_time}, 7)
    assert lateness.shares == {0: in_time / of, 5: 1}
    assert lateness.settles_within == settles


def test_a_day_is_provisional_until_its_rows_usually_are_in() -> None:
    lateness = Lateness.of({0: 90, 3: 9, 72: 1}, 28)  # settled within three days
    yesterday = TODAY - DAY
    assert lateness.share_in(TODAY, MIDNIGHT) is None  # it is not over
    assert lateness.share_in(yesterday, MIDNIGHT) == 0.9
    assert lateness.share_in(yesterday, MIDNIGHT + HOUR) == 0.9
    # What usually comes within the next hour counts as in.
    assert lateness.share_in(yesterday, MIDNIGHT + 1.5 * HOUR) == 0.99
    assert lateness.share_in(yesterday - 3 * DAY, MIDNIGHT) == 1
    # By whole days: the third one has begun an hour from now.
    assert lateness.provisional_from(MIDNIGHT) == TODAY - 2 * DAY
    assert lateness.provisional_from(MIDNIGHT - HOUR) == TODAY - 3 * DAY
    assert lateness.provisional_from(MIDNIGHT - 1.5 * HOUR) == TODAY - 3 * DAY


def test_a_home_that_is_loaded_each_night_is_settled_by_its_load() -> None:
    lateness = Lateness.of({3: 28_000}, 28)  # at two, and some seconds
    for minutes in (-50, 0, 50):
        loaded = MIDNIGHT + 2 * HOUR + timedelta(minutes=minutes)
        assert lateness.provisional_from(loaded) == TODAY
    assert lateness.provisional_from(MIDNIGHT) == TODAY - DAY


@given(
    st.dictionaries(st.integers(0, 40).map(lambda n: within_hours(n * 7 * HOUR)), st.integers(1)),
    st.timedeltas(timedelta(), 40 * DAY),
)
def test_days_are_settled_in_their_order_and_never_the_one_that_runs(
    rows: dict[int, int], age: timedelta
) -> None:
    lateness, now = Lateness.of(rows, 7), MIDNIGHT + age
    first = lateness.provisional_from(now)
    assert first <= now.date()
    shares = [lateness.share_in(now.date() - days * DAY, now) for days in range(1, 50)]
    known = [share for share in shares if share is not None]
    assert known == sorted(known)
    assert bool(known) == bool(rows)
    settled = [share >= 0.995 * (1 - 1e-6) for share in known]
    provisional = (now.date() - first).days
    assert settled[:provisional] == [False] * min(provisional, len(settled))
    assert all(settled[provisional:])
