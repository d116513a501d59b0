"""Scores are what their definitions say, computed here the long way."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netflix_pipeline.intelligence.leaving import logistic, scoring

CASES = st.lists(
    st.tuples(st.booleans(), st.sampled_from([0.05, 0.2, 0.2001, 0.5, 0.9])), min_size=1
)


@given(CASES)
def test_average_precision_is_the_sum_over_thresholds(cases: list[tuple[bool, float]]) -> None:
    left = np.array([float(one) for one, _ in cases])
    told = np.array([p for _, p in cases])
    if not left.any():
        assert np.isnan(scoring.pr_auc(left, told))
        return
    expected, recalled = 0.0, 0.0
    for threshold in sorted(set(told.tolist()), reverse=True):
        chosen = left[told >= threshold]
        recall = chosen.sum() / left.sum()
        expected += (recall - recalled) * chosen.mean()
        recalled = recall
    assert scoring.pr_auc(left, told) == pytest.approx(expected)


@given(CASES)
def test_tenths_are_even_and_in_order(cases: list[tuple[bool, float]]) -> None:
    told = np.array([p for _, p in cases])
    tenth = scoring.deciles(told)
    sizes = np.bincount(tenth, minlength=11)[1:]
    assert sizes.max() - sizes.min() <= 1
    assert (np.diff(tenth[np.argsort(-told, kind="stable")]) >= 0).all()


def test_log_loss_and_brier_score_of_a_certain_and_a_fair_guess() -> None:
    left = np.array([1.0, 0.0])
    assert scoring.log_loss(left, np.array([0.5, 0.5])) == pytest.approx(np.log(2))
    assert scoring.log_loss(left, left) == pytest.approx(0, abs=1e-5)
    assert scoring.brier(left, np.array([0.5, 0.5])) == 0.25


def test_calibration_tells_how_probabilities_were_bent() -> None:
    rng = np.random.default_rng(1)
    logits = rng.normal(-1, 1.5, 40_000)
    left = (rng.random(len(logits)) < logistic.sigmoid(logits)).astype(float)
    bent = logistic.sigmoid(2 * logits + 1)
    intercept, slope = scoring.calibration(left, bent)
    assert slope == pytest.approx(0.5, abs=0.03)
    assert intercept == pytest.approx(-0.5, abs=0.05)


def test_lift_is_how_much_denser_those_who_left_are_among_the_likeliest() -> None:
    left = np.array([1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0])
    told = np.linspace(0.9, 0.1, 10)
    assert scoring.lift(left, told, 0.2) == pytest.approx(1 / 0.3)
