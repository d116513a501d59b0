"""Whoever only reads the log of events waits for it, and follows it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from netflix_pipeline.eventlog import EventLog, find_log, open_log
from netflix_pipeline.receiving import Follower, Receiver
from netflix_pipeline.receiving import follower as module
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import erased_persons, open_erasures
from netflix_pipeline_tests.support.receiving import take, text, watched
from netflix_pipeline_tests.support.redis_server import redis_server
from netflix_pipeline_tests.support.waiting import until


@pytest.fixture
def follower(home: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Follower]:
    monkeypatch.setattr(module, "LOOK_FOR_LOG_EVERY", 0.02)
    follower = Follower(home, erased=lambda: erased_persons(home))
    yield follower
    follower.stop()


def send(home: Settings, *texts: bytes) -> None:
    """Write events as an API does, and be gone."""
    api = Follower(home, open_log(home))
    api.start()
    assert set(take(Receiver(api), *texts)) == {"stored"}
    api.stop()


def sees(follower: Follower, events: int) -> bool:
    return watched(follower) == events


def test_a_log_that_is_not_there_is_waited_for_and_none_is_made(
    home: Settings, follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[Settings] = []

    def looked(settings: Settings) -> EventLog | None:
        looks.append(settings)
        return find_log(settings)

    monkeypatch.setattr(module, "find_log", looked)
    follower.start()
    until(lambda: len(looks) > 2)
    assert follower.problem is None
    assert (follower.progress, follower.caught_up) == ("", False)
    assert not home.root.exists()
    send(home, text(1), text(2))
    until(lambda: sees(follower, 2))
    send(home, text(3))
    until(lambda: sees(follower, 3))


def test_events_of_the_last_hour_are_there_from_the_beginning(
    home: Settings, follower: Follower
) -> None:
    send(home, text(1), text(2))
    follower.start()
    until(lambda: sees(follower, 2))
    until(lambda: follower.caught_up)


def test_who_is_erased_meanwhile_is_seen_no_longer(home: Settings, follower: Follower) -> None:
    send(home, text(1), text(2))
    follower.start()
    until(lambda: sees(follower, 2))
    with open_erasures(home) as erasures:
        erasures.mark(["u-1"])
    until(lambda: sees(follower, 1))


def test_a_log_that_cannot_be_reached_is_told_and_tried_again(
    home: Settings, tmp_path: Path
) -> None:
    with redis_server(tmp_path) as server:
        server.kill()
        away = home.model_copy(update={"event_log": server.url})
        follower = Follower(away)
        follower.start()
        try:
            until(lambda: follower.problem is not None)
            assert not follower.caught_up
            assert str(server.port) in (follower.problem or "")
            server.start()
            send(away, text(1))
            until(lambda: sees(follower, 1))
            assert follower.problem is None
        finally:
            follower.stop()
