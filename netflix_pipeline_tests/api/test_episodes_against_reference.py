"""`/series/{id}` answers what the reference makes of the same plays, under every filter."""

import csv
import io
from collections import Counter
from datetime import date, timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest

from api.app import create_app
from netflix_pipeline.serving.questions.episodes import COMPARED
from netflix_pipeline_tests.reference import profiles, series
from netflix_pipeline_tests.reference.clocks import on_clock
from netflix_pipeline_tests.reference.narrowing import KNOWN, Given, narrowed, several
from netflix_pipeline_tests.reference.published import FIRST, LAST, Published
from netflix_pipeline_tests.reference.rows import Row
from netflix_pipeline_tests.support.api import Asking, assert_problem, request

PERIOD = {"from_": FIRST, "to": LAST}
FILTERS = (
    *("country", "device", "plan", "content_type", "genre"),
    *("weekday", "hour", "segment", "cohort", "first_title", "first_country", "first_device"),
)
UNKNOWN = ("funnel_starters", "funnel_share", "furthest")
UNKNOWN_OF_SEASON = ("season_funnel_starters", "season_funnel_share")
NUMBERS = ("plays", "starters", "watchers", "completers", "hours_viewed", "views")
"""What adds up."""


def share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def going_on(ids: list[str], known: Published) -> Row:
    """Who went on after one of some titles, so far."""
    counted = Counter[str]()
    for title_id in ids:
        completers, went_on = profiles.next_episode(title_id, known.plays, known.titles)
        counted.update(completers=len(completers), went_on=len(went_on))
    return {
        "episode_completers": counted["completers"],
        "next_episode_starters": counted["went_on"],
        "next_episode_rate": share(counted["went_on"], counted["completers"]),
    }


def within(told: Any, expected: Row) -> None:
    """All that is expected is told."""
    assert {name: told[name] for name in expected} == pytest.approx(expected)


def assert_series(
    ask: Asking,
    known: Published,
    series_id: str,
    filters: Given,
    period: dict[str, Any],
    zone: str = "UTC",
) -> Any:
    """What is told of a series is what the reference counts."""
    ids = series.of_series(series_id, known.titles)
    own = [play for play in on_clock(known, ZoneInfo(zone)).plays if play.title_id in ids]
    asked = [p for p in narrowed(own, filters) if period["from_"] <= p.day <= period["to"]]
    path = f"/series/{quote(series_id, safe='')}"
    told = ask(path, **period, **filters, at_least=2, tz=zone)
    data = told["data"]
    assert told["filters"] == filters
    within(data["in_period"], series.watching(asked, known.titles))
    within(data["next_episode"], going_on(ids, known))

    of_seasons = series.seasons(series_id, known.titles, known.plays)
    assert [(one["season"], one["episodes"]) for one in data["seasons"]] == [
        (season, len(steps)) for season, steps in of_seasons
    ]
    for one, (_, steps) in zip(data["seasons"], of_seasons, strict=True):
        of_season = [title_id for step in steps for title_id in step]
        plays = [play for play in asked if play.title_id in of_season]
        within(one, series.watching(plays, known.titles) | going_on(of_season, known))

    episodes = [step for _, steps in of_seasons for step in steps]
    assert [one["title_ids"] for one in data["episodes"]] == episodes
    for one, step in zip(data["episodes"], episodes, strict=True):
        first = known.titles[step[0]]
        facts = {name: first[name] for name in ("title_id", "title", "season", "episode")}
        assert {name: one[name] for name in facts} == facts
        plays = [play for play in asked if play.title_id in step]
        within(one, series.watching(plays, known.titles) | going_on(step, known))
    assert_funnel(data, series.funnel(of_seasons, known.titles), asked, known)
    return data


def assert_funnel(data: Any, seasons: series.Seasons, asked: list[Any], known: Published) -> None:
    """Who started the first episode of the series, and of each season, and came how far."""
    steps = [step for _, steps in seasons for step in steps]
    reached = series.reached(steps, asked, known.plays)
    users = [len(some) for some in reached]
    by_episode = {one["title_id"]: one for one in data["episodes"]}
    for at, step in enumerate(steps):
        later = set[str]().union(*reached[at + 1 :])
        expected = (users[at], share(users[at], users[0]), len(reached[at] - later))
        assert tuple(by_episode[step[0]][name] for name in UNKNOWN) == pytest.approx(expected)
    for _, of_season in seasons:
        of_users = list(map(len, series.reached(of_season, asked, known.plays)))
        for step, count in zip(of_season, of_users, strict=True):
            told = tuple(by_episode[step[0]][name] for name in UNKNOWN_OF_SEASON)
            assert told == pytest.approx((count, share(count, of_users[0])))
    for title_id in by_episode.keys() - {step[0] for step in steps}:
        one = by_episode[title_id]
        assert {one[name] for name in (*UNKNOWN, *UNKNOWN_OF_SEASON)} == {None}
    funnel = data["funnel"]
    assert (funnel["episodes"], funnel["at_least"]) == (len(steps), 2)
    assert funnel["starters"] == (users[0] if users else 0)
    losses = [
        (1 - after / before, at)
        for at, (before, after) in enumerate(pairwise(users))
        if before >= 2
    ]
    if not losses:
        assert funnel["worst"] is funnel["best"] is None
        return
    least = min(loss for loss, _ in losses)
    most = max(loss for loss, _ in losses)
    for name, extreme in (("worst", most), ("best", least)):
        at = next(at for loss, at in losses if loss == extreme)
        found = funnel[name]
        assert found["after"]["title_id"] == steps[at][0]
        assert found["before"]["title_id"] == steps[at + 1][0]
        counts = [found[each] for each in ("starters", "next_starters", "loss")]
        assert counts == pytest.approx([users[at], users[at + 1], extreme])


def test_every_series(ask: Asking, known: Published) -> None:
    every = {told["series_key"] for told in known.titles.values() if told["series_key"]}
    assert len(every) > 3
    for series_id in sorted(every):
        data = assert_series(ask, known, series_id, {}, PERIOD)
        for parts in (data["seasons"], data["episodes"]):
            for name in NUMBERS:
                whole = sum(part[name] for part in parts)
                assert data["in_period"][name] == pytest.approx(whole)
        furthest = [one["furthest"] for one in data["episodes"] if one["furthest"] is not None]
        assert sum(furthest) == data["funnel"]["starters"]


@pytest.mark.parametrize(
    "filters",
    [
        {"country": "DE"},
        {"not_device": "mobile"},
        {"weekday": ["2", "6", "7"]},
        {"hour": "18"},
        *several(8, {name: KNOWN[name] for name in FILTERS}),
    ],
    ids=str,
)
def test_a_series_under_every_filter_and_in_a_part_of_the_days(
    ask: Asking, known: Published, filters: Given
) -> None:
    played = Counter(known.titles[play.title_id]["series_key"] for play in known.plays)
    most = [series_id for series_id, _ in played.most_common(3) if series_id][:2]
    for series_id in ("opus", "saga", *most):
        part = {"from_": FIRST, "to": LAST - timedelta(days=14)}
        assert_series(ask, known, series_id, filters, part)
    of_day = {"from_": date(2025, 10, 21), "to": date(2025, 10, 22)}
    for zone in ("Europe/Berlin", "Pacific/Apia"):
        assert_series(ask, known, "opus", filters, part, zone)
        assert_series(ask, known, "saga", filters, of_day, zone)


SIDES: dict[str, tuple[tuple[date, date], Given]] = {
    "previous": ((date(2025, 9, 30), date(2025, 10, 20)), {}),
    "2025-10-14..2025-10-19": ((date(2025, 10, 14), date(2025, 10, 19)), {}),
    "country:DE": ((date(2025, 10, 21), LAST), {"country": "DE"}),
    "not_device:mobile": ((date(2025, 10, 21), LAST), {"not_device": "mobile"}),
    "cohort:2025-10-13": ((date(2025, 10, 21), LAST), {"cohort": "2025-10-13"}),
}
"""The days of the other side of the last three weeks, and the filter that is another there."""


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Apia"])
@pytest.mark.parametrize("compare", SIDES)
def test_seasons_and_episodes_beside_what_they_were_on_the_other_side(
    ask: Asking, known: Published, compare: str, zone: str
) -> None:
    (first, last), instead = SIDES[compare]
    here = on_clock(known, ZoneInfo(zone)).plays
    some: list[Given] = [{}, {"country": ["DE", "US"]}, {"not_device": ["tablet", "mobile"]}]
    differ = 0
    for at, metric in enumerate(COMPARED):
        filters = some[at % len(some)]
        kept = {n: v for n, v in filters.items() if not {n, f"not_{n}", n[4:]} & instead.keys()}
        there = [p for p in narrowed(here, {**kept, **instead}) if first <= p.day <= last]
        for series_id in ("opus", "saga"):
            about = {"from_": date(2025, 10, 21), "to": LAST, "tz": zone}
            path = f"/series/{series_id}"
            data = ask(path, **about, **filters, compare=compare, metric=metric)["data"]
            beside = data["compared_with"]
            assert (beside["metric"], beside["by"]) == (metric, compare)
            assert beside["period"] == {"from": str(first), "to": str(last)}
            of_seasons = series.seasons(series_id, known.titles, known.plays)
            steps = [step for _, steps in of_seasons for step in steps]
            seasons = [[one for step in steps for one in step] for _, steps in of_seasons]
            for ids, row in (
                *zip(seasons, data["seasons"], strict=True),
                *zip(steps, data["episodes"], strict=True),
            ):
                plays = [play for play in there if play.title_id in ids]
                was = series.watching(plays, known.titles)[metric]
                assert row.get("compared") == (None if was is None else pytest.approx(was))
                now = row[metric]
                change = None if None in (now, was) else pytest.approx(now - was, abs=1e-9)
                assert row.get("change") == change
                differ += now != was
    assert differ


def test_a_series_is_compared_with_itself_and_by_a_number_of_the_period(
    ask: Asking, known: Published
) -> None:
    plain = ask("/series/opus", **PERIOD)["data"]
    assert "compared_with" not in plain
    assert not {"compared", "change"} & {*plain["seasons"][0], *plain["episodes"][0]}
    app = create_app(known.settings)
    for compare in ("title:saga-1", "not_season:saga:S1", "series:saga"):
        answer = request(app, f"/v1/series/opus?compare={compare}")
        problem = assert_problem(answer, 422, "filter-not-taken")
        assert [one["field"] for one in problem["errors"]] == ["query.compare"]
    asked = f"/v1/series/opus?from={FIRST}&to={LAST}&metric=plays&format=csv"
    rows, beside = (
        [*csv.reader(io.StringIO(request(app, asked + more).text, newline=""))]
        for more in ("", f"&compare={FIRST}..{LAST}")
    )
    assert beside[0] == [*rows[0], "compared", "change"]
    plays = rows[0].index("plays")
    assert [row[-2:] for row in beside[1:]] == [[row[plays], "0"] for row in rows[1:]]


def test_a_series_with_whatever_one_can_have(ask: Asking) -> None:
    """By hand: two titles of one episode, unknown numbers and seasons, specials."""
    data = ask("/series/opus", **PERIOD, at_least=1)["data"]
    assert (data["title"], data["described"]) == (None, False)
    assert [season["season"] for season in data["seasons"]] == [1, 2, None, 0]
    assert [
        (one["title_id"], one["funnel_starters"], one["furthest"]) for one in data["episodes"]
    ] == [
        ("opus-1", 4, 1),
        ("opus-2", 3, 2),
        ("opus-10", 1, 0),
        ("opus-x", None, None),
        ("opus-21", 1, 1),
        ("opus-n", None, None),
        ("opus-s", None, None),
    ]
    assert [one["viewers"] for one in data["episodes"]][:2] == [4, 4]
    of_season = [one["season_funnel_starters"] for one in data["episodes"]]
    assert of_season == [4, 3, 1, None, 2, None, None]
    worst, best = data["funnel"]["worst"], data["funnel"]["best"]
    assert (worst["after"]["title_id"], worst["loss"]) == ("opus-2", pytest.approx(2 / 3))
    assert (best["after"]["title_id"], best["loss"]) == ("opus-10", 0)
    few = ask("/series/opus", **PERIOD)["data"]["funnel"]
    assert (few["at_least"], few["worst"], few["best"]) == (50, None, None)


def test_the_table_of_a_series_has_a_row_for_each_episode(known: Published) -> None:
    app = create_app(known.settings)
    head, first, *rows = request(app, "/v1/series/opus?format=csv").text.splitlines()
    assert head.startswith("season,episode,title_id,title,title_ids,plays,")
    assert first.startswith("1,1,opus-1,Uno,opus-1; opus-1b,")
    assert len(rows) == 6
