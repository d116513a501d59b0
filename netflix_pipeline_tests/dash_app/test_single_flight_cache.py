import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from pydantic import BaseModel

from dash_app.single_flight_cache import SingleFlightCache, size


def test_a_value_is_made_once_for_all_who_wait() -> None:
    kept: SingleFlightCache[int] = SingleFlightCache(2)
    made: list[str] = []
    asked = threading.Barrier(8)

    def slow() -> int:
        made.append("x")
        return 7

    def ask(_: int) -> int:
        asked.wait()
        return kept.get("x", slow)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(8))) == [7] * 8
    assert made == ["x"]


def test_the_value_unused_for_longest_goes_first() -> None:
    kept: SingleFlightCache[str] = SingleFlightCache(2)
    made: list[str] = []

    def make(key: str) -> str:
        made.append(key)
        return key

    for key in ("a", "b", "a", "c", "a", "b"):
        kept.get(key, partial(make, key))
    assert made == ["a", "b", "c", "b"]


def test_a_failure_is_raised_and_tried_again() -> None:
    kept: SingleFlightCache[int] = SingleFlightCache(2)

    def fails() -> int:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        kept.get("x", fails)
    assert kept.get("x", lambda: 1) == 1


def test_an_answer_weighs_as_much_as_all_of_it() -> None:
    series = Series(points=[{"day": number, "value": number / 7} for number in range(100)])
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    many = [series.model_copy(deep=True) for _ in range(100)]
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # Equal numbers and names may be shared.
    assert size(many[0]) >= 0.9 * (after - before) / len(many)


class Series(BaseModel):
    points: list[dict[str, float]]
