"""The gold tables of one day, edge by edge."""

import math
import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netflix_pipeline.contracts import contract
from netflix_pipeline.contracts.measures import total
from netflix_pipeline.materialize.build_graph import TABLES
from netflix_pipeline.transforms.gold_daily import (
    activity,
    arrival_daily,
    drop_off,
    engagement_daily,
    recommendation_daily,
    search_daily,
    search_term_daily,
    sitting_daily,
    sitting_quarters,
    title_daily,
    user_daily,
)
from netflix_pipeline.transforms.several_days import EVENT_DATE, apart

Row = dict[str, Any]

PLAY: Row = {
    "user_id": "ann",
    "title_id": "film",
    "started_at": datetime(2026, 3, 10, 12, tzinfo=UTC),
    "time_precision": "second",
    "watch_seconds": 3600.0,
    "reached": 0.5,
    "starter": True,
    "watcher": False,
    "completer": False,
    "country": "US",
    "device": "mobile",
    "plan": "Basic",
    "content_type": "film",
    "genre": "Drama",
    "running": [],
}
RUNTIMES = {"film": 120.0, "season": 600.0, "unknown": None}


def rows(table: str, common: Row, *given: Row) -> pl.DataFrame:
    schema = contract(table).schema
    return pl.DataFrame(
        [{**dict.fromkeys(schema), **common, **row} for row in given], schema, orient="row"
    )


def plays(*given: Row) -> pl.DataFrame:
    return rows("silver/plays", PLAY, *given)


def titles() -> pl.DataFrame:
    return rows(
        "silver/titles",
        {},
        *({"title_id": key, "entry_runtime_minutes": value} for key, value in RUNTIMES.items()),
    )


def test_a_title_is_counted_in_each_country_with_its_different_starters() -> None:
    frame = title_daily(
        plays(
            {},
            {"watcher": True, "completer": True},
            {"user_id": "bob", "starter": False, "watch_seconds": 60.0},
            {"user_id": "cid", "watch_seconds": None, "reached": None},
            {"user_id": "bob", "country": "BR", "watch_seconds": None, "starter": False},
        ),
        titles(),
    )
    assert frame.columns == list(contract("gold/title_daily").names)
    assert frame.rows() == [
        ("film", "BR", 1, 0, 0, 0, 0.0, 1, 0, 0.0, 0.0, 0),
        ("film", "US", 4, 3, 1, 1, 7260.0, 1, 1, 7260 / 3600 / 2, 0.0, 2),
    ]


@pytest.mark.parametrize(
    ("title", "views"),
    [("film", 0.5), ("season", 0.1), ("unknown", 0.0)],
    ids=["a film's runtime", "a season's runtime", "no runtime"],
)
def test_views_are_hours_by_the_runtime_of_the_entry(title: str, views: float) -> None:
    assert title_daily(plays({"title_id": title}), titles())["views"].to_list() == [views]
    assert engagement_daily(plays({"title_id": title}), titles())["views"].to_list() == [views]


def test_time_without_a_runtime_is_told_apart() -> None:
    unknown = {"title_id": "unknown", "watch_seconds": 90.0}
    watched = plays({}, unknown, {"title_id": "unknown"} | SILENT)
    by_title = title_daily(watched, titles()).sort("title_id")
    assert by_title["seconds_without_runtime"].to_list() == [0.0, 90.0]
    frame = engagement_daily(watched, titles())
    assert frame.select(
        "plays", "watch_seconds", "views", "seconds_without_runtime", "plays_without_duration"
    ).rows() == [(3, 3690.0, 0.5, 90.0, 1)]


SILENT: Row = {"watch_seconds": None}


def test_a_user_has_a_row_for_each_combination_of_filters() -> None:
    frame = user_daily(plays({}, SILENT, {"device": "tablet"}, {"user_id": "bob", "genre": "War"}))
    assert frame.select("user_id", "device", "genre", "plays", "watch_seconds").rows() == [
        ("ann", "mobile", "Drama", 2, 3600.0),
        ("ann", "tablet", "Drama", 1, 3600.0),
        ("bob", "mobile", "War", 1, 3600.0),
    ]


@pytest.mark.parametrize(
    ("clock", "quarter"),
    [("00:00", 0), ("00:14:59.999999", 0), ("00:15", 1), ("12:30", 50), ("23:59:59", 95)],
)
def test_a_play_counts_in_the_quarter_in_which_it_started(clock: str, quarter: int) -> None:
    frame = activity(plays({"started_at": datetime.fromisoformat(f"2026-03-10T{clock}+00:00")}))
    assert frame.rows() == [(quarter, "US", "mobile", 1, 3600.0)]


def test_a_play_of_a_date_has_no_quarter() -> None:
    assert activity(plays({"time_precision": "day"})).is_empty()


@pytest.mark.parametrize(
    ("reached", "step"),
    [
        (0.0, 0),
        (0.049, 0),
        (0.05, 1),
        (0.15, 3),
        (0.35, 7),
        (0.3499, 6),
        (0.999, 19),
        (1.0, 20),
        (7.5, 20),
    ],
)
def test_drop_off_counts_the_last_twentieth_that_was_reached(reached: float, step: int) -> None:
    assert drop_off(plays({"reached": reached})).rows() == [("film", step, 1)]


def test_drop_off_leaves_out_who_did_not_start_and_what_is_not_known() -> None:
    assert drop_off(plays({"starter": False}, {"reached": None})).is_empty()


def test_sittings_are_counted_by_the_dimensions_of_their_first_play() -> None:
    common = {"plays": 2, "watch_seconds": 60.5, "country": "US", "device": "mobile", "plan": "x"}
    frame = sitting_daily(
        rows(
            "silver/sessions",
            common,
            {"binge": True},
            {"binge": False},
            {"binge": False, "plan": "y"},
        )
    )
    assert frame.rows() == [
        ("US", "mobile", "x", 2, 1, 4, 121.0),
        ("US", "mobile", "y", 1, 0, 2, 60.5),
    ]


def test_sittings_count_in_the_quarter_in_which_they_started() -> None:
    common = {"plays": 2, "watch_seconds": 60.5, "country": "US", "device": "mobile", "plan": "x"}
    clocks = ("00:00", "00:14:59.999999", "00:15", "23:59:59")
    given = [
        {"started_at": datetime.fromisoformat(f"2026-03-10T{clock}+00:00"), "binge": True}
        for clock in clocks
    ]
    frame = sitting_quarters(rows("silver/sessions", common, *given))
    assert frame.rows() == [
        (0, "US", "mobile", "x", 2, 2, 4, 121.0),
        (1, "US", "mobile", "x", 1, 1, 2, 60.5),
        (95, "US", "mobile", "x", 1, 1, 2, 60.5),
    ]


def test_a_search_succeeds_with_a_click_and_fails_without_results() -> None:
    frame = search_daily(
        rows(
            "silver/searches",
            {"country": "US", "device": "mobile"},
            {"results_count": 3, "clicked_position": 1},
            {"results_count": 0},
            {"results_count": None},
        )
    )
    assert frame.rows() == [("US", "mobile", 3, 1, 1)]


def test_what_each_user_searched_for_is_counted_whatever_it_was_typed_like() -> None:
    frame = search_term_daily(
        rows(
            "silver/searches",
            {"user_id": "ann", "country": "US", "device": "mobile", "query": "Heat"},
            {},
            {"query": " HEAT\t", "clicked_position": 1, "results_count": 2},
            {"query": "heat", "country": "DE", "results_count": 0},
            {"query": "heat", "user_id": "bob"},
            {"query": None},
            {"query": " "},
        )
    )
    assert frame.rows() == [
        ("ann", "", "US", "mobile", 2, 0, 0),
        ("ann", "heat", "DE", "mobile", 1, 0, 1),
        ("ann", "heat", "US", "mobile", 2, 1, 0),
        ("bob", "heat", "US", "mobile", 1, 0, 0),
    ]


def test_recommendations_are_counted_by_device_and_algorithm() -> None:
    frame = recommendation_daily(
        rows(
            "silver/recommendations",
            {"device": "mobile", "algorithm": "trending", "clicked": False},
            {"clicked": True},
            {},
            {"algorithm": "unknown"},
        )
    )
    assert frame.rows() == [("mobile", "trending", 2, 1), ("mobile", "unknown", 1, 0)]


@pytest.mark.parametrize(
    ("table", "frame"),
    [
        ("title_daily", title_daily(plays(), titles())),
        ("user_daily", user_daily(plays())),
        ("engagement_daily", engagement_daily(plays(), titles())),
        ("activity", activity(plays())),
        ("drop_off", drop_off(plays())),
        ("sitting_daily", sitting_daily(rows("silver/sessions", {}))),
        ("sitting_quarters", sitting_quarters(rows("silver/sessions", {}))),
        ("search_daily", search_daily(rows("silver/searches", {}))),
        ("search_term_daily", search_term_daily(rows("silver/searches", {}))),
        ("recommendation_daily", recommendation_daily(rows("silver/recommendations", {}))),
    ],
)
def test_a_day_without_rows_gives_a_table_without_rows(table: str, frame: pl.DataFrame) -> None:
    assert frame.equals(contract(f"gold/{table}").empty())
    assert frame.schema == contract(f"gold/{table}").schema


@given(st.lists(st.floats(0, 86_400), min_size=1), st.randoms(use_true_random=False))
def test_a_sum_is_exact_and_the_same_in_any_order(
    values: list[float], chance: random.Random
) -> None:
    shuffled = chance.sample(values, len(values))
    sums = [
        pl.DataFrame({"x": order}).select(total(pl.col("x"))).item() for order in (values, shuffled)
    ]
    assert sums[0] == sums[1]
    assert math.isclose(sums[0], math.fsum(values), rel_tol=1e-15, abs_tol=len(values) * 2**-60)


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.floats(0, 86_400)), min_size=1))
def test_sums_of_parts_are_those_of_all_rows(watched: list[tuple[str, float]]) -> None:
    every = plays(*({"user_id": who, "watch_seconds": seconds} for who, seconds in watched))
    parts = [every.filter(pl.col("user_id") == who) for who in "abcd"]
    for make, more in ((title_daily, [titles()]), (engagement_daily, [titles()]), (activity, [])):
        added = make.added([make.of(part, *more) for part in parts], *more)
        assert added.equals(make(every, *more))


EVENT: Row = {
    "user_id": "ann",
    "event_time": datetime(2026, 3, 10, 12, tzinfo=UTC),
    "kind": "main",
    "source": "http",
    "received_at": datetime(2026, 3, 10, 12, 0, 1, tzinfo=UTC),
}


def arrived(*given: Row) -> list[tuple[Any, ...]]:
    return arrival_daily(rows("bronze/watch_events", EVENT, *given)).rows()


@pytest.mark.parametrize(
    ("received", "within_hours"),
    [
        (datetime(2026, 3, 9, 23, 30, tzinfo=UTC), 0),  # sent by a clock that is fast
        (datetime(2026, 3, 11, tzinfo=UTC), 0),
        (datetime(2026, 3, 11, microsecond=1, tzinfo=UTC), 1),
        (datetime(2026, 3, 11, 1, tzinfo=UTC), 1),
        (datetime(2026, 3, 11, 1, microsecond=1, tzinfo=UTC), 2),
        (datetime(2026, 3, 12, tzinfo=UTC), 24),
        (datetime(2026, 3, 12, microsecond=1, tzinfo=UTC), 48),
        (datetime(2026, 3, 13, tzinfo=UTC), 48),
        (datetime(2027, 3, 11, tzinfo=UTC), 365 * 24),
    ],
)
def test_an_event_came_within_hours_of_its_days_end_and_later_within_days(
    received: datetime, within_hours: int
) -> None:
    assert arrived({"received_at": received}) == [(within_hours, 1, 0, received)]


def test_only_events_that_are_in_plays_are_told_of() -> None:
    assert arrived({"kind": "promo"}, {"user_id": "~canary"}) == []
    assert arrived({}, {"kind": "promo"}, {}) == [(0, 2, 0, EVENT["received_at"])]


def test_what_a_file_brings_after_more_than_seven_days_is_of_a_bulk_load() -> None:
    week_later = EVENT["event_time"] + timedelta(days=7)
    late = {"received_at": week_later + timedelta(microseconds=1)}
    in_time = {"received_at": week_later}
    file = {"source": "native-watch-events"}
    assert arrived(late, late | file, late | file, in_time | file) == [
        (168, 4, 2, late["received_at"])
    ]


def test_several_days_at_once_give_what_each_alone_gives() -> None:
    days = [date(2026, 3, day) for day in (9, 10, 11, 13)]
    started = {day: datetime(2026, 3, day.day, 12, tzinfo=UTC) for day in days}
    silent = {"time_precision": "day", "starter": False, "reached": None}
    given: dict[str, list[list[Row]]] = {
        "plays": [[{}, {"title_id": "season"}], [], [silent], [{"user_id": "bob"}, {}, SILENT]],
        "sessions": [[{"user_id": "bob"}, {}], [], [{"binge": True}], [{}]],
        "searches": [[{"query": " Heat"}, {"query": "heat"}], [], [{"country": "FR"}], [{}]],
        "recommendations": [[{}, {}], [], [{"clicked": True}], [{"device": "tv"}]],
    }
    common: dict[str, Row] = {
        "plays": PLAY,
        "sessions": {"user_id": "ann", "plays": 2, "watch_seconds": 60.5, "country": "US"},
        "searches": {"user_id": "ann", "query": "heat", "country": "US", "device": "mobile"},
        "recommendations": {"device": "mobile", "algorithm": "new", "clicked": False},
    }
    for table, spec in TABLES.items():
        source = spec.inputs[0].removeprefix("silver/")
        if isinstance(spec.make, str) or source not in given:
            continue
        beside = [titles()] * len(spec.inputs[1:])
        time = "started_at" if source in ("plays", "sessions") else "event_time"
        alone = [
            rows(f"silver/{source}", {**common[source], time: started[day]}, *of_day)
            for day, of_day in zip(days, given[source], strict=True)
        ]
        together = pl.concat(
            frame.with_columns(pl.lit(day).alias(EVENT_DATE))
            for day, frame in zip(days, alone, strict=True)
        )
        for (day, frame), one in zip(apart(spec.make(together, *beside), days), alone, strict=True):
            assert frame.equals(spec.make(one, *beside)), (table, day)
            assert frame.schema == contract(table).schema
