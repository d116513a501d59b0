"""Cache warm-up: a new snapshot answers the common questions before it is moved to."""

import asyncio
import logging
import threading
import time
from functools import partial

from api.delivery.response_cache import AnswerCache, CachedResponse
from netflix_pipeline.background import Preparation
from netflix_pipeline.errors import PipelineError, panics_raised
from netflix_pipeline.serving import CancellableQuery, Snapshot, Snapshots
from netflix_pipeline.serving.questions.user import make_ready

log = logging.getLogger(__name__)

COUNT = 32
"""Questions that are answered beforehand, those asked most of the version before."""
SECONDS = 0.5
"""Seconds that it may take: a new snapshot is followed within one."""
LATER = 2.0
"""Seconds after which nobody is answered from the old one any more."""


class WarmUp:
    """Answers them in the thread that found the new snapshot, for the event loop's cache."""

    def __init__(self, answers: AnswerCache, snapshots: Snapshots) -> None:
        self._answers = answers
        self._snapshots = snapshots
        self._people = Preparation("people")
        self._loop = asyncio.get_running_loop()

    def __call__(self, snapshot: Snapshot) -> None:
        """Answer them from this snapshot, and soon let go of what older ones answered."""
        try:
            with panics_raised():
                self._answer(snapshot)
        except Exception:
            # What is not answered beforehand is answered when it is asked.
            log.exception(
                "answers from snapshot %d were not made beforehand", snapshot.info.version
            )
        # Not waited for: until it is there, answers about people take a little longer.
        self._people.begin(partial(make_ready, snapshot))
        version = snapshot.info.version
        self._loop.call_soon_threadsafe(
            self._loop.call_later, LATER, self._answers.drop_before, version
        )

    def stop(self) -> None:
        """Returns when nothing is made ready any more."""
        self._people.stop()

    def _answer(self, snapshot: Snapshot) -> None:
        version = snapshot.info.version
        held = self._snapshots.held
        questions = self._answers.asked_most(held.info.version, COUNT) if held else []
        asking = CancellableQuery()
        timer = threading.Timer(SECONDS, asking.stop)
        timer.daemon = True
        timer.start()
        begun = time.monotonic()
        warm = 0
        for question in questions:
            try:
                _, body = asking.answer(lambda: question.answered(snapshot))  # noqa: B023 - at once
            except PipelineError:
                # A title that is gone, or the time is over: whoever asks will be told.
                if time.monotonic() - begun >= SECONDS:
                    break
                continue
            self._loop.call_soon_threadsafe(
                self._answers.put, version, CachedResponse(body, question)
            )
            warm += 1
        timer.cancel()
        log.info("snapshot %d: %d answers made beforehand", version, warm)
