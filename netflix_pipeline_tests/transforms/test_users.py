"""Users: the newest row wins, and those that only events name are there too."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from netflix_pipeline.contracts import contract
from netflix_pipeline.transforms.silver_tables import users

RECEIVED = datetime(2026, 3, 10, tzinfo=UTC)
Row = dict[str, Any]


def described(*rows: Row) -> pl.DataFrame:
    schema = contract("bronze/users").schema
    blank = dict.fromkeys(schema)
    return pl.DataFrame([{**blank, **row} for row in rows], schema=schema, orient="row")


def mentions(*rows: tuple[str, str]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=contract("bronze/user_mentions").schema, orient="row")


def row(plan: str | None, minutes: int, batch: str, line: int, user_id: str = "ann") -> Row:
    return {
        "user_id": user_id,
        "plan": plan,
        "country": None if plan is None else "DE",
        "source": "native",
        "received_at": RECEIVED + timedelta(minutes=minutes),
        "batch": batch,
        "line": line,
    }


@pytest.mark.parametrize(
    ("rows", "plan"),
    [
        pytest.param([row("Basic", 0, "b", 9), row("Premium", 1, "a", 1)], "Premium", id="time"),
        pytest.param([row("Basic", 0, "a", 9), row("Premium", 0, "b", 1)], "Premium", id="batch"),
        pytest.param([row("Basic", 0, "a", 9), row("Premium", 0, "a", 10)], "Premium", id="line"),
        pytest.param([row("Basic", 0, "a", 1), row(None, 1, "a", 1)], None, id="also an empty one"),
    ],
)
def test_the_newest_row_of_a_user_wins_as_a_whole(rows: list[Row], plan: str | None) -> None:
    for order in permutations(rows):
        (user,) = users(described(*order), mentions()).iter_rows(named=True)
        assert (user["plan"], user["country"]) == (plan, None if plan is None else "DE")


def test_users_that_only_events_name_appear_with_their_id() -> None:
    frame = users(
        described(row("Basic", 0, "a", 1, "cid")),
        mentions(("ann", "a"), ("ann", "b"), ("cid", "b"), ("bob", "a")),
    )
    assert frame.select("user_id", "plan", "described").rows() == [
        ("ann", None, False),
        ("bob", None, False),
        ("cid", "Basic", True),
    ]
    assert_frame_equal(frame, contract("silver/users").conform(frame))
    assert all(found.is_empty() for found in contract("silver/users").violations(frame))


def test_nobody_is_a_table_too() -> None:
    assert_frame_equal(users(described(), mentions()), contract("silver/users").empty())
