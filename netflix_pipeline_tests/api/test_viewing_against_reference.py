"""How a person and a household watched equals the reference's, ever and in a period."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from itertools import product
from typing import Any
from urllib.parse import quote

import pytest

from netflix_pipeline.serving import PersonFound, Queries, Snapshots
from netflix_pipeline_tests.api.conftest import Asking
from netflix_pipeline_tests.reference import daily
from netflix_pipeline_tests.reference.plays import Play
from netflix_pipeline_tests.reference.published import FIRST, LAST, Published
from netflix_pipeline_tests.reference.rows import Row, grouped
from netflix_pipeline_tests.reference.sittings import Sitting

COUNTS = ("plays", "starters", "plays_without_duration")
HOUSEHOLD = ("odd/Ann", "odd/Zoë/2")
TOP = 3


def watched(plays: list[Play]) -> Row:
    told = daily.measures(plays)
    hours = pytest.approx(told["watch_seconds"] / 3600)
    return {**{name: told[name] for name in COUNTS}, "hours_viewed": hours}


def exactly(value: Any) -> float:
    return float(getattr(value, "expected", value))


def varied(plays: list[Play], titles: dict[str, Row]) -> Row:
    episodes = {
        play.title_id
        for play in plays
        if titles[play.title_id]["series_key"] not in (None, play.title_id)
    }
    return {
        **watched(plays),
        "titles": len({key(play.title_id, titles) for play in plays}),
        "episodes_played": len(episodes),
    }


def furthest(plays: list[Play], of: str, titles: dict[str, Row]) -> Row:
    reached = max(
        (
            (titles[play.title_id]["season"] or 0, titles[play.title_id]["episode"] or 0)
            for play in plays
            if play.title_id != of
        ),
        default=(0, 0),
    )
    return {"season": reached[0] or None, "episode": reached[1] or None}


def key(title_id: str, titles: dict[str, Row]) -> str:
    return str(titles[title_id]["series_key"] or title_id)


def span(plays: list[Play]) -> Row:
    days = [play.day for play in plays]
    return {
        "first_day": str(min(days)) if days else None,
        "last_day": str(max(days)) if days else None,
    }


def in_period(plays: list[Play], sat: list[Sitting], titles: dict[str, Row]) -> Row:
    binges = sum(one.binge for one in sat)
    minutes = sum(one.watch_seconds for one in sat) / 60
    return {
        **varied(plays, titles),
        **span(plays),
        "active_days": len({play.day for play in plays}),
        "sittings": len(sat),
        "binge_sittings": binges,
        "binge_rate": pytest.approx(binges / len(sat)) if sat else None,
        "avg_sitting_minutes": pytest.approx(minutes / len(sat)) if sat else None,
    }


def favourites(plays: list[Play], titles: dict[str, Row], *, series: bool) -> list[Row]:
    groups = grouped(plays, lambda play: key(play.title_id, titles))
    found = []
    for of, group in groups.items():
        if (titles[group[0].title_id]["series_key"] is not None) != series:
            continue
        episodes = {play.title_id for play in group if play.starter and play.title_id != of}
        found.append(
            {
                "title_id": of,
                "title": titles[of]["title"] if of in titles else None,
                "episodes": len(episodes) or None,
                "episodes_played": len({play.title_id for play in group} - {of}) or None,
                **furthest(group, of, titles),
                "last_day": str(max(play.day for play in group)),
                **watched(group),
            }
        )
    return found


def episodes_in(sitting: Sitting, plays: list[Play], titles: dict[str, Row]) -> int:
    """The most different episodes of one series that were started in a sitting."""
    own = [
        titles[play.title_id]
        for play in plays
        if play.user_id == sitting.user_id
        and play.time_precision == "second"
        and play.starter
        and sitting.started_at <= play.started_at <= sitting.ended_at
    ]
    counted: Counter[str] = Counter()
    for of, group in grouped(own, lambda title: title["series_key"]).items():
        if of is not None:
            known = {(one["season"], one["episode"]) for one in group if one["episode"] is not None}
            counted[of] = len(known) + sum(one["episode"] is None for one in group)
    return max(counted.values())


def assert_viewing(told: Any, known: Published, people: tuple[str, ...], days: Any) -> int:
    """The answer is what the reference's plays of these people tell; gives the binges seen."""
    data = told["data"]
    ever = [play for play in known.plays if play.user_id in people]
    plays = [play for play in ever if days[0] <= play.day <= days[1]]
    sat = [one for one in known.sittings if one.user_id in people and days[0] <= one.day <= days[1]]
    assert {name: data[name] for name in ("first_day", "last_day")} == span(ever)
    assert data["in_period"] == in_period(plays, sat, known.titles)
    by_day = grouped(plays, lambda play: play.day)
    assert data["days"] == [
        {"day": str(day), **varied(by_day[day], known.titles)} for day in sorted(by_day)
    ]
    by_month = grouped(plays, lambda play: play.day.replace(day=1))
    assert data["months"] == [
        {
            "month": str(month),
            "active_days": len({play.day for play in by_month[month]}),
            **varied(by_month[month], known.titles),
        }
        for month in sorted(by_month)
    ]
    without = sum(play.watch_seconds is None for play in ever)
    measure = data["measure"]
    assert measure == ("plays" if 2 * without > len(ever) else "hours_viewed")
    years = grouped(ever, lambda play: play.day.year)
    wanted_years = range(min(years), max(years) + 1) if years else ()
    assert data["years"] == [
        {
            "year": year,
            "active_days": len({play.day for play in years.get(year, [])}),
            **watched(years.get(year, [])),
        }
        for year in wanted_years
    ]
    assert {one["user_id"] for one in data["people"]} == set(people)
    for one in data["people"]:
        own = [play for play in ever if play.user_id == one["user_id"]]
        inside = [play for play in plays if play.user_id == one["user_id"]]
        assert one == {"user_id": one["user_id"], **span(own), **watched(inside)}
    by_device = grouped(plays, lambda play: play.device)
    assert {one["device"]: one for one in data["devices"]} == {
        device: {"device": device, **watched(group)} for device, group in by_device.items()
    }
    timed = [play for play in plays if play.time_precision == "second"]
    cells = grouped(timed, lambda play: (play.started_at.isoweekday(), play.started_at.hour))
    assert data["plays_without_time"] == len(plays) - len(timed)
    assert data["hours_of_week"] == [
        {
            "weekday": at[0],
            "hour": at[1],
            **{name: watched(cells.get(at, []))[name] for name in ("plays", "hours_viewed")},
        }
        for at in product(range(1, 8), range(24))
    ]
    for name, series in (("series", True), ("films", False)):
        wanted = {row["title_id"]: row for row in favourites(plays, known.titles, series=series)}
        listed = data[name]
        assert len(listed) == min(TOP, len(wanted))
        assert listed == [wanted[one["title_id"]] for one in listed]
        most = sorted((exactly(row[measure]) for row in wanted.values()), reverse=True)
        assert [one[measure] for one in listed] == [pytest.approx(each) for each in most[:TOP]]
    binges = {(one.user_id, one.started_at): one for one in sat if one.binge}
    assert len(data["binges"]) == min(TOP, len(binges))
    for one in data["binges"]:
        sitting = binges[one["user_id"], datetime.fromisoformat(one["started_at"])]
        assert datetime.fromisoformat(one["ended_at"]) == sitting.ended_at
        assert one["plays"] == sitting.plays
        assert one["hours_viewed"] == pytest.approx(sitting.watch_seconds / 3600)
        assert one["episodes"] == episodes_in(sitting, known.plays, known.titles)
    hours = sorted((one.watch_seconds / 3600 for one in binges.values()), reverse=True)
    assert [one["hours_viewed"] for one in data["binges"]] == [
        pytest.approx(each) for each in hours[:TOP]
    ]
    newest = sorted((play.started_at for play in plays), reverse=True)[:10]
    assert [datetime.fromisoformat(one["started_at"]) for one in data["recent_plays"]] == newest
    return len(binges)


def test_every_persons_viewing(ask: Asking, known: Published) -> None:
    seen = 0
    for user_id in known.users:
        path = f"/users/{quote(user_id, safe='')}/viewing"
        own = [play.day for play in known.plays if play.user_id == user_id]
        ever = ask(path, top=TOP)
        days = (min(own), max(own)) if own else None
        assert ever["period"] == (days and {"from": str(days[0]), "to": str(days[1])})
        seen += assert_viewing(ever, known, (user_id,), days or (date.min, date.min))
        some = ask(path, from_=FIRST, to=LAST, top=TOP)
        assert_viewing(some, known, (user_id,), (FIRST, LAST))
    assert seen > 3


def test_a_households_viewing_and_plays(ask: Asking, known: Published) -> None:
    whole = (date(2025, 10, 5), date(2025, 10, 7))
    assert_viewing(ask("/households/odd/viewing", top=TOP), known, HOUSEHOLD, whole)
    day = date(2025, 10, 6)
    assert_viewing(
        ask("/households/odd/viewing", from_=day, to=day, top=TOP), known, HOUSEHOLD, (day, day)
    )
    pages = ask.pages("/households/odd/history", limit=1)
    plays = [play for page in pages for play in page["data"]]
    wanted = [play for play in known.plays if play.user_id in HOUSEHOLD]
    assert [datetime.fromisoformat(play["started_at"]) for play in plays] == sorted(
        (play.started_at for play in wanted), reverse=True
    )
    assert {play["user_id"] for play in plays} == set(HOUSEHOLD)


def test_people_are_found_by_a_part_of_their_id(known: Published) -> None:
    find = Queries(Snapshots(known.settings.serving)).people
    told = find().data
    profiles = tuple(PersonFound(user_id=one, household="odd") for one in HOUSEHOLD)
    assert (told.people, told.more) == (profiles, False)
    assert find("ZOE").data.people == profiles[1:]
    fits = sorted(one for one in known.users if "odd" in one.lower() and one not in HOUSEHOLD)
    found = find("odd").data
    assert [one.user_id for one in found.people] == [*HOUSEHOLD, *fits]
    assert {one.household for one in found.people[2:]} == {None}
    some = find("odd", 3).data
    assert (some.people, some.more) == (found.people[:3], True)
    assert find("%").data.people == ()
