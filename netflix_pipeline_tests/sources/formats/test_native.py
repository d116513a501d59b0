from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from netflix_pipeline.contracts import contract
from netflix_pipeline.sources.formats import http_events

if TYPE_CHECKING:
    from collections.abc import Callable

HEADER = (
    "event_id,user_id,title_id,event_time,time_precision,action,watch_seconds,progress,"
    "playback_id,kind,device,quality,country,is_download,rating"
)
GOOD = {
    "event_id": "e1",
    "user_id": "u1",
    "title_id": "t1",
    "event_time": "2025-03-01T20:15:30.5Z",
    "time_precision": "second",
    "action": "stopped",
    "watch_seconds": "120.5",
    "progress": "0.25",
    "playback_id": "p1",
    "kind": "main",
    "device": "smart_tv",
    "quality": "UHD",
    "country": "DE",
    "is_download": "false",
    "rating": "4",
}
TYPED = {
    "event_id": "e1",
    "user_id": "u1",
    "title_id": "t1",
    "event_time": datetime(2025, 3, 1, 20, 15, 30, 500_000, UTC),
    "time_precision": "second",
    "action": "stopped",
    "watch_seconds": 120.5,
    "progress": 0.25,
    "playback_id": "p1",
    "kind": "main",
    "device": "smart_tv",
    "quality": "UHD",
    "country": "DE",
    "is_download": False,
    "rating": 4.0,
    "problems": None,
    "left_out": None,
    "line": 2,
}
BAD = ["unparsable_row"]
LEFT_OUT = ["the field, not the row"]


def row(**cells: str) -> str:
    return f"{HEADER}\n{','.join({**GOOD, **cells}.values())}\n"


def test_a_whole_row_has_the_types_of_the_contract(read: Any) -> None:
    result = read(row())
    assert result.file.source == "native-watch-events"
    assert result.frame.row(0, named=True) == TYPED
    schema = contract("bronze/watch_events").schema
    assert all(
        result.frame.schema[name] == schema[name]
        for name in result.frame.columns
        if name not in ("problems", "left_out", "line")
    )
    assert result.frame.schema["problems"] == pl.List(pl.String)
    assert result.frame.schema["line"] == pl.Int64


@pytest.mark.parametrize(
    ("column", "cell", "value", "problems"),
    [
        ("event_time", "2025-03-01", datetime(2025, 3, 1, tzinfo=UTC), None),
        ("event_time", "2025-03-01T23:00:00+02:00", datetime(2025, 3, 1, 21, tzinfo=UTC), None),
        ("event_time", "yesterday", None, None),
        ("event_time", "", None, None),
        ("action", "Stop", "stopped", None),
        ("action", "exploded", None, ["unknown_action"]),
        ("action", "", None, ["unknown_action"]),
        ("watch_seconds", "1e3", 1000.0, None),
        ("watch_seconds", "-5", -5.0, None),
        ("watch_seconds", "NaN", None, None),
        ("watch_seconds", "inf", None, BAD),
        ("watch_seconds", "an hour", None, BAD),
        ("watch_seconds", "1_000", None, BAD),
        ("watch_seconds", " 7 ", 7.0, None),
        ("progress", "", None, None),
        ("kind", "", "main", None),
        ("kind", "Trailer", "promo", None),
        ("time_precision", "", "second", None),
        ("device", "Some Fridge", "other", None),
        ("device", "iPad Pro", "tablet", None),
        ("quality", "4K", "UHD", None),
        ("quality", "blurry", None, LEFT_OUT),
        ("country", "usa", "US", None),
        ("country", "Atlantis", None, LEFT_OUT),
        ("rating", "very good", None, LEFT_OUT),
        ("is_download", "", False, None),
        ("is_download", "1", True, None),
        ("is_download", "TRUE", True, None),
        ("is_download", "perhaps", None, BAD),
    ],
)
def test_a_cell_is_read_by_itself(
    read: Any, column: str, cell: str, value: object, problems: list[str] | None
) -> None:
    result = read(row(**{column: cell}))
    assert result.frame[column].to_list() == [value]
    left_out = problems is LEFT_OUT
    assert result.frame["problems"].to_list() == [None if left_out else problems]
    assert result.frame["left_out"].to_list() == [[column] if left_out else None]


def test_a_zero_has_no_sign(read: Any) -> None:
    cells = ("-0", "-0.0", "-0e5", "-0:00:00", "-1.5", "", "2")
    rows = [row(watch_seconds=cell).splitlines()[1] for cell in cells]
    seconds = read("\n".join((HEADER, *rows))).column("watch_seconds")
    assert str(seconds) == "[0.0, 0.0, 0.0, 0.0, -1.5, None, 2.0]"


def test_a_zero_has_no_sign_in_parquet_and_events(read: Any) -> None:
    seconds = (-0.0, 0.0, 3.5)
    parquet = read(as_parquet(pl.DataFrame([{**GOOD, "watch_seconds": one} for one in seconds])))
    plain = {name: GOOD[name] for name in ("event_id", "user_id", "title_id", "event_time")}
    told = [plain | {"type": "watch", "watch_seconds": one} for one in seconds]
    texts = [json.dumps(one).encode() for one in told]
    assert http_events.decode(texts[0]).event_id == GOOD["event_id"]
    events = http_events.read("watch_events", texts, range(len(texts)))
    for frame in (parquet.frame, events.frame):
        assert str(frame["watch_seconds"].to_list()) == "[0.0, 0.0, 3.5]"


def test_two_bad_cells_of_one_kind_are_one_problem_and_others_stay_apart(read: Any) -> None:
    result = read(row(watch_seconds="x", progress="y", action="z"))
    assert sorted(result.column("problems")[0]) == ["unknown_action", "unparsable_row"]


@pytest.mark.parametrize(
    ("time", "precision", "told"),
    [
        ("2025-03-01", "", "day"),
        ("2025-03-01", "second", "day"),
        ("2025-03-01T10:00:00Z", "", "second"),
        ("2025-03-01T10:00:00Z", "day", "day"),
    ],
)
def test_a_date_alone_is_of_day_precision(read: Any, time: str, precision: str, told: str) -> None:
    result = read(row(event_time=time, time_precision=precision))
    assert result.column("time_precision") == [told]
    midnight = datetime(2025, 3, 1, tzinfo=UTC)
    assert (result.column("event_time")[0] == midnight) == (told == "day")


def test_columns_that_a_source_has_not_get_their_default_and_order_does_not_matter(
    read: Any,
) -> None:
    result = read("title_id,extra,event_time,user_id\nt1,?,2025-03-01T00:00:01Z,u1\n")
    told = result.frame.row(0, named=True)
    assert (told["user_id"], told["title_id"], told["event_id"]) == ("u1", "t1", None)
    assert (told["action"], told["kind"], told["is_download"]) == ("stopped", "main", False)
    assert told["time_precision"] == "second"
    assert told["problems"] is None


TABLES: list[tuple[str, str, dict[str, object]]] = [
    (
        "search_events",
        "search_id,user_id,event_time,query,results_count,clicked_position,device,country\n"
        "s1,u1,2025-03-01T10:00:00Z,dragons,12.0,,Tablet,Canada\n",
        {"query": "dragons", "results_count": 12, "clicked_position": None, "device": "tablet"},
    ),
    (
        "recommendation_events",
        "recommendation_id,user_id,title_id,event_time,clicked,position,score,algorithm\n"
        "r1,u1,t1,2025-03-01T10:00:00Z,True,3,0.9,knn\n",
        {"clicked": True, "position": 3, "score": 0.9, "algorithm": "knn", "device": None},
    ),
    (
        "reviews",
        "review_id,user_id,title_id,event_time,rating,text,sentiment\n"
        'v1,u1,t1,2025-03-01,5,"good, very",positive\n',
        {"rating": 5.0, "text": "good, very", "sentiment": "positive", "time_precision": "day"},
    ),
    (
        "users",
        "user_id,country,plan,signup_date,age,gender,primary_device,is_active,monthly_spend\n"
        "u1,UK,Premium+,2024-02-29,43.0,Other,Gaming Console,False,9.99\n",
        {
            "country": "GB",
            "signup_date": date(2024, 2, 29),
            "age": 43,
            "primary_device": "console",
            "is_active": False,
        },
    ),
    (
        "titles",
        "title_id,title,content_type,genre,runtime_minutes,seasons,is_original,added_on\n"
        "t1,Name,Limited Series,Drama,-1,2,yes,2024-01-31\n",
        {
            "content_type": "limited_series",
            "runtime_minutes": -1.0,
            "seasons": 2,
            "is_original": True,
            "added_on": date(2024, 1, 31),
        },
    ),
]


@pytest.mark.parametrize(("table", "text", "told"), TABLES, ids=[table for table, *_ in TABLES])
def test_every_table_is_recognised_by_its_own_columns(
    read: Any, table: str, text: str, told: dict[str, object]
) -> None:
    result = read(text)
    assert result.file.table == table
    row = result.frame.row(0, named=True)
    assert {name: row[name] for name in told} == told
    assert row["problems"] is None


def as_parquet(frame: pl.DataFrame) -> bytes:
    import io

    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


FORMS: dict[str, Callable[[pl.DataFrame], bytes]] = {
    "csv": lambda frame: frame.write_csv(datetime_format="%Y-%m-%dT%H:%M:%S%.fZ").encode(),
    "ndjson": lambda frame: (
        frame.with_columns(pl.col("event_time").dt.strftime("%Y-%m-%dT%H:%M:%S%.fZ"))
        .write_ndjson()
        .encode()
    ),
    "parquet": as_parquet,
}


@pytest.mark.parametrize("form", FORMS)
def test_the_same_rows_come_out_of_every_format(read: Any, form: str) -> None:
    typed = contract("bronze/watch_events").schema
    wanted = {name: value for name, value in TYPED.items() if name in typed and name != "line"}
    other = {**wanted, "event_id": "e2", "watch_seconds": None, "device": None, "is_download": True}
    frame = pl.DataFrame([wanted, other] * 40, schema={name: typed[name] for name in wanted})
    result = read(FORMS[form](frame), f"events.{form}")
    assert result.frame.select(frame.columns).equals(frame)
    assert result.frame["problems"].null_count() == frame.height
