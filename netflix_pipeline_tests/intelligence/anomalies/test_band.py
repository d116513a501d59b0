"""Days outside the band: scores, rules, events."""

from __future__ import annotations

import numpy as np
import pytest

from netflix_pipeline.contracts.origins import QUANTILES
from netflix_pipeline.intelligence.anomalies.band import (
    MEDIAN,
    RULE,
    alarms,
    beside_others,
    events,
    scores,
    widths,
)

BELOW = np.array([-1.96, -1.2816, -0.8416, -0.6745, -0.5244, -0.2533])
NORMAL = np.concatenate([BELOW, [0.0], -BELOW[::-1]])
assert len(NORMAL) == len(QUANTILES)


def band(middle: float, deviation: float, days: int) -> np.ndarray:
    return np.tile(middle + deviation * NORMAL, (1, days, 1))


def test_a_score_is_in_standard_deviations_of_its_side() -> None:
    quantiles = band(100, 10, 3)
    quantiles[..., MEDIAN + 1 :] = 100 + 20 * NORMAL[MEDIAN + 1 :]
    told = scores(np.array([[80.0, 100.0, 140.0]]), quantiles)
    assert told == pytest.approx(np.array([[-2.0, 0.0, 2.0]]), abs=1e-3)


def test_nothing_is_said_where_nothing_was_expected() -> None:
    told = scores(np.array([[5.0]]), np.full((1, 1, len(QUANTILES)), np.nan))
    assert np.isnan(told).all()
    assert not alarms(told).any()


def test_one_far_out_or_two_of_three_to_one_side() -> None:
    far, near = RULE.far + 0.1, RULE.near + 0.1
    told = np.array(
        [
            [0, far, 0, 0, 0, 0],
            [near, 0, near, 0, 0, 0],
            [near, 0, 0, near, 0, 0],
            [near, -near, 0, 0, 0, 0],
            [0, 0, 0, 0, -near, -near],
        ]
    )
    assert [np.flatnonzero(each).tolist() for each in alarms(told)] == [
        [1],
        [0, 2],
        [],
        [],
        [4, 5],
    ]


def test_days_near_one_another_are_one_event() -> None:
    flags = np.zeros(20, dtype=bool)
    flags[[2, 4, 12, 13]] = True
    assert events(flags) == [(2, 4), (12, 13)]
    assert events(np.zeros(4, dtype=bool)) == []


def test_what_all_do_is_not_told_of_each() -> None:
    quantiles = np.concatenate([band(60, 6, 1), band(40, 4, 1)])
    half = np.array([[30.0], [20.0]])
    told = beside_others(quantiles, half, half.sum(axis=0), np.array([100.0]))
    assert told[..., MEDIAN] == pytest.approx(np.array([[30.0], [20.0]]))
    # What one does alone moves what is expected of the other, and not of itself.
    alone = np.array([[30.0], [40.0]])
    told = beside_others(quantiles, alone, alone.sum(axis=0), np.array([100.0]))
    assert told[0, 0, MEDIAN] == pytest.approx(60)


def test_scores_are_measured_by_those_of_days_before_only() -> None:
    rng = np.random.default_rng(1)
    before = 1.7 * rng.standard_normal((1, 200))
    told = widths(before)
    assert told[0, 100:].mean() == pytest.approx(1.7, rel=0.15)
    later = before.copy()
    later[0, 150:] *= 100
    assert (widths(later)[0, : 150 + RULE.n] == told[0, : 150 + RULE.n]).all()
    assert (told[0, :5] == 1).all()
