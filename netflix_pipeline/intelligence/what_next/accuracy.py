"""How well ranked lists tell what people start next, measured over the whole catalogue.

Of the works that somebody newly starts: recall@k is the share of them within the first k, of at
most k; NDCG@k discounts each by 1 ÷ log₂(1 + rank), divided by the best that a list could have.
Neither draws a sample of works: sampled metrics rank models otherwise (Krichene and Rendle, "On
sampled metrics for item recommendation", KDD 2020).
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from netflix_pipeline.intelligence.what_next.together import Matrix

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

SHORT, LONG = 20, 100
RESAMPLES, SEED = 1_000, 20
INTERVAL = 2.5, 97.5
"""Percentiles that bound an interval."""


@dataclass
class Accuracy:
    """What lists told of each person: recall@20, NDCG@20 and NDCG@100, and what they showed."""

    recall: list[Floats] = field(default_factory=list)
    ndcg_short: list[Floats] = field(default_factory=list)
    ndcg_long: list[Floats] = field(default_factory=list)
    shown: Floats | None = None

    def add(self, scores: Matrix, begun: Flags, started: Flags) -> None:
        """Rank some people's works by score, those that they have begun left out.

        `started` are the works that they newly start; a row a person, a column a work. Equal scores
        rank the more started work first: it has the lower number.
        """
        ranked = np.where(begun, -np.inf, scores)
        top = np.argsort(-ranked, axis=1, kind="stable")[:, :LONG]
        hits = np.take_along_axis(started & ~begun, top, axis=1)
        many = started.sum(axis=1)
        self.recall.append(hits[:, :SHORT].sum(axis=1) / np.minimum(SHORT, many))
        self.ndcg_short.append(_ndcg(hits[:, :SHORT], many))
        self.ndcg_long.append(_ndcg(hits, many))
        counts = np.bincount(top[:, :SHORT].ravel(), minlength=scores.shape[1]).astype(np.float64)
        self.shown = counts if self.shown is None else self.shown + counts

    def of_people(self, name: str) -> Floats:
        """One of the measures, a value a person."""
        parts: list[Floats] = getattr(self, name)
        return np.concatenate(parts) if parts else np.zeros(0)

    def coverage(self) -> float:
        """The share of the works that are among the first 20 of anybody."""
        return 0.0 if self.shown is None else float((self.shown > 0).mean())

    def novelty(self, popularity: Floats) -> float:
        """The mean of −log₂ of the share of people who started what is among the first 20 [bit]."""
        if self.shown is None or not self.shown.any():
            return 0.0
        seldom = -np.log2(np.maximum(popularity, 1e-9))
        return float((self.shown * seldom).sum() / self.shown.sum())


def _ndcg(hits: Flags, many: NDArray[np.int64]) -> Floats:
    discount = 1 / np.log2(np.arange(hits.shape[1]) + 2)
    best = np.cumsum(discount)[np.minimum(many, hits.shape[1]) - 1]
    told: Floats = (hits * discount).sum(axis=1) / best
    return told


@dataclass(frozen=True)
class Bounded:
    """A number, and the 95 % interval of it over people."""

    value: float
    low: float
    high: float


def mean(values: Floats) -> Bounded:
    """The mean of people's values; the interval by the bootstrap of people."""
    return ratio(values, np.ones_like(values))


def ratio(values: Floats, others: Floats) -> Bounded:
    """The sum of values ÷ that of others, of the same people, who are drawn together.

    Poisson bootstrap: each of `RESAMPLES` times everybody counts a Poisson(1) number of times.
    Both zero is 1: neither is better.
    """
    if not len(values):
        return Bounded(np.nan, np.nan, np.nan)
    rng = np.random.default_rng(SEED)
    pairs = np.stack([values, others], axis=1)
    drawn = np.array([rng.poisson(1, len(values)) @ pairs for _ in range(RESAMPLES)])
    low, high = np.percentile(_divided(drawn[:, 0], drawn[:, 1]), INTERVAL)
    value = _divided(values.sum(keepdims=True), others.sum(keepdims=True))[0]
    return Bounded(float(value), float(low), float(high))


def _divided(values: Floats, others: Floats) -> Floats:
    safe = np.where(others == 0, 1.0, others)
    return np.where(others == 0, np.where(values == 0, 1.0, np.inf), values / safe)


def is_better(values: Floats, others: Floats) -> bool:
    """Whether values are larger on average, and by more than chance: 97.5 % of the bootstrap."""
    return len(values) > 1 and ratio(values, others).low > 1
