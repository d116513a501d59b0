"""How many people watch, who comes back: on tables made by hand."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from netflix_pipeline.lake.folder_lake import FolderLake
from netflix_pipeline.serving import BadPeriod, Period, Snapshots, Source, publish
from netflix_pipeline.serving.query.periods import EARLIEST, LATEST
from netflix_pipeline.serving.questions.audience import (
    AudienceQuestion,
    LifecycleQuestion,
    RetentionQuestion,
    SegmentsQuestion,
)
from netflix_pipeline.serving.questions.cohorts import CohortsQuestion
from netflix_pipeline.serving.questions.headline import HeadlineQuestion
from netflix_pipeline.serving.questions.series import SeriesQuestion
from netflix_pipeline_tests.support.three_days import (
    BEFORE,
    FRIDAY,
    MONDAY,
    TUESDAY,
    WEEK,
    WEEKS,
    rows,
    three_days,
)
from netflix_pipeline_tests.support.world import World

COHORTS = [
    # cohort, k, users, active, provisional
    (BEFORE - WEEK, 0, 10, 10, False),
    (BEFORE - WEEK, 1, 10, 5, False),
    (BEFORE - WEEK, 2, 10, 4, True),
    (BEFORE, 0, 4, 4, False),
    (BEFORE, 1, 4, 1, True),
    (MONDAY, 0, 3, 3, True),
]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Source:
    root = tmp_path_factory.mktemp("audience")
    world = three_days(root / "lake")
    shares = [(week, k, users, n, n / users, p) for week, k, users, n, p in COHORTS]
    world.put("gold/retention_weekly", None, rows("gold/retention_weekly", shares))
    world.put("gold/lifecycle_weekly", None, rows("gold/lifecycle_weekly", WEEKS))
    publish(world.lake, root / "serving")
    return Snapshots(root / "serving")


def test_a_last_day_that_goes_on_is_named(world: World, folder: Path) -> None:
    noon = datetime.combine(FRIDAY, time(12), UTC)
    publish(world.lake, folder, as_of=noon)
    source = Snapshots(folder)
    told = f"{FRIDAY} is not over: of that day"
    days = Period(from_=TUESDAY, to=FRIDAY)
    for answer in (
        source.ask(AudienceQuestion(days)),
        source.ask(HeadlineQuestion(days, names=("plays", "dau"))),
        source.ask(SeriesQuestion("peak_concurrent", days)),
    ):
        (warning,) = answer.warnings
        assert warning.startswith(told)
        assert "plays" not in warning
    assert not source.ask(SeriesQuestion("plays", days)).warnings
    assert not source.ask(AudienceQuestion(Period(from_=TUESDAY, to=TUESDAY))).warnings
    publish(world.lake, folder, as_of=noon + timedelta(hours=12))
    assert not Snapshots(folder).ask(AudienceQuestion(days)).warnings


def test_the_audience_is_that_of_each_day_and_of_the_last(long_source: Source) -> None:
    told = long_source.ask(
        AudienceQuestion(Period(from_=MONDAY - timedelta(days=1), to=FRIDAY))
    ).data
    assert [(d.dau, d.wau, d.mau) for d in told.days] == [
        *((0, 0, 0), (1, 1, 1), (1, 2, 2)),
        *((0, 2, 2), (0, 2, 2), (2, 3, 3)),
    ]
    assert told.days[0].stickiness is None
    assert told.last_day == told.days[-1]
    assert told.last_day.day == FRIDAY
    assert told.last_day.stickiness == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("days_later", "expected"),
    [(0, (2, 3, 3)), (1, (0, 3, 3)), (6, (0, 2, 3)), (27, (0, 0, 2)), (29, (0, 0, 2))],
)
def test_the_audience_looks_back_after_the_data(
    long_source: Source, days_later: int, expected: tuple[int, int, int]
) -> None:
    day = FRIDAY + timedelta(days=days_later)
    told = long_source.ask(AudienceQuestion(Period(from_=day, to=day))).data.last_day
    assert (told.dau, told.wau, told.mau) == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (MONDAY + timedelta(days=5), (0, None, None, None)),
        (MONDAY + timedelta(days=6), (0, 3, None, None)),
        (MONDAY + timedelta(days=28), (0, 0, None, None)),
        (MONDAY + timedelta(days=29), (0, 0, 3, 0)),
    ],
)
def test_windows_that_begin_before_the_data_are_not_known(
    source: Source, day: date, expected: tuple[float | None, ...]
) -> None:
    told = source.ask(AudienceQuestion(Period(from_=day, to=day))).data.last_day
    assert (told.dau, told.wau, told.mau, told.stickiness) == expected


def test_long_before_nobody_is_known_and_long_after_nobody_watches(source: Source) -> None:
    for day, window in (
        (date(2020, 1, 1), None),
        (FRIDAY + timedelta(days=30), 0),
        (LATEST, 0),
    ):
        told = source.ask(AudienceQuestion(Period(from_=day, to=day))).data.last_day
        assert (told.dau, told.wau, told.mau, told.stickiness) == (0, window, window, None)


def test_cohorts_are_those_of_the_weeks_that_the_period_touches(source: Source) -> None:
    told = source.ask(RetentionQuestion(Period(from_=BEFORE + timedelta(days=6), to=TUESDAY)))
    assert told.period == Period(from_=BEFORE, to=MONDAY + timedelta(days=6))
    assert [
        (c.cohort_week, c.week_offset, c.active_users, c.retention, c.provisional)
        for c in told.data.cohorts
    ] == [
        (BEFORE, 0, 4, 1.0, False),
        (BEFORE, 1, 1, None, True),
        (MONDAY, 0, 3, None, True),
    ]
    everything = source.ask(RetentionQuestion())
    assert everything.period == Period(from_=MONDAY - 11 * WEEK, to=MONDAY + timedelta(days=6))
    assert len(everything.data.cohorts) == len(COHORTS)
    assert everything.metrics == ("retention",)


def test_provisional_weeks_are_in_no_rate(source: Source) -> None:
    told = source.ask(RetentionQuestion()).data.rates
    assert [
        (r.week_offset, r.cohorts, r.cohort_users, r.active_users, r.retention) for r in told
    ] == [(0, 2, 14, 14, 1.0), (1, 1, 10, 5, 0.5), (2, 0, 0, 0, None)]
    assert source.ask(RetentionQuestion(most=0)).data.rates == told[:1]


def test_too_many_cohorts_are_refused(source: Source) -> None:
    source.ask(RetentionQuestion(Period(from_=MONDAY - 103 * WEEK, to=MONDAY)))
    with pytest.raises(BadPeriod, match="105 weeks, and at most 104"):
        source.ask(RetentionQuestion(Period(from_=MONDAY - 104 * WEEK, to=MONDAY)))


def test_the_lifecycle_is_told_by_week(source: Source) -> None:
    told = source.ask(LifecycleQuestion())
    assert [tuple(week.model_dump().values()) for week in told.data] == WEEKS
    some = source.ask(LifecycleQuestion(Period(from_=TUESDAY, to=date(2026, 12, 31))))
    assert [week.week for week in some.data] == [MONDAY]


@pytest.mark.parametrize("day", [EARLIEST, LATEST])
def test_the_ends_of_time_have_weeks_too(source: Source, day: date) -> None:
    told = source.ask(LifecycleQuestion(Period(from_=day, to=day)))
    assert told.data == ()
    assert told.period is not None
    assert told.period.from_ <= day <= told.period.to


def test_a_last_day_that_is_not_over_is_in_no_cohort(source: Source, long_source: Source) -> None:
    asked = CohortsQuestion(period=Period(from_=MONDAY, to=FRIDAY))
    told, over = (
        [(one.group, one.offset, one.cohort_users, one.active_users) for one in data.cohorts]
        for data in (source.ask(asked).data, long_source.ask(asked).data)
    )
    assert told == [(str(MONDAY), k, 3, active) for k, active in enumerate((3, 1, 0, 0))]
    assert over == [
        *((str(MONDAY), k, 2, active) for k, active in enumerate((2, 1, 0, 0, 0))),
        (str(FRIDAY), 0, 1, 1),
    ]


def test_segments_are_of_everybody_and_none_is_left_out(source: Source) -> None:
    told = source.ask(SegmentsQuestion())
    assert told.period == Period(from_=FRIDAY - timedelta(days=27), to=FRIDAY)
    assert (told.data.users, told.data.engagement_score) == (4, 20.5)
    assert [(s.segment, s.users, s.share) for s in told.data.segments] == [
        ("core", 0, 0.0),
        ("regular", 0, 0.0),
        ("casual", 4, 1.0),
        ("at_risk", 0, 0.0),
    ]


def test_without_anybody_there_are_no_shares(tmp_path: Path) -> None:
    publish(FolderLake(tmp_path / "lake"), tmp_path / "serving")
    told = Snapshots(tmp_path / "serving").ask(SegmentsQuestion())
    assert told.period is None
    assert (told.data.users, told.data.engagement_score) == (0, None)
    assert {each.share for each in told.data.segments} == {None}
    empty = Snapshots(tmp_path / "serving").ask(CohortsQuestion("week", "first_title")).data
    assert (empty.groups, empty.rates, empty.cohorts) == (0, (), ())
