"""Parquet files of other writers: whatever types they chose, a value means the same."""

import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from netflix_pipeline.errors import BadInput
from netflix_pipeline.sources import Options, open_file, parse_raw

TIME = datetime(2026, 1, 2, 10, 0, 0, tzinfo=UTC)
GIVEN = {
    "user_id": pa.array(["u"]),
    "title_id": pa.array(["t"]),
    "event_time": pa.array([TIME], pa.timestamp("us", "UTC")),
}
ID = UUID(int=7)
NAMES = ("user_id", "watch_seconds", "device", "event_time", "country", "is_download", "rating")


def stored(tmp_path: Path, **columns: Any) -> bytes:
    path = tmp_path / "made"
    pq.write_table(pa.table({**GIVEN, **columns}), path)
    return path.read_bytes()


@pytest.mark.parametrize(
    ("column", "values", "value"),
    [
        # ids
        ("user_id", pa.array([77.0]), "77"),
        ("user_id", pa.array([77]), "77"),
        ("user_id", pa.array([77.0], pa.float32()), "77"),
        ("user_id", pa.array([1e16]), "10000000000000000"),
        ("user_id", pa.array([77.5]), "77.5"),
        ("user_id", pa.array([float("nan")]), None),
        ("user_id", pa.array([2**64 - 1], pa.uint64()), str(2**64 - 1)),
        ("user_id", pa.array([Decimal("77.00")]), "77"),
        ("user_id", pa.array([Decimal("77.050")]), "77.05"),
        ("user_id", pa.array([Decimal("-700.000")]), "-700"),
        ("user_id", pa.array([Decimal("77.00")], pa.decimal256(50, 2)), "77"),
        ("user_id", pa.array([" u1 "]).dictionary_encode(), "u1"),
        ("user_id", pa.array([""]).dictionary_encode(), None),
        ("user_id", pa.array(["NULL"], pa.string_view()), None),
        ("user_id", pa.array([b"u1"], pa.binary()), "u1"),
        ("user_id", pa.array([b"u1"], pa.binary_view()), "u1"),
        ("user_id", pa.array([b"u1\0\0"], pa.binary(4)), "u1"),
        ("user_id", pa.array([ID.bytes], pa.uuid()), str(ID)),
        ("user_id", pa.nulls(1), None),
        # lengths of time, numbers
        ("watch_seconds", pa.array([timedelta(minutes=10)]), 600.0),
        ("watch_seconds", pa.array([timedelta(minutes=10)], pa.duration("s")), 600.0),
        ("watch_seconds", pa.array([timedelta(seconds=-1.5)]), -1.5),
        ("watch_seconds", pa.array([time(0, 10, 0, 250_000)]), 600.25),
        ("watch_seconds", pa.array([b"600"], pa.binary()), 600.0),
        ("watch_seconds", pa.array([Decimal("2.50")]), 2.5),
        ("watch_seconds", pa.array([0.9], pa.float32()), 0.9),
        ("watch_seconds", pa.array([600.0], pa.float16()), 600.0),
        ("watch_seconds", pa.array([0.9], pa.float16()), 0.9),
        ("watch_seconds", pa.array([None], pa.float16()), None),
        ("watch_seconds", pa.nulls(1), None),
        ("rating", pa.array([4], pa.uint8()), 4.0),
        ("is_download", pa.ExtensionArray.from_storage(pa.bool8(), pa.array([1], pa.int8())), True),
        ("is_download", pa.array(["yes"]).dictionary_encode(), True),
        ("device", pa.array(["Roku"]).dictionary_encode(), "streaming_stick"),
        ("device", pa.array([b"iPad"], pa.large_binary()), "tablet"),
        # times
        ("event_time", pa.array([TIME], pa.timestamp("us", "+05:30")), TIME),
        ("event_time", pa.array([TIME], pa.timestamp("ms", "Z")), TIME),
        ("event_time", pa.array([TIME], pa.timestamp("ns", "Asia/Kathmandu")), TIME),
        ("event_time", pa.array([TIME.replace(tzinfo=None)], pa.timestamp("s")), TIME),
        ("event_time", pa.array([b"2026-01-02T10:00:00Z"], pa.binary()), TIME),
        ("event_time", pa.array([date(2026, 1, 2)], pa.date64()), TIME.replace(hour=0)),
        ("event_time", pa.array([2**62], pa.int64()).cast(pa.timestamp("ms")), None),
    ],
)
def test_a_value_means_the_same_in_every_type(
    read: Any, tmp_path: Path, column: str, values: Any, value: object
) -> None:
    result = read(stored(tmp_path, **{column: values}), "x.parquet")
    assert result.column(column) == [value]
    assert result.column("problems") == [None]
    assert result.column("left_out") == [None]
    # In quarantine it would be JSON: read again, it means the same.
    again = parse_raw(result.file.header, result.file.raw([1]))
    if column != "user_id" or value is not None:
        assert again.frame[column].to_list() == [value]


NOTHING = {
    "list": pa.array([[1.0]]),
    "struct": pa.array([{"a": 1}]),
    "map": pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int8())),
    "no UTF-8": pa.array([b"u\xff"], pa.binary()),
    "no UTF-8 either": pa.array([b"u\xff"], pa.binary()).view(pa.string()),
    "no UTF-8 in a dictionary": pa.DictionaryArray.from_arrays(
        pa.array([0], pa.int32()), pa.array([b"u\xff"], pa.binary()).view(pa.string())
    ),
}


@pytest.mark.parametrize("kind", NOTHING)
@pytest.mark.parametrize("column", NAMES)
def test_what_is_no_value_costs_the_row_or_the_field(
    read: Any, tmp_path: Path, kind: str, column: str
) -> None:
    result = read(stored(tmp_path, **{column: NOTHING[kind]}), "x.parquet")
    decides = column in ("user_id", "watch_seconds", "event_time", "is_download")
    assert result.column("left_out") == [None if decides else [column]]
    assert result.column("problems") == [["unparsable_row"] if decides else None]
    assert result.column(column) in ([None], [False])
    assert json.loads(result.file.raw([1])[0])["user_id"]
    again = parse_raw(result.file.header, result.file.raw([1])).frame
    for told in ("problems", "left_out", column):
        assert again[told].to_list() == result.column(told)


def test_a_foreign_profile_or_title_is_missing(read: Any, tmp_path: Path) -> None:
    path = tmp_path / "made"
    columns = {
        "Profile Name": pa.array(["Ana", "Ana", None, "NULL"]).dictionary_encode(),
        "Title": pa.array([b"A Film", b"\xff", b"B", b"C"], pa.binary()),
        "Start Time": pa.array([TIME.replace(tzinfo=None)] * 4),
        "Duration": pa.array([timedelta(minutes=40)] * 4),
        "Supplemental Video Type": pa.array(["NA", None, "TRAILER", "NA"]).dictionary_encode(),
    }
    pq.write_table(pa.table(columns), path)
    result = read(path.read_bytes(), "x.parquet", Options(household="home"))
    assert result.file.source == "netflix-viewing-activity"
    assert result.column("user_id") == ["home/Ana", "home/Ana", None, None]
    assert [told is None for told in result.column("title_id")] == [False, True, False, False]
    assert result.column("kind") == ["main", "main", "promo", "main"]
    assert result.column("watch_seconds") == [2400.0] * 4


def test_a_name_of_two_columns_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    names = [*GIVEN, "watch_seconds", "watch_seconds"]
    values = [*GIVEN.values(), pa.array([1.0]), pa.array([2.0])]
    pq.write_table(pa.Table.from_arrays(values, names), path)
    with pytest.raises(BadInput, match="2 columns have the name 'watch_seconds'"):
        open_file(path, Options())
    unread = pa.Table.from_arrays(values, [*GIVEN, "note", "note"])
    pq.write_table(unread, path)
    assert open_file(path, Options()).source == "native-watch-events"


def test_a_part_without_rows_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table(GIVEN)[:0], path)
    file = open_file(path, Options())
    assert [part().frame.height for part in file.parts(lambda _: None)] in ([], [0])


def test_a_file_of_int96_and_of_a_foreign_version_is_read(read: Any, tmp_path: Path) -> None:
    path = tmp_path / "made"
    pq.write_table(
        pa.table({**GIVEN, "event_time": pa.array([TIME.replace(tzinfo=None)])}),
        path,
        use_deprecated_int96_timestamps=True,
        version="1.0",
        data_page_version="2.0",
        compression="brotli",
    )
    assert read(path.read_bytes(), "x.parquet").column("event_time") == [TIME]


@pytest.mark.parametrize("kind", [pa.float16(), pa.float32(), pa.float64()])
def test_an_endless_number_is_no_number_when_it_is_read_again(
    tmp_path: Path, read: Any, kind: Any
) -> None:
    endless = pa.array([float("-inf")], kind)
    result = read(stored(tmp_path, watch_seconds=endless), "file.parquet")
    again = parse_raw(result.file.header, result.file.raw([1]))
    for told in (result, again):
        assert told.frame["problems"].to_list() == [["unparsable_row"]]
