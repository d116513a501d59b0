"""Two threads that come to the same statement at the same moment."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import Engine, event

LONGEST = 0.3
"""Seconds for which the first waits: where the second is held off until it is done, none comes."""


@contextmanager
def meeting(beginning: str) -> Iterator[None]:
    """Meanwhile, the first two that are about to execute such a statement wait for each other."""
    both = threading.Barrier(2, timeout=LONGEST)

    def wait(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith(beginning):
            with suppress(threading.BrokenBarrierError):
                both.wait()

    event.listen(Engine, "before_cursor_execute", wait)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", wait)
