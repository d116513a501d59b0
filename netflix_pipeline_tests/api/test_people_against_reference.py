"""Viewing by groups of people equals what plain loops over the reference's plays say."""

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from api.app import create_app
from netflix_pipeline_tests.reference import daily, profiles
from netflix_pipeline_tests.reference.narrowing import Given, narrowed, several
from netflix_pipeline_tests.reference.plays import Play
from netflix_pipeline_tests.reference.published import FIRST, LAST, Published
from netflix_pipeline_tests.reference.rows import grouped, monday, total
from netflix_pipeline_tests.support.api import Asking, request

WEEK = timedelta(days=7)
DAYS = (FIRST + timedelta(days=3), LAST - timedelta(days=5))
"""Neither begins nor ends with a week."""

GroupOf = Callable[[Play], str]


def by_segment(known: Published) -> GroupOf:
    told = profiles.user_profile(known.plays)
    segments = {row["user_id"]: row["segment"] for row in told}
    return lambda play: str(segments[play.user_id])


def by_lifecycle(known: Published) -> GroupOf:
    weeks: dict[str, set[date]] = {}
    for play in known.plays:
        weeks.setdefault(play.user_id, set()).add(monday(play.day))

    def status(play: Play) -> str:
        week, own = monday(play.day), weeks[play.user_id]
        if min(own) == week:
            return "new"
        return "returning" if week - WEEK in own else "resurrected"

    return status


def by_first(known: Published, name: str) -> GroupOf:
    first = profiles.begun_with(known.plays, name)
    return lambda play: first[play.user_id]


def groupings(known: Published) -> dict[str, GroupOf]:
    return {
        "segment": by_segment(known),
        "lifecycle": by_lifecycle(known),
        "first_title": by_first(known, "series"),
        "first_country": by_first(known, "country"),
        "first_device": by_first(known, "device"),
    }


def watching(plays: list[Play]) -> dict[str, Any]:
    rate = daily.completion_rate(plays)
    return {
        "people": len({play.user_id for play in plays}),
        "plays": len(plays),
        "starters": sum(play.starter for play in plays),
        "hours_viewed": pytest.approx(hours(plays)),
        "viewers": len({play.user_id for play in plays if play.starter}),
        "completion_rate": None if rate is None else pytest.approx(rate),
    }


def hours(plays: list[Play]) -> float:
    return total(play.watch_seconds for play in plays) / 3600


@pytest.mark.parametrize("top", [2, 20])
@pytest.mark.parametrize(
    "by", ["segment", "lifecycle", "first_title", "first_country", "first_device"]
)
def test_groups_of_people(ask: Asking, known: Published, by: str, top: int) -> None:
    group_of = groupings(known)[by]
    first, last = DAYS
    tried: list[Given] = [{}, *several(6), {"country": "XX"}]
    for filters in tried:
        plays = [play for play in narrowed(known.plays, filters) if first <= play.day <= last]
        data = ask("/analytics/people", by=by, top=top, from_=first, to=last, **filters)["data"]
        assert data["totals"] == watching(plays)
        groups = grouped(plays, group_of)
        ranked = sorted(groups, key=lambda name: (-hours(groups[name]), -len(groups[name]), name))
        assert data["group_count"] == len(groups)
        told = data["groups"]
        assert [one["group"] for one in told if not one["rest"]] == ranked[:top]
        for one in told:
            own = (
                groups[one["group"]]
                if one["group"] is not None
                else [play for name in ranked[top:] for play in groups[name]]
            )
            share = hours(own) / hours(plays) if hours(plays) else None
            assert {name: one[name] for name in data["totals"]} == watching(own)
            assert one["share_of_hours"] == (None if share is None else pytest.approx(share))
        assert sum(one["plays"] for one in told) == len(plays)
        assert [one["rest"] for one in told].count(True) == (len(groups) > top)


SIDES: dict[str, tuple[tuple[date, date], Given]] = {
    "previous": ((DAYS[0] - 5 * WEEK, DAYS[1] - 5 * WEEK), {}),
    "2025-10-05..2025-10-19": ((date(2025, 10, 5), date(2025, 10, 19)), {}),
    "country:DE": (DAYS, {"country": "DE"}),
    "not_segment:casual": (DAYS, {"not_segment": "casual"}),
}
"""The days of the other side, and the filter that takes the place of its own there."""


@pytest.mark.parametrize("compare", SIDES)
@pytest.mark.parametrize(
    "by", ["segment", "lifecycle", "first_title", "first_country", "first_device"]
)
def test_each_group_beside_the_same_one_on_the_other_side(
    ask: Asking, known: Published, by: str, compare: str
) -> None:
    group_of = groupings(known)[by]
    (first, last), instead = SIDES[compare]
    tried: list[tuple[int, Given]] = [
        (2, {}),
        (20, {"not_device": "mobile"}),
        (3, {"country": ["DE", "US"], "segment": ["at_risk", "regular"]}),
    ]
    about = {"by": by, "from_": DAYS[0], "to": DAYS[1], "compare": compare}
    for top, filters in tried:
        kept = {n: v for n, v in filters.items() if not {n, f"not_{n}", n[4:]} & instead.keys()}
        there = narrowed(known.plays, {**kept, **instead})
        before = grouped([play for play in there if first <= play.day <= last], group_of)
        data = ask("/analytics/people", top=top, **about, **filters)["data"]
        beside = data["compared_with"]
        assert (beside["metric"], beside["by"]) == ("hours_viewed", compare)
        assert beside["period"] == {"from": str(first), "to": str(last)}
        leading = {one["group"] for one in data["groups"]}
        for one in data["groups"]:
            own = [
                play
                for group, plays in before.items()
                if (group not in leading if one["rest"] else group == one["group"])
                for play in plays
            ]
            assert one["compared"] == pytest.approx(hours(own), rel=1e-9, abs=1e-12)
            change = one["hours_viewed"] - hours(own)
            assert one["change"] == pytest.approx(change, rel=1e-9, abs=1e-9)


def test_tables_of_groups_have_columns_more_only_where_they_are_compared(
    known: Published,
) -> None:
    app = create_app(known.settings)
    asked = f"/v1/analytics/people?by=first_device&from={FIRST}&to={LAST}&top=2&format=csv"
    plain, beside = (
        [*csv.reader(io.StringIO(request(app, asked + more).text, newline=""))]
        for more in ("", f"&compare={FIRST}..{LAST}")
    )
    assert beside[0] == [*plain[0], "compared", "change"]
    hours_viewed = plain[0].index("hours_viewed")
    for row, told in zip(plain[1:], beside[1:], strict=True):
        assert told[:-2] == row
        was, change = map(float, told[-2:])
        assert was == pytest.approx(float(row[hours_viewed]))
        assert change == pytest.approx(0, abs=1e-9)


def test_a_series_has_its_name(ask: Asking, known: Published) -> None:
    data = ask("/analytics/people", by="first_title", top=20, from_=FIRST, to=LAST)["data"]
    for one in data["groups"]:
        about = known.titles.get(one["group"] or "")
        assert one["name"] == (about["title"] if about else None)
