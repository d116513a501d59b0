"""Daily, weekly and monthly viewers, and the most plays at one time."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netflix_pipeline.contracts import contract
from netflix_pipeline.transforms.audience import (
    audience_changed,
    audience_daily,
    peaks_concurrent,
    viewers,
)

FIRST = date(2026, 3, 1)
DAY = timedelta(days=1)
LONG_AGO = FIRST - 400 * DAY
NO_VIEWERS = pl.DataFrame(schema={"user_id": pl.String(), "day": pl.Date()})
Pairs = set[tuple[str, int]]


def viewing(pairs: Pairs) -> pl.DataFrame:
    """Who viewed on which day after FIRST, in no order."""
    told = [(user, FIRST + day * DAY) for user, day in pairs]
    return pl.DataFrame(told, NO_VIEWERS.schema, orient="row")


def days(*numbers: int) -> list[date]:
    return [FIRST + number * DAY for number in numbers]


def counts(viewer_days: pl.DataFrame, *numbers: int) -> list[tuple[int, ...]]:
    asked = days(*numbers)
    frames = audience_daily([viewers(viewer_days, asked)], dict.fromkeys(asked, 9), LONG_AGO)
    assert list(frames) == asked
    return [frames[day].row(0)[:3] for day in asked]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (-1, (0, 0, 0)),
        (0, (1, 1, 1)),
        (6, (0, 1, 1)),
        (7, (0, 0, 1)),
        (29, (0, 0, 1)),
        (30, (0, 0, 0)),
    ],
)
def test_a_viewer_counts_for_one_seven_and_thirty_days(
    day: int, expected: tuple[int, int, int]
) -> None:
    assert counts(viewing({("ann", 0)}), day) == [expected]


def test_who_views_again_is_counted_once() -> None:
    assert counts(viewing({("ann", 0), ("ann", 3), ("bob", 3)}), 3, 9, 10, 32, 33) == [
        (2, 2, 2),
        (0, 2, 2),
        (0, 0, 2),
        (0, 0, 2),
        (0, 0, 0),
    ]


def test_days_without_viewers_have_a_row() -> None:
    assert counts(NO_VIEWERS, 0, 1) == [(0, 0, 0), (0, 0, 0)]
    assert audience_daily([viewers(viewing({("ann", 0)}), [])], {}, LONG_AGO) == {}


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (0, (1, None, None)),
        (5, (0, None, None)),
        (6, (0, 1, None)),
        (28, (0, 0, None)),
        (29, (0, 0, 1)),
    ],
)
def test_a_window_that_begins_before_the_data_is_not_known(
    day: int, expected: tuple[int | None, ...]
) -> None:
    frames = audience_daily(
        [viewers(viewing({("ann", 0)}), days(day))], {FIRST + day * DAY: 9}, FIRST
    )
    assert frames[FIRST + day * DAY].row(0)[:3] == expected


PAIRS = st.sets(st.tuples(st.sampled_from("abcd"), st.integers(-40, 40)), max_size=40)


@given(PAIRS)
def test_counts_are_those_of_the_definition(pairs: Pairs) -> None:
    numbers = range(-2, 42)
    assert counts(viewing(pairs), *numbers) == [
        tuple(
            len({user for user, viewed in pairs if day - window < viewed <= day})
            for window in (1, 7, 30)
        )
        for day in numbers
    ]


@given(PAIRS, PAIRS, st.integers(-40, 40))
def test_a_change_of_some_viewers_gives_what_all_of_them_would(
    was: Pairs, now: Pairs, begins: int
) -> None:
    first = FIRST + begins * DAY
    asked = days(*range(-2, 42))
    peaks = dict.fromkeys(asked, 3)
    touched = {user for user, _ in was ^ now}
    stored = audience_daily([viewers(viewing(was), asked)], dict.fromkeys(asked, 1), first)
    before, after = (
        viewing({pair for pair in pairs if pair[0] in touched}) for pairs in (was, now)
    )
    changed = audience_changed(stored, before, after, peaks, first)
    expected = audience_daily([viewers(viewing(now), asked)], peaks, first)
    assert list(changed) == list(expected)
    assert all(changed[day].equals(expected[day]) for day in asked)


def test_audience_keeps_its_contract() -> None:
    (frame,) = audience_daily(
        [viewers(viewing({("ann", 0)}), days(0))], {FIRST: 4}, LONG_AGO
    ).values()
    assert frame.rows() == [(1, 1, 1, 4)]
    assert contract("gold/audience_daily").violations(frame)[0].is_empty()


def running(*plays: tuple[str, list[int]]) -> pl.DataFrame:
    """Plays by when they start, `[day ]HH:MM:SS` of March 2026, and the minutes they run in."""
    starts = [f"2026-03-{start if ' ' in start else '10 ' + start}" for start, _ in plays]
    return pl.DataFrame(
        {
            "started_at": [datetime.fromisoformat(start).replace(tzinfo=UTC) for start in starts],
            "running": [minutes for _, minutes in plays],
        },
        contract("silver/plays").empty().select("started_at", "running").schema,
    )


@pytest.mark.parametrize(
    ("plays", "expected"),
    [
        ([], 0),
        ([("12:00:59", [0, 1])], 1),
        ([("12:00:00", [0, 1]), ("12:00:59", [0, 1])], 2),
        ([("12:00:00", [0, 1]), ("12:01:00", [0, 1])], 1),
        ([("12:00:00", [0, 2, 5, 6]), ("12:02:00", [0, 3])], 1),
        ([("12:00:00", [0, 2, 5, 6]), ("12:02:00", [0, 4])], 2),
        ([("09 23:50:00", [0, 11]), ("00:00:10", [0, 1])], 2),
        ([("09 23:50:00", [0, 10]), ("00:00:10", [0, 1])], 1),
        ([("09 23:00:00", [0, 5, 60, 61]), ("07 00:00:00", [0, 4321])], 2),
        ([("23:59:00", [0, 20]), ("11 00:01:00", [0, 5]), ("11 00:02:00", [0, 5])], 1),
        ([("12:00:00", []), ("12:00:00", [])], 0),
    ],
    ids=[
        "nobody",
        "one",
        "same minute, other seconds",
        "one minute after the other",
        "within a pause",
        "until after a pause",
        "begun the day before",
        "over at midnight",
        "begun days before",
        "the day after does not count",
        "without a duration",
    ],
)
def test_peak_is_the_most_plays_in_a_minute_of_the_day(
    plays: list[tuple[str, list[int]]], expected: int
) -> None:
    days = [date(2026, 3, number) for number in (9, 10, 12)]
    every, alone = (peaks_concurrent([running(*plays)], those) for those in (days, days[1:2]))
    assert every[days[1]] == alone[days[1]] == expected


def test_a_day_of_a_home_without_plays_has_nobody() -> None:
    day = date(2026, 3, 2)
    rows = audience_daily([viewers(NO_VIEWERS, [day])], {day: 0}, date.max)
    assert rows[day].select("dau", "wau", "mau", "peak_concurrent").row(0) == (0, None, None, 0)
