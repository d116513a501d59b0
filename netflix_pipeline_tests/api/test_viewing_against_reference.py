"""How a person and a household watched equals the reference's, ever and in a period."""

from datetime import UTC, date, datetime
from itertools import product
from typing import Any
from urllib.parse import quote

import pytest

from netflix_pipeline.serving import Answer, Snapshots
from netflix_pipeline.serving.questions.user import PeopleFound, PeopleQuestion, PersonFound
from netflix_pipeline_tests.reference import daily
from netflix_pipeline_tests.reference.plays import Play
from netflix_pipeline_tests.reference.published import FIRST, LAST, Published
from netflix_pipeline_tests.reference.rows import Row, grouped
from netflix_pipeline_tests.reference.sittings import Sitting
from netflix_pipeline_tests.support.api import Asking

COUNTS = ("plays", "starters", "plays_without_duration")
HOUSEHOLD = ("odd/Ann", "odd/Zoë/2")
TOP = 3
HOURS_OF_WEEK = tuple(product(range(1, 8), range(24)))


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


def is_episode(title: Row, series: str) -> bool:
    """Whether a title is an episode, and not the series itself."""
    return title["series_key"] is not None and (
        title["title_id"] != series or title["episode"] is not None
    )


def number(title: Row) -> tuple[Any, ...]:
    """What tells episodes apart: season and number, else the title."""
    if title["episode"] is None:
        return (title["title_id"],)
    return title["season"], title["episode"]


def favourites(plays: list[Play], titles: dict[str, Row], *, series: bool) -> list[Row]:
    groups = grouped(plays, lambda play: key(play.title_id, titles))
    found = []
    for of, group in groups.items():
        if (titles[group[0].title_id]["series_key"] is not None) != series:
            continue
        known = [play for play in group if is_episode(titles[play.title_id], of)]
        started = {number(titles[play.title_id]) for play in known if play.starter}
        found.append(
            {
                "title_id": of,
                "title": titles[of]["title"] if of in titles else None,
                "episodes": len(started) if known else None,
                "episodes_played": len({play.title_id for play in group} - {of}) or None,
                **furthest(group, of, titles),
                "last_day": str(max(play.day for play in group)),
                **watched(group),
            }
        )
    return found


def binge(sitting: Sitting, plays: list[Play], titles: dict[str, Row]) -> tuple[str, int, float]:
    """The series with most episodes that were started in a sitting, how many, and its hours."""
    own = [
        play
        for play in plays
        if play.user_id == sitting.user_id
        and play.time_precision == "second"
        and sitting.started_at <= play.started_at <= sitting.ended_at
    ]
    told = []
    for series, group in grouped(own, lambda play: titles[play.title_id]["series_key"]).items():
        started = [titles[play.title_id] for play in group if play.starter]
        known = {number(one) for one in started if one["episode"] is not None}
        count = len(known) + sum(one["episode"] is None for one in started)
        if series is not None:
            told.append((-count, series, hours_alone(group)))
    count, series, hours = min(told)
    return series, -count, hours


def hours_alone(plays: list[Play]) -> float:
    """Hours of plays, in the order of their starts, each for what it adds to those before it."""
    seconds, past = 0.0, datetime.min.replace(tzinfo=UTC)
    known = [play for play in plays if play.watch_seconds is not None]
    for play in sorted(known, key=lambda play: (play.started_at, play.title_id)):
        added = (play.ended_at - max(play.started_at, past)).total_seconds()
        seconds += min(play.seconds, max(added, 0.0))
        past = max(past, play.ended_at)
    return seconds / 3600


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
    of_nobody = watched([])
    counted = {at: watched(cells[at]) if at in cells else of_nobody for at in HOURS_OF_WEEK}
    assert data["hours_of_week"] == [
        {
            "weekday": weekday,
            "hour": hour,
            **{name: told[name] for name in ("plays", "hours_viewed")},
        }
        for (weekday, hour), told in counted.items()
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
        best, episodes, alone = binge(sitting, ever, known.titles)
        assert (one["series_id"], one["episodes"]) == (best, episodes)
        assert one["hours_viewed"] == pytest.approx(alone)
    told_hours = (binge(one, ever, known.titles)[2] for one in binges.values())
    hours = sorted(told_hours, reverse=True)
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
    source = Snapshots(known.settings.serving)

    def find(*asked: Any) -> Answer[PeopleFound]:
        return source.ask(PeopleQuestion(*asked))

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
    assert [one.user_id for one in find("%").data.people] == [
        one for one in known.users if "%" in one
    ]
