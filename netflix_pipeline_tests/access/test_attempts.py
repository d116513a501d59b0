import pytest

from netflix_pipeline.access import Attempts


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that stands, and is set by its first element."""
    now = [50.0]
    monkeypatch.setattr("netflix_pipeline.access.attempts.monotonic", lambda: now[0])
    return now


def test_they_are_counted_by_what_is_tried_and_who_tries_it(clock: list[float]) -> None:
    attempts = Attempts(3, 60)
    assert [attempts.add("192.0.2.1", "ann") for _ in range(4)] == [0, 0, 0, 60]
    assert attempts.add("192.0.2.1", "bob") == 0
    assert attempts.add("192.0.2.2", "ann") == 0
    assert attempts.add("192.0.2.1a", "nn") == 0
    clock[0] += 59.2
    assert attempts.add("192.0.2.1", "ann") == 1
    clock[0] += 0.8
    assert attempts.add("192.0.2.1", "ann") == 0


def test_those_that_are_refused_put_nothing_off(clock: list[float]) -> None:
    attempts = Attempts(1, 60)
    attempts.add("ann")
    for _ in range(60):
        assert attempts.add("ann") > 0
        clock[0] += 1
    assert attempts.add("ann") == 0


def test_one_that_was_right_is_taken_back(clock: list[float]) -> None:
    attempts = Attempts(2, 60)
    for _ in range(10):
        assert attempts.add("ann") == 0
        attempts.undo("ann")
    assert not len(attempts)
    assert [attempts.add("ann") for _ in range(3)] == [0, 0, 60]
    attempts.undo("ann")
    assert [attempts.add("ann") for _ in range(2)] == [0, 60]


def test_memory_is_bounded_and_what_is_over_is_forgotten(clock: list[float]) -> None:
    attempts = Attempts(1, 60, kept=100)
    for number in range(1_000):
        attempts.add(str(number) * 1_000)
    assert len(attempts) == 100
    assert attempts.add("999" * 1_000) == 60  # the newest are kept
    clock[0] += 60
    attempts.add("another")
    assert len(attempts) == 1


def test_text_that_cannot_be_written_is_counted_too(clock: list[float]) -> None:
    attempts = Attempts(1, 60)
    assert attempts.add("\ud800") == 0
    assert attempts.add("\ud800") == 60
