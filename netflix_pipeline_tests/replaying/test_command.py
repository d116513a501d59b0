import signal
import time
from pathlib import Path

import pytest

from netflix_pipeline_tests.support.command import Command, event, write
from netflix_pipeline_tests.support.replaying import Api, Reply, sample


@pytest.fixture
def command(tmp_path: Path) -> Command:
    return Command(tmp_path / "home")


def test_a_folder_is_sent_as_fast_as_it_goes(api: Api, command: Command, tmp_path: Path) -> None:
    sample(tmp_path / "sample", events=500)
    ran = command.ok("replay", tmp_path / "sample", "--speed", "max", "--url", api.url, "--json")
    told = ran.json
    assert told["sent"] == len(api.events) > 500
    assert told["sent"] == sum(
        told[name] for name in ("stored", "duplicate", "quarantined", "rejected")
    )
    assert {Path(file["path"]).name for file in told["skipped"]} == {"users.csv", "titles.csv"}
    assert "users are no events" in ran.err
    assert told["seconds"] > 0
    assert 0 < told["p50_ms"] <= told["p99_ms"]


@pytest.mark.parametrize("speed", ["0", "max"])
def test_people_get_a_table(api: Api, command: Command, tmp_path: Path, speed: str) -> None:
    write(tmp_path / "a.csv", [event("a"), event("b"), event("c", "never")])
    ran = command.ok("replay", tmp_path / "a.csv", "--speed", speed, "--url", api.url)
    for word in ("sent", "stored", "duplicate", "quarantined", "rejected", "events/s", "p99 ms"):
        assert word in ran.out
    assert "left out 1 row" in ran.err
    assert not command.home.exists()


def test_only_the_first_are_sent(api: Api, command: Command, tmp_path: Path) -> None:
    write(tmp_path / "a.csv", [event("late", "2026-02-01T00:00:00Z"), event("early")])
    command.ok("replay", tmp_path, "--speed", "max", "--limit", 1, "--url", api.url)
    assert [one["event_id"] for one in api.events] == ["early"]


def test_a_failure_comes_after_what_was_done(api: Api, command: Command, tmp_path: Path) -> None:
    write(tmp_path / "a.csv", [event("a"), event("b", "2026-01-31T20:00:01Z")])
    api.replies = [Reply(200, took=True), Reply(400)]
    ran = command("replay", tmp_path, "--url", api.url, "--json")
    assert ran.code == 1
    assert ran.json["sent"] == 1
    assert "refused events: 400" in ran.err


def test_files_whose_dates_are_open_are_sent_once_their_order_is_told(
    api: Api, command: Command, tmp_path: Path
) -> None:
    times = ("05/02/2026 10:00", "03/04/2026 10:00", "07/01/2026 10:00")
    write(tmp_path / "a.csv", [event(time, time) for time in times])
    send = ("replay", tmp_path, "--speed", "max", "--url", api.url)
    refused = command(*send)
    assert (refused.code, api.events) == (1, [])
    assert "--date-order" in refused.err
    assert command(*send, "--date-order", "ydm").code == 2
    command.ok(*send, "--date-order", "dmy")
    told = [one["event_time"][:10] for one in api.events]
    assert told == ["2026-01-07", "2026-02-05", "2026-04-03"]


def test_fields_that_cannot_be_understood_are_told(
    api: Api, command: Command, tmp_path: Path
) -> None:
    header = "event_id,user_id,title_id,event_time,country"
    row = "a,ann,film,2026-01-31T20:00:00Z,Atlantis"
    write(tmp_path / "a.csv", [row], header)
    ran = command.ok("replay", tmp_path, "--speed", "max", "--url", api.url, "--json")
    assert ran.json["left_out"] == {"country": 1}
    assert "1 field of events could not be understood and stayed empty: country 1" in ran.err
    assert "country" not in api.events[0]


@pytest.mark.parametrize("speed", ["-1", "fast", "nan", ""])
def test_what_is_no_speed_is_wrong_use(command: Command, tmp_path: Path, speed: str) -> None:
    ran = command("replay", tmp_path, f"--speed={speed}")
    assert ran.code == 2
    assert "no speed" in ran.err


def test_ctrl_c_ends_with_the_table_so_far(api: Api, command: Command, tmp_path: Path) -> None:
    write(tmp_path / "a.csv", [event("a"), event("b", "2026-02-01T20:00:00Z")])
    process = command.start("replay", tmp_path, "--url", api.url, "--json")
    try:
        for _ in range(600):
            if api.events:
                break
            assert process.poll() is None, process.communicate()
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130, err
    assert '"sent": 1,' in out
    assert '"interrupted": true' in out
    assert "1 event was not sent" in err
    assert "Traceback" not in err
