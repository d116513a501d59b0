"""Shares of users: each user in one, the same on every machine; and their rows put together."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from netflix_pipeline.contracts import contract
from netflix_pipeline.lake import WHOLE, Sharding, Share, SortedParts, content_version
from netflix_pipeline.lake.folder_lake import FolderLake

ICEBERG = 1_210_000_089
"""What the specification of Iceberg has for the text `iceberg` (Appendix B)."""

REVIEWS = "silver/reviews"
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def numbers(ids: list[str], of: int) -> list[list[int]]:
    """The shares in which each id is."""
    frame = pl.DataFrame({"user_id": ids}, {"user_id": pl.String()})
    holds = frame.select(Share(number, of).holds().alias(str(number)) for number in range(of))
    return [[number for number in range(of) if row[number]] for row in holds.rows()]


@pytest.mark.parametrize("of", [1, 2, 8, 1000])
def test_a_user_is_in_the_bucket_that_iceberg_has_for_the_id(of: int) -> None:
    assert numbers(["iceberg"], of) == [[ICEBERG % of]]


@given(st.lists(st.text(max_size=64)), st.integers(1, 9))
def test_every_user_is_in_one_share(ids: list[str], of: int) -> None:
    assert all(len(found) == 1 for found in numbers(ids, of))


def test_shares_have_about_as_many_users() -> None:
    for ids in ([f"u{n:07}" for n in range(4000)], [f"{n}@example.org" for n in range(4000)]):
        counts = [0] * 8
        for (number,) in numbers(ids, 8):
            counts[number] += 1
        assert all(abs(count - 500) < 100 for count in counts), counts


@pytest.mark.parametrize(("rows", "count"), [(0, 1), (10, 1), (11, 2), (30, 3), (31, 4), (999, 4)])
def test_few_rows_are_not_cut(rows: int, count: int) -> None:
    found = Sharding(4, rows=10).shares(rows)
    assert found == tuple(Share(number, count) for number in range(count))
    assert Sharding().shares(rows) == (WHOLE,)


def reviews(*users: str) -> pl.DataFrame:
    rows = [
        {
            "review_id": f"r{number}",
            "user_id": user,
            "title_id": "film",
            "event_time": NOON + timedelta(minutes=number),
            "time_precision": "second",
            "rating": 0.5,  # below its bound
        }
        for number, user in enumerate(users)
    ]
    table = contract(REVIEWS)
    return table.conform(pl.DataFrame(rows, table.schema))


def in_parts(folder: Path, frame: pl.DataFrame, count: int) -> SortedParts:
    parts = SortedParts(folder)
    for number in range(count):
        parts.add(frame.filter(Share(number, count).holds()))
    return parts


@pytest.mark.parametrize("count", [1, 2, 7])
def test_parts_are_stored_as_the_one_frame_that_they_are(tmp_path: Path, count: int) -> None:
    lake, day = FolderLake(tmp_path), NOON.date()
    frame = reviews(*(f"user {n % 40}" for n in range(300)))
    parts = in_parts(lake.drafts(REVIEWS), frame, count)
    footer = lake.replace(REVIEWS, day, parts, inputs={}, code="")
    assert (footer.version, footer.rows) == (content_version(frame), 300)
    assert_frame_equal(lake.read(REVIEWS, day), frame)
    by_share = [lake.read(REVIEWS, day, share=Share(number, 3)) for number in range(3)]
    assert_frame_equal(pl.concat(by_share).sort(contract(REVIEWS).order), frame)
    del parts
    assert not list(lake.drafts(REVIEWS).iterdir())


def test_parts_without_rows_are_an_empty_day(tmp_path: Path) -> None:
    lake = FolderLake(tmp_path)
    parts = in_parts(lake.drafts(REVIEWS), reviews(), 3)
    assert lake.replace(REVIEWS, NOON.date(), parts, inputs={}, code="").version == "empty"
    assert lake.read(REVIEWS, NOON.date()).is_empty()


def test_what_breaks_a_contract_is_told_of_parts_as_of_the_whole(tmp_path: Path) -> None:
    table = contract(REVIEWS)
    frame = reviews(*(f"user {n}" for n in range(40)))
    frame = frame.with_columns(
        review_id=pl.when(pl.col("user_id").is_in(["user 3", "user 4", "user 5"]))
        .then(pl.lit("again"))
        .otherwise("review_id")
    )
    parts = in_parts(tmp_path, frame, 5)
    assert len({number for (number,) in numbers(["user 3", "user 4", "user 5"], 5)}) > 1
    found = table.violations_of_parts(parts.parts(), parts.columns(table.key))
    (expected,) = table.violations(frame)
    assert_frame_equal(found.drop("example"), expected.drop("example"))
    assert found["check"].to_list() == ["≥ 1", "unique key"]
