"""Work on the parts of something side by side, with the results in their order."""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from netflix_pipeline.errors import BadInput
from netflix_pipeline.sources.files import until_damage

THREADS = 2
"""Parts that are worked on at once."""

WAITING = 2
"""Parts more that are begun or done before they are asked for: so many lie in memory."""

T = TypeVar("T")


def in_order(parts: Iterator[Callable[[], T]]) -> Generator[T]:
    """What the parts return, in their order.

    The parts come from this thread and are called in others. When `parts` ends in BadInput, what
    the parts before returned comes first. However it ends, no thread is left behind.
    """
    begun: deque[Future[T]] = deque()
    damage: list[BadInput] = []
    with ThreadPoolExecutor(THREADS) as pool:
        try:
            for part in until_damage(parts, damage):
                begun.append(pool.submit(part))
                if len(begun) == THREADS + WAITING:
                    yield begun.popleft().result()
            while begun:
                yield begun.popleft().result()
        finally:
            for future in begun:
                future.cancel()
    if damage:
        raise damage[0]


def ahead(jobs: Iterable[Callable[[], T]], early: Iterable[bool]) -> Generator[Callable[[], T]]:
    """What gives the result of each job, or raises what it raised, in their order.

    A job that may be `early` is done in another thread while what came before is made use of; the
    others are done when they are asked for. However it ends, no thread is left behind.
    """
    begun: deque[Callable[[], T]] = deque()
    with ThreadPoolExecutor(1) as pool:
        try:
            for job, may in zip(jobs, early, strict=True):
                begun.append(pool.submit(job).result if may else job)
                if len(begun) > 1:
                    yield begun.popleft()
            yield from begun
        except GeneratorExit:
            pool.shutdown(cancel_futures=True)
            raise
