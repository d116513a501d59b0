"""Models that were fitted to what was known at a moment, judged by what people started after it.

A global split of time: nothing that came after the moment is in a fit, a choice or a candidate. How
to fit and how far to trust the weights is chosen on the 28 days before the moment, by models that
were fitted to what was known at their beginning.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from netflix_pipeline.intelligence.what_next import accuracy, popularity
from netflix_pipeline.intelligence.what_next.accuracy import Accuracy, Bounded
from netflix_pipeline.intelligence.what_next.scores import Rows, in_parts, popular
from netflix_pipeline.intelligence.what_next.together import Matrix
from netflix_pipeline.intelligence.what_next.weights import NEIGHBOURS, TRIED, Fitting, Learner
from netflix_pipeline.intelligence.what_next.works import History, Ints

HORIZON = 28
"""Days after the moment in which is looked what people start."""
TRUSTED = (0.1, 0.25, 0.5, 0.75, 1.0)
"""The shares of a score that its weights are tried with; the rest is popularity."""
MOST_PEOPLE = 10_000
"""People that are judged: more change no figure, and cost."""
POPULARITY, PLAIN = "popularity", "popularity, as counted"
EASE, KNN = "EASE^R", "item-kNN"
MODELS = {EASE: TRIED, KNN: NEIGHBOURS}
"""The ways in which each model is tried."""


@dataclass(frozen=True)
class Choice:
    """How scores are made: the weights and what they count for; 0 is popularity alone."""

    fitting: Fitting
    trusted: float
    prior: float

    @property
    def model(self) -> str:
        """The name of the model."""
        return self.fitting.model if self.trusted else POPULARITY


class Split:
    """What was known at a moment, and what people newly started in the days after it.

    `begun` are the `STARTS` that were known at the moment, `later` those that are known by now.
    Candidates are the works that `FEWEST_PEOPLE` people had started.
    """

    def __init__(
        self, begun: pl.DataFrame, later: pl.DataFrame, at: date, genres: pl.DataFrame
    ) -> None:
        self.at = at
        self.begun = begun
        self.history = History.of(begun)
        self.learner = Learner(self.history, genres, popularity.trend(begun, at))
        new = later.filter(pl.col("day").is_between(at, at + timedelta(days=HORIZON), "left")).join(
            begun, on=["user_id", "work"], how="anti"
        )
        of_known = new.filter(pl.col("user_id").is_in(self.history.users.implode()))
        self._seen = self.history.numbered(begun)
        self._truth = self.history.numbered(of_known)
        self.starts = len(self._truth[0])
        self.beyond = len(of_known) - self.starts
        """New starts of works that nobody could have recommended: too few people knew them."""
        people = np.unique(self._truth[0])
        if len(people) > MOST_PEOPLE:
            people = np.sort(np.random.default_rng(accuracy.SEED).permutation(people)[:MOST_PEOPLE])
        self.people = people

    def shares(self, prior: float) -> tuple[Matrix, Ints]:
        """Popularity by country, and the row of each person."""
        return popular(popularity.shares(self.begun, self.at, prior), self.history)

    def judged(
        self, weights: pl.DataFrame | None, trusted: Sequence[float], prior: float
    ) -> dict[float, Accuracy]:
        """How accurate lists are, by what the weights count for."""
        told = {share: Accuracy() for share in trusted}
        works = len(self.history.works)
        table, row = self.shares(prior)
        rows = None if weights is None else Rows.of(weights, works)
        for users in in_parts(self.people, works):
            begun, started = self._flags(self._seen, users), self._flags(self._truth, users)
            popular_here = table[row[users]]
            summed = popular_here if rows is None else rows.sums(self.history, users)
            for share, found in told.items():
                scores = (1 - share) * popular_here + share * summed
                found.add(scores, begun, started)
        return told

    def _flags(self, pairs: tuple[Ints, Ints], users: Ints) -> accuracy.Flags:
        user, work = pairs
        place = np.searchsorted(users, user)
        there = (place < len(users)) & (users[np.minimum(place, len(users) - 1)] == user)
        flags = np.zeros((len(users), len(self.history.works)), bool)
        flags[place[there], work[there]] = True
        return flags


@dataclass(frozen=True)
class Chosen:
    """The best of some ways to fit, and what it reached in the days that it was chosen by."""

    choice: Choice
    ndcg: float


def chosen(split: Split) -> dict[str, Chosen]:
    """Of each model, how its lists ranked best in the split's days (NDCG@100).

    Weights count only where they are better than popularity by more than chance: else their share
    of the score is 0.
    """
    plain = {
        prior: split.judged(None, (0.0,), prior)[0.0].of_people("ndcg_long")
        for prior in popularity.PRIORS
    }
    prior = max(plain, key=lambda each: _mean(plain[each]))
    return {name: _best(split, fittings, prior, plain[prior]) for name, fittings in MODELS.items()}


def _best(
    split: Split, fittings: Sequence[Fitting], prior: float, plain: accuracy.Floats
) -> Chosen:
    tried = {
        Choice(fitting, trusted, prior): told.of_people("ndcg_long")
        for fitting in fittings
        for trusted, told in split.judged(split.learner.fitted(fitting), TRUSTED, prior).items()
    }
    best = max(tried, key=lambda each: _mean(tried[each]))
    if accuracy.is_better(tried[best], plain):
        return Chosen(best, _mean(tried[best]))
    return Chosen(Choice(best.fitting, 0.0, prior), _mean(plain))


def _mean(values: accuracy.Floats) -> float:
    return float(values.mean()) if len(values) else 0.0


def best_of(models: Mapping[str, Chosen]) -> str:
    """The name of the model that reached most, the first of equal ones."""
    return max(models, key=lambda name: models[name].ndcg)


@dataclass(frozen=True)
class Judged:
    """One model: what it is, how accurate, and beside popularity (1: as good)."""

    choice: Choice
    recall: Bounded
    ndcg_short: Bounded
    ndcg_long: Bounded
    coverage: float
    novelty: float
    recall_ratio: Bounded
    ndcg_ratio: Bounded


@dataclass(frozen=True)
class Evaluation:
    """Models at an origin: the day before which all was known, and what was started after it.

    `models` has popularity as the baseline, as it is plainly counted, item-kNN, EASE^R, and which
    of them was chosen before.
    """

    origin: date
    days: int
    people: int
    starts: int
    beyond: int
    works: int
    chosen: str
    models: Mapping[str, Judged]


def evaluated(before: Split, split: Split) -> Evaluation:
    """The models that were chosen by the split before, fitted at the next and judged there."""
    choices = chosen(before)
    prior = choices[EASE].choice.prior
    baseline = split.judged(None, (0.0,), prior)[0.0]
    plain = split.judged(None, (0.0,), popularity.PLAIN)[0.0]
    told = {
        POPULARITY: (Choice(NEIGHBOURS[0], 0.0, prior), baseline),
        PLAIN: (Choice(NEIGHBOURS[0], 0.0, popularity.PLAIN), plain),
    }
    for name, found in choices.items():
        choice = found.choice
        weights = split.learner.fitted(choice.fitting) if choice.trusted else None
        told[name] = choice, split.judged(weights, (choice.trusted,), prior)[choice.trusted]
    shares = split.shares(prior)[0][-1].astype(np.float64)
    return Evaluation(
        origin=split.at,
        days=HORIZON,
        people=len(split.people),
        starts=split.starts,
        beyond=split.beyond,
        works=len(split.history.works),
        chosen=best_of(choices),
        models={
            name: _judged(choice, found, baseline, shares) for name, (choice, found) in told.items()
        },
    )


def _judged(choice: Choice, found: Accuracy, baseline: Accuracy, shares: accuracy.Floats) -> Judged:
    recall, ndcg = found.of_people("recall"), found.of_people("ndcg_long")
    return Judged(
        choice=choice,
        recall=accuracy.mean(recall),
        ndcg_short=accuracy.mean(found.of_people("ndcg_short")),
        ndcg_long=accuracy.mean(ndcg),
        coverage=found.coverage(),
        novelty=found.novelty(shares),
        recall_ratio=accuracy.ratio(recall, baseline.of_people("recall")),
        ndcg_ratio=accuracy.ratio(ndcg, baseline.of_people("ndcg_long")),
    )
