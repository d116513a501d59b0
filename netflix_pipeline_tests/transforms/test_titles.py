"""Titles: the newest row wins, and what a Top 10 ranks of them."""

from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from netflix_pipeline.contracts import contract
from netflix_pipeline.contracts.bronze import VIDEO
from netflix_pipeline.title_texts import named_id
from netflix_pipeline.transforms.silver_tables import titles

RECEIVED = datetime(2026, 3, 10, tzinfo=UTC)
Row = dict[str, Any]


def rows_of(table: str, rows: tuple[Row, ...]) -> pl.DataFrame:
    schema = contract(table).schema
    blank = dict.fromkeys(schema)
    return pl.DataFrame([{**blank, **row} for row in rows], schema=schema, orient="row")


def described(*rows: Row) -> pl.DataFrame:
    arrival = {"source": "native", "received_at": RECEIVED, "batch": "a"}
    return rows_of(
        "bronze/titles", tuple({**arrival, "line": n, **row} for n, row in enumerate(rows))
    )


def mentions(*rows: Row) -> pl.DataFrame:
    return rows_of("bronze/title_mentions", rows)


def title(title_id: str, **known: Any) -> Row:
    return {"title_id": title_id, **known}


def titles_of(*rows: Row) -> dict[str, Row]:
    """Silver titles by id; the same whatever the order of the rows."""
    frame = titles(described(*rows), mentions())
    assert_frame_equal(frame, contract("silver/titles").conform(frame))
    assert all(found.is_empty() for found in contract("silver/titles").violations(frame))
    return {row["title_id"]: row for row in frame.iter_rows(named=True)}


@pytest.mark.parametrize(
    ("known", "series_key", "kind"),
    [
        ({}, None, "films"),
        ({"content_type": "film", "title": "Heat"}, None, "films"),
        ({"content_type": "documentary"}, None, "films"),
        ({"content_type": "series"}, "x", "tv"),
        ({"content_type": "limited_series"}, "x", "tv"),
        ({"seasons": 3}, "x", "tv"),
        ({"content_type": "documentary", "episodes": 0}, "x", "tv"),
        ({"season": 1}, "x", "tv"),
        ({"episode": 1}, "x", "tv"),
        ({"series_id": "show"}, "show", "tv"),
    ],
)
def test_titles_with_episodes_or_a_series_are_tv(
    known: Row, series_key: str | None, kind: str
) -> None:
    told = titles_of(title("x", **known))["x"]
    assert (told["series_key"], told["list"]) == (series_key, kind)


@pytest.mark.parametrize(
    ("rows", "entry_id", "name"),
    [
        # the entry of the first row
        ([title("x", title="Heat")], "x", "Heat"),
        ([title("x")], "x", "x"),
        ([title("x", title="Show", content_type="series")], "x", "Show"),
        ([title("x", title="Show", season=2)], "x:S2", "Show: Season 2"),
        ([title("x", season=2)], "x:S2", "x:S2"),
        (
            [title("x", title="Pilot", series_id="s", season=1), title("s", title="Show")],
            "s:S1",
            "Show: Season 1",
        ),
        ([title("x", title="Pilot", series_id="s"), title("s", title="Show")], "s", "Show"),
        ([title("x", title="Pilot", series_id="s", season=1)], "s:S1", "Pilot"),
        ([title("x", title="Pilot", series_id="s", season=1), title("s")], "s:S1", "Pilot"),
        (
            [
                title("x", title="Second", series_id="s", season=1, episode=2),
                title("w", title="First", series_id="s", season=1, episode=1),
                title("v", series_id="s", season=1, episode=3),
            ],
            "s:S1",
            "First",
        ),
    ],
)
def test_an_entry_is_a_film_a_season_or_a_series(rows: list[Row], entry_id: str, name: str) -> None:
    told = titles_of(*rows)["x"]
    assert (told["entry_id"], told["entry_name"]) == (entry_id, name)


@pytest.mark.parametrize(
    ("rows", "minutes"),
    [
        # of the entry of the first row
        ([title("x", runtime_minutes=100.0)], 100.0),
        ([title("x", runtime_minutes=0.0)], None),
        ([title("x", runtime_minutes=-1.0)], None),
        ([title("x")], None),
        ([title("x", runtime_minutes=50.0, episodes=8)], 400.0),
        ([title("x", runtime_minutes=50.0, content_type="series")], None),
        ([title("x", episodes=8)], None),
        ([title("x", runtime_minutes=50.0, episodes=0)], None),
        (
            [
                title("x", series_id="s", season=1, runtime_minutes=40.0, episodes=8),
                title("y", series_id="s", season=1, runtime_minutes=50.0),
                title("z", series_id="s", season=1, runtime_minutes=0.0, episodes=10),
                title("w", series_id="s", season=2, runtime_minutes=90.0, episodes=99),
            ],
            450.0,
        ),
        (
            # A film whose id is also somebody's series is an entry of its own.
            [
                title("x", runtime_minutes=100.0),
                title("y", series_id="x", runtime_minutes=50.0, episodes=8),
            ],
            100.0,
        ),
    ],
)
def test_the_runtime_of_an_entry(rows: list[Row], minutes: float | None) -> None:
    for order in permutations(rows):
        assert titles_of(*order)["x"]["entry_runtime_minutes"] == minutes


def test_a_runtime_of_zero_or_less_is_unknown() -> None:
    told = titles_of(title("a", runtime_minutes=0.0), title("b", runtime_minutes=1.5))
    assert [told[key]["runtime_minutes"] for key in "ab"] == [None, 1.5]


def test_the_newest_row_of_a_title_wins_as_a_whole() -> None:
    told = titles_of(title("x", genre="Drama", title="Old"), title("x", title="New"))["x"]
    assert (told["title"], told["genre"], told["described"]) == ("New", None, True)


def test_titles_that_only_events_name_appear_with_what_events_tell() -> None:
    rows: list[Row] = [
        {"title_id": "known", "batch": "a", "season": 7},
        {"title_id": "x", "batch": "b", "title": "Show: Season 2: One", "season": 3},
        {"title_id": "x", "batch": "a", "series_id": "show", "season": 2},
        {"title_id": "y", "batch": "a"},
    ]
    for order in permutations(rows):
        frame = titles(described(title("known", title="Film")), mentions(*order))
        columns = ("title_id", "title", "series_key", "season", "entry_id", "described")
        assert frame.select(columns).rows() == [
            ("known", "Film", None, None, "known", True),
            ("x", "Show: Season 2: One", "show", 2, "show:S2", False),
            ("y", None, None, None, "y", False),
        ]


def video(name: str, batch: str = "a", **known: Any) -> Row:
    """A mention of a video that is known by its name alone."""
    return {
        "title_id": named_id(name),
        "title": name,
        "content_type": VIDEO,
        "batch": batch,
        **known,
    }


def test_names_of_videos_tell_series_season_and_episode() -> None:
    rows: list[Row] = [
        video("Show: Season 2: One (Episode 4)"),
        video("Show: Season 3: Two (Episode 1)", "b"),
        video("Short: Limited Series: One (Episode 1)"),
        video("A Film"),
        {"title_id": "promo", "title": "Season 2 Trailer: Show", "batch": "a"},
    ]
    for order in permutations(rows):
        told = titles(described(), mentions(*order))
        columns = ("title", "content_type", "series_name", "season", "episode")
        named = told.join(
            told.select(series_id="title_id", series_name="title"), on="series_id", how="left"
        )
        assert sorted(named.select(columns).rows(), key=str) == [
            ("A Film", "film", None, None, None),
            ("Season 2 Trailer: Show", None, None, None, None),
            ("Short", "limited_series", None, None, None),
            ("Short: Limited Series: One (Episode 1)", "limited_series", "Short", 1, 1),
            ("Show", "series", None, None, None),
            ("Show: Season 2: One (Episode 4)", "series", "Show", 2, 4),
            ("Show: Season 3: Two (Episode 1)", "series", "Show", 3, 1),
        ]


def test_what_an_earlier_release_read_in_a_name_is_read_anew() -> None:
    was = named_id("Show: Season 2", "series")
    episode = video("Show: Season 2: One (Episode 4)")
    stored = {"content_type": "series", "series_id": was, "season": 7, "episode": None}
    series = {"title_id": was, "title": "Show: Season 2", "content_type": "series", "batch": "a"}
    told = titles(described(), mentions({**episode, **stored}, series))
    assert_frame_equal(told, titles(described(), mentions(episode)))


def test_a_hidden_title_is_the_title_also_where_its_id_was_changed_since() -> None:
    name = "Show: Season 2: One (Episode 4)"
    hidden = f"HIDDEN TITLE(user hid title at this time): {name}"
    told = titles(described(), mentions({**video(name), "title": hidden}))
    assert_frame_equal(told, titles(described(), mentions(video(name))))


def test_a_name_is_read_only_where_the_id_is_made_of_it() -> None:
    name = "Show: Season 2: One (Episode 4)"
    told = titles(described(), mentions({**video(name), "title_id": "own"}))
    columns = ("title_id", "series_id", "season", "content_type")
    assert told.select(columns).rows() == [("own", None, None, None)]
    told = titles(described(title(named_id(name), title="Described")), mentions(video(name)))
    assert told.filter("described")["title"].to_list() == ["Described"]


def test_no_titles_are_a_table_too() -> None:
    assert_frame_equal(titles(described(), mentions()), contract("silver/titles").empty())
