"""Which days are complete, against the reference that looks at every row."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netflix_pipeline.serving import Answer, Period, Question, Snapshot, publish
from netflix_pipeline.serving.questions.audience import AudienceQuestion
from netflix_pipeline.serving.questions.completeness import Completeness, CompletenessQuestion
from netflix_pipeline.serving.questions.headline import HeadlineQuestion
from netflix_pipeline.serving.questions.quality import LedgerQuestion
from netflix_pipeline.serving.questions.series import SeriesQuestion
from netflix_pipeline.transforms.gold_daily import arrival_daily
from netflix_pipeline_tests.reference.arrival import day_of
from netflix_pipeline_tests.reference.completeness import Arrived
from netflix_pipeline_tests.reference.frames import frame
from netflix_pipeline_tests.reference.rows import Row, grouped, midnight
from netflix_pipeline_tests.support.arrivals import WATCH, arrive
from netflix_pipeline_tests.support.examples import at_most
from netflix_pipeline_tests.support.world import Watched, World

FIRST = date(2026, 3, 1)
"""The day of the first arrival."""
DAY, HOUR, MICROSECOND = timedelta(days=1), timedelta(hours=1), timedelta(microseconds=1)
USUAL = (timedelta(seconds=2),) * 60 + (3 * HOUR,) * 4
"""How long after the event most rows come."""
ODD = (
    *(6 * HOUR, 12 * HOUR, 12 * HOUR + MICROSECOND, 13 * HOUR, 36 * HOUR, 36 * HOUR + MICROSECOND),
    *(-HOUR / 2, 3 * DAY, 7 * DAY, 7 * DAY + MICROSECOND, 8 * DAY, 20 * DAY),
)
"""How long after it others do: also to the microsecond of an hour, a day, a bulk load."""


def event(happened: datetime, late: timedelta, **other: Any) -> Row:
    """A watch event that came so late."""
    row = {"user_id": "ann", "kind": "main", "source": "http"}
    return row | {"event_time": happened, "received_at": happened + late} | other


def arrived(seed: int, days: int, odd: float, as_of: datetime) -> Arrived:
    """Some rows a day from a week before the first arrival on, those that came until then."""
    chance = Random(seed)
    events = [
        event(
            midnight(FIRST + number * DAY) + chance.choice((0, 12, 12, 20)) * HOUR,
            chance.choice(ODD if chance.random() < odd else USUAL),
            kind=chance.choice(("main",) * 9 + ("promo",)),
            user_id=chance.choice(("ann",) * 9 + ("~canary",)),
            source=chance.choice(("http",) * 3 + ("native-watch-events",)),
        )
        for number in range(-7, days)
        if chance.random() < 0.9  # or nobody watches
        for _ in range(chance.choice((1, 20, 40)))
    ]
    return Arrived([row for row in events if row["received_at"] <= as_of], as_of, FIRST)


def published(told: Arrived, folder: Path) -> Path:
    """A snapshot of what arrived, with plays on the first and the last day that has any."""
    world = World(folder / "lake")
    by_day = grouped(told.events, day_of)
    for day, rows in by_day.items():
        world.put("gold/arrival_daily", day, arrival_daily(frame("bronze/watch_events", rows)))
    watched = [day for day in by_day if told.of(day)]
    for day in {min(watched), max(watched)} if watched else ():
        world.watch(day, [Watched("ann", "t-dark", 9)])
    arrive(world, told.since, [(*WATCH, 1, 1, 1, 0, 0, 0, 1)])
    world.describe()
    return publish(world.lake, folder / "serving", as_of=told.as_of).path


def assert_agrees(told: Arrived, answer: Answer[Completeness]) -> None:
    assert answer.period is not None
    data = answer.data
    assert [day.model_dump() for day in data.days] == [
        {
            name: pytest.approx(value, rel=1e-9) if isinstance(value, float) else value
            for name, value in told.day(day).items()
        }
        for day in answer.period.each
    ]
    assert data.settles_within_hours == told.settles
    assert data.measured_rows == told.came_within.total()
    assert (data.measured.each if data.measured else []) == told.measured
    assert [step.within_hours for step in data.lateness] == sorted(told.came_within)
    assert [step.share for step in data.lateness] == pytest.approx(
        [told.share(hours) for hours in sorted(told.came_within)], rel=1e-9
    )
    unsettled = [day.day for day in data.days if day.state == "provisional"]
    assert data.provisional_from == min([*unsettled, told.as_of.date()])


@at_most(5)
@given(
    seed=st.integers(0, 2**32),
    days=st.integers(1, 60),
    odd=st.sampled_from((0.0, 0.02, 0.1)),
    hours=st.sampled_from((0, 0.5, 5, 23.5)),
)
def test_every_day_is_what_the_reference_makes_of_all_rows(
    seed: int, days: int, odd: float, hours: float
) -> None:
    as_of = midnight(FIRST + days * DAY) + hours * HOUR
    told = arrived(seed, days + 1, odd, as_of)
    with TemporaryDirectory() as folder:
        snapshot = Snapshot(published(told, Path(folder)))
        period = Period(from_=FIRST - 9 * DAY, to=as_of.date() + DAY)
        assert_agrees(told, snapshot.ask(CompletenessQuestion(period)))


@pytest.fixture(scope="module")
def told() -> Arrived:
    """Forty days, of which some rows come late, until five in the morning; and a bulk load."""
    told = arrived(7, 41, 0.03, midnight(FIRST + 40 * DAY) + 5 * HOUR)
    bulk = event(midnight(FIRST + 9 * DAY), 9 * DAY, source="native-watch-events")
    return replace(told, events=[*told.events, bulk])


@pytest.fixture(scope="module")
def path(told: Arrived, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return published(told, tmp_path_factory.mktemp("completeness"))


@pytest.fixture(scope="module")
def snapshot(path: Path) -> Snapshot:
    return Snapshot(path)


def test_there_are_days_of_every_state(told: Arrived, snapshot: Snapshot) -> None:
    answer = snapshot.ask(CompletenessQuestion(Period(from_=FIRST, to=told.as_of.date())))
    assert_agrees(told, answer)
    assert {day.state for day in answer.data.days} == {"settled", "provisional", "late"}
    assert any(day.bulk_rows for day in answer.data.days)
    assert answer.data.lateness[-1].share == 1


def test_answers_tell_from_which_of_their_days_on_more_usually_comes(snapshot: Snapshot) -> None:
    first = snapshot.ask(CompletenessQuestion()).data.provisional_from
    last = snapshot.info.data_to
    assert first is not None
    assert last is not None
    assert first < last
    both = Period(from_=first - 3 * DAY, to=last + DAY)
    within = Period(from_=last, to=last)
    settled = Period(from_=first - 3 * DAY, to=first - DAY)
    beyond = Period(from_=last + DAY, to=last + 2 * DAY)
    for period, told in ((both, first), (within, last), (settled, None), (beyond, None)):
        questions: tuple[Question[Any], ...] = (
            SeriesQuestion("plays", period),
            HeadlineQuestion(period),
            AudienceQuestion(period),
        )
        for question in questions:
            answer = snapshot.ask(question)
            assert answer.provisional_from == told
            assert ("provisional_from" in answer.model_dump_json()) == (told is not None)
    # Days of arrival are over once they are over.
    assert snapshot.ask(LedgerQuestion(both)).provisional_from is None


def test_of_a_home_that_was_loaded_once_only_the_day_that_runs_is_provisional(
    tmp_path: Path,
) -> None:
    as_of = midnight(FIRST) + 10 * HOUR
    events = [
        event(moment, as_of - moment, source="native-watch-events")
        for moment in (midnight(FIRST - days * DAY) + 9 * HOUR for days in range(20))
    ]
    told = Arrived(events, as_of, FIRST)
    answer = Snapshot(published(told, tmp_path)).ask(CompletenessQuestion())
    assert_agrees(told, answer)
    assert {day.state for day in answer.data.days[:-1]} == {"settled"}
    assert answer.data.days[-1].state == "provisional"
    assert answer.provisional_from == FIRST
    assert (answer.data.lateness, answer.data.measured) == ((), None)


def test_a_snapshot_of_before_it_was_told_when_rows_came_is_read(path: Path) -> None:
    before = path.with_name("snapshot-000000.duckdb")
    before.write_bytes(path.read_bytes())
    with duckdb.connect(str(before)) as sql:
        sql.execute("DROP VIEW arrival_daily")
        sql.execute("DROP TABLE coded.arrival_daily")
    snapshot = Snapshot(before)
    answer = snapshot.ask(CompletenessQuestion())
    assert {(day.rows, day.late_rows, day.last_received_at) for day in answer.data.days} == {
        (0, 0, None)
    }
    assert snapshot.info.as_of is not None
    assert answer.data.provisional_from == snapshot.info.as_of.date()


def test_where_nothing_ever_came_nothing_is_settled(tmp_path: Path) -> None:
    world = World(tmp_path / "lake")
    world.describe()
    snapshot = Snapshot(publish(world.lake, tmp_path / "serving").path)
    answer = snapshot.ask(CompletenessQuestion(Period(from_=FIRST, to=FIRST)))
    assert (answer.data.provisional_from, answer.provisional_from) == (None, None)
    assert answer.data.days[0].state == "provisional"
    assert answer.snapshot.as_of is None
