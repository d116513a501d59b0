import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from netflix_pipeline.background import TaskHealth, health
from netflix_pipeline.errors import StorageFull
from netflix_pipeline.eventlog import LogOverloaded, LogUnavailable
from netflix_pipeline.eventlog.log import GroupCommit
from netflix_pipeline.eventlog.record import StoredRecord
from netflix_pipeline.eventlog.sqlite import SqliteLog
from netflix_pipeline.lake import exclusive
from netflix_pipeline_tests.support.waiting import until

RECORD = datetime(2026, 3, 1, tzinfo=UTC), [b"x" * 100]


class Disk:
    """A place to write to that takes its time until `go` is set."""

    def __init__(self) -> None:
        self.groups: list[int] = []
        self.begun = threading.Semaphore(0)
        self.go = threading.Event()
        self.error: Exception | None = None

    def write(self, records: Sequence[StoredRecord]) -> list[int]:
        self.begun.release()
        assert self.go.wait(30)
        if self.error:
            raise self.error
        first = sum(self.groups) + 1
        self.groups.append(len(records))
        return list(range(first, first + len(records)))


def test_who_comes_during_a_write_shares_the_next_one() -> None:
    disk = Disk()
    commits = GroupCommit(disk.write, "test")
    first = commits.add(*RECORD)
    assert disk.begun.acquire(timeout=30)
    others = [commits.add(*RECORD) for _ in range(20)]
    disk.go.set()
    assert [future.result(30) for future in [first, *others]] == list(range(1, 22))
    assert disk.groups == [1, 20]
    commits.close()


def test_too_much_that_waits_is_refused_at_once_and_taken_later() -> None:
    disk = Disk()
    commits = GroupCommit(disk.write, "test", waiting_bytes=250)
    waiting = [commits.add(*RECORD), commits.add(*RECORD)]
    with pytest.raises(LogOverloaded, match="send it again"):
        commits.add(*RECORD)
    disk.go.set()
    assert [future.result(30) for future in waiting] == [1, 2]
    commits.close()


def test_whoever_is_answered_takes_no_room_any_more() -> None:
    disk = Disk()
    disk.go.set()
    commits = GroupCommit(disk.write, "test", waiting_bytes=250)
    for n in range(200):
        commits.add(*RECORD).result(30)
        assert not commits.waiting
        assert sum(disk.groups) == n + 1
    commits.close()


@pytest.mark.parametrize(
    ("error", "told"),
    [(OSError("the disk hums"), LogUnavailable), (StorageFull("full"), StorageFull)],
)
def test_all_of_a_group_hear_why_it_was_not_written(
    error: Exception, told: type[Exception]
) -> None:
    disk = Disk()
    commits = GroupCommit(disk.write, "test")
    disk.error = error
    futures = [commits.add(*RECORD) for _ in range(3)]
    disk.go.set()
    for future in futures:
        with pytest.raises(told):
            future.result(30)
    disk.error = None
    assert commits.add(*RECORD).result(30) == 1
    commits.close()


def test_who_gives_up_waiting_does_not_keep_the_others_from_being_written() -> None:
    disk = Disk()
    commits = GroupCommit(disk.write, "test")
    first = commits.add(*RECORD)
    assert disk.begun.acquire(timeout=30)
    gone, stays = commits.add(*RECORD), commits.add(*RECORD)
    assert gone.cancel()
    assert not first.cancel()
    disk.go.set()
    assert (first.result(30), stays.result(30)) == (1, 2)
    commits.close()
    assert disk.groups == [1, 1]


def test_a_write_that_does_not_end_is_told_and_done_when_it_can_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netflix_pipeline.eventlog.log.TOLD_AFTER", 0.1)
    log = SqliteLog(tmp_path / "log.db")

    def told() -> TaskHealth:
        (task,) = [task for task in health() if task.name == "event-log"]
        return task

    assert log.append(*RECORD).result(30) == 1
    assert told().problem is None
    # As a process does that was stopped while it wrote.
    with exclusive(tmp_path / "log.db.lock"):
        waiting = log.append(*RECORD)
        until(lambda: told().problem is not None)
        assert "no progress" in (told().problem or "")
        assert told().vital
    assert waiting.result(30) == 2
    until(lambda: told().problem is None)
    log.close()
