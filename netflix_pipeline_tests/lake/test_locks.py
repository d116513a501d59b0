"""Who waits for a lock is told who holds it; a wait that is given up leaves nothing behind."""

import logging
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from netflix_pipeline.errors import Busy
from netflix_pipeline.lake import exclusive, locks, shared
from netflix_pipeline.lake.locks import Lock, at_once, holders
from netflix_pipeline_tests.support.locks import stopped_holder


def test_a_process_that_is_stopped_is_named(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with stopped_holder(path) as pid:
        told = holders(path)
        with (
            pytest.raises(Busy, match=f"{path}: held by process {pid} "),
            exclusive(path, patience=0.2),
        ):
            pytest.fail("it is not held alone")
    assert f"held by process {pid} (" in told
    assert f"{sys.executable} -c import sys, time from pathlib" in told
    assert f"which is stopped (kill -CONT {pid} lets it go on)" in told
    assert " UTC)" in told
    with exclusive(path, patience=10):
        pass


@pytest.mark.parametrize("take", [exclusive, shared])
def test_a_long_wait_is_told_and_goes_on(
    tmp_path: Path,
    take: Callable[[Path, Callable[[], object]], AbstractContextManager[None]],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(locks, "TOLD_AFTER", 0.2)
    path = tmp_path / "lock"
    waited, got = [], threading.Event()

    def wait() -> None:
        with take(path, lambda: waited.append(1)):
            got.set()

    with stopped_holder(path) as pid, caplog.at_level(logging.WARNING):
        thread = threading.Thread(target=wait)
        thread.start()
        while not caplog.messages:
            thread.join(0.05)
        assert f"waiting for {path}: held by process {pid}" in caplog.messages[0]
        assert not got.is_set()
    assert got.wait(30)
    thread.join()
    assert waited == [1]


def test_a_wait_that_was_given_up_lets_others_have_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    lock = Lock(path)
    before = set(threading.enumerate())  # of other tests: they may end at any moment
    with stopped_holder(path):
        for _ in range(5):
            with pytest.raises(Busy):
                lock.take(patience=0.05)
        new = set(threading.enumerate()) - before
        assert [thread.name for thread in new].count("lock") == 1
    # It comes to the wait that was given up, which lets it go again.
    with exclusive(path, patience=30):
        assert not lock.at_once()
    lock.take(patience=30)
    with at_once(path) as mine:
        assert not mine
    lock.release()
    with at_once(path) as mine:
        assert mine
    lock.close()
