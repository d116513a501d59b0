"""Locks between processes, held by the kernel: they end with the process that holds them."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path


@contextmanager
def _locked(path: Path, mode: int, waiting: Callable[[], None] | None) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(handle, mode | fcntl.LOCK_NB)
        except BlockingIOError:
            if waiting is not None:
                waiting()
            fcntl.flock(handle, mode)
        yield
    finally:
        os.close(handle)


def shared(path: Path, waiting: Callable[[], None] | None = None) -> AbstractContextManager[None]:
    """Hold the lock together with other sharers; `waiting` is called once before a wait."""
    return _locked(path, fcntl.LOCK_SH, waiting)


def exclusive(
    path: Path, waiting: Callable[[], None] | None = None
) -> AbstractContextManager[None]:
    """Hold the lock alone; `waiting` is called once before a wait."""
    return _locked(path, fcntl.LOCK_EX, waiting)


@contextmanager
def at_once(path: Path) -> Iterator[bool]:
    """Hold the lock alone if nobody holds it; gives whether it is held."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)
