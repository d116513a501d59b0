"""The Top 10, retention and lifecycle, edge by edge."""

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from netflix_pipeline.contracts import contract
from netflix_pipeline.transforms.gold_weekly import (
    cohort_counts,
    lifecycle_changed,
    lifecycle_counts,
    lifecycle_weekly,
    retention_changed,
    retention_weekly,
    top10_lists,
    user_weeks,
    week_sums,
    weeks_counted,
)

MONDAY = date(2026, 3, 2)


def top10_weekly(weeks: pl.DataFrame, titles: pl.DataFrame) -> dict[date, pl.DataFrame]:
    return weeks_counted(top10_lists(weeks, titles))


def retention(weeks: pl.DataFrame, data_to: date) -> pl.DataFrame:
    return retention_weekly([cohort_counts(weeks, data_to)], data_to)


def lifecycle(weeks: pl.DataFrame, data_to: date) -> pl.DataFrame:
    return lifecycle_weekly([lifecycle_counts(weeks)], data_to)


WEEK = timedelta(days=7)
DAY = timedelta(days=1)
SCHEMA = {
    "day": pl.Date(),
    "title_id": pl.String(),
    "country": pl.String(),
    "plays": pl.Int64(),
    "starters": pl.Int64(),
    "watch_seconds": pl.Float64(),
}


def week(number: int) -> date:
    return MONDAY + number * WEEK


def titles(*rows: tuple[str, str, str, float | None]) -> pl.DataFrame:
    """Titles by id, list, entry and runtime of the entry in minutes."""
    schema = contract("silver/titles").schema
    return pl.DataFrame(
        [
            {
                **dict.fromkeys(schema),
                "title_id": title,
                "list": which,
                "series_key": None if which == "films" else entry.partition(":S")[0],
                "season": int(entry.partition(":S")[2] or 0) or None,
                "entry_id": entry,
                "entry_name": entry.upper(),
                "entry_runtime_minutes": runtime,
            }
            for title, which, entry, runtime in rows
        ],
        schema,
        orient="row",
    )


def sums(*rows: tuple[int, str, str, float], plays: int = 3, starters: int = 2) -> pl.DataFrame:
    """Hours by day after MONDAY, title and country, as weeks."""
    told = [
        (MONDAY + day * DAY, title, country, plays, starters, hours * 3600)
        for day, title, country, hours in rows
    ]
    return week_sums(pl.DataFrame(told, SCHEMA, orient="row"))


def listed(frame: pl.DataFrame, country: str = "all", *columns: str) -> list[Any]:
    rows = frame.filter(pl.col("country") == country).select(columns or ("entry_id",)).rows()
    return rows if columns else [row[0] for row in rows]


FILMS = titles(
    ("a", "films", "a", 60.0),
    ("b", "films", "b", 120.0),
    ("c", "films", "c", None),
    ("d", "films", "d", None),
    ("e1", "tv", "show:S1", 300.0),
    ("e2", "tv", "show:S1", 300.0),
)


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ({"a": 2.0, "b": 3.0}, ["a", "b"]),
        ({"a": 1.0, "b": 2.0}, ["b", "a"]),
        ({"a": 0.1, "c": 9.0}, ["a", "c"]),
        ({"c": 1.0, "d": 2.0}, ["d", "c"]),
        ({"c": 2.0, "d": 2.0}, ["c", "d"]),
        ({"a": 1.0, "b": 0.0, "c": 0.0, "d": 0.1}, ["a", "d", "b", "c"]),
    ],
    ids=[
        "by views",
        "equal views by hours",
        "without runtime after all with",
        "without runtime by hours",
        "equal hours by id",
        "without hours after all others",
    ],
)
def test_entries_are_ranked(hours: dict[str, float], expected: list[str]) -> None:
    weeks = sums(*((0, title, "US", value) for title, value in hours.items()))
    (frame,) = top10_weekly(weeks, FILMS).values()
    assert listed(frame) == listed(frame, "US") == expected
    assert listed(frame, "all", "rank") == [(rank,) for rank in range(1, len(expected) + 1)]


def test_views_that_are_equal_on_paper_are_equal() -> None:
    thirds = titles(("a", "films", "a", 0.3), ("b", "films", "b", 0.1))
    (frame,) = top10_weekly(sums((0, "a", "US", 0.3), (0, "b", "US", 0.1)), thirds).values()
    assert listed(frame) == ["a", "b"]


def test_episodes_of_a_season_count_together_in_every_country_and_overall() -> None:
    weeks = sums((0, "e1", "US", 5.0), (6, "e2", "US", 5.0), (3, "e2", "unknown", 2.5))
    frame = top10_weekly(weeks, FILMS)[MONDAY]
    assert frame.rows() == [
        ("tv", "US", 1, "show:S1", "SHOW:S1", 10.0, 2.0, 5.0, 6, 4, 1),
        ("tv", "all", 1, "show:S1", "SHOW:S1", 12.5, 2.5, 5.0, 9, 6, 1),
        ("tv", "unknown", 1, "show:S1", "SHOW:S1", 2.5, 0.5, 5.0, 3, 2, 1),
    ]
    assert contract("gold/top10_weekly").violations(frame)[0].is_empty()


def test_without_hours_starters_and_plays_rank() -> None:
    weeks = [
        sums((0, "c", "US", 0.0), plays=9, starters=0),
        sums((0, "b", "US", 0.0), plays=5, starters=1),
        sums((0, "a", "US", 0.0), plays=4, starters=1),
        sums((0, "d", "US", 0.0), plays=9, starters=0),
    ]
    (frame,) = top10_weekly(pl.concat(weeks), FILMS).values()
    assert listed(frame, "all", "entry_id", "views", "starters") == [
        *(("b", 0.0, 1), ("a", 0.0, 1)),
        *(("c", None, 0), ("d", None, 0)),
    ]


def test_tied_seasons_are_in_the_order_of_their_numbers() -> None:
    entries = ("show:S10", "show:S9", "show", "show-2", "sho:S11")
    shows = titles(*((entry, "tv", entry, 60.0) for entry in entries))
    (frame,) = top10_weekly(sums(*((0, entry, "US", 1.0) for entry in entries)), shows).values()
    assert listed(frame) == ["sho:S11", "show", "show:S9", "show:S10", "show-2"]


def test_a_list_has_ten_places() -> None:
    many = titles(*((f"t{n:02}", "films", f"t{n:02}", 60.0) for n in range(12)))
    (frame,) = top10_weekly(
        sums(*((0, f"t{n:02}", "US", 1.0 + n) for n in range(12))), many
    ).values()
    assert listed(frame) == [f"t{n:02}" for n in range(11, 1, -1)]


def test_weeks_in_list_counts_every_week_so_far_in_that_list_and_country() -> None:
    weeks = sums(
        (0, "a", "US", 1.0), (7, "b", "US", 1.0), (21, "a", "BR", 1.0), (21, "b", "US", 1.0)
    )
    frames = top10_weekly(weeks, FILMS)
    assert list(frames) == [week(0), week(1), week(3)]
    told = {
        (number, country, entry): weeks
        for number in (0, 1, 3)
        for country in ("all", "US", "BR")
        for entry, weeks in listed(frames[week(number)], country, "entry_id", "weeks_in_list")
    }
    assert told == {
        (0, "all", "a"): 1,
        (0, "US", "a"): 1,
        (1, "all", "b"): 1,
        (1, "US", "b"): 1,
        (3, "all", "a"): 2,
        (3, "BR", "a"): 1,
        (3, "all", "b"): 2,
        (3, "US", "b"): 2,
    }


def test_one_week_made_anew_between_stored_ones_gives_what_all_would() -> None:
    rows = [(day, title, "US", 1.0 + day % 3) for day in range(0, 28, 2) for title in "abc"]
    changed = [*rows, (8, "d", "BR", 4.0)]
    stored = top10_weekly(sums(*rows), FILMS)
    others = [
        frame.with_columns(week=pl.lit(monday))
        for monday, frame in stored.items()
        if monday != week(1)
    ]
    fresh = top10_lists(sums(*(row for row in changed if 7 <= row[0] < 14)), FILMS)
    patched = weeks_counted(pl.concat([fresh, *(other.select(fresh.columns) for other in others)]))
    expected = top10_weekly(sums(*changed), FILMS)
    assert patched.keys() == expected.keys()
    for monday, frame in expected.items():
        assert_frame_equal(patched[monday], frame)


Days = dict[str, list[int]]


def weeks_of(days: Days) -> pl.DataFrame:
    """The weeks of users who play on these days after MONDAY."""
    told = [(user, MONDAY + day * DAY) for user, own in days.items() for day in own]
    return user_weeks(pl.DataFrame(told, {"user_id": pl.String(), "day": pl.Date()}, orient="row"))


def test_the_weeks_of_a_user_are_mondays_in_order() -> None:
    weeks = weeks_of({"ann": [15, 0, 6], "bob": [7]})
    assert dict(weeks.sort("user_id").rows()) == {
        "ann": [week(0), week(2)],
        "bob": [week(1)],
    }


PLAYED: Days = {"ann": [0, 7, 14], "bob": [6, 20], "cid": [8], "dan": [21]}


def test_retention_counts_every_week_from_a_cohorts_own_to_the_last() -> None:
    data_to = MONDAY + 24 * DAY
    frame = retention(weeks_of(PLAYED), data_to)
    assert contract("gold/retention_weekly").violations(frame)[0].is_empty()
    assert frame.rows() == [
        (week(0), 0, 2, 2, 1.0, False),
        (week(0), 1, 2, 1, 0.5, False),
        (week(0), 2, 2, 2, 1.0, False),
        (week(0), 3, 2, 0, 0.0, True),
        (week(1), 0, 1, 1, 1.0, False),
        (week(1), 1, 1, 0, 0.0, False),
        (week(1), 2, 1, 0, 0.0, True),
        (week(3), 0, 1, 1, 1.0, True),
    ]


@pytest.mark.parametrize(("data_to", "provisional"), [(5, True), (6, False)])
def test_a_week_is_provisional_until_its_sunday(data_to: int, provisional: bool) -> None:
    weeks, last = weeks_of({"ann": [data_to]}), MONDAY + data_to * DAY
    for frame in (
        retention(weeks, last),
        lifecycle(weeks, last),
    ):
        assert frame["provisional"].to_list() == [provisional]


def test_lifecycle_tells_who_is_new_returns_comes_back_or_stays_away() -> None:
    weeks = weeks_of({"ann": [0, 7, 14], "bob": [6, 20], "cid": [8], "dan": [28, 35]})
    frame = lifecycle(weeks, week(5))
    assert contract("gold/lifecycle_weekly").violations(frame)[0].is_empty()
    assert frame.rows() == [
        (week(0), 2, 2, 0, 0, 0, False),
        (week(1), 2, 1, 1, 0, 1, False),
        (week(2), 2, 0, 1, 1, 1, False),
        (week(3), 0, 0, 0, 0, 2, False),
        (week(4), 1, 1, 0, 0, 0, False),
        (week(5), 1, 0, 1, 0, 0, True),
    ]


def test_without_plays_there_are_no_weeks() -> None:
    nobody = weeks_of({})
    retained = retention(nobody, MONDAY)
    assert retained.equals(contract("gold/retention_weekly").empty())
    went = lifecycle(nobody, MONDAY)
    assert went.equals(contract("gold/lifecycle_weekly").empty())


USER_DAYS = st.dictionaries(
    st.sampled_from("abcdef"), st.lists(st.integers(0, 34), min_size=1, max_size=6)
)


@given(USER_DAYS, USER_DAYS)
def test_a_change_of_some_users_gives_what_all_of_them_would(was: Days, now: Days) -> None:
    data_to = MONDAY + 34 * DAY
    touched = {user for user in was.keys() | now.keys() if was.get(user) != now.get(user)}
    before, after = (
        weeks_of({user: own for user, own in days.items() if user in touched})
        for days in (was, now)
    )
    for whole, changed in (
        (retention, retention_changed),
        (lifecycle, lifecycle_changed),
    ):
        stored, expected = whole(weeks_of(was), data_to), whole(weeks_of(now), data_to)
        assert_frame_equal(changed(stored, before, after, data_to), expected)
