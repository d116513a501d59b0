"""Numbers in the days of a time zone are the reference's, from each play's own start.

The reference takes what the zone's clock showed at that moment from the time zone database; it
knows nothing of offsets, and counts no hours of a day. What stays with days of UTC says so.
"""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from api.app import create_app
from netflix_pipeline.metrics import METRICS
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.reference.clocks import on_clock
from netflix_pipeline_tests.reference.narrowing import ATTRIBUTES, Given, narrowed, several
from netflix_pipeline_tests.reference.periods import Days, Numbers, counted_of, numbers, takes
from netflix_pipeline_tests.reference.published import FIRST, LAST, Published
from netflix_pipeline_tests.reference.rows import grouped
from netflix_pipeline_tests.support.api import Asking, asking, request

ZONES = (
    "Europe/Berlin",  # 25 hours on 2025-10-26
    "Australia/Sydney",  # 23 hours on 2025-10-05
    "America/St_Johns",  # half hours; 25 of them on 2025-11-02
    "Asia/Kathmandu",  # three quarters
    "Pacific/Apia",  # 13 hours ahead
)
PERIODS = {
    "Europe/Berlin": Days(date(2025, 10, 26), date(2025, 10, 26)),
    "Australia/Sydney": Days(date(2025, 10, 5), date(2025, 10, 5)),
    "America/St_Johns": Days(date(2025, 11, 2), date(2025, 11, 2)),
}
"""A day on which the clock is changed, beside the weeks around it."""
SOME: list[Given] = [
    {},
    {"country": ["DE", "US"], "not_device": "mobile"},
    {"weekday": ["1", "7"]},
    {"hour": ["9", "20", "21"], "not_genre": "Comedy"},
    *several(4),
]


def close(value: float | None) -> Any:
    return value if value is None else pytest.approx(value, rel=1e-9, abs=1e-12)


def of_clock(here: Published, days: Days, filters: Given) -> Numbers:
    """The numbers of the plays, and of the sittings that can be had, of some days of the clock."""
    found: Numbers = {}
    for metric in ("plays", "sittings"):
        if takes(metric, filters):
            items, counted = counted_of(here, metric)
            found |= counted([one for one in narrowed(items, filters) if one.day in days])
    return found


def days_of(zone: str) -> list[Days]:
    return [Days(date(2025, 10, 3), date(2025, 11, 9)), *filter(None, [PERIODS.get(zone)])]


@pytest.mark.parametrize("zone", ZONES)
def test_the_numbers_of_a_period(ask: Asking, known: Published, zone: str) -> None:
    here = on_clock(known, ZoneInfo(zone))
    for days in days_of(zone):
        for filters in SOME:
            asked = {"from_": days.first, "to": days.last, "compare": "previous"}
            answer = ask("/analytics", tz=zone, **asked, **filters)
            before = answer["data"]["comparison"]
            earlier = Days(*map(date.fromisoformat, before["period"].values()))
            for data, of in ((answer["data"], days), (before["data"], earlier)):
                expected = {**numbers(known, of, filters), **of_clock(here, of, filters)}
                for name in answer["metrics"]:
                    assert data[name] == close(expected[name]), (name, filters)
            by_utc = [name for name in answer["metrics"] if not METRICS[name].by_zone]
            told = f"By days of UTC: {', '.join(by_utc)}."
            assert answer.get("warnings", []) == ([told] if by_utc else [])
            assert answer["zone"] == zone


@pytest.mark.parametrize("zone", ZONES)
def test_the_rows_behind_a_number(ask: Asking, known: Published, zone: str) -> None:
    here = on_clock(known, ZoneInfo(zone))
    for days in (Days(FIRST, LAST), *days_of(zone)[1:]):
        for filters in SOME:
            pages = ask.pages(
                "/plays", tz=zone, from_=days.first, to=days.last, limit=150, **filters
            )
            found = [play for page in pages for play in page["data"]]
            starts = [play["started_at"] for play in found]
            assert starts == sorted(starts, reverse=True)
            expected = [play for play in narrowed(here.plays, filters) if play.day in days]
            ids = {id(play) for play in expected}
            in_utc = [
                (play.user_id, play.title_id, play.started_at.isoformat().replace("+00:00", "Z"))
                for play, local in zip(known.plays, here.plays, strict=True)
                if id(local) in ids
            ]
            assert sorted(in_utc) == sorted(
                (play["user_id"], play["title_id"], play["started_at"]) for play in found
            )
            assert all(play["event_date"] == play["started_at"][:10] for play in found)


@pytest.mark.parametrize("by", ["country", "series", "first_play"])
@pytest.mark.parametrize("zone", ZONES[:3])
def test_what_moved_a_number(ask: Asking, known: Published, zone: str, by: str) -> None:
    here = on_clock(known, ZoneInfo(zone))
    first = {
        name: min(play.day for play in plays)
        for name, plays in grouped(here.plays, lambda play: play.user_id).items()
    }
    days = Days(date(2025, 10, 26), date(2025, 11, 2))
    for metric in ("plays", "viewers", *(["sittings"] if by == "country" else [])):
        items, counted = counted_of(here, metric)
        for filters in [some for some in SOME[:4] if takes(metric, some)]:
            told = ask(
                "/analytics/contributions",
                metric=metric,
                by=by,
                tz=zone,
                from_=days.first,
                to=days.last,
                top=100,
                **filters,
            )["data"]
            for name, of in (("value", days), ("compared", days.earlier(14))):
                plays = [play for play in narrowed(items, filters) if play.day in of]

                def value(play: Any, of: Days = of) -> str:
                    if by == "first_play":
                        return "new" if first[play.user_id] in of else "earlier"
                    return str(getattr(play, ATTRIBUTES.get(by, by)))

                groups = {
                    group: counted(some)[metric] for group, some in grouped(plays, value).items()
                }
                found = {row["group"]: row[name] for row in told["groups"] if row["group"]}
                wanted = {group: count for group, count in groups.items() if count}
                assert {group: count for group, count in found.items() if count} == wanted
                assert told[name] == of_clock(here, of, filters)[metric]


def test_what_stays_with_days_of_utc_says_so(ask: Asking, known: Published) -> None:
    days = Days(date(2025, 10, 3), date(2025, 11, 9))
    asked = {"tz": "Asia/Kathmandu", "from_": days.first, "to": days.last, "granularity": "whole"}
    for metric in ("dau", "stickiness", "peak_concurrent"):
        answer = ask("/analytics/timeseries", metric=metric, **asked)
        assert answer["data"]["lines"][0]["total"] == close(numbers(known, days, {})[metric])
        assert answer["zone"] == "UTC"
        assert answer["warnings"] == [f"By days of UTC: {metric}."]
    for metric in ("plays", "sittings"):
        assert "warnings" not in ask("/analytics/timeseries", metric=metric, **asked)


def test_the_zone_of_the_home_is_meant_where_none_is_asked_for(known: Published) -> None:
    days = {"from_": "2025-10-26", "to": "2025-10-26"}
    home = Settings(home=known.settings.home, time_zone="Europe/Berlin")
    with asking(home) as ask:
        usual = ask("/analytics", **days)
        assert usual["zone"] == "Europe/Berlin"
        asked = ask("/analytics", **days, tz="Europe/Berlin")
        for name in usual["metrics"]:
            assert usual["data"][name] == close(asked["data"][name])
        utc = ask("/analytics", **days, tz="UTC")
    assert (utc["zone"], "warnings" in utc) == ("UTC", False)
    here = on_clock(known, ZoneInfo("Europe/Berlin"))
    of_day = Days(date(2025, 10, 26), date(2025, 10, 26))
    plays = [of_clock(one, of_day, {})["plays"] for one in (here, known)]
    assert [usual["data"]["plays"], utc["data"]["plays"]] == plays
    assert plays[0] != plays[1]


def test_a_home_of_another_zone_or_week_answers_under_another_tag(known: Published) -> None:
    of = known.settings.home
    homes = [
        known.settings,
        Settings(home=of, time_zone="Europe/Berlin"),
        Settings(home=of, week_start="sunday"),
    ]
    tags = [request(create_app(home), "/v1/analytics").headers["etag"] for home in homes]
    assert len(set(tags)) == len(homes)
    again = request(create_app(homes[0]), "/v1/analytics", if_none_match=", ".join(tags[1:]))
    assert again.status_code == 200


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ("Europe/Berln", "Europe/Berlin"),
        ("berlin", "Europe/Berlin"),
        ("new york", "America/New_York"),
        ("Pacific/Apya", "Pacific/Apia"),
    ],
)
def test_an_unknown_zone_is_refused_with_those_near_to_it(
    ask: Asking, asked: str, near: str
) -> None:
    for path in ("/analytics", "/plays", "/analytics/heatmap"):
        why = ask.refused(path, tz=asked)
        assert f"no time zone {asked!r}" in why
        assert near in why
