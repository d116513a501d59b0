"""Memoization within a bound: what several threads ask for is made once, and kept while it fits."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Event, Lock
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class BoundedMemo(Generic[K, V]):
    """Results by key, of at most `most` bytes together; those not used for longest give way.

    The newest one stays, whatever its size. While one is made, whoever asks for it waits, and
    nobody else.
    """

    def __init__(self, most: int, size: Callable[[V], int]) -> None:
        self.size = 0
        self._most = most
        self._size = size
        self._kept: OrderedDict[K, V] = OrderedDict()
        self._making: dict[K, Event] = {}
        self._changing = Lock()

    def get(self, key: K, make: Callable[[], V]) -> V:
        """What is kept by that key, else what `make` gives.

        It raises what `make` does; one of those who wait then makes it.
        """
        while True:
            with self._changing:
                if key in self._kept:
                    self._kept.move_to_end(key)
                    return self._kept[key]
                others = self._making.get(key)
                if others is None:
                    made = self._making[key] = Event()
                    break
            others.wait()
        try:
            value = make()
            with self._changing:
                self._keep(key, value)
            return value
        finally:
            with self._changing:
                del self._making[key]
            made.set()

    def _keep(self, key: K, value: V) -> None:
        self._kept[key] = value
        self.size += self._size(value)
        while self.size > self._most and len(self._kept) > 1:
            _, gone = self._kept.popitem(last=False)
            self.size -= self._size(gone)
