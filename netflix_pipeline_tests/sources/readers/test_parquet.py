from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from netflix_pipeline.errors import BadInput
from netflix_pipeline.sources import Options, open_file, parse_raw
from netflix_pipeline.sources.readers import parquet as parquet_reader

if TYPE_CHECKING:
    from pathlib import Path

TIME = datetime(2025, 3, 1, 10, 0, 0, 5, UTC)


def parquet(tmp_path: Path, **columns: pl.Series) -> bytes:
    path = tmp_path / "made"
    frame = pl.DataFrame(columns)
    frame.write_parquet(path, row_group_size=3)
    return path.read_bytes()


@pytest.mark.parametrize(
    ("times", "time", "precision"),
    [
        (pl.Series([TIME]), TIME, "second"),
        (pl.Series([TIME]).dt.convert_time_zone("Asia/Tokyo"), TIME, "second"),
        (pl.Series([TIME.replace(tzinfo=None)]), TIME, "second"),
        (pl.Series([TIME]).cast(pl.Datetime("ns", "UTC")), TIME, "second"),
        (pl.Series([date(2025, 3, 1)]), datetime(2025, 3, 1, tzinfo=UTC), "day"),
        (pl.Series(["2025-03-01"]), datetime(2025, 3, 1, tzinfo=UTC), "day"),
        (pl.Series([1.5]), None, "second"),
    ],
)
def test_a_time_of_any_type_is_utc_to_the_microsecond(
    read: Any, tmp_path: Path, times: pl.Series, time: datetime | None, precision: str
) -> None:
    ids = pl.Series(["x"])
    result = read(parquet(tmp_path, user_id=ids, title_id=ids, event_time=times), "x.parquet")
    assert result.column("event_time") == [time]
    assert result.column("time_precision") == [precision]
    assert result.frame.schema["event_time"] == pl.Datetime("us", "UTC")


@pytest.mark.parametrize(
    ("column", "values", "value", "problem"),
    [
        ("user_id", pl.Series([42]), "42", None),
        ("user_id", pl.Series([""]), None, None),
        ("device", pl.Series(["Roku"], dtype=pl.Categorical), "streaming_stick", None),
        ("watch_seconds", pl.Series([3], dtype=pl.Int16), 3.0, None),
        ("watch_seconds", pl.Series(["2.50"]).cast(pl.Decimal(10, 2)), 2.5, None),
        ("watch_seconds", pl.Series([float("nan")]), None, None),
        ("watch_seconds", pl.Series([float("inf")]), None, "unparsable_row"),
        ("watch_seconds", pl.Series([[1.0]]), None, "unparsable_row"),
        ("is_download", pl.Series([1]), True, None),
        ("is_download", pl.Series([True]), True, None),
        ("title_id", pl.Series([{"a": 1}]), None, "unparsable_row"),
    ],
)
def test_a_column_of_another_type_is_read_as_far_as_it_goes(
    read: Any,
    tmp_path: Path,
    column: str,
    values: pl.Series,
    value: object,
    problem: str | None,
) -> None:
    given = {
        "user_id": pl.Series(["u"]),
        "title_id": pl.Series(["t"]),
        "event_time": pl.Series([TIME]),
    }
    result = read(parquet(tmp_path, **{**given, column: values}), "x.parquet")
    assert result.column(column) == [value]
    assert result.column("problems") == [problem and [problem]]


def test_rows_come_in_batches_with_their_numbers_and_are_found_again(
    read: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_reader, "ROWS", 4)
    ids = pl.Series([f"u{at}" for at in range(10)])
    content = parquet(tmp_path, user_id=ids, title_id=ids, event_time=pl.Series([TIME] * 10))
    result = read(content, "x.parquet")
    assert result.column("line") == list(range(1, 11))
    raw = result.file.raw([9, 2])
    assert [json.loads(text)["user_id"] for text in raw] == ["u8", "u1"]
    again = parse_raw(result.file.header, raw)
    assert again.frame["user_id"].to_list() == ["u8", "u1"]
    assert again.frame["event_time"].to_list() == [TIME, TIME]


@pytest.mark.parametrize(
    "content", [b"PAR1", b"user_id,title_id\n", b"PAR1" + b"x" * 100 + b"PAR1"]
)
def test_what_is_named_parquet_but_is_none_is_an_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "events.parquet"
    path.write_bytes(content)
    with pytest.raises(BadInput, match="no whole Parquet file"):
        open_file(path, Options())


def test_damage_in_a_later_row_group_comes_after_the_rows_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_reader, "ROWS", 3)
    ids = pl.Series([f"user-number-{at}" for at in range(9)])
    content = bytearray(
        parquet(tmp_path, user_id=ids, title_id=ids, event_time=pl.Series([TIME] * 9))
    )
    at = content.rindex(b"\x28\xb5\x2f\xfd")
    content[at : at + 12] = b"\0" * 12
    path = tmp_path / "events.parquet"
    path.write_bytes(content)
    users: list[str] = []

    def read_all() -> None:
        for part in open_file(path, Options()).parts(lambda _: None):
            chunk = part()
            users.extend(chunk.frame["user_id"])

    with pytest.raises(BadInput, match="cannot be read beyond row"):
        read_all()
    assert users == ids.to_list()[: len(users)]
    assert len(users) >= 3
