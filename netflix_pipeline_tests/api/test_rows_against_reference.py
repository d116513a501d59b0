"""`/plays` has exactly the reference's plays, in its order, under every filter."""

from collections.abc import Callable
from typing import Any

import pytest

from netflix_pipeline_tests.reference.narrowing import (
    FILTERS,
    Given,
    combinations,
    each_alone,
    narrowed,
    several,
)
from netflix_pipeline_tests.reference.plays import Play
from netflix_pipeline_tests.reference.published import FIRST, LAST, Published
from netflix_pipeline_tests.support.api import Asking

OF: dict[str, Callable[[Play], bool]] = {
    "plays": lambda _: True,
    "starters": lambda play: play.starter,
    "watchers": lambda play: play.watcher,
    "completers": lambda play: play.completer,
    "plays_without_duration": lambda play: play.watch_seconds is None,
    "starters_without_reach": lambda play: play.starter and play.reached is None,
}
PERIOD = {"from_": FIRST, "to": LAST}
SHOWN = (
    "user_id",
    "title_id",
    "time_precision",
    "events",
    "reached",
    "starter",
    "watcher",
    "completer",
    "quality",
    *FILTERS[:5],
)


def row(play: Play) -> dict[str, Any]:
    at = play.started_at.isoformat().replace("+00:00", "Z")
    seconds = None if play.watch_seconds is None else pytest.approx(play.watch_seconds)
    told = {name: getattr(play, name) for name in SHOWN}
    return told | {"started_at": at, "watch_seconds": seconds}


def place(told: dict[str, Any]) -> tuple[str, str, str]:
    return told["started_at"], told["user_id"], told["title_id"]


@pytest.mark.parametrize("of", OF)
def test_a_count_has_exactly_its_rows(ask: Asking, known: Published, of: str) -> None:
    expected = [play for play in known.plays if FIRST <= play.day <= LAST and OF[of](play)]
    pages = ask.pages("/plays", **PERIOD, of=of, limit=97)
    found = [play for page in pages for play in page["data"]]
    assert len(found) == len(expected) > 10
    starts = [play["started_at"] for play in found]
    assert starts == sorted(starts, reverse=True)
    wanted = sorted(map(row, expected), key=place)
    assert [{name: play[name] for name in wanted[0]} for play in sorted(found, key=place)] == wanted


@pytest.mark.parametrize("filters", [*each_alone(), *combinations(12), *several(16)], ids=str)
def test_filters_keep_exactly_their_plays(ask: Asking, known: Published, filters: Given) -> None:
    expected = [play for play in narrowed(known.plays, filters) if FIRST <= play.day <= LAST]
    pages = list(ask.pages("/plays", **PERIOD, **filters, limit=200))
    found = [play for page in pages for play in page["data"]]
    assert sorted((play["user_id"], play["started_at"]) for play in found) == sorted(
        (play.user_id, row(play)["started_at"]) for play in expected
    )
    assert all(page["filters"] == filters for page in pages)


def test_every_hour_of_a_week_has_exactly_the_rows_that_it_counts(
    ask: Asking, known: Published
) -> None:
    cells = ask("/analytics/heatmap", **PERIOD)["data"]["cells"]
    inside = [play for play in known.plays if FIRST <= play.day <= LAST]
    for cell in cells:
        weekday, hour = cell["weekday"], cell["hour"]
        told = ask("/plays", **PERIOD, weekday=weekday, hour=hour, limit=500)
        assert told["filters"] == {"weekday": str(weekday), "hour": str(hour)}
        expected = sorted(
            row(play)["started_at"]
            for play in inside
            if play.time_precision == "second"
            and (play.started_at.isoweekday(), play.started_at.hour) == (weekday, hour)
        )
        assert len(expected) == cell["plays"]
        assert sorted(play["started_at"] for play in told["data"]) == expected
    for weekday in range(1, 8):  # also those of which only the day is known
        pages = ask.pages("/plays", **PERIOD, weekday=weekday, device="mobile", limit=11)
        found = [play["started_at"] for page in pages for play in page["data"]]
        of_day = [play for play in inside if play.started_at.isoweekday() == weekday]
        assert sorted(found) == sorted(
            row(play)["started_at"] for play in of_day if play.device == "mobile"
        )
