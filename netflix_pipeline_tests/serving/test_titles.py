"""The catalogue, and one title: on tables made by hand."""

from typing import Any

import pytest

from netflix_pipeline.errors import BadInput
from netflix_pipeline.serving import (
    BadCursor,
    BadPeriod,
    Choice,
    Filters,
    NotFound,
    Period,
    Snapshots,
    Source,
    publish,
)
from netflix_pipeline.serving.questions.title import TitleQuestion
from netflix_pipeline.serving.questions.titles import TitleFilters, TitlesQuestion
from netflix_pipeline_tests.support.three_days import FRIDAY, MONDAY, TUESDAY, described, three_days

WEEK = Period(from_=MONDAY, to=FRIDAY)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Source:
    root = tmp_path_factory.mktemp("titles")
    publish(described(three_days(root / "lake")).lake, root / "serving")
    return Snapshots(root / "serving")


def but(*values: str) -> Choice:
    """All titles but those that have one of these values."""
    return Choice(values=values, negated=True)


def ids(source: Source, filters: dict[str, Any], **how: Any) -> list[str]:
    return [
        title.title_id for title in source.ask(TitlesQuestion(TitleFilters(**filters), **how)).data
    ]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["t-dark", "t-amelie", "t-night", "e-1", "e-2", "e-10", "t-zoo"]),
        ({"search": "AMELIE"}, ["t-amelie"]),
        ({"search": "t-zoo"}, ["t-zoo"]),
        ({"search": "100 %"}, ["t-night"]),
        ({"search": "_"}, []),
        ({"search": "' OR true --"}, []),
        ({"genre": "drama"}, ["t-dark", "t-night"]),
        ({"genre": "romance"}, ["t-amelie"]),
        ({"content_type": "film"}, ["t-amelie", "t-night"]),
        ({"content_type": "film", "genre": "drama"}, ["t-night"]),
        ({"language": "fr"}, ["t-amelie"]),
        ({"genre": ("drama", "romance")}, ["t-dark", "t-amelie", "t-night"]),
        ({"genre": but("drama")}, ["t-amelie", "e-1", "e-2", "e-10", "t-zoo"]),
        ({"content_type": but("film"), "list": "films"}, ["t-dark", "t-zoo"]),
        ({"maturity_rating": "none-such"}, []),
        ({"language": but("unknown"), "content_type": "film"}, ["t-amelie"]),
        ({"maturity_rating": "6+"}, ["t-zoo"]),
        ({"origin_country": "US"}, []),
        ({"is_original": True}, ["t-night"]),
        ({"is_original": False}, ["t-zoo"]),
        ({"release_year": 2001}, ["t-amelie"]),
        ({"released_from": 2002}, ["t-night"]),
        ({"released_to": 2023}, ["t-amelie"]),
        ({"released_from": 2001, "released_to": 2024}, ["t-amelie", "t-night"]),
        ({"series": "s-saga"}, ["e-1", "e-2", "e-10"]),
        ({"series": "s-saga", "season": 1}, ["e-1", "e-2"]),
        ({"list": "tv"}, ["e-1", "e-2", "e-10"]),
        ({"described": False}, ["e-1", "e-2", "e-10"]),
        ({"watched": True, "list": "films"}, ["t-dark", "t-amelie", "t-night", "t-zoo"]),
        ({"watched": False}, ["e-1", "e-2", "e-10"]),
    ],
    ids=str,
)
def test_the_catalogue_is_searched_and_filtered(
    source: Source, filters: dict[str, Any], expected: list[str]
) -> None:
    assert ids(source, filters) == expected


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({"sort": "hours_viewed"}, ["t-dark", "t-amelie", "t-night", "t-zoo"]),
        ({"sort": "plays"}, ["t-dark", "t-night", "t-amelie", "t-zoo"]),
        ({"sort": "release_year"}, ["t-night", "t-amelie", "t-dark", "t-zoo"]),
        ({"sort": "release_year", "order": "asc"}, ["t-amelie", "t-night", "t-dark", "t-zoo"]),
        ({"sort": "added_on"}, ["t-night", "t-amelie", "t-dark", "t-zoo"]),
        ({"sort": "runtime_minutes", "order": "asc"}, ["t-dark", "t-zoo", "t-amelie", "t-night"]),
        ({"order": "desc"}, ["t-zoo", "t-night", "t-amelie", "t-dark"]),
    ],
    ids=str,
)
def test_the_catalogue_is_sorted_with_the_unknown_last(
    source: Source, how: dict[str, Any], expected: list[str]
) -> None:
    assert ids(source, {"list": "films"}, **how) == expected


def test_a_series_is_sorted_by_episode_and_rating(source: Source) -> None:
    saga = {"series": "s-saga"}
    assert ids(source, saga, sort="episode") == ["e-1", "e-2", "e-10"]
    assert ids(source, saga, sort="rating") == ["e-2", "e-1", "e-10"]
    assert ids(source, saga, sort="reviews", order="asc") == ["e-10", "e-1", "e-2"]
    with pytest.raises(BadInput, match="completion_rate"):
        ids(source, saga, sort="title_id; --")


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("sort", ["title", "hours_viewed", "release_year", "rating", "episode"])
@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_of_the_catalogue_are_the_catalogue(
    source: Source, sort: Any, order: Any, limit: int
) -> None:
    whole = source.ask(TitlesQuestion(sort=sort, order=order)).data
    page = source.ask(TitlesQuestion(sort=sort, order=order, limit=limit))
    found = list(page.data)
    while page.next:
        page = source.ask(TitlesQuestion(sort=sort, order=order, limit=limit, cursor=page.next))
        found += page.data
    assert tuple(found) == whole
    assert len(whole) == 7


def test_all_days_are_told_as_all_so_far_and_a_period_by_itself(source: Source) -> None:
    so_far = source.ask(TitlesQuestion(sort="plays"))
    assert (
        source.ask(TitlesQuestion(sort="plays", period=Period(from_=MONDAY, to=FRIDAY))).data
        == so_far.data
    )
    told = source.ask(
        TitlesQuestion(sort="viewers", limit=1, period=Period(from_=FRIDAY, to=FRIDAY))
    )
    (first,) = told.data
    assert (first.plays, first.viewers) == (1, 1)
    assert told.period == Period(from_=FRIDAY, to=FRIDAY)
    with pytest.raises(BadCursor):
        source.ask(TitlesQuestion(sort="viewers", limit=1, cursor=told.next))
    with pytest.raises(BadPeriod):
        source.ask(TitlesQuestion(period=Period(from_=FRIDAY, to=MONDAY)))


def test_a_cursor_of_another_order_is_refused(source: Source) -> None:
    cursor = source.ask(TitlesQuestion(limit=1)).next
    for how in ({"sort": "hours_viewed"}, {"order": "desc"}):
        with pytest.raises(BadCursor):
            source.ask(TitlesQuestion(limit=1, cursor=cursor, **how))  # type: ignore[arg-type]


def test_a_title_is_told_with_its_numbers(source: Source) -> None:
    told = source.ask(TitleQuestion("t-dark", WEEK))
    data = told.data
    assert (data.title, data.titles_counted, data.next_episode) == ("Dark", 1, None)
    assert (data.plays, data.hours_viewed, data.viewers) == (3, 2.5, 2)
    assert data.in_period.model_dump() == {
        "plays": 3,
        "starters": 3,
        "watchers": 2,
        "completers": 1,
        "hours_viewed": 2.5,
        "plays_without_duration": 0,
        "views": 2.5,
        "hours_without_runtime": 0,
        "viewers": 2,
        "completion_rate": pytest.approx(1 / 3),
        "starters_without_reach": 0,
    }
    assert [(day.day, day.plays) for day in data.days if day.plays] == [
        *((MONDAY, 1), (TUESDAY, 1)),
        (FRIDAY, 1),
    ]
    assert [(group.name, group.viewers) for group in data.countries] == [("DE", 2), ("FR", 1)]
    assert {group.name: group.hours_viewed for group in data.devices} == {
        "mobile": 1.5,
        "smart_tv": 1.0,
    }


def test_the_curve_says_how_many_came_how_far(source: Source) -> None:
    curve = source.ask(TitleQuestion("t-dark", WEEK)).data.drop_off
    assert curve.starters == 3
    assert [step.reached for step in curve.steps] == [n / 20 for n in range(1, 21)]
    assert [step.starters for step in curve.steps] == [3] * 10 + [2] * 5 + [1] * 4 + [0]
    assert curve.steps[12].share == pytest.approx(2 / 3)
    # Of one of two plays nobody knows how far it came.
    assert source.ask(TitleQuestion("t-night", WEEK)).data.drop_off.starters == 1
    nothing = source.ask(TitleQuestion("t-zoo", WEEK)).data.drop_off
    assert (nothing.starters, nothing.steps[0].share) == (0, None)


def test_a_period_and_filters_narrow_what_is_about_the_period(source: Source) -> None:
    for filters, plays in (
        ({"country": "FR"}, 1),
        ({"device": "smart_tv"}, 1),
        ({"device": "mobile", "country": "DE"}, 1),
        ({"plan": "Premium"}, 0),
        ({"genre": "drama", "content_type": "series"}, 3),
        ({"content_type": "film"}, 0),
    ):
        told = source.ask(TitleQuestion("t-dark", WEEK, Filters(**filters)))
        assert told.data.in_period.plays == told.data.drop_off.starters == plays
        assert (told.data.plays, told.filters) == (3, filters)
    tuesday = source.ask(TitleQuestion("t-dark", Period(from_=TUESDAY, to=TUESDAY))).data
    assert (tuesday.in_period.plays, len(tuesday.days)) == (1, 1)


def test_an_episode_and_its_series_say_who_went_on(source: Source) -> None:
    episode = source.ask(TitleQuestion("e-1")).data.next_episode
    assert episode is not None
    assert episode.next_episode_rate == 0.75
    series = source.ask(TitleQuestion("s-saga")).data
    assert series.next_episode is not None
    assert series.next_episode.next_episode_rate == pytest.approx(3 / 5)
    assert (series.titles_counted, series.reviews, series.rating) == (3, 4, 3.5)
    assert (series.title, series.described, series.content_type) == (None, False, "series")
    assert (series.list, series.entry_id) == ("tv", "s-saga")


def test_an_unknown_title_is_not_found(source: Source) -> None:
    for title_id in ("t-nothing", "", "t-dark' OR true --"):
        with pytest.raises(NotFound, match="/titles"):
            source.ask(TitleQuestion(title_id))
