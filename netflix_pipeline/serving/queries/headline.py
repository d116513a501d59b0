"""The numbers of a period at a glance, and beside those of another period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from netflix_pipeline.errors import BadInput
from netflix_pipeline.metrics import METRICS, FilterNotTaken, Metric, metric
from netflix_pipeline.serving.answers import (
    Change,
    Compare,
    Comparison,
    Filters,
    Glance,
    Headline,
    LeftOut,
    Period,
)
from netflix_pipeline.serving.queries import measures
from netflix_pipeline.serving.queries.periods import days_before, earlier, reaches
from netflix_pipeline.serving.snapshots import Snapshot

TOLD = tuple(name for name in Headline.model_fields if name in METRICS)
"""The metrics that a period is told at a glance by."""


class NotInHeadline(BadInput):
    """The metric is not one of a period at a glance."""


def headline(
    snapshot: Snapshot,
    period: Period,
    filters: Filters,
    names: Sequence[str] | None,
    compare: Compare | None,
) -> Glance:
    """The metrics named, or all that can be had under the filters.

    Raises UnknownMetric and NotInHeadline, and FilterNotTaken for a metric that was named.
    """
    told, left_out = _possible(names or TOLD, filters, refuse=names is not None)
    now = measures.values(snapshot, told, period, filters)
    comparison = None
    if compare is not None:
        other = earlier(period, days_before(period, compare))
        before = measures.values(snapshot, told, other, filters)
        comparison = Comparison(
            by=compare,
            period=other,
            complete=reaches(snapshot, other),
            data=Headline(**before),
            change=changes(now, before),
        )
    return Glance(**now, left_out=tuple(left_out), comparison=comparison)


def change(now: float | None, before: float | None) -> Change:
    """From one value to another."""
    if now is None or before is None:
        return Change(absolute=None, relative=None)
    return Change(absolute=now - before, relative=(now - before) / before if before else None)


def changes(
    now: Mapping[str, float | None], before: Mapping[str, float | None]
) -> dict[str, Change]:
    """From values to others, by name."""
    return {name: change(value, before[name]) for name, value in now.items()}


def _possible(
    names: Sequence[str], filters: Filters, *, refuse: bool
) -> tuple[list[Metric], list[LeftOut]]:
    """The metrics that can be had under the filters, and why the others cannot."""
    told: list[Metric] = []
    left_out: list[LeftOut] = []
    for name in dict.fromkeys(names):
        asked = metric(name)
        if name not in TOLD:
            raise NotInHeadline(
                f"{name} is not a number of a period at a glance. These are: {', '.join(TOLD)}."
            )
        try:
            asked.check(filters.given)
        except FilterNotTaken as error:
            if refuse:
                raise
            left_out.append(LeftOut(metric=name, takes=asked.filters, reason=str(error)))
        else:
            told.append(asked)
    return told, left_out
