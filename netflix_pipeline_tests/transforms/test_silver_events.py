"""Searches, recommendations and reviews as silver tables."""

from datetime import UTC, datetime
from typing import Any

import polars as pl
from polars.testing import assert_frame_equal

from netflix_pipeline.contracts import contract
from netflix_pipeline.transforms.silver_tables import recommendations, reviews, searches

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
ARRIVAL = {"source": "native", "received_at": NOON, "batch": "a", "line": 1}
USERS = pl.DataFrame({"user_id": ["ann", "bob"], "country": ["US", None]})


def bronze(table: str, *rows: dict[str, Any]) -> pl.DataFrame:
    schema = contract(f"bronze/{table}").schema
    common = {
        **dict.fromkeys(schema),
        **ARRIVAL,
        "user_id": "ann",
        "event_time": NOON,
        "time_precision": "second",
    }
    return pl.DataFrame([{**common, **row} for row in rows], schema=schema, orient="row")


def passes(table: str, frame: pl.DataFrame) -> None:
    assert_frame_equal(frame, contract(table).conform(frame))
    assert all(found.is_empty() for found in contract(table).violations(frame))


def test_a_search_has_its_own_country_else_its_users() -> None:
    frame = searches(
        bronze(
            "search_events",
            {"search_id": "d", "user_id": "cid"},
            {"search_id": "c", "user_id": "bob"},
            {"search_id": "b", "country": "DE", "device": "mobile", "clicked_position": 2},
            {"search_id": "a", "query": "heat", "results_count": 0},
        ),
        USERS,
    )
    passes("silver/searches", frame)
    assert frame.select("search_id", "country", "device", "clicked_position").rows() == [
        ("a", "US", "unknown", None),
        ("b", "DE", "mobile", 2),
        ("c", "unknown", "unknown", None),
        ("d", "unknown", "unknown", None),
    ]


def test_a_recommendation_keeps_what_is_known_of_it() -> None:
    frame = recommendations(
        bronze(
            "recommendation_events",
            {"recommendation_id": "b", "title_id": "x", "clicked": False},
            {
                "recommendation_id": "a",
                "title_id": "x",
                "clicked": True,
                "algorithm": "trending",
                "device": "tablet",
                "position": 1,
                "score": 0.5,
            },
        )
    )
    passes("silver/recommendations", frame)
    names = ("recommendation_id", "clicked", "algorithm", "device", "position", "score")
    assert frame.select(names).rows() == [
        ("a", True, "trending", "tablet", 1, 0.5),
        ("b", False, "unknown", "unknown", None, None),
    ]


def test_a_review_is_told_as_it_came() -> None:
    frame = reviews(
        bronze(
            "reviews",
            {"review_id": "b", "title_id": "x", "rating": 4.5, "user_id": "bob"},
            {"review_id": "a", "title_id": "x", "rating": 1.0, "text": "No.", "sentiment": "bad"},
        )
    )
    passes("silver/reviews", frame)
    assert frame.select("review_id", "user_id", "rating", "text", "sentiment").rows() == [
        ("a", "ann", 1.0, "No.", "bad"),
        ("b", "bob", 4.5, None, None),
    ]


def test_a_day_without_events_keeps_the_contract() -> None:
    assert_frame_equal(
        searches(bronze("search_events"), USERS), contract("silver/searches").empty()
    )
    assert_frame_equal(
        recommendations(bronze("recommendation_events")),
        contract("silver/recommendations").empty(),
    )
    assert_frame_equal(reviews(bronze("reviews")), contract("silver/reviews").empty())
