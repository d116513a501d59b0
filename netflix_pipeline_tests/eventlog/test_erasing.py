"""Events of a person leave the log without a trace, and everybody else's keep their place."""

import json
import subprocess
import sys
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from redis import Redis

from netflix_pipeline.eventlog import Damaged, EventLog, Record, erased_type, is_erased
from netflix_pipeline.eventlog.redis import NEXT, STREAM
from netflix_pipeline.persons import Persons
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.event_logs import Damage, Open
from netflix_pipeline_tests.support.redis_server import RedisServer

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANN = Persons(["ann-4711"])
KILLED = Path(__file__).with_name("erasing_killed.py")


def event(user: object, kind: str = "watch", **more: object) -> bytes:
    return json.dumps({"type": kind, "user_id": user, **more}).encode()


def traces(place: Settings, redis_folder: Path, name: bytes = b"ann-4711") -> list[str]:
    """The files in which an id can be read."""
    folder = redis_folder if place.event_log else place.root / "events"
    return [
        path.name
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "redis.log" and name in path.read_bytes()
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "redis"


def lines(log: EventLog) -> dict[int, Sequence[bytes]]:
    return {record.offset: record.lines for record in log.read(0) if isinstance(record, Record)}


def test_events_of_a_person_leave_and_all_others_keep_their_place(
    log: EventLog, opened: Open, place: Settings, folder: Path
) -> None:
    bob, cat = event("bob", n=1), event("cat", text="x" * 2000)
    log.append(NOON, [bob, event("ann-4711"), cat]).result()
    log.append(NOON, [bob]).result()
    log.append(NOON, [event("ann-4711", "search"), event("ann-4711", "review")]).result()
    name = log.id
    assert traces(place, folder)
    assert log.erase(ANN) == 3
    assert lines(log) == {
        1: (bob, b"erased watch", cat),
        2: (bob,),
        3: (b"erased search", b"erased review"),
    }
    assert [erased_type(line) for line in lines(log)[3]] == ["search", "review"]
    assert traces(place, folder) == []
    assert log.erase(ANN) == 0
    assert (log.id, log.last(), opened().id) == (name, 3, name)
    assert log.append(NOON, [bob]).result() == 4
    assert opened().append(NOON, [bob]).result() == 5


@pytest.mark.parametrize(
    ("line", "theirs"),
    [
        (event(" 4711\t"), True),
        (event(4711), True),
        (event("4711"), True),
        (b'{"type":"watch","user_id":"47\\u00311"}', True),
        (event("bob", query="4711"), False),
        (event("bob", title_id="4711"), False),
        (event("47110"), False),
        (event(None, event_id="4711"), True),
        (event({"id": "4711"}), True),
        (b'{"type":"watch","user_id":"bob","user_id":"4711"}', True),
        (b'{"type":"watch","user_id":"4711"', True),
        (b"\xff\xfe 4711", True),
        (b"[" * 5000 + b'"4711"', True),
        (b"not json 47110", False),
    ],
)
def test_whose_an_event_is(log: EventLog, line: bytes, theirs: bool) -> None:
    log.append(NOON, [event("bob"), line]).result()
    assert log.erase(Persons(["4711"])) == int(theirs)
    (found,) = lines(log).values()
    assert is_erased(found[1]) == theirs
    assert found[0] == event("bob")


def test_what_was_trimmed_before_leaves_no_trace_either(
    log: EventLog, place: Settings, folder: Path
) -> None:
    for n in range(40):
        log.append(NOON + n * timedelta(minutes=1), [event("ann-4711", n=n), event("bob")])
    log.append(NOON + timedelta(hours=1), [event("bob")]).result()
    log.trim(log.id, 40)
    assert log.first() == 41
    assert log.erase(ANN) == 0
    assert traces(place, folder) == []
    assert lines(log) == {41: (event("bob"),)}


def test_damaged_records_that_may_hold_the_person_are_emptied(
    log: EventLog, damage: Damage, place: Settings, folder: Path
) -> None:
    for payload in (b'x{"user_id":"ann-4711"}', b'x{"user_id":"bob"}', b"\x28\xb5\x2f\xfd\x00torn"):
        offset = log.append(NOON, [event("someone")]).result()
        damage(offset, payload)
    log.append(NOON, [event("bob")]).result()
    assert log.erase(ANN) == 2
    found = [record.stored for record in log.read(0) if isinstance(record, Damaged)]
    assert found == [b"", b'x{"user_id":"bob"}', b""]
    assert lines(log) == {4: (event("bob"),)}
    assert traces(place, folder) == []
    assert log.erase(ANN) == 0


def test_events_come_in_while_others_are_erased(
    log: EventLog, opened: Open, place: Settings, folder: Path
) -> None:
    for n in range(300):
        log.append(NOON, [event("ann-4711", n=n), event("bob", n=n)])
    log.append(NOON, [event("bob")]).result()
    other, told = opened(), []
    ended = threading.Event()

    def send() -> None:
        while not ended.is_set():
            told.append(other.append(NOON, [event("cat")]).result())
            other.read(max(0, told[-1] - 5))

    sender = threading.Thread(target=send)
    sender.start()
    try:
        while len(told) < 20:
            ended.wait(0.001)
        assert log.erase(ANN) == 300
        while len(told) < 60:
            ended.wait(0.001)
    finally:
        ended.set()
        sender.join()
    found: dict[int, Sequence[bytes]] = {}
    while part := log.read(max(found, default=0)):
        found |= {record.offset: record.lines for record in part if isinstance(record, Record)}
    assert list(found) == list(range(1, told[-1] + 1))
    assert [found[offset] for offset in told] == [(event("cat"),)] * len(told)
    assert found[1] == (b"erased watch", event("bob", n=0))
    assert traces(place, folder) == []


@pytest.mark.parametrize("at", ["first change", "last step"])
def test_killed_on_the_way_the_same_call_finishes(
    log: EventLog, opened: Open, place: Settings, folder: Path, at: str
) -> None:
    redis, sqlite = ("_copied", "write_files_anew"), ("replace_records", "write_anew")
    steps = redis if place.event_log else sqlite
    step = steps[at == "last step"]
    for n in range(250):
        log.append(NOON, [event("ann-4711", n=n, text="y" * 1000), event("bob", n=n)])
    log.append(NOON, [event("bob")]).result()
    killed = subprocess.run(
        [sys.executable, str(KILLED), step], env=place.environment(), check=False
    )
    assert killed.returncode == -9
    fresh = opened()
    assert fresh.id == log.id
    fresh.erase(ANN)
    assert traces(place, folder) == []
    left = lines(fresh)
    assert len(left) == 251
    assert all(
        found == (b"erased watch", event("bob", n=n - 1)) for n, found in left.items() if n < 251
    )
    if place.event_log:
        with Redis.from_url(place.event_log) as client:
            assert not client.exists(NEXT)


def test_a_file_that_was_set_aside_goes(home: Settings, tmp_path: Path) -> None:
    from netflix_pipeline.eventlog.sqlite import SqliteLog

    path = home.root / "events" / "log.db"
    log = SqliteLog(path)
    aside = path.with_name("log.db.damaged-20260301T120000000000")
    aside.write_bytes(b"ann-4711")
    assert log.erase(ANN) == 0
    log.close()
    assert not aside.exists()


def test_redis_without_copies_on_disk_is_asked_to_write_those_that_it_keeps(
    redis: RedisServer, tmp_path: Path
) -> None:
    from netflix_pipeline.eventlog.redis import RedisLog

    log = RedisLog(redis.url)
    log.append(NOON, [event("ann-4711")]).result()
    with Redis.from_url(redis.url) as client:
        client.config_set("save", "3600 1")
        client.save()
        place = Settings(home=tmp_path / "home", event_log=redis.url)
        assert "dump.rdb" in traces(place, redis.folder)
        assert log.erase(ANN) == 1
        assert traces(place, redis.folder) == []
        assert client.xlen(STREAM) == 1
    log.close()
