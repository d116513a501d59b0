"""How a change is taken apart: sums, shares and means, people of several values."""

from math import fsum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netflix_pipeline.serving.questions.contributions import Changed, Part, rate_and_mix

NONE = Part(None, 0)
part = st.builds(Part, st.floats(0, 1), st.integers(1, 10**9))
some = st.dictionaries(st.sampled_from("abcdefgh"), part, min_size=1)


def mean(parts: list[Part]) -> Part:
    weight = fsum(each.weight for each in parts)
    return Part(fsum((each.value or 0) * each.weight for each in parts) / weight, weight)


def averaged(now: dict[str, Part], before: dict[str, Part]) -> Changed:
    groups = {
        name: (now.get(name, NONE), before.get(name, NONE))
        for name in sorted(now.keys() | before.keys())
    }
    return Changed(groups, (mean([*now.values()]), mean([*before.values()])), averaged=True)


def summed(**groups: tuple[float, float]) -> Changed:
    parts = {name: (Part(now, now), Part(then, then)) for name, (now, then) in groups.items()}
    now, then = (fsum(of[at] for of in groups.values()) for at in (0, 1))
    return Changed(parts, (Part(now, now), Part(then, then)), averaged=False)


@given(some, some)
def test_rate_and_mix_add_up_to_the_change_without_a_residual(
    now: dict[str, Part], before: dict[str, Part]
) -> None:
    changed = averaged(now, before)
    whole, then = (each.value or 0 for each in changed.whole)
    found = fsum(fsum(done) for done in changed.effects.values())
    assert found == pytest.approx(whole - then, rel=1e-9, abs=1e-12)


def test_a_rate_that_changes_alone_is_all_rate_and_a_weight_that_does_all_mix() -> None:
    whole = Part(0.5, 100), Part(0.5, 100)
    assert rate_and_mix((Part(0.7, 50), Part(0.5, 50)), whole) == pytest.approx((0.1, 0))
    by_rate, by_mix = rate_and_mix((Part(0.8, 60), Part(0.8, 40)), whole)
    assert (by_rate, by_mix) == pytest.approx((0, 0.2 * 0.3))


def test_a_value_of_one_period_alone_is_all_mix() -> None:
    whole = Part(0.4, 100), Part(0.6, 100)
    for only, gained in (((Part(0.9, 20), NONE), 0.2), ((NONE, Part(0.9, 20)), -0.2)):
        by_rate, by_mix = rate_and_mix(only, whole)
        assert (by_rate, by_mix) == pytest.approx((0, gained * 0.4))


def test_the_largest_come_first_up_or_down_and_ties_by_name() -> None:
    changed = summed(b=(1, 3), c=(3, 1), a=(1, 3), d=(0.1 + 0.2, 0.3), big=(9, 0))
    assert changed.largest_first == ["big", "a", "b", "c", "d"]
    row = changed.row(["big"], group="big")
    assert (row.contribution, row.change, row.relative_change) == (9, 9, None)
    assert row.share == pytest.approx(9 / 7)


def test_a_share_of_no_change_is_not_told() -> None:
    changed = summed(a=(3, 1), b=(1, 3))
    assert [changed.row([name]).share for name in "ab"] == [None, None]
    assert changed.in_several is None


def test_where_a_share_rests_on_nothing_nothing_contributes() -> None:
    changed = Changed({"a": (NONE, Part(0.5, 4))}, (NONE, Part(0.5, 4)), averaged=True)
    assert changed.effects == {}
    row = changed.row(["a"], group="a")
    assert (row.now, row.before, row.contribution, row.rate_effect) == (None, 0.5, None, None)
    assert (row.weight, row.weight_before) == (None, 1)


def test_people_of_several_values_make_the_sum_exact() -> None:
    parts = {"a": (Part(5, 5), Part(4, 4)), "b": (Part(4, 4), Part(4, 4))}
    changed = Changed(parts, (Part(6, 6), Part(7, 7)), averaged=False)
    several = changed.in_several
    assert several is not None
    assert (several.now, several.before, several.contribution) == (-3, -1, -2)
    assert several.in_several
    rows = [changed.row([name]) for name in parts]
    assert fsum(row.contribution or 0 for row in [*rows, several]) == 6 - 7
