"""The Top 10 of a week: on tables made by hand."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from netflix_pipeline.serving import Period, Snapshots, Source, publish
from netflix_pipeline.serving.questions.top10 import Top10Question
from netflix_pipeline_tests.support.three_days import FRIDAY, MONDAY, TUESDAY, listed, three_days
from netflix_pipeline_tests.support.world import Watched, World

BEFORE = MONDAY - timedelta(days=7)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Source:
    root = tmp_path_factory.mktemp("top10")
    publish(listed(three_days(root / "lake")).lake, root / "serving")
    return Snapshots(root / "serving")


def test_the_last_full_week_is_meant_without_one(source: Source) -> None:
    told = source.ask(Top10Question())
    assert told.period == Period(from_=BEFORE, to=MONDAY - timedelta(days=1))
    assert (told.data.week, told.data.provisional) == (BEFORE, False)
    assert [(e.list, e.rank, e.entry_id) for e in told.data.entries] == [
        ("films", 1, "t-amelie"),
        ("films", 2, "t-night"),
        ("tv", 1, "t-dark"),
    ]
    assert {entry.previous_rank for entry in told.data.entries} == {None}


def test_a_week_has_ended_on_its_sunday(world: World, folder: Path) -> None:
    world.watch(MONDAY + timedelta(days=6), [])
    source = Snapshots(folder)
    publish(listed(world).lake, folder)
    assert (
        source.ask(Top10Question()).data.week == BEFORE
    )  # nobody played on the Sunday: not known to be over
    assert source.ask(Top10Question(FRIDAY)).data.provisional


@pytest.mark.parametrize("hours", [12, 24])
def test_a_week_goes_on_until_its_sunday_is_over(world: World, folder: Path, hours: int) -> None:
    sunday = MONDAY + timedelta(days=6)
    world.watch(sunday, [Watched("ann", "t-zoo", 9)])
    world.describe()
    newest = datetime.combine(sunday, time(), UTC) + timedelta(hours=hours)
    publish(listed(world).lake, folder, as_of=newest)
    source = Snapshots(folder)
    over = hours == 24
    assert source.ask(Top10Question(sunday)).data.provisional == (not over)
    assert source.ask(Top10Question()).data.week == (MONDAY if over else BEFORE)


@pytest.mark.parametrize("day", [MONDAY, TUESDAY, MONDAY + timedelta(days=6)])
def test_any_day_names_its_week(source: Source, day: date) -> None:
    told = source.ask(Top10Question(day, "films"))
    assert (told.data.week, told.data.provisional) == (MONDAY, True)
    assert [(e.entry_id, e.previous_rank, e.weeks_in_list) for e in told.data.entries] == [
        ("t-zoo", None, 1),
        ("t-amelie", 1, 2),
    ]
    assert told.data.countries == ("DE",)
    assert (told.data.first_week, told.data.last_week) == (BEFORE, MONDAY)


def test_a_country_has_lists_of_its_own(source: Source) -> None:
    told = source.ask(Top10Question(MONDAY, country="DE"))
    assert [(e.country, e.entry_id, e.previous_rank) for e in told.data.entries] == [
        ("DE", "t-amelie", None)
    ]
    assert told.filters == {"country": "DE"}


@pytest.mark.parametrize("day", [date.min, date.max, MONDAY + timedelta(days=7)])
def test_a_week_without_lists_has_no_entries(source: Source, day: date) -> None:
    told = source.ask(Top10Question(day)).data
    assert (told.entries, told.countries) == ((), ())
    assert source.ask(Top10Question(MONDAY, country="XX")).data.entries == ()
    assert source.ask(Top10Question(MONDAY, "tv")).data.entries == ()
