"""Background tasks go on after every failure, and tell of it."""

import asyncio
import gc
import logging
import threading
import time
import weakref
from collections.abc import Iterator

import pytest

from netflix_pipeline import background
from netflix_pipeline.background import Preparation, Task, TaskHealth, Thread, health, repeating
from netflix_pipeline.errors import Transient
from netflix_pipeline.monitoring import background_checks, exposed
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.waiting import until


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "SHORTEST", 0.01)
    monkeypatch.setattr(background, "LONGEST", 0.04)


def of(name: str) -> TaskHealth:
    (found,) = [task for task in health() if task.name == name]
    return found


class Failing:
    """A step that raises what it is told to, and counts."""

    def __init__(self) -> None:
        self.error: BaseException | None = None
        self.steps = 0

    def __call__(self) -> None:
        self.steps += 1
        if self.error is not None:
            raise self.error

    async def awaited(self) -> None:
        await asyncio.to_thread(self)


class PanicException(BaseException):
    """As a library in Rust raises it where it did not expect to be: it is no Exception."""


@pytest.fixture(params=["thread", "event loop"])
def failing(request: pytest.FixtureRequest) -> Iterator[Failing]:
    """A step that a task called `test` does, in either kind."""
    step = Failing()
    if request.param == "thread":
        thread = Thread("test", step, 0.01, grace=0.1)
        thread.start()
        yield step
        thread.stop()
    else:
        ended = threading.Event()

        async def run() -> None:
            async with repeating("test", step.awaited, 0.01, grace=0.1):
                await asyncio.to_thread(ended.wait)

        looping = threading.Thread(target=asyncio.run, args=(run(),))
        looping.start()
        until(lambda: any(task.name == "test" for task in health()))
        yield step
        ended.set()
        looping.join()
    assert "test" not in [task.name for task in health()]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (Transient("the database is away"), "the database is away"),
        (KeyError("what nobody thought of"), "a mistake (KeyError)"),
        (PanicException("index out of bounds"), "a mistake (PanicException)"),
    ],
    ids=["Transient", "KeyError", "PanicException"],
)
def test_a_step_that_fails_is_told_and_tried_again(
    failing: Failing, error: BaseException, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    until(lambda: failing.steps > 1)
    before = of("test")
    assert before.problem is None
    failing.error = error
    until(lambda: of("test").restarts >= before.restarts + 3)
    assert told in (of("test").problem or "")
    until(lambda: of("test").vital)
    (check,) = [check for check in background_checks() if check.name == "background/test"]
    assert (check.status, told in check.detail) == ("failed", True)
    assert b'netflix_background_up{task="test"} 0.0' in exposed("netflix_test", "", Settings())[0]
    failing.error = None
    until(lambda: of("test").problem is None)
    assert not of("test").vital
    restarts = of("test").restarts
    text = exposed("netflix_test", "", Settings())[0].decode()
    assert 'netflix_background_up{task="test"} 1.0' in text
    assert f'netflix_background_restarts_total{{task="test"}} {restarts}.0' in text
    said = [line.getMessage() for line in caplog.records if line.name == background.__name__]
    # Once when it begins to fail, once when it works again.
    assert len(said) == 2, said


def test_a_task_that_hangs_is_told() -> None:
    go = threading.Event()

    def step() -> None:
        assert go.wait(30)

    thread = Thread("hanging", step, patience=0.05, grace=0.1)
    thread.start()
    until(lambda: of("hanging").problem is not None)
    assert "no progress" in (of("hanging").problem or "")
    until(lambda: of("hanging").vital)
    go.set()
    until(lambda: of("hanging").problem is None)
    thread.stop()


def test_a_task_that_waits_for_work_does_not_hang() -> None:
    task = Task("idle", patience=0)
    task.begins()
    assert task.health().problem is not None
    task.rests()
    assert task.health().problem is None


def test_pauses_double_to_a_bound_and_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    task = Task("pausing")
    pauses = [task.failed(Transient("no")) for _ in range(2000)]
    for number, pause in enumerate(pauses):
        longest = min(background.LONGEST, background.SHORTEST * 2.0 ** min(number, 10))
        assert longest / 2 <= pause <= longest
    assert len(set(pauses)) == len(pauses)
    task.works()
    assert task.failed(Transient("no")) <= background.SHORTEST


def test_what_is_made_ready_beside_is_made_once_also_after_failures() -> None:
    made: list[str] = []
    failing = Failing()
    failing.error = Transient("not yet")
    preparation = Preparation("preparing")
    preparation.begin(failing)
    until(lambda: failing.steps > 2)
    assert of("preparing").problem == "not yet"
    preparation.begin(lambda: made.append("next"))
    until(lambda: "preparing" not in [task.name for task in health()])
    # The one before is not made any more.
    steps = failing.steps
    time.sleep(0.1)
    assert (made, failing.steps) == (["next"], steps)


def test_what_a_preparation_needed_is_let_go_at_once() -> None:
    class Held:
        def make(self) -> None: ...

    held = Held()
    gone = weakref.ref(held)
    preparation = Preparation("letting-go")
    gc.disable()
    try:
        preparation.begin(held.make)
        del held
        until(lambda: gone() is None)
    finally:
        gc.enable()
