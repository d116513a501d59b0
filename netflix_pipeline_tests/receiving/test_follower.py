"""Workers that share a log know of each other's events, and of those before they began."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from netflix_pipeline.eventlog import Damaged, LogUnavailable, Record
from netflix_pipeline.eventlog.log import READ_BYTES
from netflix_pipeline.eventlog.sqlite import SqliteLog
from netflix_pipeline.persons import Persons
from netflix_pipeline.receiving import Follower, Receiver
from netflix_pipeline.receiving.follower import Clock
from netflix_pipeline.receiving.rolling_window import RollingWindow
from netflix_pipeline.settings import Settings
from netflix_pipeline.sources.formats.http_events import Event
from netflix_pipeline_tests.support.panics import panic
from netflix_pipeline_tests.support.receiving import NOW, take, text, watched
from netflix_pipeline_tests.support.waiting import until


class Watch:
    """A watch that a test sets."""

    def __init__(self) -> None:
        self.fast = timedelta()
        self.clock = Clock(self.now)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.fast


@contextmanager
def worker(
    path: Path, clock: Clock | None = None, bounds: Mapping[str, int] | None = None
) -> Iterator[tuple[Receiver, Follower, SqliteLog]]:
    log = SqliteLog(path)
    tail = Follower(Settings().model_copy(update=bounds), log, clock=clock)
    tail.start()
    until(lambda: tail.caught_up)
    try:
        yield Receiver(tail), tail, log
    finally:
        tail.stop()


def _has_watched(tail: Follower, events: int) -> bool:
    return watched(tail) == events


def _has_duplicates(tail: Follower, events: int) -> bool:
    return tail.view.read(datetime.now(UTC)).totals.duplicates == events


def test_an_event_is_durable_and_visible_when_it_is_answered(tmp_path: Path) -> None:
    with worker(tmp_path / "log.db") as (receiver, tail, log):
        position = tail.position
        assert take(receiver, text(1), text(1), b"nonsense") == ["stored", "duplicate", "rejected"]
        assert watched(tail) == 1
        assert tail.position != position
        (record,) = log.read(0)
        assert record.lines == (text(1), text(1))  # type: ignore[union-attr]


def test_what_came_before_is_compared_by_what_it_says(tmp_path: Path) -> None:
    with worker(tmp_path / "log.db") as (receiver, tail, log):
        assert take(receiver, text(1), text(2)) == ["stored", "stored"]
        other = text(2, watch_seconds=1)
        assert take(receiver, text(3), text(1), other) == ["stored", "duplicate", "quarantined"]
        log.trim(log.id, 2)
        assert take(receiver, other) == ["duplicate"]
        totals = tail.view.read(datetime.now(UTC)).totals
        assert (totals.events.watch, totals.duplicates, totals.quarantined) == (3, 2, 1)


def test_nothing_is_written_for_events_that_are_all_rejected(tmp_path: Path) -> None:
    with worker(tmp_path / "log.db") as (receiver, _, log):
        assert take(receiver, b"nonsense") == ["rejected"]
        assert log.last() == 0


def test_workers_know_what_the_others_took(tmp_path: Path) -> None:
    with ExitStack() as stack:
        workers = [stack.enter_context(worker(tmp_path / "log.db")) for _ in range(3)]
        for number, (receiver, _, _) in enumerate(workers):
            assert take(receiver, text(number)) == ["stored"]
        for receiver, tail, _ in workers:
            until(partial(_has_watched, tail, 3))
            again = take(receiver, *(text(number) for number in range(3)))
            assert again == ["duplicate"] * 3
        for _, tail, _ in workers:
            until(partial(_has_duplicates, tail, 9))
            assert watched(tail) == 3


def test_a_worker_that_takes_much_counts_each_of_its_events_once(tmp_path: Path) -> None:
    with worker(tmp_path / "log.db") as (receiver, tail, _):

        async def all_at_once() -> None:
            await asyncio.gather(*(receiver.receive([text(number)]) for number in range(500)))

        asyncio.run(all_at_once())
        assert watched(tail) == 500
        assert take(receiver, text(7)) == ["duplicate"]
        until(lambda: not tail._own)
        totals = tail.view.read(datetime.now(UTC)).totals
        assert (totals.events.watch, totals.duplicates) == (500, 1)


def test_a_worker_that_begins_reads_the_last_hour_first(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    log = SqliteLog(path)
    for number, minutes in ((1, 90), (2, 50), (3, 1)):
        when = datetime.now(UTC) - timedelta(minutes=minutes)
        log.append(when, [text(number)]).result()
    log.close()
    with worker(path) as (receiver, tail, _):
        until(lambda: tail.caught_up)
        assert watched(tail) == 2
        assert take(receiver, text(2), text(3)) == ["duplicate", "duplicate"]


class Failing(SqliteLog):
    """A log whose disk fails."""

    def append(
        self, received_at: datetime, lines: Sequence[bytes], traceparent: str | None = None
    ) -> Future[int]:
        future: Future[int] = Future()
        future.set_exception(LogUnavailable("the disk fails"))
        return future


class Stumbling(SqliteLog):
    """A log of which a single record cannot be read, for a while."""

    stumbles = 3

    def read(self, after: int, most: int = READ_BYTES) -> Sequence[Record | Damaged]:
        if most == 1 and self.stumbles:
            self.stumbles -= 1
            raise LogUnavailable("the disk stumbles")
        return super().read(after, most)


def test_a_worker_goes_on_following_when_a_look_into_the_log_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netflix_pipeline.background.LONGEST", 0.01)
    with worker(tmp_path / "log.db") as (receiver, _, _):
        log = Stumbling(tmp_path / "log.db")
        tail = Follower(Settings(), log)
        tail.start()
        # The second is compared with the first, for which the log is looked into.
        assert take(receiver, text(1)) == ["stored"]
        assert take(receiver, text(1)) == ["duplicate"]
        assert take(receiver, text(2)) == ["stored"]
        until(partial(_has_watched, tail, 2))
        assert (tail.view.read(datetime.now(UTC)).totals.duplicates, log.stumbles) == (1, 0)
        tail.stop()


def test_a_record_that_cannot_be_shown_stops_neither_its_sender_nor_who_follows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = RollingWindow.take

    def take_or_panic(
        view: RollingWindow, at: datetime, events: Sequence[Event], **more: Any
    ) -> None:
        if any(event.user_id == "u-2" for event in events):
            panic()
        known(view, at, events, **more)

    monkeypatch.setattr(RollingWindow, "take", take_or_panic)
    with ExitStack() as stack:
        receiver, tail, log = stack.enter_context(worker(tmp_path / "log.db"))
        _, other, _ = stack.enter_context(worker(tmp_path / "log.db"))
        assert [take(receiver, text(number)) for number in (1, 2, 3)] == [["stored"]] * 3
        assert log.last() == 3
        for each in (tail, other):
            until(partial(_has_watched, each, 2))
        assert take(receiver, text(2)) == ["duplicate"]


def test_what_could_not_be_written_is_neither_claimed_nor_known(tmp_path: Path) -> None:
    with worker(tmp_path / "log.db") as (_, tail, log):
        failing = Failing(tmp_path / "other.db")
        tail._log = failing
        with pytest.raises(LogUnavailable):
            take(Receiver(tail), text(1))
        tail._log = log
        failing.close()
        assert watched(tail) == 0
        assert take(Receiver(tail), text(1)) == ["stored"]


def test_events_of_a_sender_who_left_become_visible_all_the_same(tmp_path: Path) -> None:
    with worker(tmp_path / "log.db") as (receiver, tail, log):

        async def leave() -> None:
            sending = asyncio.create_task(receiver.receive([text(1)]))
            await asyncio.sleep(0)
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending
            for _ in range(1000):
                if watched(tail):
                    break
                await asyncio.sleep(0.01)

        asyncio.run(leave())
        assert (log.last(), watched(tail)) == (1, 1)


def test_where_an_event_was_erased_its_neighbours_are_still_found(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    with worker(path) as (receiver, _, log):
        take(receiver, text(1), text(2), text(3, watch_seconds=60))
        assert log.erase(Persons(["u-1"])) == 1
    with worker(path) as (receiver, tail, _):
        until(lambda: tail.caught_up)
        assert watched(tail) == 2
        # Each is compared with the event that stands at its place.
        assert take(receiver, text(2), text(3, watch_seconds=60), text(3)) == [
            "duplicate",
            "duplicate",
            "quarantined",
        ]


def is_read_again(tail: Follower, before: RollingWindow) -> bool:
    return tail.view is not before and tail.caught_up


def test_what_came_while_the_clock_was_set_wrongly_counts_once_it_is_right(tmp_path: Path) -> None:
    for fast in (timedelta(days=40), timedelta(days=-40)):
        watch, path = Watch(), tmp_path / f"{fast.days}.db"
        with worker(path, watch.clock) as (_, tail, log), worker(path) as (_, other, _):
            mine = Receiver(tail, watch.now)
            # Sent by two, so that both what was appended here and elsewhere counts.
            assert take(mine, text(1)) == take(Receiver(other), text(2)) == ["stored"]
            until(partial(_has_watched, tail, 2))
            before, watch.fast = tail.view, fast
            until(partial(is_read_again, tail, before))
            moment = (NOW + fast).isoformat()
            assert take(mine, text(3, event_time=moment)) == ["stored"]
            before, watch.fast = tail.view, timedelta()
            until(partial(is_read_again, tail, before))
            # That of which the time lies ahead now cannot be known for what it was.
            again = "quarantined" if fast > timedelta() else "duplicate"
            assert take(mine, text(4), text(3, event_time=moment)) == ["stored", again]
            live = tail.view.read(datetime.now(UTC))
            assert live.totals.events.watch == sum(each.events for each in live.minutes) == 4
            assert sum(each.events for each in live.minutes[-2:]) == 4
            assert live.minutes[-1].minute <= live.as_of
            # A worker that begins now tells the same, and the log what time it was.
            with worker(path) as (_, new, _):
                fresh = new.view.read(live.as_of)
                assert fresh.totals == live.totals
                assert fresh.minutes == live.minutes
            came = [record.received_at for record in log.read(0)]
            assert abs(came[2] - came[1] - fast) < timedelta(minutes=1)


def test_after_a_long_sleep_only_the_last_hour_is_told(tmp_path: Path) -> None:
    watch = Watch()
    with worker(tmp_path / "log.db", watch.clock) as (_, tail, _):
        receiver = Receiver(tail, watch.now)
        assert take(receiver, text(1)) == ["stored"]
        watch.fast = timedelta(hours=8)
        moment = watch.now().isoformat()
        assert take(receiver, text(2, event_time=moment)) == ["stored"]
        until(lambda: tail.caught_up and tail.view.read(watch.now()).totals.events.watch == 1)
        # What is known of events holds at any time.
        assert take(receiver, text(1)) == ["duplicate"]


def test_what_came_before_is_counted_in_its_minute_also_while_new_events_come(
    tmp_path: Path,
) -> None:
    path = tmp_path / "log.db"
    log = SqliteLog(path)
    for number in range(300):
        log.append(datetime.now(UTC) - timedelta(minutes=30), [text(number)]).result()
    tail = Follower(Settings(), log)
    receiver = Receiver(tail)
    # Taken before the last hour is read.
    assert take(receiver, text(1000), text(1000)) == ["stored", "duplicate"]
    tail.start()
    until(lambda: tail.caught_up)
    live = tail.view.read(datetime.now(UTC))
    tail.stop()
    assert (live.totals.events.watch, live.totals.duplicates) == (301, 1)
    assert sorted(each.events for each in live.minutes)[-2:] == [1, 300]


def test_what_is_kept_is_bounded_by_the_settings(tmp_path: Path) -> None:
    bounds = {"known_events": 100, "live_viewers": 50, "live_titles": 10}
    with worker(tmp_path / "log.db", bounds=bounds) as (receiver, tail, _):
        for begin in range(0, 1000, 100):
            names = range(begin, begin + 100)
            take(receiver, *(text(n, title_id=f"t-{n}", watch_seconds=n + 1) for n in names))
        live = tail.view.read(datetime.now(UTC))
        assert live.totals.events.watch == 1000
        assert live.totals.hours == pytest.approx(sum(range(1, 1001)) / 3600)
        assert live.totals.viewers == 50
        assert set(live.approximate) == {"titles", "viewers"}
        assert tail.recent._names.size <= 2 * 100 + 16
