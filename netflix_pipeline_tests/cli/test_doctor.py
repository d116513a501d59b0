"""The doctor: each thing is broken for real, and has its line; looking changes nothing."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from netflix_pipeline.doctor import CHECKS, stored
from netflix_pipeline.eventlog import open_log
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import open_erasures, state_file
from netflix_pipeline.state.copying import copy_state
from netflix_pipeline_tests.support.command import Command, Ran, bound, event, write
from netflix_pipeline_tests.support.damages import halved
from netflix_pipeline_tests.support.redis_server import redis_server

SENT = (
    b'{"type":"watch","event_id":"h1","user_id":"u1","title_id":"t1",'
    b'"event_time":"2026-01-06T10:00:00Z","watch_seconds":60}'
)


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which all is well."""
    folder = tmp_path_factory.mktemp("lived-in")
    command = Command(folder / "home")
    rows = [event(f"e{day}", f"2026-01-0{day}T22:00:00Z") for day in range(5, 8)]
    command.ok("ingest", write(folder / "a.csv", rows))
    log = open_log(Settings(home=command.home))
    log.append(datetime.now(UTC), [SENT]).result(60)
    log.close()
    command.ok("annotate", "add", "2026-01-06", "a launch", "--kind", "launch")
    command.ok("keys", "create", "reporting", "--scope", "analytics:read")
    command.ok("materialize")
    return command.home


@pytest.fixture(autouse=True)
def free_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever runs on this machine is none of a test's business."""
    for name in ("API", "DASHBOARD", "DAGSTER"):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            monkeypatch.setenv(f"NETFLIX_{name}_PORT", str(taken.getsockname()[1]))


@pytest.fixture
def command(lived_in: Path, tmp_path: Path) -> Command:
    """The command in a copy of it."""
    shutil.copytree(lived_in, tmp_path / "home", symlinks=True)
    return Command(tmp_path / "home")


def states(ran: Ran) -> dict[str, str]:
    """The worst that each check found."""
    order = ("well", "warn", "bad")
    worst: dict[str, str] = {}
    for found in ran.json["findings"]:
        known = worst.get(found["check"], "well")
        worst[found["check"]] = max(known, found["state"], key=order.index)
    return worst


def everything(home: Path) -> dict[str, tuple[int, int, int]]:
    """Each file and folder of a home: rights, size, when it was changed."""
    return {
        str(path.relative_to(home)): (told.st_mode, told.st_size, told.st_mtime_ns)
        for path in sorted(home.rglob("*"))
        for told in [path.lstat()]
    }


def test_all_is_well_and_looking_changes_nothing(command: Command) -> None:
    before = everything(command.home)
    ran = command.ok("doctor", "--json")
    ill = {name for name, state in states(ran).items() if state != "well"}
    assert ill <= {"disk"}, "this machine's disk may be nearly full"
    assert set(states(ran)) == set(CHECKS)
    assert everything(command.home) == before
    assert ran.json["bad"] == 0
    lines = command.ok("doctor").out.splitlines()
    assert any(line.startswith("well  lake ") for line in lines)


def test_an_empty_home_is_to_be_filled_and_is_not_made(tmp_path: Path) -> None:
    command = Command(tmp_path / "home")
    ran = command.ok("doctor", "--json")
    assert states(ran)["home"] == states(ran)["snapshot"] == "warn"
    assert not command.home.exists()


def test_a_name_that_is_no_setting_is_told_with_the_nearest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETFLIX_SNAPSHOT", "s3://bucket/snapshots")
    monkeypatch.setenv("NETFLIX_WEATHER", "fine")
    monkeypatch.setenv("NETFLIX_FRONT_SERVICE_PORT_HTTP", "80")  # Kubernetes' own
    found = Command(tmp_path / "home").ok("doctor", "--json").json["findings"]
    told = {each["where"]: each["remedy"] for each in found if each["check"] == "settings"}
    assert set(told) == {"NETFLIX_SNAPSHOT", "NETFLIX_WEATHER"}
    assert told["NETFLIX_SNAPSHOT"] == "NETFLIX_SNAPSHOTS is meant?"


def gone(path: Path) -> None:
    path.unlink()


def opened(path: Path) -> None:
    path.chmod(0o644)


def from_tomorrow(path: Path) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).timestamp()
    os.utime(path, (tomorrow, tomorrow))


def idle(path: Path) -> None:
    """No sensor looks for work any more over the home whose folder of monitoring it is."""
    yesterday = (datetime.now(UTC) - timedelta(days=1)).timestamp()
    looked = path / "sensors" / "events"
    looked.parent.mkdir()
    looked.touch()
    os.utime(looked, (yesterday, yesterday))


CASES: list[tuple[str, Callable[[Path], object], str, str, str]] = [
    ("state/state.sqlite", opened, "home", "warn", "others may read or write it"),
    ("events/log.db", from_tomorrow, "clock", "bad", "in the future"),
    ("events/log.db", halved, "event-log", "bad", "cannot be read"),
    ("lake/gold/title_daily/event_date=2026-01-06/part.parquet", halved, "lake", "bad", "torn"),
    ("lake/gold/title_daily/event_date=2026-01-06/part.parquet", gone, "lake", "warn", "wait"),
    ("lake/bronze/watch_events/event_date=2026-01-05/*", gone, "lake", "bad", "are missing"),
    ("lake/bronze/_batches/*-1.json", gone, "lake", "bad", "their rows no longer count"),
    ("serving/snapshot-000001.duckdb", halved, "snapshot", "bad", "snapshot-000001"),
    ("serving/snapshot-000001.duckdb", gone, "snapshot", "bad", "is gone"),
    ("state/state.sqlite", halved, "state", "bad", "cannot be read"),
    ("dagster/dagster.yaml", lambda path: path.write_bytes(b"\xff"), "dagster", "bad", "no text"),
    ("dagster/history/runs.db", halved, "dagster", "bad", "cannot be read"),
    ("monitoring", idle, "dagster", "warn", "no sensor has looked for work for 1d 0h"),
]


@pytest.mark.parametrize(("place", "damage", "check", "state", "says"), CASES)
def test_what_is_broken_has_its_line(
    command: Command,
    place: str,
    damage: Callable[[Path], object],
    check: str,
    state: str,
    says: str,
) -> None:
    path = next(command.home.glob(place))
    damage(path)
    before = everything(command.home)
    ran = command("doctor", "--json")
    assert ran.code == (1 if state == "bad" else 0), ran.out
    assert states(ran)[check] == state
    found = [each for each in ran.json["findings"] if each["check"] == check]
    assert any(says in each["what"] and each["remedy"] for each in found), found
    assert everything(command.home) == before


def test_what_can_be_computed_again_is_mended_and_told(command: Command) -> None:
    gold = command.home / "lake/gold/title_daily/event_date=2026-01-06/part.parquet"
    halved(gold)
    halved(command.home / "serving/snapshot-000001.duckdb")
    opened(command.home / "state/state.sqlite")
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    draft = command.home / "lake" / ".drafts" / f"{ended.pid}-0.tmp"
    draft.parent.mkdir(exist_ok=True)
    draft.write_bytes(b"half")
    (kept,) = command.home.glob("lake/bronze/watch_events/event_date=2026-01-05/*")
    (command.home / "ingest.json").write_text("{}")
    cut_off = kept.with_name("0123456789abcdef-1.parquet")
    cut_off.write_bytes(kept.read_bytes())
    told = command("doctor").out
    assert "half-written" in told
    assert "1 files that no manifest names" in told
    ran = command("doctor", "--repair", "--json")
    assert ran.code == 0, ran.out + ran.err
    assert set(states(ran).values()) - {"well"} <= {"warn"}
    ill = [each for each in ran.json["findings"] if each["state"] != "well"]
    assert not {each["check"] for each in ill} & {"lake", "snapshot", "home"}, ill
    assert ran.json["not_mended"] == []
    assert "removing 1 files" in ran.err
    assert "removing 1 files of bronze" in ran.err
    assert kept.exists()
    assert not cut_off.exists()
    assert "publishing" in ran.err
    assert not draft.exists()


def test_what_cannot_be_mended_is_told_and_keeps_no_other_step_from_it(command: Command) -> None:
    halved(command.home / "serving/snapshot-000001.duckdb")
    version = command.home / "serving.version"
    version.unlink(missing_ok=True)
    version.mkdir()
    opened(command.home / "state/state.sqlite")
    ran = command("doctor", "--repair", "--json")
    assert ran.code == 1
    assert any("serving.version" in said for said in ran.json["not_mended"])
    assert states(ran)["snapshot"] == "bad"
    assert states(ran)["home"] == "well"


def test_a_lost_row_is_not_mended_but_told(command: Command) -> None:
    next(command.home.glob("lake/bronze/watch_events/event_date=2026-01-05/*")).unlink()
    ran = command("doctor", "--repair")
    assert ran.code == 1
    assert "ingest its file again" in ran.out


def test_a_taken_port_is_told_with_who_has_it(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        monkeypatch.setenv("NETFLIX_API_PORT", str(holder.getsockname()[1]))
        ran = command.ok("doctor", "--json")
    (found,) = (each for each in ran.json["findings"] if "(api)" in each["where"])
    assert found["state"] == "warn"
    assert f"process {os.getpid()} " in found["what"]
    assert "NETFLIX_API_PORT" in found["remedy"]


def test_nobody_could_be_let_in_where_others_reach_it(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETFLIX_HOST", "0.0.0.0")
    ran = command("doctor", "--json")
    assert ran.code == 1
    told = [each["what"] for each in ran.json["findings"] if each["state"] == "bad"]
    assert any("passwords set" in what for what in told), told


def test_a_key_that_ends_soon_is_told(command: Command) -> None:
    command.ok("keys", "create", "short", "--scope", "ops:read", "--expires", "3d")
    ran = command.ok("doctor", "--json")
    assert states(ran)["keys"] == "warn"


def test_which_key_of_erasures_counts_is_told_and_what_to_do(tmp_path: Path) -> None:
    shared: dict[str, Any] = {
        "state_database": f"sqlite:///{tmp_path}/shared.sqlite",
        "state_secret": "of all machines, 32 or more of them",
    }
    home = Settings(home=tmp_path / "home", **shared)
    other = Settings(home=tmp_path / "other", **shared)
    with open_erasures(
        home.model_copy(update={"state_database": "", "state_secret": ""})
    ) as before:
        before.mark(["ann"])
    key = home.state / "erasures.key"
    kept = key.read_bytes()

    def told(settings: Settings) -> list[tuple[str, str]]:
        _, *found = stored.state(settings)
        return [(each.state, f"{each.what}: {each.remedy}") for each in found]

    (left, _), (lost, remedy) = told(home)
    assert (left, lost) == ("warn", "bad")
    assert "state copy database" in remedy
    copy_state(home, "database")
    state_file(home).unlink()
    ((counts, which),) = told(home)
    assert (counts, "so it counts" in which) == ("well", True)
    ((unknown, remedy),) = told(other)
    assert (unknown, "copy it from the home" in remedy) == ("bad", True)
    with open_erasures(home) as erasures:
        erasures.lift(["ann"])
    ((undecided, remedy),) = told(home)
    assert (undecided, "move it away" in remedy) == ("warn", True)
    key.unlink()
    assert told(home) == []
    with open_erasures(other) as erasures:
        erasures.mark(["bob"])
    assert told(home) == told(other) == []
    key.write_bytes(kept)
    ((unknown, remedy),) = told(home)
    assert (unknown, "move it away" in remedy) == ("bad", True)


def test_a_redis_that_forgets_is_told(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with redis_server(tmp_path) as redis:
        monkeypatch.setenv("NETFLIX_EVENT_LOG", redis.url)
        assert states(command.ok("doctor", "--json"))["event-log"] == "well"
        with Redis.from_url(redis.url) as client:
            client.config_set("appendfsync", "everysec")
        ran = command("doctor", "--json")
    assert ran.code == 1
    assert states(ran)["event-log"] == "bad"


def test_a_store_of_snapshots_is_compared_with_what_is_here(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "store"
    monkeypatch.setenv("NETFLIX_SNAPSHOTS", str(store))
    assert states(command.ok("doctor", "--json"))["snapshot-store"] == "warn"
    command.ok("publish")
    assert states(command.ok("doctor", "--json"))["snapshot-store"] == "well"
    (store / "current.json").write_bytes(b"torn")
    ran = command("doctor", "--json")
    assert (ran.code, states(ran)["snapshot-store"]) == (1, "bad")


def test_a_home_that_may_not_be_written_is_told(command: Command) -> None:
    command.home.chmod(0o500)
    try:
        ran = bound(command, "doctor", "--json")
    finally:
        command.home.chmod(0o700)
    assert ran.code == 1
    assert states(ran)["home"] == "bad"
