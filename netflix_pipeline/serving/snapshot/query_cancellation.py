"""Query cancellation: a question is stopped from another thread, or by Ctrl-C."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar, copy_context
from typing import Self, TypeAlias, TypeVar

import duckdb

from netflix_pipeline.errors import Transient

T = TypeVar("T")
Parameters: TypeAlias = Sequence[object] | dict[str, object]

INTERRUPTED_EVERY = 0.05
"""Seconds between two interruptions of a query that does not end."""


class Stopped(Transient):
    """The question was stopped before it was answered."""


class QueryMemoryFull(Transient):
    """What is asked at this moment needs more memory than the queries to a snapshot may take."""


class CancellableQuery:
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


class InterruptibleConnection:
    """A connection whose queries end with Ctrl-C as all else does.

    DuckDB looks for signals only between pieces of its own work, and not while another of its
    threads has them all: the main thread waits where Python hears them instead.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._apart: ThreadPoolExecutor | None = None
        if threading.current_thread() is threading.main_thread():
            self._apart = ThreadPoolExecutor(1, "query")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._apart is not None:
            self._apart.shutdown()

    def execute(self, query: str, parameters: Parameters = ()) -> duckdb.DuckDBPyConnection:
        """As the connection's own."""
        return self.run(lambda: self._connection.execute(query, parameters))

    def register(self, name: str, rows: object) -> None:
        """As the connection's own."""
        self._connection.register(name, rows)

    def run(self, work: Callable[[], T]) -> T:
        """What `work` gives, that asks this connection."""
        if self._apart is None:
            return work()
        working = self._apart.submit(copy_context().run, work)
        try:
            return working.result()
        except BaseException:
            # An interruption between two queries hits none of them: again, until it is back.
            while not working.done():
                self._connection.interrupt()
                wait((working,), INTERRUPTED_EVERY)
            raise


CURRENT: ContextVar[CancellableQuery | None] = ContextVar("asking", default=None)
"""The question that this thread answers, where it can be stopped."""


@contextmanager
def stoppable(cursor: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """A query on this cursor, which stops with the question that it belongs to.

    Raises Stopped, and QueryMemoryFull where all queries together need more than they may.
    """
    asking = CURRENT.get()
    try:
        with nullcontext() if asking is None else asking.running(cursor):
            yield
    except duckdb.OutOfMemoryException as error:
        raise QueryMemoryFull(
            "the questions of this moment need more memory than there is for queries: ask again in "
            "a moment, or for fewer days. Operators: NETFLIX_QUERY_MEGABYTES is that bound."
        ) from error
