"""Locks the state database of a home, as another process does that writes without end."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from netflix_pipeline.settings import Settings


@contextmanager
def locked(home: Settings) -> Iterator[None]:
    """Meanwhile nobody reads or writes it."""
    path = home.state / "state.sqlite"
    opened = sqlite3.connect(path, isolation_level=None, timeout=30, check_same_thread=False)
    with closing(opened) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield
        connection.execute("COMMIT")
