import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

from netflix_pipeline.replaying import record, replay
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.api import SERVER
from netflix_pipeline_tests.support.command import Command, event, write
from netflix_pipeline_tests.support.processes import Start
from netflix_pipeline_tests.support.replaying import sample


def test_the_api_stores_recorded_events_once_and_shifted_ones_anew(
    start: Start, tmp_path: Path
) -> None:
    sample(tmp_path / "sample", events=1_000, dirty=False)
    recording = record([tmp_path / "sample"])
    assert recording.unreadable == 0
    events = len(recording)
    address = start(SERVER, path="/health")

    first = replay(recording, address, speed=math.inf)
    assert (first.failure, first.sent, first.stored) == (None, events, events)
    again = replay(recording, address, speed=math.inf)
    assert (again.sent, again.duplicate) == (events, events)
    assert again.reasons == {}
    anew = replay(recording, address, speed=math.inf, shift_to_now=True)
    assert (anew.sent, anew.stored) == (events, events)


def test_what_is_too_old_is_told_with_a_way(start: Start, tmp_path: Path) -> None:
    command = Command(tmp_path / "other")
    now = datetime.now(UTC)
    times = [(now - timedelta(days=days)).isoformat() for days in (401, 399)]
    write(tmp_path / "events.csv", [event("a", times[0]), event("b", times[1])])
    days = str(Settings.model_fields["event_days_back"].default)
    address = start(SERVER, path="/health", environment={"NETFLIX_EVENT_DAYS_BACK": days})
    send = ["replay", tmp_path / "events.csv", "--url", address, "--speed", "max", "--json"]
    ran = command.ok(*send)
    assert (ran.json["stored"], ran.json["quarantined"]) == (1, 1)
    assert ran.json["reasons"] == {"event_time_too_old": 1}
    assert "1 event not stored: event_time_too_old" in ran.err
    assert "--shift-to-now" in ran.err
    ran = command.ok(*send, "--shift-to-now")
    assert (ran.json["stored"], ran.json["reasons"]) == (2, {})
