"""Follows a home's log of events for whoever only reads it.

Nothing is made by it: it waits for a log where there is none, and for one that cannot be opened.
"""

from __future__ import annotations

import logging
import threading

from netflix_pipeline.errors import PipelineError
from netflix_pipeline.eventlog import EventLog, existing_log
from netflix_pipeline.receiving.tail import Tail
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import NOBODY, Marked, erased_persons

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0
"""Seconds between two looks for a log, and at who is to be erased."""


class Follower:
    """A tail over the log of a home.

    `tail` is None as long as nobody wrote a log; `problem` says why one that is there cannot be
    followed, None when all is well.
    """

    def __init__(self, settings: Settings) -> None:
        self.tail: Tail | None = None
        self.problem: str | None = None
        self._settings = settings
        self._erased: Marked = NOBODY
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="follower", daemon=True)

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def stop(self) -> None:
        """End; returns when the threads have."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                with existing_log(self._settings) as found:
                    if found is not None:
                        self._follow(found)
                self.problem = None
            except PipelineError as error:
                if self.problem is None:
                    log.warning("the log of events cannot be followed: %s", error)
                self.problem = str(error)
            self._ended.wait(LOOK_EVERY)

    def _follow(self, found: EventLog) -> None:
        """Follow it to the end. Raises PipelineError while it is not known who is erased."""
        self._erased = erased_persons(self._settings)
        tail = Tail(found, erased=lambda: self._erased)
        tail.start()
        self.tail, self.problem = tail, None
        try:
            while not self._ended.wait(LOOK_EVERY):
                self._look_at_marks(tail)
        finally:
            tail.stop()

    def _look_at_marks(self, tail: Tail) -> None:
        try:
            erased = erased_persons(self._settings)
        except PipelineError as error:
            if self.problem is None:
                log.warning("who is erased cannot be looked up just now: %s", error)
            self.problem = str(error)
            return
        self.problem = None
        if not erased.is_as(self._erased):
            self._erased = erased
            tail.read_again()
