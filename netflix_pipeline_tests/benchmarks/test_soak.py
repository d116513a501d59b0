"""A soak finds what grows and what becomes slower, and nothing in what only goes up and down."""

from collections.abc import Callable

import brotli
import numpy as np
import pytest

from benchmarks.soak.judging import Answered, p99, slope
from benchmarks.soak.loads import is_good

SECONDS = [3.0 * number for number in range(600)]
PARTS = [int(second // 60) for second in SECONDS]


def course(growth: float, seed: int) -> list[float]:
    """Memory that grows by so many parts in ten minutes, and hangs together from look to look."""
    chance = np.random.default_rng(seed)
    noise = np.zeros(len(SECONDS))
    for at in range(1, len(noise)):
        noise[at] = 0.95 * noise[at - 1] + chance.normal(0, 0.3)
    return list(300 + noise + 300 * growth * np.asarray(SECONDS) / 600)


def test_a_leak_of_two_in_a_hundred_is_always_found_and_none_nearly_never() -> None:
    assert not any(slope(SECONDS, course(0.02, seed), PARTS).is_level for seed in range(50))
    assert sum(slope(SECONDS, course(0, seed), PARTS).is_level for seed in range(50)) >= 48


def test_the_bound_covers_the_true_slope_though_looks_depend_on_each_other() -> None:
    bounds = [slope(SECONDS, course(0.005, seed), PARTS).bound for seed in range(200)]
    assert sum(bound >= 0.005 for bound in bounds) >= 170


def test_what_never_changes_is_level() -> None:
    found = slope(SECONDS, [40.0] * len(SECONDS), PARTS)
    assert found.mean == 40
    assert found.growth == pytest.approx(0)
    assert found.is_level


def test_a_moment_after_a_publication_is_no_growth() -> None:
    threads = [37.0 if second % 60 > 9 else 47.0 for second in SECONDS]
    cut = len(SECONDS) - 20 + 3  # the last part is its first three looks
    assert slope(SECONDS[:cut], threads[:cut], PARTS[:cut]).is_level


def test_what_is_emptied_again_and_again_is_level_by_its_most_and_grows_by_it() -> None:
    sawtooth = [30 + 1.5 * (second % 22) for second in SECONDS]
    assert slope(SECONDS, sawtooth, PARTS, max).is_level
    leak = [
        each * (1 + 0.02 * second / 600) for second, each in zip(SECONDS, sawtooth, strict=True)
    ]
    assert not slope(SECONDS, leak, PARTS, max).is_level


def test_an_empty_log_is_level() -> None:
    assert slope(SECONDS, [0.0] * len(SECONDS), PARTS, max).is_level


def test_times_are_told_by_thirds() -> None:
    answered = Answered([(at, 0.010 if at < 60 else 0.020) for at in range(90)])
    assert [p99(third) for third in answered.thirds()] == [10, 10, 20]


@pytest.mark.parametrize("packed", [brotli.compress, bytes])
def test_what_a_failed_answer_said_can_be_read_however_it_came(
    packed: Callable[[bytes], bytes],
) -> None:
    said = '{"title": "no memory", "detail": "für diese Frage"}'
    assert is_good(503, packed(said.encode())) == f"503 {said}"
    assert is_good(200, b"") is None
