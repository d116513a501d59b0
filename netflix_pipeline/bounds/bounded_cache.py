"""What is remembered by something that was sent: never more than so many bytes of it."""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class BoundedCache(Generic[K, V]):
    """A table of at most `most` bytes, by `size` of each key and value; those put first give way.

    Whatever is larger than `largest` is not kept at all: nobody sends such a thing twice for a good
    reason, and a few of them would push out all others.
    """

    def __init__(self, most: int, largest: int, size: Callable[[K, V], int]) -> None:
        self.size = 0
        self._most = most
        self._largest = largest
        self._size = size
        self._values: dict[K, V] = {}

    def get(self, key: K) -> V | None:
        """What is remembered by that key."""
        return self._values.get(key)

    def put(self, key: K, value: V) -> None:
        """Remember it, if it is small enough."""
        size = self._size(key, value)
        if size > self._largest:
            return
        self.drop(key)
        self._values[key] = value
        self.size += size
        while self.size > self._most:
            self.drop(next(iter(self._values)))

    def renew(self, key: K) -> None:
        """Let what is remembered by that key be the one put last."""
        self._values[key] = self._values.pop(key)

    def drop(self, key: K) -> None:
        """Forget it, if it is remembered."""
        if key in self._values:
            self.size -= self._size(key, self._values.pop(key))

    def items(self) -> list[tuple[K, V]]:
        """What is remembered now, in the order in which it was put."""
        return list(self._values.items())
