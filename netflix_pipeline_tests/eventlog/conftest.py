import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from redis import Redis

from netflix_pipeline.eventlog import EventLog, open_log
from netflix_pipeline.eventlog.redis import ABOUT, STREAM
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.event_logs import Damage, Open
from netflix_pipeline_tests.support.redis_server import RedisServer, redis_server


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis of the test's own that forces every write to disk."""
    with redis_server(tmp_path) as server:
        yield server


@pytest.fixture(params=["sqlite", "redis"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings of which every `open_log` opens the same log."""
    home = tmp_path / "home"
    if request.param == "sqlite":
        return Settings(home=home)
    server: RedisServer = request.getfixturevalue("redis")
    return Settings(home=home, event_log=server.url)


@pytest.fixture
def opened(place: Settings) -> Iterator[Open]:
    """Opens the log once more; all are closed after the test."""
    logs: list[EventLog] = []

    def opened() -> EventLog:
        logs.append(open_log(place))
        return logs[-1]

    yield opened
    for log in logs:
        log.close()


@pytest.fixture
def log(opened: Open) -> EventLog:
    return opened()


@pytest.fixture
def damage(place: Settings) -> Damage:
    """Puts other bytes where a record's are."""

    def in_redis(offset: int, payload: bytes) -> None:
        with Redis.from_url(place.event_log) as client:
            entries = client.xrange(STREAM)
            client.delete(STREAM)
            for name, fields in entries:
                if name == b"%d-0" % offset:
                    fields[b"payload"] = payload
                client.xadd(STREAM, fields, id=name)

    def in_file(offset: int, payload: bytes) -> None:
        path = place.root / "events" / "log.db"
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute('UPDATE log SET payload = ? WHERE "offset" = ?', (payload, offset))

    return in_redis if place.event_log else in_file


@pytest.fixture
def begin_anew(place: Settings) -> Callable[[], None]:
    """Takes all that the log holds away, as an emptied Redis or a removed file does."""

    def in_redis() -> None:
        with Redis.from_url(place.event_log) as client:
            client.delete(STREAM, ABOUT)

    def in_file() -> None:
        for path in (place.root / "events").glob("log.db*"):
            path.unlink()

    return in_redis if place.event_log else in_file
