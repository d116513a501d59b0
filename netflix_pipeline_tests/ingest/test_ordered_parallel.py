"""Parts worked on side by side come out as one after the other would."""

import threading
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from netflix_pipeline.errors import BadInput
from netflix_pipeline.ingest.ordered_parallel import THREADS, WAITING, ahead, in_order


def identity(value: int) -> int:
    return value


def parts(count: int) -> Iterator[Callable[[], int]]:
    return (partial(identity, number) for number in range(count))


@pytest.fixture(autouse=True)
def _no_thread_is_left_behind() -> Iterator[None]:
    before = threading.active_count()
    yield
    assert threading.active_count() == before


def test_results_come_in_the_order_of_the_parts_whichever_is_done_first() -> None:
    second_done = threading.Event()

    def first() -> str:
        assert second_done.wait(10)
        return "first"

    def second() -> str:
        second_done.set()
        return "second"

    assert list(in_order(iter([first, second]))) == ["first", "second"]


@pytest.mark.parametrize("count", [0, 1, THREADS + WAITING, 50])
def test_every_part_gives_one_result(count: int) -> None:
    assert list(in_order(parts(count))) == list(range(count))


def test_only_a_few_parts_are_begun_before_they_are_asked_for() -> None:
    begun = []

    def noted() -> Iterator[Callable[[], int]]:
        for number, part in enumerate(parts(100)):
            begun.append(number)
            yield part

    results = in_order(noted())
    for asked in range(1, 20):
        next(results)
        assert len(begun) <= asked + THREADS + WAITING
    results.close()


def test_what_came_before_bad_input_comes_out_first() -> None:
    def damaged() -> Iterator[Callable[[], int]]:
        yield from parts(3)
        raise BadInput("the rest is lost")

    results = in_order(damaged())
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(BadInput, match="the rest is lost"):
        next(results)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_error_within_a_part_comes_in_its_place(error: type[BaseException]) -> None:
    def fail() -> int:
        raise error

    results = in_order(iter([*parts(2), fail, *parts(100)]))
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(error):
        next(results)


def test_an_interrupt_while_parts_are_made_ends_the_threads() -> None:
    def interrupted() -> Iterator[Callable[[], int]]:
        yield from parts(2)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(in_order(interrupted()))


def test_what_may_be_early_is_done_while_what_came_before_is_used() -> None:
    begun = threading.Event()

    def early() -> str:
        begun.set()
        return "early"

    results = ahead([*parts(1), early, *parts(3)], [False, True, False, True, True])
    assert next(results)() == 0
    assert begun.wait(10)
    assert [result() for result in results] == ["early", 0, 1, 2]


def test_what_an_early_one_raised_comes_when_it_is_asked_for() -> None:
    def fail() -> int:
        raise BadInput("this one only")

    first, failed, last = ahead([*parts(1), fail, *parts(1)], [True, True, True])
    assert (first(), last()) == (0, 0)
    with pytest.raises(BadInput, match="this one only"):
        failed()


def test_who_stops_asking_leaves_no_early_one_running() -> None:
    begun: list[int] = []
    results = ahead((partial(begun.append, number) for number in range(50)), [True] * 50)
    next(results)()
    results.close()
    assert len(begun) <= 2
