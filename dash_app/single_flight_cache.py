"""Keeps what was computed, and computes it once for many who wait for it."""

import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")


class SingleFlightCache(Generic[T]):
    """The last values that were asked for, so many at most. For many threads.

    With `size`, of a value, they are of no more than `most_bytes` together besides.
    `computed` counts those that were made, `kept` those that somebody had asked for before.
    """

    def __init__(
        self, most: int, most_bytes: int = 0, size: Callable[[T], int] = lambda _: 0
    ) -> None:
        self.size = 0
        self.kept = self.computed = 0
        self._most = most
        self._most_bytes = most_bytes
        self._size = size
        self._lock = threading.Lock()
        self._values: OrderedDict[Hashable, Future[T]] = OrderedDict()
        self._counted: dict[Future[T], int] = {}

    def get(self, key: Hashable, made: Callable[[], T]) -> T:
        """The value of the key, made when it is not there; a failure is not kept, and raised."""
        with self._lock:
            future = self._values.get(key)
            mine = future is None
            if future is None:
                self.computed += 1
                future = self._values[key] = Future()
                if len(self._values) > self._most:
                    self._drop()
            else:
                self.kept += 1
                self._values.move_to_end(key)
        if not mine:
            return future.result()
        try:
            value = made()
        except BaseException as error:
            with self._lock:
                if self._values.get(key) is future:
                    del self._values[key]
            future.set_exception(error)
            raise
        future.set_result(value)
        with self._lock:
            if self._values.get(key) is future:  # it may have given way meanwhile
                self._counted[future] = counted = self._size(value)
                self.size += counted
                while self.size > self._most_bytes and self._values:
                    self._drop()
        return value

    def _drop(self) -> None:
        """Let the oldest go."""
        _, gone = self._values.popitem(last=False)
        self.size -= self._counted.pop(gone, 0)


def size(value: object) -> int:
    """Bytes of memory that an answer takes, with all that it consists of."""
    total, left = 0, [value]
    while left:
        one = left.pop()
        total += sys.getsizeof(one)
        if isinstance(one, dict):
            left += [*one, *one.values()]
        elif isinstance(one, list | tuple | set | frozenset):
            left += one
        elif hasattr(one, "__dict__"):
            # The names of attributes are those of all others of the kind.
            total += sys.getsizeof(one.__dict__)
            left += one.__dict__.values()
    return total
