from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from netflix_pipeline.errors import BadInput
from netflix_pipeline.metrics import METRICS, UnknownMetric
from netflix_pipeline.serving import (
    OF_PERIODS,
    BadCursor,
    BadPeriod,
    Compare,
    Filters,
    Granularity,
    NotFound,
    Period,
    Play,
    Snapshot,
    Snapshots,
    Source,
    compared_with,
    publish,
)
from netflix_pipeline.serving.home import published
from netflix_pipeline.serving.questions.headline import HeadlineQuestion
from netflix_pipeline.serving.questions.plays import HistoryQuestion, PlaysQuestion
from netflix_pipeline.serving.questions.series import CoursesQuestion, SeriesQuestion
from netflix_pipeline.serving.questions.titles import TitlesQuestion
from netflix_pipeline.serving.questions.user import UserQuestion
from netflix_pipeline_tests.support.three_days import AS_OF, FRIDAY, MONDAY, TUESDAY, three_days
from netflix_pipeline_tests.support.world import Watched, World, noon

WEEK = Period(from_=MONDAY, to=FRIDAY)


def only(day: date) -> Period:
    return Period(from_=day, to=day)


def test_the_headline_is_that_of_the_definitions(source: Source) -> None:
    told = source.ask(HeadlineQuestion(WEEK))
    assert told.data.values == {
        "plays": 7,
        "starters": 5,
        "watchers": 3,
        "completers": 2,
        "hours_viewed": pytest.approx((120 + 30 + 1 + 60 + 60 + 90) / 60),
        "plays_without_duration": 1,
        "views": pytest.approx(1 + 0.5 + 1 / 90 + 1 + 1),
        "hours_without_runtime": 1.5,
        "viewers": 3,
        "completion_rate": 2 / 5,
        "starters_without_reach": 0,
        "sittings": 7,
        "avg_sitting_minutes": pytest.approx((120 + 30 + 1 + 60 + 60 + 90) / 7),
        "binge_rate": pytest.approx(3 / 7),
        "dau": 2,
        "wau": None,
        "mau": None,
        "stickiness": None,
        "peak_concurrent": 2,
    }


def test_an_answer_says_period_definitions_as_of_and_snapshot(source: Source) -> None:
    told = source.ask(HeadlineQuestion(WEEK))
    assert told.period == WEEK
    assert set(told.metrics) <= METRICS.keys()
    assert (told.snapshot.version, told.snapshot.as_of) == (1, AS_OF)
    assert (told.snapshot.data_from, told.snapshot.data_to) == (MONDAY, FRIDAY)


def test_without_a_period_the_last_28_days_with_data_are_meant(source: Source) -> None:
    told = source.ask(HeadlineQuestion())
    assert told.period == Period(from_=FRIDAY - timedelta(days=27), to=FRIDAY)
    assert told.data.plays == 7


def by_day(source: Source, period: Period, metric: str) -> dict[date | datetime, float | None]:
    series = source.ask(SeriesQuestion(metric, period)).data
    days = (bucket.from_ for bucket in series.buckets)
    return dict(zip(days, series.lines[0].values, strict=True))


def test_a_period_without_data_has_zeros_and_no_rates(source: Source) -> None:
    told = source.ask(HeadlineQuestion(only(date(2020, 1, 1)))).data.values
    rates = ("completion_rate", "avg_sitting_minutes", "binge_rate", "wau", "mau", "stickiness")
    assert {name: told.pop(name) for name in rates} == dict.fromkeys(rates)
    assert set(told.values()) == {0}


@pytest.mark.parametrize(
    ("days_later", "expected"),
    [(0, (2, 3, 3)), (1, (0, 3, 3)), (6, (0, 2, 3)), (27, (0, 0, 2)), (30, (0, 0, 0))],
)
def test_the_audience_of_a_day_after_the_data_still_looks_back(
    long_source: Source, days_later: int, expected: tuple[int, int, int]
) -> None:
    last = only(FRIDAY + timedelta(days=days_later))
    told = long_source.ask(HeadlineQuestion(last)).data
    assert (told.dau, told.wau, told.mau) == expected
    for name, value in zip(("dau", "wau", "mau"), expected, strict=True):
        assert by_day(long_source, last, name) == {last.from_: value}


@pytest.mark.parametrize(
    ("metric", "values"),
    [
        ("plays", [4, 1, 0, 0, 2]),
        ("hours_viewed", [151 / 60, 1, 0, 0, 2.5]),
        ("viewers", [1, 1, 0, 0, 2]),
        ("wau", [None] * 5),
        ("completion_rate", [0.5, 0, None, None, 0.5]),
        ("peak_concurrent", [2, 1, 0, 0, 1]),
        ("search_success", [None] * 5),
    ],
)
def test_a_series_has_every_day_also_those_without_data(
    source: Source, metric: str, values: list[float | None]
) -> None:
    told = by_day(source, WEEK, metric)
    assert list(told) == [MONDAY + timedelta(days=n) for n in range(5)]
    assert list(told.values()) == [
        value if value is None else pytest.approx(value) for value in values
    ]


@pytest.mark.parametrize(
    ("metric", "values"), [("wau", [0, 1, 2, 2, 2]), ("stickiness", [None, 1, 0.5, 0, 0])]
)
def test_a_window_is_told_on_days_without_data_too(
    long_source: Source, metric: str, values: list[float | None]
) -> None:
    days = Period(from_=MONDAY - timedelta(days=1), to=MONDAY + timedelta(days=3))
    assert list(by_day(long_source, days, metric).values()) == values


@pytest.mark.parametrize("granularity", ["day", "week", "month", "whole"])
@pytest.mark.parametrize("filters", [Filters(), Filters(country="DE"), Filters(title="t-dark")])
def test_several_courses_are_those_of_each_alone(
    source: Source, filters: Filters, granularity: Granularity
) -> None:
    names = tuple(name for name in OF_PERIODS if set(filters.given) <= set(METRICS[name].filters))
    several = source.ask(CoursesQuestion(names, filters=filters, granularity=granularity)).data
    assert tuple(several) == names
    for name in names:
        alone = source.ask(SeriesQuestion(name, filters=filters, granularity=granularity)).data
        assert several[name] == alone.lines[0].values


def test_a_metric_that_is_not_of_a_day_is_refused(source: Source) -> None:
    with pytest.raises(BadInput, match="retention is not a number of a period"):
        source.ask(SeriesQuestion("retention", WEEK))
    with pytest.raises(UnknownMetric, match="no metric 'profit'"):
        source.ask(SeriesQuestion("profit", WEEK))


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """More users than one bitmap holds, all in one day beside the others."""
    root = tmp_path_factory.mktemp("crowded")
    world = three_days(root / "lake")
    crowd = [Watched(f"crowd-{n}", "t-zoo", 3) for n in range(9000)]
    world.watch(
        TUESDAY, [*crowd, Watched("ann", "t-zoo", 4), Watched("gus", "t-zoo", 4, minutes=1)]
    )
    return Snapshot(publish(world.lake, root / "serving").path)


@pytest.mark.parametrize("first", [MONDAY, TUESDAY, FRIDAY])
@pytest.mark.parametrize("last", [MONDAY, TUESDAY, FRIDAY])
def test_viewers_from_bitmaps_equal_the_metrics_expression(
    crowded: Snapshot, first: date, last: date
) -> None:
    period = Period(from_=min(first, last), to=max(first, last))
    expected = crowded.rows(
        f"SELECT {METRICS['viewers'].expression} AS viewers FROM user_daily "
        "WHERE event_date BETWEEN ? AND ?",
        [period.from_, period.to],
    )
    assert crowded.ask(HeadlineQuestion(period)).data.viewers == expected[0]["viewers"]


@pytest.mark.parametrize(
    ("by", "ids"),
    [
        ("hours_viewed", ["t-dark", "t-amelie", "t-night", "t-zoo"]),
        ("viewers", ["t-dark", "t-amelie", "t-night", "t-zoo"]),
        ("plays", ["t-dark", "t-night", "t-amelie", "t-zoo"]),
    ],
)
def test_titles_are_ranked_by_what_is_asked(source: Source, by: str, ids: list[str]) -> None:
    told = source.ask(TitlesQuestion(sort=by, period=WEEK)).data
    assert [title.title_id for title in told] == ids
    assert {title.title_id: title.viewers for title in told} == {
        "t-dark": 2,
        "t-amelie": 1,
        "t-night": 1,
        "t-zoo": 0,
    }
    assert source.ask(TitlesQuestion(sort=by, period=WEEK, limit=2)).data == told[:2]


def test_titles_cannot_be_ranked_by_anything_else(source: Source) -> None:
    with pytest.raises(BadInput, match="hours_viewed"):
        source.ask(TitlesQuestion(sort="plays; DROP TABLE plays"))


@pytest.mark.parametrize("cursor", ["", "x", "W10", "WyJwbGF5cyJd", "é", "[]", "-" * 900])
def test_a_cursor_that_was_not_given_out_is_refused(source: Source, cursor: str) -> None:
    with pytest.raises(BadCursor):
        source.ask(TitlesQuestion(cursor=cursor))
    with pytest.raises(BadCursor):
        source.ask(PlaysQuestion(cursor=cursor))


def test_a_cursor_of_another_list_is_refused(source: Source) -> None:
    by_name = source.ask(TitlesQuestion(limit=1)).next
    assert by_name
    with pytest.raises(BadCursor):
        source.ask(TitlesQuestion(limit=1, cursor=by_name, sort="hours_viewed"))
    with pytest.raises(BadCursor):
        source.ask(PlaysQuestion(cursor=by_name))


def test_a_user_is_shown_with_profile_engagement_and_newest_plays(source: Source) -> None:
    told = source.ask(UserQuestion("ann", recent=2)).data
    assert (told.user_id, told.plan, told.described) == ("ann", "Basic", True)
    assert told.viewing is not None
    assert told.viewing.plays == 3
    assert told.viewing.hours_viewed == 3.5
    assert told.viewing.favourite_genres == ("comedy", "drama")
    assert [(p.event_date, p.title) for p in told.recent_plays] == [
        (FRIDAY, "Dark"),
        (MONDAY, "Dark"),
    ]
    assert told.recent_plays[1].country == "FR"
    assert told.recent_plays[0].started_at == noon(FRIDAY, 8)


def test_an_unknown_user_is_not_found(source: Source) -> None:
    with pytest.raises(NotFound, match="'zed'"):
        source.ask(UserQuestion("zed"))
    with pytest.raises(NotFound):
        source.ask(HistoryQuestion("zed"))


def every(source: Source, limit: int, user: str | None = None) -> list[Play]:
    """All plays, page by page."""
    found: list[Play] = []
    cursor: str | None = None
    while True:
        page = (
            source.ask(HistoryQuestion(user, limit=limit, cursor=cursor))
            if user
            else source.ask(PlaysQuestion(WEEK, limit=limit, cursor=cursor))
        )
        assert len(page.data) <= limit
        found += page.data
        if page.next is None:
            return found
        cursor = page.next


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_pages_of_plays_are_all_plays_newest_first(world: World, folder: Path, limit: int) -> None:
    # Equal in start, user and title; only the playback tells them apart.
    same = [Watched("ann", "t-zoo", 0, minutes=n, playback=n) for n in range(1, 6)]
    others = [Watched("zoe", "t-zoo", 0), Watched("ann", "t-dark", 0), Watched("abe", "t-zoo", 0)]
    world.watch(TUESDAY, [*same, *others])
    publish(world.lake, folder)
    source = Snapshots(folder)
    found = every(source, limit)
    assert found == list(source.ask(PlaysQuestion(WEEK)).data)
    assert len(found) == 4 + 8 + 2
    starts = [play.started_at for play in found]
    assert starts == sorted(starts, reverse=True)
    assert sorted(
        p.watch_seconds or 0 for p in found if p.title_id == "t-zoo" and p.user_id == "ann"
    ) == [60, 120, 180, 240, 300]
    assert every(source, limit, "ann") == [play for play in found if play.user_id == "ann"]


def test_a_cursor_holds_good_in_the_next_snapshot(world: World, folder: Path) -> None:
    publish(world.lake, folder)
    snapshots = Snapshots(folder)
    first = snapshots.ask(PlaysQuestion(WEEK, limit=3))
    publish(world.lake, folder, full=True)
    snapshots.follow()
    rest = snapshots.ask(PlaysQuestion(WEEK, cursor=first.next))
    assert (first.snapshot.version, rest.snapshot.version) == (1, 2)
    assert [*first.data, *rest.data] == list(snapshots.ask(PlaysQuestion(WEEK)).data)


@pytest.mark.parametrize(
    "period",
    [Period(from_=FRIDAY, to=MONDAY), Period(from_=date(1000, 1, 1), to=date(2026, 1, 1))],
    ids=["backwards", "too long"],
)
def test_a_period_that_cannot_be_answered_is_refused(source: Source, period: Period) -> None:
    with pytest.raises(BadPeriod):
        source.ask(HeadlineQuestion(period))


def test_a_play_is_found_in_the_numbers_that_count_it(source: Source) -> None:
    found = published(source.current(), "ann", "t-amelie", noon(MONDAY, 10))
    assert found["plays"]["completer"]
    assert found["engagement_daily"]["completers"] == 1
    assert found["title_daily"]["viewers"] == 1
    assert found["user_daily"]["plays"] == 1
    assert found["user_profile"]["plays"] == 3
    assert found["title_profile"]["viewers"] == 1
    assert "top10_weekly" not in found
    assert published(source.current(), "ann", "t-amelie", noon(MONDAY, 11)) == {}


@pytest.mark.parametrize(
    ("first", "last", "compare", "days"),
    [
        (FRIDAY, FRIDAY, "previous", None),  # a week before lies before the data
        (MONDAY + timedelta(days=7), FRIDAY + timedelta(days=7), "previous", (MONDAY, FRIDAY)),
        (MONDAY + timedelta(days=7), MONDAY + timedelta(days=16), "previous", None),
        (MONDAY + timedelta(days=14), MONDAY + timedelta(days=23), "previous", (0, 9)),
        (MONDAY + timedelta(days=364), MONDAY + timedelta(days=365), "year", (0, 1)),
        (MONDAY + timedelta(days=363), MONDAY + timedelta(days=365), "year", None),
    ],
)
def test_a_period_is_compared_with_whole_weeks_earlier_where_data_reach_back(
    source: Source,
    first: date,
    last: date,
    compare: Compare,
    days: tuple[date | int, date | int] | None,
) -> None:
    found = compared_with(source.current(), Period(from_=first, to=last), compare)
    expected = days and tuple(
        each if isinstance(each, date) else MONDAY + timedelta(days=each) for each in days
    )
    assert (found and (found.from_, found.to)) == expected
