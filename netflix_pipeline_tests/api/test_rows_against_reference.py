"""The rows behind numbers are exactly the reference's, under every filter."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import pytest

from netflix_pipeline_tests.reference.daily import term
from netflix_pipeline_tests.reference.narrowing import (
    FILTERS,
    KNOWN,
    Given,
    combinations,
    each_alone,
    narrowed,
    several,
)
from netflix_pipeline_tests.reference.plays import Play
from netflix_pipeline_tests.reference.published import FIRST, LAST, Published
from netflix_pipeline_tests.reference.rows import Row
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


SEARCHED: dict[str, Callable[[Row], bool]] = {
    "searches": lambda _: True,
    "clicked": lambda row: row["clicked_position"] is not None,
    "not_found": lambda row: bool(row["results_count"] == 0),
    "without_click": lambda row: row["clicked_position"] is None,
}
RECOMMENDED: dict[str, Callable[[Row], bool]] = {
    "shown": lambda _: True,
    "clicked": lambda row: bool(row["clicked"]),
    "not_clicked": lambda row: not row["clicked"],
}
INTERACTIONS: list[tuple[str, str, Given]] = [
    (path, of, filters)
    for path, counts, values in (
        ("/searches", SEARCHED, {name: KNOWN[name] for name in ("country", "device")}),
        (
            "/recommendations",
            RECOMMENDED,
            {"device": KNOWN["device"], "algorithm": ("similar_taste", "unknown")},
        ),
    )
    for of in counts
    for filters in ({}, *several(5, values))
]


def interactions(known: Published, path: str, of: str, filters: Given) -> list[Row]:
    """The reference's rows behind a count of the period."""
    whole, counts = known.searches, SEARCHED
    if path == "/recommendations":
        whole, counts = known.recommendations, RECOMMENDED
    rows = (row for row in narrowed(whole, filters) if FIRST <= row["event_time"].date() <= LAST)
    return [row for row in rows if counts[of](row)]


def told_of(row: Row, names: Iterable[str]) -> tuple[str, ...]:
    """What an answer says of a row, in text: some of it may be null, and all of it is sorted."""
    at = row["event_time"]
    when = at if isinstance(at, str) else at.isoformat().replace("+00:00", "Z")
    return (when, *(repr(row[name]) for name in names))


@pytest.mark.parametrize(("path", "of", "filters"), INTERACTIONS, ids=str)
def test_a_count_of_interactions_has_exactly_its_rows_newest_first(
    ask: Asking, known: Published, path: str, of: str, filters: Given
) -> None:
    pages = list(ask.pages(path, **PERIOD, **filters, of=of, limit=37))
    found = [row for page in pages for row in page["data"]]
    expected = interactions(known, path, of, filters)
    names = found[0].keys() - {"event_date", "event_time", "title"} if found else set()
    assert sorted(told_of(row, sorted(names)) for row in found) == sorted(
        told_of(row, sorted(names)) for row in expected
    )
    moments = [datetime.fromisoformat(row["event_time"]) for row in found]
    assert moments == sorted(moments, reverse=True)
    assert all(page["filters"] == filters for page in pages)
    if path == "/recommendations":
        titles = {row["title_id"]: row["title"] for row in found}
        assert titles == {name: known.titles[name]["title"] for name in titles}


def test_the_rows_behind_a_term_are_all_that_are_counted_as_it(
    ask: Asking, known: Published
) -> None:
    terms = {term(row["query"]) for row in known.searches} - {""}
    rare = min(terms - {"café", "strasse"}, key=lambda one: (len(one), one))
    for asked, filters in (("CAFÉ ", {}), ("strasse", {"not_device": "mobile"}), (rare, {})):
        pages = list(ask.pages("/searches", **PERIOD, **filters, term=asked, limit=7))
        found = [row for page in pages for row in page["data"]]
        rows = interactions(known, "/searches", "searches", filters)
        expected = [row for row in rows if term(row["query"]) == term(asked)]
        assert sorted(told_of(row, ("user_id", "query")) for row in found) == sorted(
            told_of(row, ("user_id", "query")) for row in expected
        )
        assert pages[0]["filters"] == {**filters, "term": asked}
    assert ask("/searches", **PERIOD, term="what nobody looks for")["data"] == []
