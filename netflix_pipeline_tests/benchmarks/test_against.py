"""Two sides are measured in turns, and their figures compared pair by pair."""

from contextlib import nullcontext

from benchmarks.against.case import Case, Compared, compared, in_turns
from benchmarks.against.sides import Side


def test_every_other_pair_begins_with_the_other_side() -> None:
    asked: list[str] = []

    def measuring(name: str) -> dict[str, float]:
        asked.append(name)
        return {"ms": len(asked)}

    start, now = in_turns([lambda: measuring("start"), lambda: measuring("now")], 3)
    assert asked == ["start", "now", "now", "start", "start", "now"]
    assert [one["ms"] for one in start] == [1, 4, 5]
    assert [one["ms"] for one in now] == [2, 3, 6]


def test_a_figure_is_compared_within_its_pair() -> None:
    def opened(_: Side) -> nullcontext[object]:
        raise AssertionError

    case = Case(
        "two",
        opened,  # type: ignore[arg-type]  # nothing is measured here
        goals={"all: ms": "≤ 0.5", "some: ms": "≤ 0.9"},
        beside={"some: ms": "all: ms"},
    )
    # The machine was half as fast in the second pair.
    start = [{"all: ms": 10, "some: ms": 40}, {"all: ms": 20, "some: ms": 80}]
    now = [{"all: ms": 5, "some: ms": 8}, {"all: ms": 10, "some: ms": 16}]
    whole, part = compared(case, start, now)
    assert whole == Compared("all: ms", 15, 7.5, 0.5, "≤ 0.5")
    assert part == Compared("some: ms", 15, 12, 0.8, "≤ 0.9")
