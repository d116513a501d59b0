"""How good probabilities are. Pure numpy: outcomes are 0 or 1, probabilities between."""

import numpy as np
import numpy.typing as npt

from netflix_pipeline.intelligence.leaving import logistic
from netflix_pipeline.intelligence.leaving.logistic import Floats

DECILES = 10
LEAST_PROBABILITY = 1e-6


def log_loss(outcome: Floats, probability: Floats) -> float:
    """The mean of −log of the probability given to what came [nats]; least is best."""
    p = np.clip(probability, LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
    return float(-np.mean(outcome * np.log(p) + (1 - outcome) * np.log(1 - p)))


def brier(outcome: Floats, probability: Floats) -> float:
    """The mean squared difference; least is best."""
    return float(np.mean((outcome - probability) ** 2))


def pr_auc(outcome: Floats, probability: Floats) -> float:
    """Average precision: Σ (recall_k − recall_k−1)·precision_k over thresholds, most likely first.

    Those of the same probability come at one threshold. NaN where nobody left. Without skill it is
    the share of those who left.
    """
    order = np.argsort(-probability, kind="stable")
    hits = np.cumsum(outcome[order])
    if not len(hits) or not hits[-1]:
        return float("nan")
    last = np.append(np.diff(probability[order]) != 0, True)
    taken = np.flatnonzero(last)
    precision = hits[taken] / (taken + 1)
    gained = np.diff(hits[taken], prepend=0.0) / hits[-1]
    return float(precision @ gained)


def calibration(outcome: Floats, probability: Floats) -> tuple[float, float]:
    """Intercept and slope of a logistic regression of the outcome on the log odds.

    0 and 1 are right; a slope below 1 says that probabilities are too extreme. Source: D. R. Cox,
    Two further applications of a model for binary regression, Biometrika 45, 1958.
    """
    line = logistic.fit(logistic.logit(probability)[:, None], outcome, ridge=0.0)
    return line.intercept, float(line.weights[0])


def lift(outcome: Floats, probability: Floats, share: float) -> float:
    """How many times as many of the likeliest leave as of all; NaN where nobody left."""
    top = max(1, round(len(outcome) * share))
    chosen = np.argsort(-probability, kind="stable")[:top]
    return float(outcome[chosen].mean() / outcome.mean()) if outcome.any() else float("nan")


def deciles(probability: Floats) -> npt.NDArray[np.int64]:
    """Of each row, its tenth from 1, the likeliest, to 10; ties by their order."""
    rank = np.empty(len(probability), np.int64)
    rank[np.argsort(-probability, kind="stable")] = np.arange(len(probability))
    return np.asarray(rank * DECILES // max(len(rank), 1) + 1)
