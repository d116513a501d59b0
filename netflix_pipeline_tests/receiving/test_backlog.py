"""What waits in the log of events is told by whoever takes events in, of little that is read."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from netflix_pipeline.eventlog import EventLog, open_log
from netflix_pipeline.ingest import drain
from netflix_pipeline.object_storage import StoreUnavailable
from netflix_pipeline.receiving import Backlog, Waiting
from netflix_pipeline.receiving import backlog as module
from netflix_pipeline.receiving.canary import canary
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.api import event
from netflix_pipeline_tests.support.cut_connection import cut_connection
from netflix_pipeline_tests.support.s3_server import S3Server
from netflix_pipeline_tests.support.waiting import until

NOW = datetime.now(UTC)
NONE = Waiting(None, 0)


@pytest.fixture
def log(home: Settings) -> Iterator[EventLog]:
    log = open_log(home)
    yield log
    log.close()


def came(log: EventLog, minute: int, *events: dict[str, Any]) -> datetime:
    """A request of that minute with some events."""
    at = NOW + timedelta(minutes=minute)
    log.append(at, [msgspec.json.encode(each) for each in events]).result()
    return at


def test_it_is_told_since_when_what_others_sent_waits(home: Settings, log: EventLog) -> None:
    backlog = Backlog(home, log)
    assert backlog.look() == NONE
    for minute in range(-70, -60):
        came(log, minute, canary(NOW))
    assert backlog.look() == NONE
    first = came(log, -9, event(1), event(2))
    came(log, -8, event(3))
    came(log, -7, canary(NOW))
    assert backlog.look() == Backlog(home, log).look() == Waiting(first, 4)
    replica = Settings(home=home.root.parent / "replica", snapshots=str(home.serving))
    assert Backlog(replica, log).look() == NONE, "who has the lake knows of it"
    drain(home, log)
    assert backlog.look() == NONE
    again = came(log, -1, event(4))
    assert backlog.look() == Waiting(again, 1)


def test_of_many_requests_the_number_of_events_is_about_right(
    home: Settings, log: EventLog
) -> None:
    for number in range(400):
        log.append(NOW, [msgspec.json.encode(event(number))] * (1 + 2 * (number % 2)))
    came(log, 1, event(1))
    waiting = Backlog(home, log).look()
    assert waiting.since == NOW
    assert waiting.events == pytest.approx(800, rel=0.2)


def test_while_it_cannot_be_told_nothing_is(home: Settings, log: EventLog) -> None:
    backlog = Backlog(home.model_copy(update={"alert_speed": 500}), log)
    since = came(log, 0, event(1))
    backlog.start()
    until(lambda: backlog.found == Waiting(since, 1))
    manifests = home.lake / "bronze" / "_batches"
    manifests.parent.mkdir(parents=True)
    manifests.symlink_to(manifests.name)  # a path that leads to itself
    until(lambda: backlog.found is None)
    manifests.unlink()
    until(lambda: backlog.found is not None)
    backlog.stop()


def test_a_store_that_is_away_holds_nobody_up_for_long(
    home: Settings, log: EventLog, s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.1)
    came(log, 0, event(1))
    with cut_connection(s3.port) as way:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{way.port}")
        looks = Backlog(home.model_copy(update={"lake_address": s3.address()}), log)
        way.cut_off()
        with pytest.raises(StoreUnavailable):
            looks.look()
