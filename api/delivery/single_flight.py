"""Single flight: one computation for all who ask the same at the same time."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from starlette.requests import ClientDisconnect
from starlette.types import Receive

PATIENCE = 0.05
"""Seconds after which an asker that still waits is watched: most have their answer by then."""

T = TypeVar("T")


@dataclass
class _Flight(Generic[T]):
    task: asyncio.Task[T]
    askers: int = 0


class SingleFlight(Generic[T]):
    """One computation for all who ask the same at the same time."""

    def __init__(self) -> None:
        self._flights: dict[str, _Flight[T]] = {}

    async def join(
        self, key: str, begin: Callable[[], Coroutine[Any, Any, T]], receive: Receive
    ) -> T:
        """What `begin` gives, or the one that began for this key gives.

        It is cancelled when everybody who waits for it has left; ClientDisconnect then.
        """
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = _Flight(asyncio.create_task(begin()))
            flight.task.add_done_callback(lambda _: self._forget(key, flight))
        flight.askers += 1
        try:
            await asyncio.wait((flight.task,), timeout=PATIENCE)
            if not flight.task.done():
                await _done_or_left(flight.task, receive)
            return flight.task.result()
        finally:
            flight.askers -= 1
            if not flight.askers and not flight.task.done():
                self._forget(key, flight)
                flight.task.cancel()

    def _forget(self, key: str, flight: _Flight[T]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]


async def _done_or_left(task: asyncio.Task[Any], receive: Receive) -> None:
    watch = asyncio.create_task(_left(receive))
    try:
        await asyncio.wait((task, watch), return_when=asyncio.FIRST_COMPLETED)
    finally:
        watch.cancel()
        with suppress(asyncio.CancelledError):
            await watch
    if not task.done():
        raise ClientDisconnect


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
