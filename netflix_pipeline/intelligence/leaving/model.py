"""The model of who is leaving: fitted on people of earlier cut-offs, told with its reasons. Pure.

The log odds of no play in 28 days are a sum over the columns of `design`, by ridge logistic
regression over the people of several earlier cut-offs whose outcomes are known. A line through log
odds of a later time slice (Platt) makes them probabilities that hold there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

import numpy as np
import polars as pl

from netflix_pipeline.contracts.origins import REASONS
from netflix_pipeline.intelligence.leaving import logistic
from netflix_pipeline.intelligence.leaving.design import Design
from netflix_pipeline.intelligence.leaving.features import HORIZON_DAYS
from netflix_pipeline.intelligence.leaving.logistic import Floats, Logistic

GAP_DAYS = 14
"""Days after the 28 in which late plays still come before an outcome counts as known."""
STEP_DAYS, MOST_CUTOFFS, FIRST_DAYS = 14, 13, 56
"""Between cut-offs that are learned from, how many at most, and the days of history that the first
of them has."""
RIDGE, RIDGE_OF_NAMES = 10.0, 90.0
"""The penalties of numbers and of names, which tell less and are many."""
LATER_DAYS = 28
"""The newest cut-offs to learn from, over so many days, tell how to calibrate those before."""
FEWEST_LEAVING = 50
"""Nothing is fitted on fewer people who left, nor on fewer who stayed."""


@dataclass(frozen=True)
class Snapshot:
    """The active persons of a cut-off as they were known then, and which of them left since.

    `people` is as `features` gives it; `left` has 0 or 1 of each, in their order.
    """

    cutoff: date
    people: pl.DataFrame
    left: Floats


def learned_from(cutoff: date, first: date) -> list[date]:
    """The cut-offs whose outcomes are known at one, newest first; `first` is the first day."""
    newest = cutoff - timedelta(days=HORIZON_DAYS + GAP_DAYS)
    every = (newest - n * timedelta(days=STEP_DAYS) for n in range(MOST_CUTOFFS))
    return [each for each in every if (each - first).days >= FIRST_DAYS]


@dataclass(frozen=True)
class LeavingModel:
    """A fitted model: its columns, their weights in log odds, and the line that calibrates them.

    `people` and `leaving` tell how many persons at how many cut-offs it was fitted on, a person at
    each, and how many of them left.
    """

    design: Design
    line: Logistic
    intercept: float
    slope: float
    people: int
    leaving: int

    @classmethod
    def fit(cls, snapshots: Sequence[Snapshot]) -> Self | None:
        """The model of people with known outcomes; None where too few left or stayed."""
        left = _outcomes(snapshots)
        if min(left.sum(), len(left) - left.sum()) < FEWEST_LEAVING:
            return None
        design, line = _line(snapshots)
        intercept, slope = _calibration(snapshots)
        return cls(design, line, intercept, slope, len(left), int(left.sum()))

    def probabilities(self, people: pl.DataFrame) -> Floats:
        """The probability that each person has no play in the next 28 days."""
        logits = self.line.logits(self.design.matrix(people))
        return logistic.sigmoid(self.intercept + self.slope * logits)

    def contributions(self, people: pl.DataFrame) -> Floats:
        """By how much each reason moves each person's log odds away from the average of them.

        A row a person, a column each of `REASONS`; a row's sum is the person's log odds less the
        mean of all.
        """
        matrix = self.design.matrix(people)
        parts = (matrix - matrix.mean(axis=0)) * (self.slope * self.line.weights)
        of_reason = np.zeros((len(people), len(REASONS)))
        for column, reason in enumerate(self.design.reasons()):
            of_reason[:, reason] += parts[:, column]
        return of_reason


def _outcomes(snapshots: Sequence[Snapshot]) -> Floats:
    return np.concatenate([snapshot.left for snapshot in snapshots] or [np.zeros(0)])


def _line(snapshots: Sequence[Snapshot]) -> tuple[Design, Logistic]:
    people = pl.concat([snapshot.people for snapshot in snapshots])
    design = Design.of(people)
    ridge = np.where(design.named(), RIDGE_OF_NAMES, RIDGE)
    return design, logistic.fit(design.matrix(people), _outcomes(snapshots), ridge)


def _calibration(snapshots: Sequence[Snapshot]) -> tuple[float, float]:
    """Intercept and slope that make log odds of a fit right for a slice after it.

    The fit is one on the cut-offs whose outcomes were known at the first of the slice. Source:
    J. Platt, Probabilistic Outputs for Support Vector Machines, 1999. Where the history is too
    short for that, log odds stay as they are.
    """
    newest = max(snapshot.cutoff for snapshot in snapshots)
    begins = newest - timedelta(days=LATER_DAYS)
    known = begins - timedelta(days=HORIZON_DAYS)
    later = [snapshot for snapshot in snapshots if snapshot.cutoff > begins]
    before = [snapshot for snapshot in snapshots if snapshot.cutoff <= known]
    for some in (before, later):
        left = _outcomes(some)
        if min(left.sum(), len(left) - left.sum()) < FEWEST_LEAVING:
            return 0.0, 1.0
    design, line = _line(before)
    people = pl.concat([snapshot.people for snapshot in later])
    logits = line.logits(design.matrix(people))
    platt = logistic.fit(logits[:, None], _outcomes(later), ridge=0.0)
    return platt.intercept, float(platt.weights[0])
