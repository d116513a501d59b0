"""Launches equal what plain loops over the reference's plays say, under every filter."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Any
from urllib.parse import quote

import pytest

from netflix_pipeline.serving import Snapshots
from netflix_pipeline.serving.query.launches import earlier_launches
from netflix_pipeline_tests.reference.narrowing import KNOWN, Given, each_alone, narrowed, several
from netflix_pipeline_tests.reference.plays import Play
from netflix_pipeline_tests.reference.published import LAST, Published
from netflix_pipeline_tests.reference.rows import Row, total
from netflix_pipeline_tests.support.api import Asking

WINDOWS = (1, 7, 28, 91)
AWAY = timedelta(days=28)
OF_PLAYS = (
    *("country", "device", "plan", "content_type", "genre"),
    *("weekday", "hour", "segment", "cohort", "first_title", "first_country", "first_device"),
)
"""The filters that it takes."""
CHOICES = {name: KNOWN[name] for name in OF_PLAYS}


def units_of(known: Published, *, of: str) -> dict[str, list[str]]:
    """The titles of what is launched: of every series, season or title."""
    units: dict[str, list[str]] = {}
    for title_id, told in known.titles.items():
        unit = {"series": told["series_key"], "title": title_id}.get(of)
        if of == "season" and told["season"] is not None:
            unit = told["entry_id"]
        if unit is not None:
            units.setdefault(unit, []).append(title_id)
    return units


def launch_day(known: Published, ids: list[str]) -> tuple[date | None, str | None]:
    added = [day for title_id in ids if (day := known.titles[title_id]["added_on"])]
    if added:
        return min(added), "added_on"
    played = [play.day for play in known.plays if play.title_id in ids]
    return (min(played), "first_day") if played else (None, None)


def type_of(known: Published, ids: list[str]) -> str | None:
    return min(filter(None, (known.titles[one]["content_type"] for one in ids)), default=None)


def numbers(plays: list[Play], ids: list[str], launched: date, days: int) -> dict[str, Any]:
    """What plays that fit the filters make of the first days of a launch."""
    own = of_window(plays, ids, launched, days)
    return {
        "starters": sum(play.starter for play in own),
        "watchers": sum(play.watcher for play in own),
        "completers": sum(play.completer for play in own),
        "hours_viewed": pytest.approx(total(play.watch_seconds for play in own) / 3600),
    }


def of_window(plays: list[Play], ids: list[str], launched: date, days: int) -> list[Play]:
    last = launched + timedelta(days=days - 1)
    return [play for play in plays if play.title_id in ids and launched <= play.day <= last]


def people(known: Published, own: list[Play]) -> dict[str, int]:
    """Viewers of these plays; those whose first play ever is one of them, or the first after 28
    days without any."""
    viewers = {play.user_id for play in own if play.starter}
    new, returned = set(), set()
    for play in own:
        before = [
            each.started_at
            for each in known.plays
            if each.user_id == play.user_id and each.started_at < play.started_at
        ]
        if not before:
            new.add(play.user_id)
        elif play.started_at - max(before) >= AWAY:
            returned.add(play.user_id)
    return {
        "viewers": len(viewers),
        "new_viewers": len(new & viewers),
        "returned_viewers": len(returned & viewers),
    }


def watched_next(known: Published, own: list[Play], ids: list[str]) -> list[tuple[str, int]]:
    """What the viewers of these plays began next, and how many of them did."""
    counts: Counter[str] = Counter()
    for user_id in {play.user_id for play in own if play.starter}:
        began = min(play.started_at for play in own if play.starter and play.user_id == user_id)
        later = [
            play
            for play in known.plays
            if play.user_id == user_id
            and play.starter
            and play.started_at > began
            and play.title_id not in ids
        ]
        first = min((play.started_at for play in later), default=None)
        for unit in {
            (known.titles.get(play.title_id) or {}).get("series_key") or play.title_id
            for play in later
            if play.started_at == first
        }:
            counts[unit] += 1
    return sorted(counts.items(), key=lambda each: (-each[1], each[0]))[:10]


@dataclass(frozen=True)
class Beside:
    """A launch, and the days of the earlier ones of its type, by id; `units` are all like it."""

    units: dict[str, list[str]]
    ids: list[str]
    day: date | None
    by: str | None
    others: dict[str, date]

    @classmethod
    def of(cls, known: Published, title_id: str) -> "Beside":
        of = next(of for of in ("series", "title", "season") if title_id in units_of(known, of=of))
        units = units_of(known, of=of)
        ids = sorted({*units[title_id], *([title_id] if title_id in known.titles else [])})
        first = min(play.day for play in known.plays)
        launched, by = launch_day(known, ids)
        if launched is None or not first <= launched <= LAST:
            return cls(units, ids, launched, by, {})
        others = {
            unit: day
            for unit, members in units.items()
            if unit != title_id
            and type_of(known, members) == type_of(known, ids) is not None
            and (day := launch_day(known, members)[0]) is not None
            and first <= day < launched
        }
        return cls(units, ids, launched, by, others)


def assert_launch(ask: Asking, known: Published, title_id: str, filters: Given) -> Row:
    beside = Beside.of(known, title_id)
    units, ids, launched, others = beside.units, beside.ids, beside.day, beside.others
    plays = narrowed(known.plays, filters)
    first = min(play.day for play in known.plays)
    data: Row = ask(f"/launches/{quote(title_id, safe='')}", **filters)["data"]
    told_day = str(launched) if launched else None
    assert (data["launch_day"], data["launch_day_by"]) == (told_day, beside.by)
    if launched is None or not first <= launched <= LAST:
        assert not any(data[name] for name in ("windows", "days", "watched_next", "earlier"))
        return data
    for days, told in zip(WINDOWS, data["windows"], strict=True):
        whole = [
            numbers(plays, units[unit], day, days)
            for unit, day in others.items()
            if day + timedelta(days=days - 1) <= LAST
        ]
        typical = {
            name: pytest.approx(median(getattr(one[name], "expected", one[name]) for one in whole))
            for name in ("starters", "watchers", "completers", "hours_viewed")
            if whole
        }
        assert told == {
            "days": days,
            "whole": launched + timedelta(days=days - 1) <= LAST,
            **numbers(plays, ids, launched, days),
            **people(known, of_window(plays, ids, launched, days)),
            "typical": {"launches": len(whole), **typical} if whole else None,
        }
    assert [day["day"] for day in data["days"]] == list(range(min(91, (LAST - launched).days + 1)))
    for day in data["days"]:
        at = launched + timedelta(days=day["day"])
        of_day = numbers(plays, ids, at, 1)
        assert day == {"day": day["day"]} | {n: of_day[n] for n in ("starters", "hours_viewed")}
    told_next = [(one["title_id"], one["viewers"]) for one in data["watched_next"]]
    assert told_next == watched_next(known, of_window(plays, ids, launched, 28), ids)
    newest = sorted(others.items(), key=lambda each: (-each[1].toordinal(), each[0]))[:10]
    assert [(one["title_id"], one["launch_day"]) for one in data["earlier"]] == [
        (unit, str(day)) for unit, day in newest
    ]
    for one in data["earlier"]:
        day = others[one["title_id"]]
        assert one["windows"] == [
            {
                "days": days,
                "whole": day + timedelta(days=days - 1) <= LAST,
                **numbers(plays, units[one["title_id"]], day, days),
            }
            for days in WINDOWS
        ]
    return data


def test_every_title_and_series(ask: Asking, known: Published) -> None:
    told = [
        assert_launch(ask, known, unit, {})
        for unit in sorted(
            {one for of in ("title", "season", "series") for one in units_of(known, of=of)}
        )
    ]
    assert {one["launch_day_by"] for one in told} == {"added_on", "first_day"}
    windows = [window for one in told for window in one["windows"]]
    for name in ("new_viewers", "returned_viewers", "typical"):
        assert any(window[name] for window in windows), name


@pytest.mark.parametrize("filters", [*each_alone(CHOICES), *several(12, CHOICES)])
def test_under_filters(ask: Asking, known: Published, filters: dict[str, Any]) -> None:
    for title_id in ("saga", "nobody-knows"):
        assert_launch(ask, known, title_id, filters)


def test_against_launches_that_are_chosen(ask: Asking, known: Published) -> None:
    data = ask("/launches/saga-10", against=["saga-1", "decimal"])["data"]
    assert {one["title_id"] for one in data["earlier"]} == {"saga-1", "decimal"}
    assert "no-such-title" in ask.refused("/launches/saga-10", against=["no-such-title"])


def curve(plays: list[Play], ids: list[str], launched: date) -> list[dict[str, Any]]:
    """What there was of a launch up to each of its days in the data."""
    own = of_window(plays, ids, launched, 91)
    return [
        {"day": day} | numbers(own, ids, launched, day + 1)
        for day in range(min(91, (LAST - launched).days + 1))
    ]


def assert_curves(
    ask: Asking, known: Published, title_id: str, filters: Given, *against: str
) -> Row:
    beside, plays = Beside.of(known, title_id), narrowed(known.plays, filters)
    path = f"/launch-curves/{quote(title_id, safe='')}"
    data: Row = ask(path, **filters, against=list(against))["data"]
    assert beside.day
    assert data["launch_day"] == str(beside.day)
    days = {title_id: (beside.ids, beside.day)}
    for unit in sorted(against):
        day = launch_day(known, beside.units[unit])[0]
        assert day
        days[unit] = (beside.units[unit], day)
    assert [(one["title_id"], one["launch_day"]) for one in data["curves"]] == [
        (unit, str(day)) for unit, (_, day) in days.items()
    ]
    for told, (ids, day) in zip(data["curves"], days.values(), strict=True):
        assert told["days"] == curve(plays, ids, day)
    all_of_type = [curve(plays, beside.units[unit], day) for unit, day in beside.others.items()]
    longest = max(map(len, all_of_type), default=0)
    assert [one["day"] for one in data["typical"]] == list(range(longest))
    for one in data["typical"]:
        known_days = [each[one["day"]] for each in all_of_type if len(each) > one["day"]]
        assert one["launches"] == len(known_days)
        for name in ("starters", "watchers", "completers", "hours_viewed"):
            values = [getattr(each[name], "expected", each[name]) for each in known_days]
            assert one[name] == pytest.approx(median(values)), (one["day"], name)
    return data


@pytest.mark.parametrize("filters", [{}, *each_alone(CHOICES), *several(4, CHOICES)])
def test_curves_under_filters(ask: Asking, known: Published, filters: dict[str, Any]) -> None:
    for title_id in ("saga", "nobody-knows"):
        assert_curves(ask, known, title_id, filters)
    assert_curves(ask, known, "saga-10", filters, "saga-1", "decimal")


def test_curves_are_the_windows_of_the_launch(ask: Asking, known: Published) -> None:
    typical = 0
    for title_id in sorted({one for of in ("title", "season") for one in units_of(known, of=of)}):
        path = quote(title_id, safe="")
        launched = ask(f"/launches/{path}")["data"]
        curves = ask(f"/launch-curves/{path}")["data"]
        for window in launched["windows"] if curves["curves"] else ():
            own, at = curves["curves"][0]["days"], window["days"] - 1
            of_day = own[min(at, len(own) - 1)]
            assert of_day == {name: pytest.approx(window.get(name, at)) for name in of_day} | {
                "day": min(at, len(own) - 1)
            }
            if window["typical"]:
                typical += 1
                told = curves["typical"][at]
                assert told == pytest.approx({"day": at} | window["typical"])
    assert typical
    refused = ask.refused("/launch-curves/saga-10", against=["no-such-title"])
    assert "no-such-title" in refused


def test_the_last_launches_of_its_type_are_offered(known: Published) -> None:
    snapshot, longest = Snapshots(known.settings.serving).current(), 0
    for title_id in ("saga", "nobody-knows", "saga-10"):
        others = Beside.of(known, title_id).others
        newest = sorted(others.items(), key=lambda each: (-each[1].toordinal(), each[0]))
        assert earlier_launches(snapshot, title_id, 3) == newest[:3]
        longest = max(longest, len(newest))
    assert longest > 1
