"""What other resources answer equals the reference's, under every filter that they take."""

import csv
import io
import math
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest

from api.app import create_app
from api.old_description import before_v1
from netflix_pipeline_tests.reference import daily, profiles, weekly
from netflix_pipeline_tests.reference.clocks import on_clock
from netflix_pipeline_tests.reference.narrowing import (
    KNOWN,
    Given,
    combinations,
    each_alone,
    each_of,
    lets_in,
    narrowed,
    several,
)
from netflix_pipeline_tests.reference.plays import Play
from netflix_pipeline_tests.reference.published import FIRST, LAST, YEAR_BEFORE, Published
from netflix_pipeline_tests.reference.rows import Row, days_between, grouped, monday, reaches, total
from netflix_pipeline_tests.support.api import Asking, assert_problem, request

PERIOD = {"from_": FIRST, "to": LAST}
WEEK = timedelta(days=7)
VALUES = {
    "country": ("US", "DE", "unknown", "XX"),
    "device": ("mobile", "smart_tv", "unknown", "abacus"),
    "algorithm": ("similar_taste", "unknown", "none-such"),
}
RATE = ("completion_rate", "starters_without_reach")
AUDIENCE = (
    *("country", "device", "plan", "content_type", "genre", "segment", "cohort"),
    *("first_title", "first_country", "first_device"),
)
"""The filters of one title."""


def ratio(part: int, whole: int) -> Any:
    return pytest.approx(part / whole) if whole else None


def same(told: Any) -> Any:
    """Numbers as near as their order of adding up allows."""
    if isinstance(told, float):
        return pytest.approx(told)
    if isinstance(told, date):
        return str(told)
    return told


def test_the_audience_of_every_day(ask: Asking, known: Published) -> None:
    last = LAST + timedelta(days=40)
    told = ask("/analytics/audience", from_=FIRST - timedelta(days=20), to=last)["data"]
    by_day = {day["day"]: day for day in told["days"]}
    for day in days_between(FIRST - timedelta(days=20), last):
        row = daily.audience(known.plays, day)
        stickiness = ratio(row["dau"], row["mau"])
        assert by_day[str(day)] == {"day": str(day), **row, "stickiness": stickiness}


def test_retention_of_every_cohort_and_of_all_together(ask: Asking, known: Published) -> None:
    rows = weekly.retention_weekly(known.plays)
    told = ask("/analytics/retention", from_=YEAR_BEFORE, to=LAST, weeks=104)["data"]
    wanted = [row for row in rows if row["cohort_week"] >= monday(YEAR_BEFORE)]
    assert told["cohorts"] == [
        {name: same(value) for name, value in row.items()}
        | {"retention": None if row["provisional"] else same(row["retention"])}
        for row in sorted(wanted, key=lambda row: (row["cohort_week"], row["week_offset"]))
    ]
    for rate in told["rates"]:
        ended = [
            row
            for row in wanted
            if row["week_offset"] == rate["week_offset"] and not row["provisional"]
        ]
        users, active = (sum(row[name] for row in ended) for name in COHORT)
        assert rate == {
            "week_offset": rate["week_offset"],
            "cohorts": len(ended),
            "cohort_users": users,
            "active_users": active,
            "retention": ratio(active, users),
        }
    assert len(told["rates"]) == 1 + max(row["week_offset"] for row in wanted)


COHORT = ("cohort_users", "active_users")


def test_the_lifecycle_of_every_week(ask: Asking, known: Published) -> None:
    told = ask("/analytics/lifecycle", from_=date(2024, 1, 1), to=date(2026, 1, 1))["data"]
    expected = weekly.lifecycle_weekly(known.plays)
    assert told == [{name: same(value) for name, value in row.items()} for row in expected]
    assert len(told) > 50


def test_the_segments_of_everybody(ask: Asking, known: Published) -> None:
    everybody = profiles.user_profile(known.plays)
    told = ask("/analytics/segments")
    data_to = max(play.day for play in known.plays)
    assert told["period"] == {"from": str(data_to - timedelta(days=27)), "to": str(data_to)}
    assert told["data"] == {
        "users": len(everybody),
        "engagement_score": mean([row["engagement_score"] for row in everybody]),
        "segments": [
            {
                "segment": name,
                "users": len(scores),
                "share": ratio(len(scores), len(everybody)),
                "engagement_score": mean(scores),
            }
            for name in ("core", "regular", "casual", "at_risk")
            for scores in [[r["engagement_score"] for r in everybody if r["segment"] == name]]
        ],
    }
    assert sum(each["users"] > 0 for each in told["data"]["segments"]) > 1


def mean(values: list[float]) -> Any:
    return pytest.approx(sum(values) / len(values)) if values else None


def searched(rows: list[Row]) -> Row:
    clicked = sum(row["clicked_position"] is not None for row in rows)
    return {
        "searches": len(rows),
        "clicked": clicked,
        "without_results": sum(row["results_count"] == 0 for row in rows),
        "search_success": ratio(clicked, len(rows)),
    }


def shown(rows: list[Row]) -> Row:
    clicked = sum(row["clicked"] for row in rows)
    return {
        "shown": len(rows),
        "clicked": clicked,
        "recommendation_ctr": ratio(clicked, len(rows)),
    }


def filters_of(*names: str) -> list[Given]:
    alone = [{name: value} for name in names for value in VALUES[name]]
    first, second = names
    both = [{first: one, second: other} for one in VALUES[first] for other in VALUES[second]]
    return [{}, *alone, *both, *several(8, {name: VALUES[name][:-1] for name in names})]


CASES = [
    *(("/analytics/search", filters) for filters in filters_of("country", "device")),
    *(("/analytics/recommendations", filters) for filters in filters_of("device", "algorithm")),
]


@pytest.mark.parametrize(("path", "filters"), CASES, ids=str)
def test_interactions_under_every_filter_and_split(
    ask: Asking, known: Published, path: str, filters: Given
) -> None:
    of_search = path.endswith("search")
    count = searched if of_search else shown
    rows = narrowed(known.searches if of_search else known.recommendations, filters)
    rows = [row for row in rows if FIRST <= row["event_time"].date() <= LAST]
    by_day = grouped(rows, lambda row: row["event_time"].date())
    days = days_between(FIRST, LAST)
    told = ask(path, **PERIOD, **filters)
    assert told["filters"] == filters
    assert told["data"]["totals"] == count(rows)
    assert told["data"]["groups"] == []
    assert told["data"]["days"] == [
        {"day": str(day), "group": None, **count(by_day.get(day, []))} for day in days
    ]
    for split in ("country", "device") if of_search else ("device", "algorithm"):
        told = ask(path, **PERIOD, **filters, split_by=split)["data"]
        groups = grouped(rows, lambda row, split=split: row[split])  # type: ignore[misc]
        names = sorted(groups, key=lambda name: (-len(groups[name]), name))
        assert len(names) <= 20
        assert told["groups"] == [{"group": name, **count(groups[name])} for name in names]
        assert told["days"] == [
            {
                "day": str(day),
                "group": name,
                **count([row for row in by_day.get(day, []) if row[split] == name]),
            }
            for day in days
            for name in names
        ]


def termed(rows: list[Row]) -> Row:
    told = searched(rows)
    return {
        "searches": told["searches"],
        "not_found": told["without_results"],
        "without_click": told["searches"] - told["clicked"],
        "search_success": told["search_success"],
    }


ENOUGH = 10
"""People behind a term that is shown."""


def terms_of(
    known: Published, filters: Given, first: date = FIRST, last: date = LAST
) -> tuple[dict[str, Row], Row, int]:
    """The terms that enough people searched for, all others together, and searches without any."""
    rows = narrowed(known.searches, filters)
    rows = [row for row in rows if first <= row["event_time"].date() <= last]
    by_term = grouped(rows, lambda row: daily.term(row["query"]))
    wordless = by_term.pop("", [])
    people = {term: {row["user_id"] for row in group} for term, group in by_term.items()}
    common = {
        term: {"term": term, "people": len(people[term]), **termed(group)}
        for term, group in by_term.items()
        if len(people[term]) >= ENOUGH
    }
    others = [term for term in by_term if term not in common]
    behind = set[str]().union(*(people[term] for term in others))
    rest = {
        "terms": len(others),
        "people": len(behind) if len(behind) >= ENOUGH else None,
        **termed([row for term in others for row in by_term[term]]),
    }
    return common, rest, len(wordless)


TERM_SORTS = ("searches", "people", "not_found", "without_click")


@pytest.mark.parametrize("filters", filters_of("country", "device"), ids=str)
def test_search_terms_of_enough_people_and_all_others_under_every_filter(
    ask: Asking, known: Published, filters: Given
) -> None:
    common, rest, wordless = terms_of(known, filters)
    for sort in TERM_SORTS:
        pages = list(ask.pages("/analytics/search/terms", **PERIOD, **filters, sort=sort, limit=2))
        assert [term for page in pages for term in page["data"]["terms"]] == sorted(
            common.values(),
            key=lambda told, by=sort: (-told[by], told["term"]),  # type: ignore[misc]
        )
        for page in pages:
            assert page["filters"] == filters
            assert page["data"]["without_words"] == wordless
            assert page["data"]["rest"] == rest
            assert "compared_with" not in page["data"]


ON_THE_OTHER_SIDE: dict[str, tuple[tuple[date, date], Given]] = {
    "previous": ((FIRST - 6 * WEEK, LAST - 6 * WEEK), {}),
    "2025-10-08..2025-12-24": ((date(2025, 10, 8), date(2025, 12, 24)), {}),
    "2025-10-20..2025-10-21": ((date(2025, 10, 20), date(2025, 10, 21)), {}),
    "country:DE": ((FIRST, LAST), {"country": "DE"}),
    "not_device:mobile": ((FIRST, LAST), {"not_device": "mobile"}),
}
"""The days of the other side, and the filter that takes the place of its own there."""


@pytest.mark.parametrize("compare", ON_THE_OTHER_SIDE)
def test_search_terms_beside_what_they_were_on_the_other_side(
    ask: Asking, known: Published, compare: str
) -> None:
    (first, last), instead = ON_THE_OTHER_SIDE[compare]
    replaced = {name.removeprefix("not_") for name in instead}
    shown = set[bool]()
    some: list[Given] = [{}, {"country": ["DE", "US"]}, {"not_device": ["mobile", "tablet"]}]
    for filters in some:
        kept = {n: v for n, v in filters.items() if n.removeprefix("not_") not in replaced}
        common, rest, _ = terms_of(known, filters)
        before, rest_before, _ = terms_of(known, {**kept, **instead}, first, last)
        for sort in TERM_SORTS:
            asked = {**PERIOD, **filters, "sort": sort, "compare": compare, "limit": 2}
            found = dict[str, Row]()
            for page in ask.pages("/analytics/search/terms", **asked):
                data = page["data"]
                beside = data["compared_with"]
                assert (beside["metric"], beside["by"]) == (sort, compare)
                assert beside["period"] == {"from": str(first), "to": str(last)}
                assert beside.get("filters", kept) == {**kept, **instead}
                assert data["rest"] == rest | changed(rest[sort], rest_before[sort])
                found |= {row["term"]: row for row in data["terms"]}
            assert found == {
                term: row | changed(row[sort], before.get(term, {}).get(sort))
                for term, row in common.items()
            }
            shown |= {term in before for term in common}
    # Of a term that too few people searched for there nothing is told.
    assert (True in shown) == (compare not in ("previous", "2025-10-20..2025-10-21"))


def changed(now: float | None, then: float | None) -> Row:
    """The fields of a row beside another; what is not known is left out."""
    told = {"compared": then, "change": None if now is None or then is None else now - then}
    return {name: value for name, value in told.items() if value is not None}


def test_tables_of_terms_have_columns_more_only_where_they_are_compared(known: Published) -> None:
    app = create_app(known.settings)
    asked = f"/v1/analytics/search/terms?from={FIRST}&to={LAST}&format=csv"
    plain, beside = (
        [*csv.reader(io.StringIO(request(app, asked + more).text, newline=""))]
        for more in ("", f"&compare={FIRST}..{LAST}")
    )
    assert beside[0] == [*plain[0], "compared", "change"]
    assert [row[:-2] for row in beside] == plain
    searches = plain[0].index("searches")
    assert [row[-2:] for row in beside[1:]] == [[row[searches], "0"] for row in plain[1:]]
    refused = request(app, asked + "&compare=plan:Standard")
    problem = assert_problem(refused, 422, "filter-not-taken")
    assert [one["field"] for one in problem["errors"]] == ["query.compare"]


def test_the_reference_has_terms_of_just_enough_people_and_of_one_too_few(known: Published) -> None:
    by_term = grouped(known.searches, lambda row: daily.term(row["query"]))
    people = {term: len({row["user_id"] for row in group}) for term, group in by_term.items()}
    assert {people[term] for term in ("nine of them", "café", "strasse")} == {9, 10, 14}


@pytest.mark.parametrize("filters", filters_of("country", "device"), ids=str)
def test_searches_that_found_nothing_in_the_course_of_time(
    ask: Asking, known: Published, filters: Given
) -> None:
    rows = [
        row
        for row in narrowed(known.searches, filters)
        if FIRST <= row["event_time"].date() <= LAST
    ]
    for metric in ("searches", "not_found", "without_click"):
        told = ask("/analytics/timeseries", **PERIOD, **filters, metric=metric, split_by="device")
        of_day = Counter(
            (str(row["event_time"].date()), row["device"])
            for row in rows
            if metric == "searches"
            or (row["results_count"] == 0 if metric == "not_found" else not row["clicked_position"])
        )
        buckets = [bucket["from"] for bucket in told["data"]["buckets"]]
        assert len(told["data"]["lines"]) == len({row["device"] for row in rows})
        for line in told["data"]["lines"]:
            assert line["values"] == [of_day[day, line["group"]] for day in buckets]
            assert line["total"] == sum(line["values"])


@pytest.mark.parametrize("which", [None, "films", "tv"])
def test_the_top_10_of_every_week_and_country(
    ask: Asking, known: Published, which: str | None
) -> None:
    lists = weekly.top10_weekly(known.plays, known.titles)
    for week, rows in lists.items():
        before = {
            (row["list"], row["country"], row["entry_id"]): row["rank"]
            for row in lists.get(week - WEEK, [])
        }
        countries = sorted({row["country"] for row in rows})
        for country in (*countries, "XX"):
            told = ask("/top10", week=week + timedelta(days=3), list=which, country=country)
            data = told["data"]
            assert (data["week"], told["period"]["to"]) == (
                str(week),
                str(week + timedelta(days=6)),
            )
            assert data["provisional"] == (week + timedelta(days=6) > LAST)
            assert data["countries"] == [name for name in countries if name != "all"]
            wanted = [
                row for row in rows if row["country"] == country and which in (None, row["list"])
            ]
            assert data["entries"] == [
                {name: same(value) for name, value in row.items()}
                | {"previous_rank": before.get((row["list"], row["country"], row["entry_id"]))}
                for row in sorted(wanted, key=lambda row: (row["list"], row["rank"]))
            ]


def watching(plays: list[Play], titles: dict[str, Row]) -> Row:
    told = daily.measures(plays)
    return {
        **{name: told[name] for name in COUNTS},
        "hours_viewed": pytest.approx(told["watch_seconds"] / 3600),
        "views": pytest.approx(daily.views(plays, titles)),
        "viewers": len(daily.viewers(plays)),
        "hours_without_runtime": pytest.approx(daily.seconds_without_runtime(plays, titles) / 3600),
        "completion_rate": same(daily.completion_rate(plays)),
    }


COUNTS = (
    "plays",
    "starters",
    "watchers",
    "completers",
    "plays_without_duration",
    "starters_without_reach",
)


def by_name(groups: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {group.pop("name"): group for group in groups}


def members(title_id: str, titles: dict[str, Row]) -> list[str]:
    """The titles that count as one: itself, or the episodes of a series or a season."""
    return [
        other
        for other, told in titles.items()
        if title_id in (other, told["series_key"], told["entry_id"])
    ]


def assert_title(
    ask: Asking, known: Published, title_id: str, filters: Given, zone: str = "UTC"
) -> dict[str, Any]:
    ids = members(title_id, known.titles)
    own = [play for play in on_clock(known, ZoneInfo(zone)).plays if play.title_id in ids]
    plays = [play for play in narrowed(own, filters) if FIRST <= play.day <= LAST]
    told = ask(f"/titles/{quote(title_id, safe='')}", **PERIOD, **filters, tz=zone)
    data: dict[str, Any] = told["data"]
    assert told["filters"] == filters
    assert data["titles_counted"] == len(ids)
    assert data["episodes_counted"] == (len([one for one in ids if one != title_id]) or None)
    assert data["in_period"] == watching(plays, known.titles)
    by_day = grouped(plays, lambda play: play.day)
    assert data["days"] == [
        {"day": str(day), **watching(by_day.get(day, []), known.titles)}
        for day in days_between(FIRST, LAST)
        if lets_in(filters, day)
    ]
    for field, name in (("countries", "country"), ("devices", "device")):
        groups = grouped(plays, lambda play, name=name: getattr(play, name))  # type: ignore[misc]
        assert by_name(data[field]) == {
            key: watching(group, known.titles) for key, group in groups.items()
        }
    reached = [play.reached for play in plays if play.starter and play.reached is not None]
    curve = data["drop_off"]
    assert curve["starters"] == len(reached)
    assert curve["steps"] == [
        {
            "reached": step / 20,
            "starters": (came := sum(reaches(r, step / 20) for r in reached)),
            "share": ratio(came, len(reached)),
        }
        for step in range(1, 21)
    ]
    return data


def test_every_title_and_series(ask: Asking, known: Published) -> None:
    series = {told["series_key"] for told in known.titles.values() if told["series_key"]}
    seasons = {told["entry_id"] for told in known.titles.values()}
    facts = ("title", "content_type", "genre", "release_year", "list", "entry_id", "entry_name")
    assert len(series) > 1
    for title_id in sorted({*known.titles, *series, *seasons}):
        data = assert_title(ask, known, title_id, {})
        ids = members(title_id, known.titles)
        own = [play for play in known.plays if play.title_id in ids]
        for name, expected in watching(own, known.titles).items():
            if name in data:
                assert data[name] == expected
        if title_id in known.titles:
            assert {n: data[n] for n in facts} == {n: known.titles[title_id][n] for n in facts}
        elif title_id not in series:
            told = known.titles[ids[0]]
            assert (data["title"], data["season"]) == (told["entry_name"], told["season"])
            assert (data["series_id"], data["entry_id"]) == (told["series_key"], title_id)
        ratings = [row["rating"] for row in known.reviews if row["title_id"] in ids]
        assert data["reviews"] == len(ratings)
        assert data["rating"] == (same(total(ratings) / len(ratings)) if ratings else None)
        going_on = Counter[str]()
        for episode in ids:
            completers, went_on = profiles.next_episode(episode, known.plays, known.titles)
            going_on.update(completers=len(completers), went_on=len(went_on))
        if data["next_episode"]:
            assert list(data["next_episode"].values()) == [
                going_on["completers"],
                going_on["went_on"],
                ratio(going_on["went_on"], going_on["completers"]),
            ]
        else:
            assert all(known.titles[one]["episode"] is None for one in ids)


@pytest.mark.parametrize(
    "filters",
    [
        *each_alone(AUDIENCE),
        *combinations(10, AUDIENCE),
        *several(10, {name: KNOWN[name] for name in AUDIENCE}),
    ],
    ids=str,
)
def test_a_title_under_every_filter(ask: Asking, known: Published, filters: Given) -> None:
    played = Counter(play.title_id for play in known.plays)
    for title_id, _ in played.most_common(2):
        assert_title(ask, known, title_id, filters)
    assert_title(ask, known, "nobody-knows", filters)
    for zone in ("Europe/Berlin", "America/St_Johns"):
        assert_title(ask, known, "saga", filters, zone)


TOLD_OF_TITLES = ("content_type", "genre", "language", "origin_country", "maturity_rating")


def says(title: Row, name: str) -> set[str]:
    """What a title says of itself under the name of a filter."""
    said = {title[name] or "unknown"}
    return said | {title["genre_2"]} - {None} if name == "genre" else said


def test_the_catalogue_under_several_values_and_all_but_some(ask: Asking, known: Published) -> None:
    values = {
        name: tuple(sorted({said for title in known.titles.values() for said in says(title, name)}))
        for name in TOLD_OF_TITLES
    }
    alone: list[Given] = [{name: value} for name, some in values.items() for value in some]
    for filters in [*alone, *several(40, values)]:
        expected = set(known.titles)
        for parameter, chosen in filters.items():
            name, wanted = parameter.removeprefix("not_"), {*each_of(chosen)}
            fits = {one for one in expected if says(known.titles[one], name) & wanted}
            expected = fits if name == parameter else expected - fits
        (page,) = ask.pages("/titles", limit=500, **filters)
        assert {title["title_id"] for title in page["data"]} == expected
        assert page["filters"] == filters


SORTS = ("plays", "hours_viewed", "views", "viewers", "completion_rate")


def assert_catalogue(pages: Iterable[Any], known: Published, plays: list[Play], sort: str) -> None:
    """The pages tell of titles what their plays do; of a series what those of its episodes do."""
    told = [title for page in pages for title in page["data"]]
    assert len(told) == len(known.titles)
    assert {title["title_id"] for title in told} == set(known.titles)
    keys = [title[sort] if title[sort] is not None else -math.inf for title in told]
    assert keys == sorted(keys, reverse=True)
    for title in told:
        ids = members(title["title_id"], known.titles)
        expected = watching([play for play in plays if play.title_id in ids], known.titles)
        for name in (*SORTS, *(name for name in expected if "_without_" in name)):
            assert title[name] == expected[name], (title["title_id"], name)
        ratings = [row["rating"] for row in known.reviews if row["title_id"] in ids]
        assert title["reviews"] == len(ratings)
        assert title["rating"] == (same(total(ratings) / len(ratings)) if ratings else None)
        for name in ("title", "genre", "described", "season", "episode"):
            assert title[name] == known.titles[title["title_id"]][name]


@pytest.mark.parametrize("sort", [*SORTS, "rating"])
def test_the_catalogue_so_far(ask: Asking, known: Published, sort: str) -> None:
    assert_catalogue(ask.pages("/titles", sort=sort, limit=7), known, known.plays, sort)


@pytest.mark.parametrize(
    ("sort", "zone"),
    [*((sort, "UTC") for sort in SORTS), ("viewers", "Asia/Kathmandu"), ("plays", "Pacific/Apia")],
)
def test_the_catalogue_in_a_period(ask: Asking, known: Published, sort: str, zone: str) -> None:
    pages = list(ask.pages("/titles", **PERIOD, sort=sort, limit=7, tz=zone))
    assert all(page["period"] == {"from": str(FIRST), "to": str(LAST)} for page in pages)
    here = on_clock(known, ZoneInfo(zone))
    inside = [play for play in here.plays if FIRST <= play.day <= LAST]
    assert_catalogue(pages, known, inside, sort)
    played = {play.title_id for play in inside}
    played |= {series for one in played if (series := known.titles[one]["series_key"])}
    watched = ask("/titles", **PERIOD, watched="true", limit=500, tz=zone)["data"]
    assert {title["title_id"] for title in watched} == played & set(known.titles)


def at_level(known: Published, level: str) -> dict[str, list[Row]]:
    """The titles of each row of the catalogue, by its id: no series that nobody played, but all."""
    played = {play.title_id for play in known.plays}
    described = [row["series_key"] for one, row in known.titles.items() if row["series_key"] != one]
    key = {"series": "series_key", "season": "entry_id", "episode": "title_id"}[level]
    return grouped(
        (
            row | {"title_id": one}
            for one, row in known.titles.items()
            if level == "series" or one in played or one not in described
        ),
        lambda row: row[key] or row["title_id"],
    )


def said_of(own_id: str, titles: list[Row], level: str) -> Row:
    """What is said of a row: by the title of its id, else by all titles that say it alike."""
    own = next((row for row in titles if row["title_id"] == own_id), {})
    told = {}
    for name in ("content_type", "genre", "genre_2", "language", "release_year", "season"):
        alike = {row[name] for row in titles} - {None}
        told[name] = own.get(name) or (alike.pop() if len(alike) == 1 else None)
    told["title"] = own.get("title")
    if level == "season":
        told["title"] = titles[0]["entry_name"] if titles[0]["entry_name"] != own_id else None
    elif level == "series":
        told["season"] = None
    episode = own["episode"] if level == "episode" else None
    return told | {"list": titles[0]["list"], "episode": episode}


@pytest.mark.parametrize(
    "days",
    [{}, PERIOD, {**PERIOD, "tz": "America/St_Johns"}],
    ids=["so far", "of a period", "of a zone"],
)
@pytest.mark.parametrize("level", ["series", "season", "episode"])
def test_the_catalogue_at_every_level(
    ask: Asking, known: Published, level: str, days: dict[str, Any]
) -> None:
    here = on_clock(known, ZoneInfo(days.get("tz", "UTC")))
    plays = [play for play in here.plays if not days or FIRST <= play.day <= LAST]
    expected = at_level(known, level)
    for sort in ("viewers", "hours_viewed"):
        pages = ask.pages("/titles", **days, level=level, sort=sort, limit=17)
        told = [row for page in pages for row in page["data"]]
        assert [row[sort] for row in told] == sorted((row[sort] for row in told), reverse=True)
        assert len(told) == len(expected)
        for row in told:
            titles = expected[row["title_id"]]
            ids = {title["title_id"] for title in titles}
            numbers = watching([play for play in plays if play.title_id in ids], known.titles)
            ratings = [review["rating"] for review in known.reviews if review["title_id"] in ids]
            numbers |= {"reviews": len(ratings), "rating": mean(ratings)}
            assert {n: row[n] for n in numbers if n in row} == {
                n: value for n, value in numbers.items() if n in row
            }, row["title_id"]
            said = said_of(row["title_id"], titles, level)
            assert {name: row[name] for name in said} == said, row["title_id"]
        # They add up from level to level; who watched several episodes is one viewer.
        whole = watching(plays, known.titles)
        for name in ("plays", "hours_viewed", "views", "hours_without_runtime"):
            assert sum(row[name] for row in told) == whole[name]
    assert len(expected["saga"]) == {"series": 5, "season": 2, "episode": 1}[level]
    assert ("tale" in expected, "tale:S1" in expected) == (level == "series", level == "season")


DAYS_BEFORE: dict[str, tuple[date, date]] = {
    "previous": (LAST - 2 * WEEK + timedelta(days=1), LAST - WEEK),
    "2025-10-02..2025-11-06": (date(2025, 10, 2), date(2025, 11, 6)),
    f"{YEAR_BEFORE}..2026-02-01": (YEAR_BEFORE, date(2026, 2, 1)),
}
"""What the week that ends with the data is compared with: the last are all days."""


@pytest.mark.parametrize("compare", DAYS_BEFORE)
@pytest.mark.parametrize(
    ("level", "zone"),
    [
        *((level, "UTC") for level in (None, "series", "season", "episode")),
        (None, "America/St_Johns"),
        ("series", "Asia/Kathmandu"),
    ],
)
def test_each_title_of_a_page_beside_what_it_was_in_other_days(
    ask: Asking, known: Published, level: str | None, zone: str, compare: str
) -> None:
    first, last = DAYS_BEFORE[compare]
    then = [play for play in on_clock(known, ZoneInfo(zone)).plays if first <= play.day <= last]
    ids = (
        {one: {row["title_id"] for row in rows} for one, rows in at_level(known, level).items()}
        if level
        else {one: {*members(one, known.titles)} for one in known.titles}
    )
    before = {
        one: watching([play for play in then if play.title_id in of], known.titles)
        for one, of in ids.items()
    }
    asked: dict[str, Any] = {"from_": LAST - WEEK + timedelta(days=1), "to": LAST}
    asked |= {"level": level, "tz": zone, "compare": compare}
    some: list[Given] = [{}, {"genre": ["Comedy", "Drama"]}, {"not_genre": "Comedy"}]
    plainest = (compare, zone) == ("previous", "UTC")
    for sort in (*SORTS, "title", "rating") if plainest else ("hours_viewed", "viewers"):
        metric = sort if sort in SORTS else "hours_viewed"
        for filters in some if sort == "viewers" else some[:1]:
            shown = 0
            for page in ask.pages("/v1/titles", **asked, **filters, sort=sort, limit=29):
                beside = page["compared_with"]
                assert (beside["metric"], beside["by"]) == (metric, compare)
                assert beside["period"] == {"from": str(first), "to": str(last)}
                shown += len(page["data"])
                for row in page["data"]:
                    was = before[row["title_id"]][metric]
                    assert row.get("compared") == was, (row["title_id"], metric)
                    if "compared" in row and row[metric] is not None:
                        change = row[metric] - row["compared"]
                        assert row["change"] == pytest.approx(change, rel=1e-9, abs=1e-9)
                    else:
                        assert "change" not in row
            assert shown == len(ids) if not filters else 0 < shown < len(ids)


def test_titles_are_compared_below_v1_alone_and_with_other_days_of_a_period(ask: Asking) -> None:
    days = {"from": FIRST, "to": LAST}
    plain = ask("/v1/titles", **days)
    assert "compared_with" not in plain
    assert not {"compared", "change"} & plain["data"][0].keys()
    assert "query.compare: is not taken" in ask.refused("/titles", **days, compare="previous")
    assert "FIRST..LAST" in ask.refused("/v1/titles", **days, compare="genre:Comedy")
    assert "`from` and `to`" in ask.refused("/v1/titles", compare="previous")
    moving = ask("/v1/titles", period="last_month", compare="previous")
    assert moving["compared_with"]["by"] == "previous_month"


def test_tables_of_titles_have_a_column_more_only_where_they_are_compared(
    known: Published,
) -> None:
    app = create_app(known.settings)
    asked = f"/v1/titles?from={LAST}&to={LAST}&sort=completion_rate&format=csv"
    plain, beside = (
        [*csv.reader(io.StringIO(request(app, asked + more).text, newline=""))]
        for more in ("", "&compare=previous")
    )
    assert beside[0] == [*plain[0], "compared", "change"]
    assert [row[:-2] for row in beside] == plain
    assert {len(row) for row in beside} == {len(beside[0])}
    parameters = (
        {one["name"] for one in described["paths"][path]["get"]["parameters"]}
        for described, path in (
            (app.openapi(), "/v1/titles"),
            (before_v1(app.openapi()), "/titles"),
        )
    )
    assert ["compare" in names for names in parameters] == [True, False]


@pytest.mark.parametrize("level", ["series", "season", "episode"])
def test_the_catalogue_at_a_level_under_filters(ask: Asking, known: Published, level: str) -> None:
    said = {one: said_of(one, rows, level) for one, rows in at_level(known, level).items()}
    values = {
        name: tuple(sorted({value for row in said.values() for value in says(row, name)}))
        for name in ("content_type", "genre", "language")
    }
    for filters in several(12, values):
        expected = set(said)
        for parameter, chosen in filters.items():
            name, wanted = parameter.removeprefix("not_"), {*each_of(chosen)}
            fits = {one for one in expected if says(said[one], name) & wanted}
            expected = fits if name == parameter else expected - fits
        (page,) = ask.pages("/titles", level=level, limit=500, **filters)
        assert {row["title_id"] for row in page["data"]} == expected
    rows = ask("/titles", level=level, series="saga", sort="episode")["data"]
    assert [row["title_id"] for row in rows] == {
        "series": ["saga"],
        "season": ["saga:S1", "saga"],
        "episode": ["saga-1", "saga-2", "saga-10", "saga", "saga-x"],
    }[level]
    (film,) = ask("/titles", level=level, series="decimal")["data"]
    assert film["title_id"] == "decimal"
    if level == "series":
        assert "level=season" in ask.refused("/titles", level=level, season=1)


def test_the_episodes_of_a_series_are_listed_without_itself(ask: Asking) -> None:
    told = ask("/titles", series="saga", sort="episode")["data"]
    assert [title["title_id"] for title in told] == ["saga-1", "saga-2", "saga-10", "saga-x"]


def status(weeks: set[date], week: date) -> str:
    """What a user who played in these weeks was in one of them."""
    if week in weeks:
        if min(weeks) == week:
            return "new"
        return "returning" if week - WEEK in weeks else "resurrected"
    return "dormant" if week - WEEK in weeks else "none"


def test_every_person(ask: Asking, known: Published) -> None:
    profile = {row["user_id"]: row for row in profiles.user_profile(known.plays)}
    played = grouped(known.plays, lambda play: play.user_id)
    data_to = max(play.day for play in known.plays)
    week = max(monday(play.day) for play in known.plays) - WEEK  # the last week has not ended
    assert monday(data_to) + timedelta(days=6) > data_to
    seen = set()
    for user_id, described in known.users.items():
        address = f"/users/{quote(user_id, safe='')}"
        told = ask(address)["data"]
        own = played.get(user_id, [])
        assert {n: told[n] for n in ("country", "plan", "age", "described")} == {
            n: described[n] for n in ("country", "plan", "age", "described")
        }
        expected = status({monday(play.day) for play in own}, week)
        assert told["lifecycle"] == {"week": str(week), "status": expected}
        seen.add(expected)
        if not own:
            assert (told["viewing"], told["recent_plays"]) == (None, [])
            continue
        row = profile[user_id]
        seconds = row.pop("watch_seconds")
        del row["user_id"]
        assert told["viewing"] == {
            **{name: same(value) for name, value in row.items()},
            "hours_viewed": pytest.approx(seconds / 3600),
        }
        history = [
            play for page in ask.pages(f"{address}/history", limit=23) for play in page["data"]
        ]
        wanted = sorted((play.started_at for play in own), reverse=True)
        assert [datetime.fromisoformat(play["started_at"]) for play in history] == wanted
        assert told["recent_plays"] == history[:10]
        some = ask(f"{address}/history", **PERIOD, limit=500)["data"]
        assert some == [
            play for play in history if FIRST <= date.fromisoformat(play["event_date"]) <= LAST
        ]
    assert seen >= {"returning", "resurrected", "dormant", "none"}
