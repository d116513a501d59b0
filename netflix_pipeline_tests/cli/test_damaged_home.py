"""Whatever file of a home is damaged: its path and what to do are told, and the rest goes on."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from netflix_pipeline.eventlog import open_log
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.command import Command, bound, event, write
from netflix_pipeline_tests.support.damages import Damage, a_folder, emptied, flipped, halved

NIGHT = "2026-01-{:02}T22:00:00Z"
SENT = (
    b'{"type":"watch","event_id":"h1","user_id":"u1","title_id":"t1",'
    b'"event_time":"2026-01-07T10:00:00Z","watch_seconds":60}'
)


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with five days of viewing, events of the log, quarantine, annotations, a snapshot.

    One file more is ingested and not built yet.
    """
    folder = tmp_path_factory.mktemp("lived-in")
    command = Command(folder / "home")
    rows = [event(f"e{day}", NIGHT.format(day), user=f"u{day}") for day in range(5, 10)]
    command.ok("ingest", write(folder / "a.csv", [*rows, "bad,,,,stopped,1,1"]))
    log = open_log(Settings(home=command.home))
    log.append(datetime.now(UTC) - timedelta(hours=1), [SENT]).result(60)
    log.close()
    command.ok("annotate", "add", "2026-01-06", "a launch", "--kind", "launch")
    command.ok("materialize")
    command.ok("ingest", write(folder / "late.csv", [event("late", NIGHT.format(8), "uu")]))
    return command.home


@pytest.fixture
def command(lived_in: Path, tmp_path: Path) -> Command:
    """The command in a copy of it."""
    shutil.copytree(lived_in, tmp_path / "home", symlinks=True)
    return Command(tmp_path / "home")


def put(content: bytes) -> Damage:
    """A file that is not always there."""

    def write(path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    return write


BUILT, NAMED, STOPPED = "built", "named", "stopped"
"""The late day is built and nothing is to be said; it is, and the path is named; nothing is."""

CASES: list[tuple[str, Damage, str]] = [
    ("lake/bronze/watch_events/event_date=2026-01-05/*", halved, NAMED),
    ("lake/bronze/watch_events/event_date=2026-01-05/*", a_folder, NAMED),
    ("lake/bronze/user_mentions/*", emptied, NAMED),
    ("lake/bronze/quarantine/*/*", halved, NAMED),
    ("lake/bronze/_batches/[!e]*", halved, NAMED),
    ("lake/bronze/_batches/events-*", flipped, NAMED),
    ("lake/bronze/_replays/0123456789abcdef-1.json", put(b"{"), BUILT),
    ("lake/silver/plays/event_date=foo/x.parquet", put(b"x"), BUILT),
    ("lake/gold/.DS_Store", put(b"x"), BUILT),
    ("serving/snapshot-000001.duckdb", halved, BUILT),
    ("serving/snapshot-000001.duckdb", Path.unlink, BUILT),
    ("serving/snapshot-abc.duckdb", put(b"x"), BUILT),
    ("serving.version", flipped, BUILT),
    ("events/log.db", flipped, BUILT),
    ("events/log.db", a_folder, NAMED),
    ("state/state.sqlite", halved, NAMED),
    ("ingest.json", put(b"\xff{"), BUILT),
    ("drain.json", put(b""), BUILT),
    ("erasing.json", put(b"{torn"), BUILT),
    ("dagster/dagster.yaml", flipped, STOPPED),
    ("dagster/history/runs.db", flipped, STOPPED),
    ("dagster/schedules/schedules.db", halved, STOPPED),
]


@pytest.mark.parametrize(("place", "damage", "then"), CASES)
def test_a_damaged_file_is_told_and_the_rest_goes_on(
    command: Command, place: str, damage: Callable[[Path], object], then: str
) -> None:
    path = next(command.home.glob(place), command.home / place)
    damage(path)
    status = command.ok("status", "--json").json
    assert status["tables"]["silver/plays"]["days"] == 5
    ran = command("materialize")
    assert "Traceback" not in ran.err
    assert ran.code == (0 if then == BUILT else 1), ran.err
    if then == NAMED:
        assert str(path) in " ".join(ran.err.split())
    if then == STOPPED:
        assert "dagster" in ran.err
        assert "anew" in ran.err
    after = command.ok("status", "--json").json
    assert after["snapshot"]["version"] == (1 if then == STOPPED else 2)
    assert after["snapshot"]["data_to"] == "2026-01-09"
    plays = after["tables"]["silver/plays"]["rows"] - status["tables"]["silver/plays"]["rows"]
    assert plays == (0 if then == STOPPED else 1)


def test_what_ends_a_run_outside_of_its_stages_is_told(command: Command) -> None:
    path = command.home / "dagster" / "running"
    path.rmdir()
    path.write_text("something else")
    ran = command("materialize")
    assert ran.code == 1
    assert "Traceback" not in ran.err
    said = " ".join(ran.err.split())
    assert str(path) in said
    assert "Move it away" in said
    path.unlink()
    command.ok("materialize")


@pytest.mark.parametrize("place", ["serving/current.duckdb", "serving.version"])
def test_a_folder_where_a_file_belongs_is_to_be_moved_away(command: Command, place: str) -> None:
    path = command.home / place
    a_folder(path)
    ran = command("publish", "--full")
    assert ran.code == 1
    said = " ".join(ran.err.split())
    assert str(path) in said
    assert "Move it away" in said
    path.rmdir()
    command.ok("publish", "--full")


@pytest.mark.parametrize(
    ("place", "sitting"),
    [
        ("lake/bronze/watch_events/event_date=2026-01-05/*", True),
        ("lake/bronze/quarantine/*/*", True),
        ("lake/silver/sessions/event_date=2026-01-07/*", False),
    ],
)
def test_an_event_is_traced_as_far_as_files_can_be_read(
    command: Command, place: str, sitting: bool
) -> None:
    path = next(command.home.glob(place))
    halved(path)
    told = command.ok("trace", "e7", "--json")
    assert str(path) in " ".join(told.err.split())
    assert [arrival["became"] for arrival in told.json["arrivals"]] == ["stored"]
    assert told.json["play"]["user_id"] == "u7"
    assert (told.json["sitting"] is not None) == sitting


def test_an_erasure_that_could_not_end_is_not_told_as_done(command: Command) -> None:
    lock = command.home / "events" / "log.db.lock"
    a_folder(lock)
    ran = command("forget", "u5")
    assert ran.code == 1
    assert str(lock) in ran.err
    assert "they stay pending" in ran.err
    assert "without them" not in ran.out
    assert command.ok("status", "--json").json["erasures"] == {"pending": 1, "done": 0}
    lock.rmdir()
    assert "without them" in command.ok("forget", "u5").out
    assert command.ok("status", "--json").json["erasures"] == {"pending": 0, "done": 1}


def test_status_says_what_is_damaged(command: Command) -> None:
    damaged = {
        "lake/silver/plays/event_date=2026-01-06/part.parquet": halved,
        "lake/bronze/_batches/events-*": halved,
        "lake/bronze/watch_events/event_date=2026-01-05/*": emptied,
        "serving/snapshot-000001.duckdb": emptied,
        "state/state.sqlite": halved,
        "events/log.db": a_folder,
    }
    strays = ("lake/gold/activity/event_date=foo", "lake/silver/plays/notes.txt")
    paths = []
    for place, damage in damaged.items():
        paths.append(next(command.home.glob(place)))
        damage(paths[-1])
    for place in strays:
        put(b"x")(command.home / place)
        paths.append(command.home / place)
    told = command.ok("status", "--json").json["problems"]
    for path in paths:
        assert any(path.name in problem for problem in told), (path, told)
    said = " ".join(command.ok("status").err.split())
    assert all(path.name in said for path in paths)


def test_status_of_a_home_that_may_only_be_read(command: Command) -> None:
    everything = [command.home, *command.home.rglob("*")]
    before = command.ok("status", "--json").json
    modes = {path: path.stat().st_mode for path in everything if not path.is_symlink()}
    for path, mode in modes.items():
        path.chmod(mode & ~0o222)
    try:
        ran = bound(command, "status", "--json")
    finally:
        for path, mode in modes.items():
            path.chmod(mode)
    assert ran.code == 0, ran.err
    told = ran.json
    same = ("snapshot", "tables", "ledger", "pending_days", "pending_tables")
    assert {name: told[name] for name in same} == {name: before[name] for name in same}
