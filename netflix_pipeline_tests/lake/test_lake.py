"""The lake replaces partitions whole, atomically and durably, and says what it holds."""

import os
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from netflix_pipeline.contracts import contract
from netflix_pipeline.errors import StorageFull
from netflix_pipeline.ingest.batches import Manifest, commit, remove_uncommitted
from netflix_pipeline.lake import DamagedTable, Lake, read_footer
from netflix_pipeline.lake.folder_lake import FolderLake

TABLE = "gold/drop_off"
DAY = date(2026, 1, 31)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return FolderLake(tmp_path / "lake")


def rows(*starters: int) -> pl.DataFrame:
    return contract(TABLE).conform(
        pl.DataFrame({"title_id": "a", "step": range(len(starters)), "starters": starters})
    )


def commit_batch(lake: Lake, batch: str, frame: pl.DataFrame) -> None:
    lake.append("bronze/users", None, batch, frame)
    at = datetime(2026, 1, 31, tzinfo=UTC)
    manifest = Manifest(
        batch=batch,
        path="f",
        source="native",
        table="users",
        sha256="0",
        arrival=1,
        received_at=at,
        header="",
        received=1,
        stored=1,
    )
    commit(lake, manifest)


def user(user_id: str, batch: str) -> pl.DataFrame:
    told = contract("bronze/users")
    return (
        told.empty()
        .clear(1)
        .with_columns(
            user_id=pl.lit(user_id),
            source=pl.lit("s"),
            batch=pl.lit(batch),
            line=pl.lit(1, pl.Int64),
            received_at=datetime(2026, 1, 31, tzinfo=UTC),
        )
    )


def test_what_was_replaced_is_read_back_with_its_footer(lake: Lake) -> None:
    footer = lake.replace(TABLE, DAY, rows(3, 1), inputs={"silver/plays": "v1"}, code="c")
    assert_frame_equal(lake.read(TABLE, DAY), rows(3, 1))
    assert lake.footer(TABLE, DAY) == footer
    assert (footer.rows, footer.inputs, footer.code) == (2, {"silver/plays": "v1"}, "c")
    assert lake.partitions(TABLE) == [DAY]


def test_a_footer_is_that_of_the_file_that_lies_there_now(lake: Lake) -> None:
    path = lake.path(TABLE, DAY)
    first = lake.replace(TABLE, DAY, rows(3, 1), inputs={"silver/plays": "v1"}, code="c")
    assert lake.footer(TABLE, DAY) == first
    kept = path.with_name("kept.parquet")
    path.rename(kept)
    assert lake.footer(TABLE, DAY) is None
    second = lake.replace(TABLE, DAY, rows(9), inputs={"silver/plays": "v2"}, code="c")
    assert (lake.footer(TABLE, DAY), read_footer(path)) == (second, second)
    kept.rename(path)
    assert (lake.footer(TABLE, DAY), read_footer(path)) == (first, first)
    path.write_bytes(b"torn")
    assert lake.footer(TABLE, DAY) is None


@pytest.mark.parametrize("name", ["part [1]", "a[b", "*", "who?", "{x,y}"])
def test_a_folder_whose_name_looks_like_a_pattern_is_read_like_any_other(
    tmp_path: Path, name: str
) -> None:
    lake, other = FolderLake(tmp_path / name), FolderLake(tmp_path / "part 1")
    lake.replace(TABLE, DAY, rows(9, 5), inputs={}, code="c1")
    other.replace(TABLE, DAY, rows(1), inputs={}, code="c1")
    assert_frame_equal(lake.read(TABLE, DAY), rows(9, 5))
    footer = lake.footer(TABLE, DAY)
    assert footer is not None
    assert footer.rows == 2


def test_a_missing_partition_has_no_rows_and_no_footer(lake: Lake) -> None:
    assert lake.read(TABLE, DAY).is_empty()
    assert lake.read(TABLE, DAY).schema == contract(TABLE).schema
    assert lake.footer(TABLE, DAY) is None
    assert lake.partitions(TABLE) == []


@pytest.mark.parametrize(
    ("other", "same"),
    [((3, 1), True), ((1, 3), False), ((3, 1, 0), False), ((), False)],
    ids=["equal", "other order", "one more", "none"],
)
def test_the_version_follows_the_content(lake: Lake, other: tuple[int, ...], same: bool) -> None:
    first = lake.replace(TABLE, DAY, rows(3, 1), inputs={}, code="1")
    second = lake.replace(TABLE, DAY, rows(*other), inputs={"x": "y"}, code="2")
    assert (first.version == second.version) is same


def test_any_hive_reader_sees_the_days(lake: Lake) -> None:
    lake.replace(TABLE, DAY, rows(3), inputs={}, code="")
    seen = pl.read_parquet(lake.root / TABLE / "**/*.parquet", hive_partitioning=True)
    assert seen["event_date"].to_list() == [DAY]


def test_a_stale_mark_lasts_until_the_partition_is_replaced(lake: Lake) -> None:
    lake.replace(TABLE, DAY, rows(3), inputs={}, code="")
    lake.mark_stale(TABLE, DAY, "a title changed")
    assert lake.is_stale(TABLE, DAY)
    assert_frame_equal(lake.read(TABLE, DAY), rows(3))
    lake.replace(TABLE, DAY, rows(3), inputs={}, code="")
    assert not lake.is_stale(TABLE, DAY)


def test_a_batch_counts_from_its_manifest_on(lake: Lake) -> None:
    commit_batch(lake, "aaaa-1", user("ann", "aaaa-1"))
    lake.append("bronze/users", None, "bbbb-1", user("bob", "bbbb-1"))
    assert lake.read("bronze/users")["user_id"].to_list() == ["ann"]
    before = lake.bronze_version("bronze/users")
    remove_uncommitted(lake)
    assert [file.name for file in lake.folder("bronze/users").iterdir()] == ["aaaa-1.parquet"]
    assert lake.bronze_version("bronze/users") == before
    commit_batch(lake, "bbbb-1", user("bob", "bbbb-1"))
    assert lake.bronze_version("bronze/users") != before


def test_it_is_known_whether_all_rows_of_a_partition_were_judged(lake: Lake) -> None:
    assert lake.is_judged("bronze/users", None)
    lake.append_several("bronze/users", "aaaa-1", {None: (user("ann", "aaaa-1"), None)})
    assert lake.is_judged("bronze/users", None, {"aaaa-1", "bbbb-1"})
    lake.append("bronze/users", None, "bbbb-1", user("bob", "bbbb-1"))
    assert not lake.is_judged("bronze/users", None, {"aaaa-1", "bbbb-1"})
    lake.append_several("bronze/users", "bbbb-1", {None: (user("bob", "bbbb-1"), None)})
    assert lake.is_judged("bronze/users", None, {"aaaa-1", "bbbb-1"})
    assert contract("bronze/users").rules != contract("bronze/titles").rules


def test_a_column_that_came_later_is_null_in_older_files_and_one_that_must_be_there_is_damage(
    lake: Lake,
) -> None:
    for batch, lacks in (("aaaa-1", "age"), ("bbbb-1", None)):
        commit_batch(lake, batch, user("ann", batch).with_columns(age=pl.lit(30, pl.Int32)))
        if lacks:
            (file,) = lake.batch_files("bronze/users", None)
            pl.read_parquet(file).drop(lacks).write_parquet(file)
    read = lake.read("bronze/users")
    assert read.schema == contract("bronze/users").schema
    assert sorted(read["age"].to_list(), key=str) == [30, None]
    assert lake.read("bronze/users", columns=["age"]).height == 2
    pl.read_parquet(file).drop("user_id").write_parquet(file)
    with pytest.raises(DamagedTable, match="user_id"):
        lake.read("bronze/users")


def test_a_full_disk_keeps_the_last_good_file_and_leaves_no_draft(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.replace(TABLE, DAY, rows(3), inputs={}, code="")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageFull, match="Free space"):
        lake.replace(TABLE, DAY, rows(1, 2), inputs={}, code="")
    assert_frame_equal(lake.read(TABLE, DAY), rows(3))
    assert [path.name for path in lake.folder(TABLE, DAY).iterdir()] == ["part.parquet"]
