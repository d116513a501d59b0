import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from netflix_pipeline.errors import BadInput
from netflix_pipeline.replaying import Recording, record, replay
from netflix_pipeline_tests.support.command import event, write
from netflix_pipeline_tests.support.replaying import Api, Reply

BEGIN = datetime(2026, 1, 31, 20, tzinfo=UTC)


def recorded(folder: Path, offsets: Sequence[float]) -> Recording:
    """Events so many seconds after the beginning."""
    rows = [
        event(f"e{place}", (BEGIN + timedelta(seconds=offset)).isoformat())
        for place, offset in enumerate(offsets)
    ]
    return record([write(folder / "events.csv", rows)])


def ids(api: Api) -> list[str]:
    return [one["event_id"] for one in api.events]


def test_everything_is_sent_once_and_counted(api: Api, tmp_path: Path) -> None:
    recording = recorded(tmp_path, range(1_250))
    told: list[int] = []
    replayed = replay(recording, api.url, speed=math.inf, on_sent=told.append)
    assert sorted(ids(api)) == sorted(f"e{place}" for place in range(1_250))
    assert sorted(map(len, api.requests)) == [250, 500, 500]
    assert (replayed.sent, replayed.stored, replayed.requests) == (1_250, 1_250, 3)
    assert sum(told) == 1_250
    assert replayed.p50_ms is not None
    assert replayed.p99_ms is not None
    assert 0 < replayed.p50_ms <= replayed.p99_ms
    assert (replayed.failure, replayed.interrupted, replayed.retries) == (None, False, 0)


def test_events_are_sent_as_they_were_recorded(api: Api, tmp_path: Path) -> None:
    replay(recorded(tmp_path, [0]), api.url + "/", speed=1)
    assert api.events == [
        {
            "type": "watch",
            "event_id": "e0",
            "user_id": "ann",
            "title_id": "film",
            "event_time": "2026-01-31T20:00:00Z",
            "time_precision": "second",
            "action": "stopped",
            "watch_seconds": 600.0,
            "progress": 0.5,
            "kind": "main",
            "is_download": False,
        }
    ]


def test_what_the_api_makes_of_them_is_counted(api: Api, tmp_path: Path) -> None:
    rows = [event("e"), event("e"), event("minus", seconds="-5")]
    replayed = replay(record([write(tmp_path / "a.csv", rows)]), api.url, speed=math.inf)
    assert (replayed.sent, replayed.stored, replayed.duplicate, replayed.quarantined) == (
        3,
        1,
        1,
        1,
    )


def test_no_event_is_sent_before_it_happened(api: Api, tmp_path: Path) -> None:
    recording = recorded(tmp_path, [0, 4, 8])
    replay(recording, api.url, speed=10, shift_to_now=True)
    assert [len(request) for request in api.requests] == [1, 1, 1]
    for sent, (one,) in zip(api.at, api.requests, strict=True):
        assert datetime.fromisoformat(one["event_time"]).timestamp() <= sent
    times = [datetime.fromisoformat(one["event_time"]) for one in api.events]
    assert [(time - times[0]).total_seconds() for time in times] == pytest.approx([0, 0.4, 0.8])


def test_shifted_events_are_sent_as_new_ones(api: Api, tmp_path: Path) -> None:
    recording = recorded(tmp_path, range(3))
    begun = datetime.now(UTC)
    for _ in range(2):
        replayed = replay(recording, api.url, speed=math.inf, shift_to_now=True)
        assert (replayed.stored, replayed.duplicate) == (3, 0)
    times = [datetime.fromisoformat(one["event_time"]) for one in api.events]
    assert times == sorted(times)
    assert begun <= times[0]
    assert times[-1] <= datetime.now(UTC)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(503),
        Reply(429, headers=((b"retry-after", b"0"),)),
        Reply(503, took=True),  # the answer was lost, not the events
        Reply(503, headers=((b"retry-after", b"Wed, 21 Oct 2026 07:28:00 GMT"),)),
    ],
    ids=["503", "429", "503 after all was stored", "503 with a date"],
)
def test_what_is_not_taken_is_sent_again(api: Api, tmp_path: Path, reply: Reply) -> None:
    api.replies = [reply, reply]
    replayed = replay(recorded(tmp_path, [0, 0]), api.url, speed=math.inf)
    assert (replayed.sent, replayed.retries, replayed.failure) == (2, 2, None)
    assert set(ids(api)) == {"e0", "e1"}
    assert (replayed.duplicate, replayed.stored) == ((2, 0) if reply.took else (0, 2))


def test_it_gives_up_after_a_while_and_tells_why(api: Api, tmp_path: Path) -> None:
    api.replies = [Reply(503, b'{"detail": "the disk is full"}')] * 1000
    replayed = replay(recorded(tmp_path, [0]), api.url, speed=math.inf, patience=0.5)
    assert "503 the disk is full" in str(replayed.failure)
    assert "0.5 seconds" in str(replayed.failure)
    assert (replayed.sent, replayed.p50_ms) == (0, None)


def test_it_does_not_wait_longer_than_it_would_try(api: Api, tmp_path: Path) -> None:
    api.replies = [Reply(429, headers=((b"retry-after", b"86400"),))]
    replayed = replay(recorded(tmp_path, [0]), api.url, speed=math.inf)
    assert "429" in str(replayed.failure)
    assert api.tried == 1


def test_what_was_sent_before_a_failure_is_told(api: Api, tmp_path: Path) -> None:
    recording = recorded(tmp_path, [0, 0.3])
    api.replies = [Reply(200, took=True), Reply(422, b'{"detail": "what is this"}')]
    replayed = replay(recording, api.url, speed=1)
    assert "refused events: 422 what is this" in str(replayed.failure)
    assert (replayed.sent, replayed.stored, api.tried) == (1, 1, 2)


def test_nobody_there_is_told(tmp_path: Path, free_port: int) -> None:
    url = f"http://127.0.0.1:{free_port}"
    replayed = replay(recorded(tmp_path, [0]), url, speed=1, patience=0.3)
    assert f"{url}/events did not take events" in str(replayed.failure)
    assert replayed.retries > 0


@pytest.mark.parametrize("body", [b"<html>", b"{}", b'{"counts": 7}'])
def test_another_service_is_told(api: Api, tmp_path: Path, body: bytes) -> None:
    api.replies = [Reply(200, body)]
    replayed = replay(recorded(tmp_path, [0]), api.url, speed=1)
    assert "no receipt" in str(replayed.failure)


def test_an_answer_for_fewer_events_than_were_sent_is_told(api: Api, tmp_path: Path) -> None:
    api.replies = [Reply(200, b'{"counts": {"stored": 1}, "results": [{}]}')]
    replayed = replay(recorded(tmp_path, [0, 0]), api.url, speed=1)
    assert "answered for 1 of 2 events" in str(replayed.failure)


@pytest.mark.parametrize(
    "url", ["", "localhost:8000", "ftp://localhost", "http://", "http://localhost:port"]
)
def test_an_address_that_is_none_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(BadInput, match="no address"):
        replay(recorded(tmp_path, [0]), url, speed=1)
