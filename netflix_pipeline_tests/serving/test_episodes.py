"""The order of a series' episodes, which of them are gone through, and where most are lost."""

import pytest

from netflix_pipeline.serving.questions.episodes import breaks, funnel_of, in_order

Number = tuple[int | None, int | None]


def placed(*numbers: Number) -> tuple[list[Number], list[Number]]:
    """The numbers of titles as they are in order, and of those that are gone through."""
    members = [
        {"title_id": f"t-{at}", "season": season, "episode": episode}
        for at, (season, episode) in enumerate(numbers)
    ]
    places = in_order(reversed(members))
    told = (
        [(place.season, place.episode) for place in some] for some in (places, funnel_of(places))
    )
    every, steps = told
    return every, steps


def test_episodes_are_in_the_order_in_which_they_are_watched() -> None:
    every, steps = placed((2, 1), (1, 10), (0, 1), (1, 2), (None, 1), (1, None), (1, 1), (1, 11))
    assert steps == [(1, 1), (1, 2), (1, 10), (1, 11), (2, 1)]
    assert every == [*steps[:4], (1, None), (2, 1), (None, 1), (0, 1)]


def test_without_seasons_numbers_are_the_order() -> None:
    every, steps = placed((None, 3), (None, None), (None, 1), (0, 2))
    assert every == [(None, 1), (None, 3), (None, None), (0, 2)]
    assert steps == [(None, 1), (None, 3)]


def test_titles_of_one_number_are_one_episode_and_of_none_are_several() -> None:
    every, _ = placed((1, 1), (1, None), (1, 1), (1, None))
    assert every == [(1, 1), (1, None), (1, None)]


@pytest.mark.parametrize(
    ("reached", "at_least", "expected"),
    [
        ([], 1, None),
        ([100], 1, None),
        ([100, 50, 45, 10], 50, (0, 1)),
        ([100, 50, 45, 10], 1, (2, 1)),
        ([100, 50, 25], 1, (0, 0)),
        ([100, 120, 60], 1, (1, 0)),
        ([49, 10], 50, None),
        ([60, 0, 0], 1, (0, 0)),
    ],
)
def test_the_steps_that_lose_most_and_least_are_those_with_enough_users(
    reached: list[int], at_least: int, expected: tuple[int, int] | None
) -> None:
    assert breaks(reached, at_least) == expected
