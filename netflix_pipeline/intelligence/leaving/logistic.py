"""Logistic regression with a ridge penalty, by Newton's method. Pure numpy.

Source: T. Hastie, R. Tibshirani, J. Friedman, The Elements of Statistical Learning, 2nd ed. 2009,
sections 4.4.1 (iteratively reweighted least squares) and 3.4.1 (ridge).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

MOST_STEPS, CLOSE = 50, 1e-9
LARGEST_LOGIT = 35.0


def sigmoid(logit: Floats) -> Floats:
    """The probability of log odds."""
    bounded = np.clip(logit, -LARGEST_LOGIT, LARGEST_LOGIT)
    return np.asarray(1 / (1 + np.exp(-bounded)))


def logit(probability: Floats) -> Floats:
    """The log odds of a probability."""
    bounded = np.clip(probability, 1e-12, 1 - 1e-12)
    return np.asarray(np.log(bounded / (1 - bounded)))


@dataclass(frozen=True)
class Logistic:
    """P(y = 1) = 1 / (1 + exp(−(intercept + Σ weights·x)))."""

    intercept: float
    weights: Floats

    def logits(self, x: Floats) -> Floats:
        """The log odds of each row."""
        return np.asarray(self.intercept + x @ self.weights)


def fit(x: Floats, y: Floats, ridge: float | Floats) -> Logistic:
    """The weights that minimise −log likelihood + Σ ridge/2·weight²; the intercept is free.

    `x` has a row a case, `y` is 0 or 1, `ridge` is of all columns or of each. Each step solves
    (XᵀWX + R)δ = Xᵀ(y − p) − Rβ with W = p(1 − p), and is halved as long as it makes the penalised
    likelihood worse.
    """
    design = np.column_stack([np.ones(len(x)), x])
    penalty = np.zeros(design.shape[1])
    penalty[1:] = ridge
    share = float(np.clip(y.mean(), 1e-6, 1 - 1e-6))
    beta = np.zeros(design.shape[1])
    beta[0] = np.log(share / (1 - share))
    loss = _loss(design, y, beta, penalty)
    for _ in range(MOST_STEPS):
        p = sigmoid(design @ beta)
        gradient = design.T @ (y - p) - penalty * beta
        hessian = (design * (p * (1 - p))[:, None]).T @ design
        # Where neither data nor ridge say anything of a direction, it stays as it is.
        hessian[np.diag_indices_from(hessian)] += penalty + 1e-9
        step = np.linalg.solve(hessian, gradient)
        size = 1.0
        while (new := _loss(design, y, beta + size * step, penalty)) > loss and size > 1e-6:
            size /= 2
        if new > loss:
            break
        beta, change, loss = beta + size * step, loss - new, new
        if change < CLOSE * (1 + abs(loss)):
            break
    return Logistic(float(beta[0]), beta[1:])


def _loss(design: Floats, y: Floats, beta: Floats, penalty: Floats) -> float:
    z = design @ beta
    return float(np.logaddexp(0, z).sum() - y @ z + 0.5 * penalty @ beta**2)
