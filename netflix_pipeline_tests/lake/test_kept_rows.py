"""Rows of small partitions are read from memory for as long as their files are what was written."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.datatypes import DataTypeClass
from polars.testing import assert_frame_equal

from netflix_pipeline.contracts import Contract, contract, contracts
from netflix_pipeline.lake import content_version
from netflix_pipeline.lake.folder_lake import FolderLake
from netflix_pipeline.lake.kept_rows import KeptRows
from netflix_pipeline.lake.lake import Replacement
from netflix_pipeline.lake.lake_files import stamp_of
from netflix_pipeline.lake.parquet_files import content_versions

TABLE = "silver/plays"
DAYS = [date(2026, 1, 5) + timedelta(days=n) for n in range(4)]
VALUES: dict[DataTypeClass, tuple[Any, Any]] = {
    pl.String: ("a name of more than twelve letters, ü", ""),
    pl.Float64: (1.5, -0.0),
    pl.Int32: (7, -1),
    pl.Int64: (2**40, 0),
    pl.Boolean: (True, False),
    pl.Date: (date(2026, 1, 5), date(1969, 12, 31)),
    pl.Datetime: (datetime(2026, 1, 5, 12, 30, 1, 7, UTC), datetime(1969, 1, 1, tzinfo=UTC)),
}


def values(dtype: pl.DataType | DataTypeClass) -> tuple[Any, Any]:
    if isinstance(dtype, pl.Enum):
        return dtype.categories[-1], dtype.categories[0]
    if isinstance(dtype, pl.List):
        one, other = values(dtype.inner)
        return [one, other, one], []
    return VALUES[dtype.base_type()]


def rows(told: Contract, *numbers: int) -> pl.DataFrame:
    """A row for each number: 0 and 1 of other values, 2 of none."""
    columns = {column.name: [*values(column.dtype), None] for column in told.columns}
    return pl.DataFrame(columns, told.schema)[list(numbers)]


@pytest.mark.parametrize("told", contracts().values(), ids=contracts())
def test_frames_that_are_digested_together_have_the_version_of_each(told: Contract) -> None:
    frames = [rows(told, *numbers) for numbers in ((0, 1, 2), (), (2, 1), (1, 0, 0, 2))]
    assert [*content_versions(frames)] == [content_version(frame) for frame in frames]


def test_rows_that_were_just_written_are_read_until_others_are(tmp_path: Path) -> None:
    told = contract(TABLE)
    one, other = FolderLake(tmp_path / "one"), FolderLake(tmp_path / "other")
    frames = dict(zip(DAYS, (rows(told, *n) for n in ((0, 1), (), (1,), (0,))), strict=True))
    for lake in (one, other):
        lake.replace_several(TABLE, [Replacement(day, frames[day], {}, "") for day in frames])
    for days in (DAYS, DAYS[1:3], [DAYS[0], DAYS[3]], DAYS[1:2]):
        kept = one.kept_days(TABLE, days, ["user_id", "running"])
        assert kept is not None
        expected = [
            frames[day].select("user_id", "running", event_date=pl.lit(day)) for day in days
        ]
        assert_frame_equal(kept, pl.concat(expected))
    # As another process replaces a day.
    changed = other.path(TABLE, DAYS[2])
    other.replace(TABLE, DAYS[2], rows(told, 0, 0), inputs={}, code="")
    changed.replace(one.path(TABLE, DAYS[2]))
    assert one.kept_days(TABLE, DAYS, ["user_id"]) is None
    assert_frame_equal(one.read(TABLE, DAYS[2]), rows(told, 0, 0))
    assert one.read_days(TABLE, DAYS)["event_date"].value_counts().height == 3
    assert one.kept_days(TABLE, DAYS[:2], ["user_id"]) is not None


def test_what_is_kept_of_rows_is_bounded(tmp_path: Path) -> None:
    frame = pl.DataFrame({"number": range(100)})
    kept = KeptRows(most=3 * 800, largest=900)
    files = [tmp_path / str(number) for number in range(5)]
    for file in files:
        file.touch()
        kept.put(frame, {file: (stamp_of(file.stat()), 100)})
    assert [kept.get([file]) is not None for file in files] == [False, False, True, True, True]
    kept.put(pl.concat([frame, frame]), {files[0]: (stamp_of(files[0].stat()), 200)})
    assert kept.get(files[:1]) is None
