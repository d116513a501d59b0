"""Questions that many views ask alike, answered once.

A change of one filter changes some of a view's questions: another measure leaves the cards and the
hours as they are, another comparison the charts without one.
"""

from typing import Any, TypeVar

from typing_extensions import override

from dash_app.single_flight_cache import SingleFlightCache
from netflix_pipeline.serving import Snapshot, Source
from netflix_pipeline.serving.snapshot.open import Askable

T = TypeVar("T")
Answers = SingleFlightCache[Any]
"""Answers by the snapshot's version and the question."""


class CachedQueries(Source):
    """One snapshot, of which it is looked first at what it answered before; not about persons."""

    def __init__(self, snapshot: Snapshot, answers: Answers) -> None:
        self._snapshot = snapshot
        self._answers = answers

    @override
    def current(self) -> Snapshot:
        return self._snapshot

    @override
    def ask(self, question: Askable[T]) -> T:
        if question.personal:
            return question.asked(self._snapshot)
        key = self._snapshot.info.version, question
        answer: T = self._answers.get(key, lambda: question.asked(self._snapshot))
        return answer
