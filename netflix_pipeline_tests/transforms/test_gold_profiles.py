"""Profiles of users and titles, edge by edge."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from netflix_pipeline.contracts import contract
from netflix_pipeline.transforms import profiles
from netflix_pipeline.transforms.profiles import (
    following,
    title_profile,
    touched_titles,
    user_profile,
)
from netflix_pipeline.transforms.rollup_deltas import differing, replaced
from netflix_pipeline_tests.support.examples import at_most

Row = dict[str, Any]
LAST = date(2026, 6, 30)
DAY = timedelta(days=1)

USER_DAY: Row = {
    "user_id": "ann",
    "genre": "Drama",
    "plays": 1,
    "starters": 1,
    "watchers": 0,
    "completers": 0,
    "plays_without_duration": 0,
    "starters_without_reach": 0,
    "watch_seconds": 3600.0,
}


def user_days(*given: tuple[int, Row]) -> pl.DataFrame:
    """Rows of user_daily, each with the days that it lies before LAST."""
    schema = contract("gold/user_daily").schema
    return pl.DataFrame(
        [{**USER_DAY, **row, "day": LAST - ago * DAY} for ago, row in given],
        {**{name: schema[name] for name in profiles.USER_DAYS}, "day": pl.Date()},
        orient="row",
    )


def profile(*given: tuple[int, Row]) -> Row:
    frame = user_profile(user_days(*given), LAST)
    assert contract("gold/user_profile").violations(frame)[0].is_empty()
    return frame.row(0, named=True)


def test_a_user_is_counted_over_all_days() -> None:
    told = profile(
        (400, {"plays": 3, "plays_without_duration": 3, "starters": 2, "watch_seconds": 0.0}),
        (2, {"completers": 1, "watchers": 1}),
        (2, {"genre": "War", "watch_seconds": 0.1}),
        (1, {"watch_seconds": 0.2}),
    )
    assert told["first_day"] == LAST - 400 * DAY
    assert told["last_day"] == LAST - DAY
    assert told["active_days"] == 3
    assert told["plays"] == 6
    assert told["starters"] == 5
    assert told["watchers"] == told["completers"] == 1
    assert told["plays_without_duration"] == 3
    assert told["watch_seconds"] == pytest.approx(3600.3, rel=1e-15)


@pytest.mark.parametrize(("ago", "counts"), [(0, True), (27, True), (28, False)])
def test_engagement_looks_at_the_28_days_that_end_with_the_last(ago: int, counts: bool) -> None:
    told = profile((28, {"starters": 0}), (ago, {"completers": 1}))
    assert told["active_days_28"] == int(counts)
    assert told["hours_28"] == float(counts)
    assert told["completion_rate_28"] == (1.0 if counts else None)
    assert told["engagement_score"] == (40 / 20 + 30 / 20 + 30 if counts else 0)


@pytest.mark.parametrize(
    ("days", "hours", "starters", "completers", "score", "segment"),
    [
        (20, 1.0, 1, 1, 100.0, "core"),
        (28, 9.0, 1, 1, 100.0, "core"),
        (20, 1.0, 1, 0, 70.0, "core"),
        (20, 0.99, 1, 0, 69.6, "regular"),
        (20, 0.25, 1, 0, 40.0, "regular"),
        (10, 0.5, 0, 0, 25.0, "casual"),
        (4, 0.5, 0, 0, 10.0, "casual"),
        (1, 0.0, 0, 0, 1.5, "at_risk"),
    ],
)
def test_the_score_makes_the_segment(
    days: int, hours: float, starters: int, completers: int, score: float, segment: str
) -> None:
    of_day = {"watch_seconds": hours * 3600, "starters": starters, "completers": completers}
    told = profile(*((ago, of_day) for ago in range(days)))
    assert told["engagement_score"] == pytest.approx(score, rel=1e-12)
    assert told["segment"] == segment


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([(0, "War", 2.0), (1, "Drama", 1.5), (2, "Drama", 1.5)], ["Drama", "War"]),
        ([(0, "War", 2.0), (0, "Drama", 2.0), (0, "Anime", 2.0)], ["Anime", "Drama", "War"]),
        (
            [(ago, "War", tenths / 10) for ago, tenths in enumerate((1, 2, 3))]
            + [(ago, "Drama", tenths / 10) for ago, tenths in enumerate((3, 2, 1))],
            ["Drama", "War"],
        ),
        ([(0, "unknown", 9.0), (0, "War", 1.0)], ["War"]),
        ([(0, "War", 0.0)], []),
        ([(89, "War", 1.0), (90, "Drama", 9.0)], ["War"]),
        ([(90, "Drama", 9.0)], []),
        ([(0, genre, 1.0) for genre in "GFEDCBA"], list("ABCDE")),
    ],
    ids=[
        "by hours",
        "ties by name",
        "ties in any order of adding",
        "unknown is no genre",
        "nothing watched",
        "90 days",
        "long ago",
        "at most five",
    ],
)
def test_favourite_genres(given: list[tuple[int, str, float]], expected: list[str]) -> None:
    told = profile(*((ago, {"genre": g, "watch_seconds": h * 3600}) for ago, g, h in given))
    assert told["favourite_genres"] == expected


def test_nobody_has_no_profile() -> None:
    assert user_profile(user_days(), LAST).equals(contract("gold/user_profile").empty())


MANY_DAYS = st.lists(
    st.tuples(
        st.integers(0, 100),
        st.fixed_dictionaries(
            {
                "user_id": st.sampled_from("abcd"),
                "genre": st.sampled_from(["Drama", "War", "unknown"]),
                "watch_seconds": st.floats(0, 7200),
            }
        ),
    ),
    max_size=12,
)


@given(MANY_DAYS, MANY_DAYS)
def test_touched_users_made_anew_give_what_all_of_them_would(
    was: list[tuple[int, Row]], more: list[tuple[int, Row]]
) -> None:
    before, after = (user_days(*rows).unique(maintain_order=True) for rows in (was, [*was, *more]))
    touched = differing(before, after)["user_id"]
    fresh = user_profile(after.filter(pl.col("user_id").is_in(touched.implode())), LAST)
    stored = user_profile(before, LAST)
    assert_frame_equal(
        replaced("gold/user_profile", stored, fresh, touched), user_profile(after, LAST)
    )


NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
PLAY: Row = {
    "user_id": "ann",
    "title_id": "s1e1",
    "started_at": NOON,
    "ended_at": NOON + timedelta(minutes=30),
    "starter": True,
    "watcher": True,
    "completer": True,
    "reached": 1.0,
    "watch_seconds": 1800.0,
}


def frame(
    table: str, columns: tuple[str, ...], common: Row, given: tuple[Row, ...]
) -> pl.DataFrame:
    schema = {name: contract(table).schema[name] for name in columns}
    return pl.DataFrame([{**common, **row} for row in given], schema, orient="row")


def plays(*given: Row) -> pl.DataFrame:
    return frame("silver/plays", profiles.PLAYED, PLAY, given)


def reviews(*given: Row) -> pl.DataFrame:
    return frame("silver/reviews", profiles.REVIEWED, {}, given)


def titles(*episodes: tuple[str, int | None, int | None]) -> pl.DataFrame:
    """Episodes of one series by id, season and episode, and a film."""
    schema = contract("silver/titles").schema
    common = {**dict.fromkeys(schema), "entry_runtime_minutes": 60.0}
    return pl.DataFrame(
        [
            {**common, "title_id": title, "series_key": "s", "season": season, "episode": episode}
            | {"entry_id": "s" if season is None else f"s:S{season}"}
            for title, season, episode in episodes
        ]
        + [{**common, "title_id": "film", "entry_id": "film"}],
        schema,
        orient="row",
    )


SERIES = titles(("s1e1", 1, 1), ("s1e2", 1, 2), ("s2e1", 2, 1))
DATA_TO = NOON.date() + 60 * DAY


def profile_of(
    plays: pl.DataFrame, titles: pl.DataFrame, reviews: pl.DataFrame, data_to: date = DATA_TO
) -> pl.DataFrame:
    return title_profile([plays], titles, reviews, data_to)


def test_a_title_is_counted_over_all_days() -> None:
    told = profile_of(
        plays(
            {"title_id": "film"},
            {"title_id": "film", "started_at": NOON + 3 * DAY, "completer": False},
            {"title_id": "film", "watch_seconds": 0.0, "reached": None}
            | {"watcher": False, "completer": False},
            {"title_id": "film", "user_id": "bob", "starter": False, "watch_seconds": None}
            | {"watcher": False, "completer": False},
        ),
        SERIES,
        reviews({"title_id": "film", "rating": 4.5}, {"title_id": "film", "rating": 3.0}),
    )
    assert contract("gold/title_profile").violations(told)[0].is_empty()
    assert told.row(0, named=True) == {
        "title_id": "film",
        "first_day": date(2026, 3, 10),
        "last_day": date(2026, 3, 13),
        "plays": 4,
        "starters": 3,
        "watchers": 2,
        "completers": 1,
        "watch_seconds": 3600.0,
        "plays_without_duration": 1,
        "starters_without_reach": 1,
        "views": 1.0,
        "seconds_without_runtime": 0.0,
        "viewers": 1,
        "season_viewers": 1,
        "series_viewers": 1,
        "completion_rate": 0.5,
        "reviews": 2,
        "rating": 3.75,
        "episode_completers": 0,
        "next_episode_starters": 0,
    }


def test_a_title_that_was_only_reviewed_has_a_profile() -> None:
    (told,) = profile_of(plays(), SERIES, reviews({"title_id": "film", "rating": 2.0})).to_dicts()
    assert (told["first_day"], told["plays"], told["views"], told["viewers"]) == (None, 0, 0.0, 0)
    assert (told["completion_rate"], told["reviews"], told["rating"]) == (None, 1, 2.0)


def test_a_title_without_reviews_has_no_rating() -> None:
    (told,) = profile_of(plays({"title_id": "film"}), SERIES, reviews()).to_dicts()
    assert (told["reviews"], told["rating"]) == (0, None)


def test_who_viewed_several_episodes_is_one_viewer_of_season_and_series() -> None:
    told = profile_of(
        plays(
            *({"user_id": user, "title_id": f"s1e{n}"} for user in ("ann", "bob") for n in (1, 2)),
            {"user_id": "bob", "title_id": "s2e1"},
            {"user_id": "cid", "title_id": "s2e1"},
            {"user_id": "dan", "title_id": "s2e1", "starter": False},
            {"user_id": "dan", "title_id": "film"},
        ),
        titles(("s1e1", 1, 1), ("s1e2", 1, 2), ("s1e3", 1, 3), ("s2e1", 2, 1), ("s3e1", 3, 1)),
        reviews({"title_id": "s1e3", "rating": 2.0}, {"title_id": "s3e1", "rating": 2.0}),
    )
    assert told.select("title_id", "viewers", *profiles.TOGETHER).rows() == [
        ("film", 1, 1, 1),
        ("s1e1", 2, 2, 3),
        ("s1e2", 2, 2, 3),
        ("s1e3", 0, 2, 3),
        ("s2e1", 2, 2, 3),
        ("s3e1", 0, 0, 3),
    ]


def test_a_film_that_is_called_as_a_season_is_counted_with_it() -> None:
    of_seasons = titles(("s1e1", 1, 1), ("s1e2", 1, 2))
    called = of_seasons.with_columns(pl.col("title_id", "entry_id").replace("film", "s:S1"))
    of_both = plays({}, {"user_id": "bob", "title_id": "s:S1"})
    told = profile_of(of_both, called, reviews()).select("title_id", *profiles.TOGETHER)
    assert told.rows() == [("s1e1", 2, 1), ("s:S1", 2, 1)]
    touched = touched_titles(called, pl.Series(["s1e2"]), told["title_id"])["title_id"]
    assert touched.sort().to_list() == ["s1e1", "s1e2", "s:S1"]


@pytest.mark.parametrize(
    ("episodes", "expected"),
    [
        ([("a", 1, 1), ("b", 1, 2)], {("a", "b")}),
        ([("a", 1, 1), ("b", 2, 1)], {("a", "b")}),
        ([("a", 1, 2), ("b", 2, 3), ("c", 2, 4)], {("a", "b"), ("b", "c")}),
        ([("a", 1, 1), ("b", 1, 3), ("c", 2, 1)], {("a", "b"), ("b", "c")}),
        ([("a", 1, 1), ("b", 3, 4), ("c", 4, 1)], {("a", "b"), ("b", "c")}),
        ([("a", None, 1), ("b", None, 2)], {("a", "b")}),
        ([("a", None, 1), ("b", 1, 1)], set()),
        ([("a", 1, None), ("b", 1, 2)], set()),
        ([("a", 1, 1), ("b", 1, 2), ("c", 1, 2)], {("a", "b"), ("a", "c")}),
    ],
    ids=[
        "same season",
        "next season",
        "the first known of the next season",
        "the next known number of the season",
        "the next known season",
        "without seasons",
        "no season is not the one before the first",
        "unknown episode",
        "one episode under two ids",
    ],
)
def test_the_next_episode(
    episodes: list[tuple[str, int | None, int | None]], expected: set[tuple[str, str]]
) -> None:
    assert set(following(titles(*episodes)).rows()) == expected


WEEK = timedelta(days=7)
HALF_HOUR = timedelta(minutes=30)
TICK = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("after", "more", "expected"),
    [
        (timedelta(), {}, 1),
        (HALF_HOUR + WEEK, {}, 1),
        (HALF_HOUR + WEEK + TICK, {}, 0),
        (-TICK, {}, 0),
        (DAY, {"starter": False}, 0),
        (DAY, {"user_id": "bob"}, 0),
        (DAY, {"title_id": "s2e1"}, 0),
    ],
    ids=[
        "at once",
        "seven days after its end",
        "later than that",
        "before",
        "no starter",
        "somebody else",
        "another episode",
    ],
)
def test_who_completes_an_episode_may_start_the_next(
    after: timedelta, more: Row, expected: int
) -> None:
    later = {"title_id": "s1e2", "started_at": NOON + after, "completer": False, **more}
    told = profile_of(plays({}, later), SERIES, reviews()).row(
        by_predicate=pl.col("title_id") == "s1e1", named=True
    )
    assert (told["episode_completers"], told["next_episode_starters"]) == (1, expected)


def test_a_user_counts_once_per_episode_by_what_first_completed_it() -> None:
    again = {"started_at": NOON + 20 * DAY, "ended_at": NOON + 20 * DAY + HALF_HOUR}
    soon = {"title_id": "s1e2", "started_at": NOON + 21 * DAY}
    told = profile_of(
        plays({}, again, soon, {"user_id": "bob"}, {**soon, "user_id": "cid"}, {"user_id": "dan"}),
        SERIES,
        reviews(),
    )
    columns = ("title_id", "episode_completers", "next_episode_starters")
    assert told.select(columns).rows() == [("s1e1", 3, 0), ("s1e2", 2, 0)]


def test_nobody_is_counted_before_their_seven_days_are_over() -> None:
    later = {"title_id": "s1e2", "started_at": NOON + DAY, "completer": False}
    for data_to, expected in ((NOON.date() + WEEK, (0, 0)), (NOON.date() + 8 * DAY, (1, 1))):
        told = profile_of(plays({}, later), SERIES, reviews(), data_to)
        assert told.select("episode_completers", "next_episode_starters").row(0) == expected


def test_the_last_known_episode_is_left_out() -> None:
    (told,) = profile_of(plays({"title_id": "s2e1"}), SERIES, reviews()).to_dicts()
    assert (told["completers"], told["episode_completers"]) == (1, 0)


def test_nothing_played_has_no_profile() -> None:
    told = profile_of(plays(), SERIES, reviews())
    assert told.equals(contract("gold/title_profile").empty())


MANY_PLAYS = st.lists(
    st.fixed_dictionaries(
        {
            "user_id": st.sampled_from("ab"),
            "title_id": st.sampled_from(["film", "s1e1", "s1e2", "s2e1", "unknown"]),
            "started_at": st.integers(0, 9).map(lambda days: NOON + days * DAY),
            "starter": st.booleans(),
            "completer": st.booleans(),
        }
    ),
    max_size=8,
)


@given(MANY_PLAYS, st.lists(st.integers(0, 8), max_size=2), st.integers(1, 4))
def test_it_makes_no_difference_into_which_parts_plays_are_cut(
    rows: list[Row], cuts: list[int], users: int
) -> None:
    of_all, known = plays(*rows), titles(("s1e1", 1, 1), ("s1e2", 1, 2), ("s1e2 again", 1, 2))
    bounds = [0, *sorted(cuts), 8]
    parts = [of_all[begin:end] for begin, end in pairwise(bounds)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(profiles, "ROWS_OF_USERS", users)
        told = title_profile(iter(parts), known, reviews(), DATA_TO)
    assert_frame_equal(told, profile_of(of_all, known, reviews()))


def test_of_completions_that_began_at_once_the_first_to_end_counts() -> None:
    whole: Row = {"started_at": NOON, "ended_at": NOON + DAY}
    usual: Row = {}
    for both in ((whole, usual), (usual, whole)):
        told = profile_of(
            plays(*both, {"title_id": "s1e2", "started_at": NOON + 8 * DAY}), SERIES, reviews()
        ).row(by_predicate=pl.col("title_id") == "s1e1", named=True)
        assert (told["episode_completers"], told["next_episode_starters"]) == (1, 0)


@at_most(20)
@given(MANY_PLAYS, MANY_PLAYS)
def test_touched_titles_made_anew_give_what_all_of_them_would(
    was: list[Row], now: list[Row]
) -> None:
    before, after = plays(*was).unique(), plays(*now).unique()
    stored = profile_of(before, SERIES, reviews())
    changed = differing(before, after)["title_id"]
    touched = touched_titles(SERIES, changed, stored["title_id"])["title_id"]
    read = after.filter(pl.col("title_id").is_in(touched.implode()))
    fresh = profile_of(read, SERIES, reviews())
    patched = replaced("gold/title_profile", stored, fresh, touched)
    assert_frame_equal(patched, profile_of(after, SERIES, reviews()))
