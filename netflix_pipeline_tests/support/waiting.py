"""Waiting for what happens elsewhere: in other threads, processes, or a browser."""

import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE = 240.0
"""Seconds after which it will not happen any more; sooner is the machine's business."""

T = TypeVar("T")


def until(look: Callable[[], T], pause: float = 0.02) -> T:
    """What a look finds, as soon as it finds something."""
    end = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < end, "it does not come to pass"
        time.sleep(pause)
    return found
