"""Searches and recommendations: on tables made by hand."""

from datetime import timedelta

import pytest

from netflix_pipeline.metrics import FilterNotTaken
from netflix_pipeline.serving import BadPeriod, Filters, Period, Snapshots, Source, publish
from netflix_pipeline.serving.questions.interactions import (
    RecommendationFilters,
    RecommendationsQuestion,
    SearchesQuestion,
)
from netflix_pipeline_tests.support.three_days import (
    FRIDAY,
    MONDAY,
    TUESDAY,
    recommended,
    searched,
    three_days,
)

WEEK = Period(from_=MONDAY, to=FRIDAY)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Source:
    root = tmp_path_factory.mktemp("interactions")
    world = three_days(root / "lake")
    searched(world, MONDAY, [("DE", "mobile", 8, 4, 1), ("FR", "mobile", 2, 0, 2)])
    searched(world, TUESDAY, [("DE", "smart_tv", 10, 1, 0)])
    recommended(world, MONDAY, [("mobile", "als", 10, 5), ("smart_tv", "als", 10, 0)])
    recommended(world, FRIDAY, [("mobile", f"a-{n:02}", 30 - n, 1) for n in range(22)])
    publish(world.lake, root / "serving")
    return Snapshots(root / "serving")


def test_searches_are_counted_over_the_period_and_by_day(source: Source) -> None:
    told = source.ask(SearchesQuestion(WEEK)).data
    assert told.totals.model_dump() == {
        "searches": 20,
        "clicked": 5,
        "without_results": 3,
        "search_success": 0.25,
    }
    assert [(d.day, d.searches, d.search_success) for d in told.days] == [
        (MONDAY, 10, 0.4),
        (TUESDAY, 10, 0.1),
        *((MONDAY + timedelta(days=n), 0, None) for n in (2, 3, 4)),
    ]
    assert told.groups == ()
    assert {day.group for day in told.days} == {None}


def test_searches_are_filtered(source: Source) -> None:
    for filters, searches in (
        ({"country": "DE"}, 18),
        ({"device": "mobile"}, 10),
        ({"country": "DE", "device": "mobile"}, 8),
        ({"country": "XX"}, 0),
        ({"country": "' OR true --"}, 0),
    ):
        told = source.ask(SearchesQuestion(WEEK, Filters(**filters))).data
        assert told.totals.searches == sum(day.searches for day in told.days) == searches
    with pytest.raises(FilterNotTaken, match="country, device"):
        source.ask(SearchesQuestion(WEEK, Filters(plan="Basic")))


def test_searches_are_split(source: Source) -> None:
    told = source.ask(SearchesQuestion(WEEK, split_by="country")).data
    assert [(g.group, g.searches) for g in told.groups] == [("DE", 18), ("FR", 2)]
    assert [(d.day, d.group, d.searches) for d in told.days[:4]] == [
        (MONDAY, "DE", 8),
        (MONDAY, "FR", 2),
        (TUESDAY, "DE", 10),
        (TUESDAY, "FR", 0),
    ]
    assert len(told.days) == 2 * WEEK.days
    both = source.ask(SearchesQuestion(WEEK, Filters(country="FR"), "device")).data
    assert [(g.group, g.search_success) for g in both.groups] == [("mobile", 0.0)]


def test_all_but_the_largest_groups_are_one(source: Source) -> None:
    told = source.ask(RecommendationsQuestion(WEEK, split_by="algorithm")).data
    names = [group.group for group in told.groups]
    larger, smaller = [f"a-{n:02}" for n in range(11)], [f"a-{n:02}" for n in range(11, 19)]
    assert names == [*larger, "als", *smaller, "(others)"]
    assert told.groups[-1].shown == (30 - 19) + (30 - 20) + (30 - 21)
    assert sum(group.shown for group in told.groups) == told.totals.shown
    assert sum(day.clicked for day in told.days) == told.totals.clicked


def test_recommendations_are_filtered(source: Source) -> None:
    told = source.ask(
        RecommendationsQuestion(WEEK, RecommendationFilters(device="mobile", algorithm="als"))
    ).data
    assert (told.totals.shown, told.totals.recommendation_ctr) == (10, 0.5)
    nothing = source.ask(
        RecommendationsQuestion(WEEK, RecommendationFilters(algorithm="none"), "device")
    ).data
    assert (nothing.totals.shown, nothing.groups, nothing.days) == (0, (), ())
    with pytest.raises(FilterNotTaken, match="device, algorithm"):
        source.ask(RecommendationsQuestion(WEEK, split_by="country"))


def test_a_long_period_is_answered_whole_but_not_by_group(source: Source) -> None:
    year = Period(from_=FRIDAY - timedelta(days=366), to=FRIDAY)
    assert len(source.ask(SearchesQuestion(year)).data.days) == 367
    with pytest.raises(BadPeriod, match="at most 366"):
        source.ask(SearchesQuestion(year, split_by="device"))
