import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netflix_pipeline.intelligence.what_next import accuracy
from netflix_pipeline.intelligence.what_next.accuracy import Accuracy
from netflix_pipeline_tests.support.examples import at_most


def test_a_list_is_judged_by_where_the_new_starts_stand() -> None:
    scores = np.zeros((1, 30), np.float32)
    scores[0, :4] = 4, 3, 2, 1
    begun, started = np.zeros((2, 1, 30), bool)
    begun[0, 0] = True
    started[0, [1, 3, 29]] = True
    told = Accuracy()
    told.add(scores, begun, started)
    # Without what was begun, 1 is first, 3 third, and 29 the last of all 29: not within 20.
    assert told.of_people("recall").tolist() == pytest.approx([2 / 3])
    best = 1 + 1 / np.log2(3) + 1 / np.log2(4)
    assert told.of_people("ndcg_short").tolist() == pytest.approx([(1 + 1 / np.log2(4)) / best])
    last = 1 / np.log2(1 + 29)
    assert told.of_people("ndcg_long").tolist() == pytest.approx(
        [(1 + 1 / np.log2(4) + last) / best]
    )
    assert told.coverage() == pytest.approx(20 / 30)


def test_seldom_started_works_are_new_by_their_bits() -> None:
    told = Accuracy()
    told.add(np.ones((1, 20), np.float32), np.zeros((1, 20), bool), np.eye(1, 20, dtype=bool))
    assert told.novelty(np.full(20, 0.25)) == pytest.approx(2.0)


@at_most(10)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_a_number_lies_within_its_interval_and_equal_ones_have_the_ratio_1(
    values: list[float],
) -> None:
    array = np.array(values)
    told = accuracy.mean(array)
    assert told.low <= told.value + 1e-9
    assert told.value <= told.high + 1e-9
    assert accuracy.ratio(array, array).value == 1
    assert not accuracy.is_better(array, array)


def test_what_is_better_for_everybody_is_better() -> None:
    assert accuracy.is_better(np.full(50, 0.5), np.full(50, 0.25))
