"""One person: on tables made by hand."""

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from netflix_pipeline.serving import (
    BadPeriod,
    NotFound,
    Period,
    Play,
    Snapshot,
    Snapshots,
    Source,
    publish,
)
from netflix_pipeline.serving.query import codes
from netflix_pipeline.serving.query.plays import AT_HAND
from netflix_pipeline.serving.query.range_scan import STRETCH, find
from netflix_pipeline.serving.questions.plays import HistoryQuestion
from netflix_pipeline.serving.questions.user import User, UserQuestion, make_ready, users
from netflix_pipeline_tests.support.three_days import FRIDAY, MONDAY, TUESDAY
from netflix_pipeline_tests.support.world import Watched, World

WEEK = timedelta(days=7)
PLAYED = {
    "new": (MONDAY + WEEK,),
    "returning": (MONDAY, MONDAY + WEEK),
    "resurrected": (MONDAY - WEEK, MONDAY + WEEK),
    "dormant": (MONDAY - WEEK, MONDAY),
    "gone": (MONDAY - WEEK,),
    "later": (MONDAY + 2 * WEEK,),
}
"""Who played on which Mondays; the last full week begins on MONDAY + WEEK."""
STATUS = {name: name for name in PLAYED} | {"gone": "none", "later": "none"}


@pytest.mark.parametrize("times", [1, 12])
def test_the_lifecycle_is_that_of_the_last_full_week(
    tmp_path: Path, folder: Path, times: int
) -> None:
    world = World(tmp_path / "lake")
    for day in sorted({day for days in PLAYED.values() for day in days}):
        watched = [
            Watched(name, "t-zoo", hour)
            for name, days in PLAYED.items()
            if day in days
            for hour in range(times)  # more than are shown
        ]
        world.watch(day, watched)
    # Everybody may have played in the week that has not ended: it tells nothing.
    world.watch(MONDAY + 2 * WEEK + timedelta(days=1), [Watched(n, "t-zoo", 1) for n in PLAYED])
    world.describe()
    publish(world.lake, folder)
    source = Snapshots(folder)
    for name in PLAYED:
        told = source.ask(UserQuestion(name)).data.lifecycle
        assert (name, told.week, told.status) == (name, MONDAY + WEEK, STATUS[name])
    assert_the_same_however_they_are_asked(source, [*PLAYED])


def assert_the_same_however_they_are_asked(source: Source, names: list[str]) -> None:
    """One by one or together, from the tables or from memory."""
    names = [*names, "nobody", ""]
    from_tables = {name: str(users(source.current(), [name])[name]) for name in names}
    together = users(source.current(), names)
    assert {name: str(told) for name, told in together.items()} == from_tables
    make_ready(source.current())
    assert {name: str(users(source.current(), [name])[name]) for name in names} == from_tables
    assert {name: str(told) for name, told in users(source.current(), names).items()} == from_tables
    assert isinstance(together["nobody"], NotFound)


def test_people_are_the_same_however_they_are_asked(source: Source) -> None:
    names = ["ann", "bob", "cid"]
    assert_the_same_however_they_are_asked(source, names)
    for answer in users(source.current(), names).values():
        assert not isinstance(answer, NotFound)
        assert User.model_validate(answer.data.model_dump(), strict=True) == answer.data


def test_newest_plays_are_the_same_from_wherever_they_are_stored(
    world: World, folder: Path
) -> None:
    titles = ("t-zoo", "t-dark", "t-amelie")  # all of them at the same time
    for day in (TUESDAY, MONDAY):  # the earlier day is stored behind the later one
        world.watch(
            day,
            [
                Watched(name, at, hour)
                for name in ("eve", "fay")
                for hour in (1, 4, 8)
                for at in titles
            ],
        )
        world.describe()
        publish(world.lake, folder)
    source = Snapshots(folder)
    assert len(source.ask(UserQuestion("eve")).data.recent_plays) == AT_HAND
    assert_the_same_however_they_are_asked(source, ["bob", "eve", "fay"])


def test_a_history_can_be_of_a_period(source: Source) -> None:
    told = source.ask(HistoryQuestion("ann", Period(from_=MONDAY, to=TUESDAY)))
    assert [(play.event_date, play.title_id) for play in told.data] == [
        (MONDAY, "t-dark"),
        (MONDAY, "t-amelie"),
    ]
    assert told.period == Period(from_=MONDAY, to=TUESDAY)
    page = source.ask(HistoryQuestion("ann", told.period, limit=1))
    rest = source.ask(HistoryQuestion("ann", told.period, limit=1, cursor=page.next))
    assert (*page.data, *rest.data) == told.data
    assert rest.next is None
    assert source.ask(HistoryQuestion("bob", Period(from_=FRIDAY, to=FRIDAY))).data == ()
    assert source.ask(HistoryQuestion("ann")).period is None
    with pytest.raises(BadPeriod):
        source.ask(HistoryQuestion("ann", Period(from_=FRIDAY, to=MONDAY)))


def test_plays_are_taken_as_they_are_stored(source: Source) -> None:
    for play in source.ask(HistoryQuestion("ann")).data:
        assert [*dict(play)] == [*Play.model_fields]
        assert Play.model_validate(dict(play), strict=True) == play
        assert play.model_fields_set == {*Play.model_fields}


def test_people_are_found_wherever_they_lie(world: World, folder: Path) -> None:
    crowd = [f"crowd-{n:05}" for n in range(3 * STRETCH)]
    world.watch(TUESDAY, [Watched(name, "t-zoo", 3) for name in crowd])
    world.describe()
    publish(world.lake, folder)
    # These get their codes after all others, wherever their names belong.
    world.watch(TUESDAY, [Watched(n, "t-zoo", 3) for n in (*crowd, "aaa", "crowd-01000x", "zzz")])
    world.describe()
    publish(world.lake, folder)
    source = Snapshots(folder)
    for name in (*crowd[:: STRETCH // 3], crowd[-1], "aaa", "crowd-01000x", "zzz", "ann", "dee"):
        told = source.ask(UserQuestion(name)).data
        assert (told.user_id, len(told.recent_plays) > 0) == (name, True)
        assert told.viewing is not None
        assert {play.user_id for play in source.ask(HistoryQuestion(name)).data} == {name}
    for name in ("", "a", "crowd-", "crowd-99999", "zzzz", "é"):
        with pytest.raises(NotFound):
            source.ask(UserQuestion(name))


def test_titles_that_are_too_many_to_keep_are_named_all_the_same(
    world: World, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(world.lake, folder)
    told = Snapshots(folder).ask(HistoryQuestion("ann")).data
    monkeypatch.setattr(codes, "MOST_AT_HAND", 0)
    assert Snapshots(folder).ask(HistoryQuestion("ann")).data == told
    assert [play.title for play in told] == ["Dark", "Dark", "Le Fabuleux Destin d'Amélie"]


def test_a_table_that_is_not_sorted_is_searched_whole(world: World, folder: Path) -> None:
    path = publish(world.lake, folder).path
    names = pl.Series([f"n-{(n * 7919) % 4001}" for n in range(4001)])
    snapshot = Snapshot(path)
    snapshot.rows(
        "CREATE TEMP TABLE shuffled AS SELECT unnest(?::VARCHAR[]) AS name", [names.to_list()]
    )
    for name in names[::500]:
        assert find(snapshot, "shuffled", "name", name) == {"name": name}
    assert find(snapshot, "shuffled", "name", "n-4001") is None
