"""Questions that many views ask alike, answered once.

A change of one filter changes some of a view's questions: another measure leaves the cards and the
hours as they are, another comparison the charts without one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from dash_app.kept import Kept
from netflix_pipeline.serving import Answer, Glance, HeatMap, Ledger, Queries, Series, Snapshot

T = TypeVar("T")
Answers = Kept[Any]
"""Answers by the snapshot's version and the question."""


class Remembering(Queries):
    """Queries to one snapshot that look first at what was answered before."""

    def __init__(self, snapshot: Snapshot, answers: Answers) -> None:
        super().__init__(snapshot)
        self._version = snapshot.info.version
        self._answers = answers

    def headline(self, *told: Any, **named: Any) -> Answer[Glance]:
        """As of `Queries`."""
        return self._once(super().headline, told, named)

    def series(self, *told: Any, **named: Any) -> Answer[Series]:
        """As of `Queries`."""
        return self._once(super().series, told, named)

    def courses(self, *told: Any, **named: Any) -> dict[str, tuple[float | None, ...]]:
        """As of `Queries`."""
        return self._once(super().courses, told, named)

    def heatmap(self, *told: Any, **named: Any) -> Answer[HeatMap]:
        """As of `Queries`."""
        return self._once(super().heatmap, told, named)

    def ledger(self, *told: Any, **named: Any) -> Answer[Ledger]:
        """As of `Queries`."""
        return self._once(super().ledger, told, named)

    def _once(self, ask: Callable[..., T], told: tuple[Any, ...], named: dict[str, Any]) -> T:
        key = self._version, ask.__name__, told, tuple(sorted(named.items()))
        found: T = self._answers.get(key, lambda: ask(*told, **named))
        return found
