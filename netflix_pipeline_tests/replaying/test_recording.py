import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from netflix_pipeline.contracts import contract
from netflix_pipeline.errors import BadInput, UnrecognisedSource
from netflix_pipeline.ingest.validation_rules import payload
from netflix_pipeline.replaying import record
from netflix_pipeline.sources.formats.http_events import EVENT_TYPES, decode
from netflix_pipeline_tests.support.command import event, write
from netflix_pipeline_tests.support.replaying import sample

SEARCHES = "search_id,user_id,event_time,query,results_count"


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 1, 31, hour, minute, tzinfo=UTC)


def clock(hour: int, minute: int = 0) -> str:
    return at(hour, minute).isoformat()


def test_events_of_all_files_come_in_the_order_of_their_time(tmp_path: Path) -> None:
    write(tmp_path / "b.csv", [event("late", clock(22)), event("early", clock(20))])
    write(tmp_path / "a.csv", [event("between", clock(21))])
    write(tmp_path / "s.csv", [f"look,bob,{clock(20, 30)},dark,7"], SEARCHES)
    recording = record([tmp_path])
    told = recording.events(0, len(recording))
    assert [(one["type"], one["event_id"], one["event_time"]) for one in told] == [
        ("watch", "early", at(20)),
        ("search", "look", at(20, 30)),
        ("watch", "between", at(21)),
        ("watch", "late", at(22)),
    ]
    assert recording.events(1, 3) == told[1:3]


def test_an_event_tells_what_is_known_and_nothing_else(tmp_path: Path) -> None:
    write(tmp_path / "s.csv", [f"look,bob,{clock(20)},dark,7"], SEARCHES)
    assert record([tmp_path]).events(0, 1) == [
        {
            "type": "search",
            "event_id": "look",
            "user_id": "bob",
            "event_time": at(20),
            "time_precision": "second",
            "query": "dark",
            "results_count": 7,
        }
    ]


def test_equal_times_stay_in_the_order_of_the_file(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", [event(f"e{n}", clock(20)) for n in range(20)])
    told = record([tmp_path]).events(0, 20)
    assert [one["event_id"] for one in told] == [f"e{n}" for n in range(20)]


def test_an_event_without_an_id_gets_the_same_one_each_time(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", [f"ann,film,{clock(20)}"], "user_id,title_id,event_time")
    first, again = (record([tmp_path]).events(0, 1)[0] for _ in range(2))
    assert first == again
    assert len(first["event_id"]) == 36


def test_only_so_many_are_taken_and_they_are_the_first(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", [event("last", clock(23)), event("first", clock(1))])
    recording = record([tmp_path], limit=1)
    assert len(recording) == 1
    assert recording.events(0, 1)[0]["event_id"] == "first"


def test_rows_that_are_no_events_are_left_and_counted(tmp_path: Path) -> None:
    rows = [event("good"), event("when", "yesterday"), event("much", seconds="a lot")]
    write(tmp_path / "a.csv", [*rows, event("negative", seconds="-5")])
    recording = record([tmp_path])
    told = recording.events(0, len(recording))
    # What breaks a rule is an event: whoever takes it judges it.
    assert [one["event_id"] for one in told] == ["good", "negative"]
    assert recording.unreadable == 2


def test_files_without_events_are_told(tmp_path: Path) -> None:
    events = write(tmp_path / "a.csv", [event("e")])
    users = write(tmp_path / "users.csv", ["ann,Basic"], "user_id,plan")
    notes = write(tmp_path / "notes.csv", ["1,2"], "x,y")
    recording = record([tmp_path])
    assert len(recording) == 1
    assert {file.path: file.reason for file in recording.skipped}.keys() == {users, notes}
    assert "users are no events" in {file.reason for file in recording.skipped}
    with pytest.raises(BadInput, match="no event to send"):
        record([users])
    with pytest.raises(UnrecognisedSource):
        record([notes])
    assert events.exists()


@pytest.mark.parametrize("form", ["csv", "ndjson", "parquet"])
def test_generated_events_are_of_the_plain_form(tmp_path: Path, form: str) -> None:
    sample(tmp_path, format=form, dirty=False)
    recording = record([tmp_path])
    assert {kind for kind, _ in recording.tables} == {"watch", "search", "recommendation", "review"}
    told = recording.events(0, len(recording))
    times = [one["event_time"] for one in told]
    assert times == sorted(times)
    for one in told:
        if one["time_precision"] == "second":
            decode(json.dumps(one, default=datetime.isoformat).encode())


def test_events_are_kept_in_the_types_of_their_contract(tmp_path: Path) -> None:
    sample(tmp_path)
    recording = record([tmp_path])
    for (kind, frame), table in zip(recording.tables, sorted(EVENT_TYPES), strict=True):
        assert EVENT_TYPES[table] == kind
        kept = contract(f"bronze/{table}").schema
        assert frame.dtypes == [kept[name] for name in payload(table)]
