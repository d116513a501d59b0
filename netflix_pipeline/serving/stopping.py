"""Stopping a question while it is answered: from another thread, or by Ctrl-C."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

import duckdb

from netflix_pipeline.errors import Transient

T = TypeVar("T")

DUCKDBS_CTRL_C = "Query interrupted"


class Stopped(Transient):
    """The question was stopped before it was answered."""


class Asking:
    """A question that one thread answers and another may stop."""

    def __init__(self) -> None:
        self.begun = False
        self._stopped = False
        self._cursor: duckdb.DuckDBPyConnection | None = None
        self._changing = threading.Lock()

    def answer(self, work: Callable[[], T]) -> T:
        """What `work` gives; Stopped when it is stopped meanwhile or was before."""
        self.begun = True
        token = CURRENT.set(self)
        try:
            return work()
        finally:
            CURRENT.reset(token)

    def stop(self) -> None:
        """Interrupt the query that runs, and let no other begin.

        A query that is just about to run may not notice: call it again until the thread is back.
        """
        with self._changing:
            self._stopped = True
            if self._cursor is not None:
                self._cursor.interrupt()

    @contextmanager
    def running(self, cursor: duckdb.DuckDBPyConnection) -> Iterator[None]:
        """A query runs on this cursor meanwhile."""
        with self._changing:
            if self._stopped:
                raise Stopped("the question was stopped.")
            self._cursor = cursor
        try:
            yield
        except duckdb.InterruptException as error:
            raise Stopped("the question was stopped.") from error
        finally:
            with self._changing:
                self._cursor = None


@contextmanager
def hearing_ctrl_c() -> Iterator[None]:
    """Queries within: Ctrl-C, which DuckDB tells as an error of its own, ends them as ever."""
    try:
        yield
    except RuntimeError as error:
        if str(error) != DUCKDBS_CTRL_C:
            raise
        raise KeyboardInterrupt from None


CURRENT: ContextVar[Asking | None] = ContextVar("asking", default=None)
"""The question that this thread answers, where it can be stopped."""


@contextmanager
def stoppable(cursor: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """A query on this cursor, which stops with the question that it belongs to."""
    asking = CURRENT.get()
    if asking is None:
        yield
    else:
        with asking.running(cursor):
            yield
