"""Follows a home's log of events for whoever only reads it.

Nothing is made by it: it waits for a log where there is none, and for one that cannot be opened.
"""

from __future__ import annotations

from netflix_pipeline.background import Thread
from netflix_pipeline.errors import PipelineError
from netflix_pipeline.eventlog import EventLog, existing_log
from netflix_pipeline.live.memory_limits import MemoryLimits
from netflix_pipeline.receiving.tail import Tail
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import NOBODY, Marked, erased_persons

LOOK_EVERY = 1.0
"""Seconds between two looks for a log, and at who is to be erased."""
GRACE = 30.0
"""Seconds for which it need not be known anew who is erased."""


class Follower:
    """A tail over the log of a home.

    `tail` is None as long as nobody wrote a log; `problem` says why one that is there cannot be
    followed, None when all is well.
    """

    def __init__(self, settings: Settings) -> None:
        self.tail: Tail | None = None
        self._settings = settings
        self._erased: Marked = NOBODY
        self._thread = Thread("follower", self._follow_log, LOOK_EVERY, after=0, grace=GRACE)

    @property
    def problem(self) -> str | None:
        """Why the log cannot be followed; None when all is well."""
        return self._thread.task.problem

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def stop(self) -> None:
        """End; returns when the threads have."""
        self._thread.stop()

    def _follow_log(self) -> None:
        with existing_log(self._settings) as log:
            if log is not None:
                self._follow(log)

    def _follow(self, log: EventLog) -> None:
        """Follow it to the end. Raises PipelineError while it is not known who is erased."""
        self._erased = erased_persons(self._settings)
        tail = Tail(
            log,
            erased=lambda: self._erased,
            bounds=MemoryLimits.of(self._settings),
            oldest=self._settings.oldest_event,
        )
        tail.start()
        self.tail = tail
        pause = LOOK_EVERY
        self._thread.task.works()
        try:
            while not self._thread.wait(pause):
                pause = self._look_at_marks(tail)
        finally:
            tail.stop()

    def _look_at_marks(self, tail: Tail) -> float:
        """Seconds until the next look. Events are followed on while none is possible."""
        self._thread.task.begins()
        try:
            erased = erased_persons(self._settings)
        except PipelineError as error:
            return self._thread.task.failed(error)
        self._thread.task.works()
        self._thread.task.rests()
        if not erased.is_as(self._erased):
            self._erased = erased
            tail.read_again()
        return LOOK_EVERY
