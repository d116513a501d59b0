"""Sittings, edge by edge, and that a day's sittings do not depend on what is asked for with it."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from netflix_pipeline.contracts import contract
from netflix_pipeline.transforms import sessionize
from netflix_pipeline.transforms.sittings import COLUMNS, reaching, walk_sittings
from netflix_pipeline_tests.reference import sittings as reference
from netflix_pipeline_tests.reference.agreement import differences
from netflix_pipeline_tests.reference.plays import Play
from netflix_pipeline_tests.reference.rows import grouped
from netflix_pipeline_tests.support.examples import at_most

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PLAYS = contract("silver/plays")
SITTINGS = contract("silver/sessions")
TITLES = contract("silver/titles")
Row = dict[str, Any]


def at(text: str) -> datetime:
    """`HH:MM[:SS[.f]]` of the tenth of March 2026, or `dd HH:MM[:SS[.f]]` of that month."""
    day, _, clock = text.rpartition(" ")
    return datetime.fromisoformat(f"2026-03-{day or '10'}T{clock}+00:00")


def march(*days: int) -> list[date]:
    return [date(2026, 3, day) for day in days]


def play(
    play_id: str,
    start: str | datetime,
    end: str | datetime,
    watch_seconds: float | None = 600.0,
    **more: Any,
) -> Row:
    return {
        "play_id": play_id,
        "user_id": "ann",
        "title_id": "film",
        "started_at": at(start) if isinstance(start, str) else start,
        "ended_at": at(end) if isinstance(end, str) else end,
        "time_precision": "second",
        "watch_seconds": watch_seconds,
        "starter": True,
        "country": "unknown",
        "device": "unknown",
        "plan": "unknown",
        **more,
    }


def titles(*told: tuple[str, str | None, int | None, int | None]) -> pl.DataFrame:
    """Titles as (title_id, series_key, season, episode)."""
    names = ("title_id", "series_key", "season", "episode")
    return pl.DataFrame(told, schema={name: TITLES.schema[name] for name in names}, orient="row")


EPISODES = titles(
    ("film", None, None, None),
    ("show", "show", None, None),
    *((f"s{s}e{e}", "show", s, e) for s in (1, 2) for e in (1, 2, 3)),
    ("s1e1-again", "show", 1, 1),
    *((f"other{e}", "other", None, e) for e in (1, 2, 3)),
)


class Plays:
    """Silver plays by day, as a lake would hand them out; remembers which days were read."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.days: dict[date, list[Row]] = defaultdict(list)
        self.was_read: set[date] = set()
        for row in rows:
            self.days[row["started_at"].date()].append(row)
        self.reaches = {
            day: max(row["ended_at"] for row in rows) for day, rows in self.days.items()
        }

    def read(self, days: Sequence[date]) -> pl.DataFrame:
        self.was_read.update(days)
        schema = {name: PLAYS.schema[name] for name in COLUMNS}
        frames = (pl.DataFrame(self.days[day], schema, orient="row") for day in days)
        return pl.concat(frame.sort(PLAYS.order) for frame in frames)

    def height(self, day: date) -> int:
        return len(self.days.get(day, ()))

    def walk(
        self, days: Iterable[date], titles: pl.DataFrame = EPISODES
    ) -> list[tuple[date, pl.DataFrame, list[date]]]:
        return list(walk_sittings(list(days), self.read, self.height, self.reaches, titles))

    def sittings(self, days: Iterable[date]) -> dict[date, list[str]]:
        """The sittings of each day as `first play/number of plays`."""
        return {
            day: [f"{s['session_id']}/{s['plays']}" for s in frame.iter_rows(named=True)]
            for day, frame, _ in self.walk(days)
        }


def sittings_of(*rows: Row) -> pl.DataFrame:
    """The sittings of the tenth of March."""
    ((_, frame, _),) = Plays(rows).walk(march(10))
    assert_frame_equal(frame, SITTINGS.conform(frame))
    assert all(found.is_empty() for found in SITTINGS.violations(frame))
    return frame


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(
            [play("a", "10:00", "11:00"), play("b", "11:30", "12:00", title_id="show")],
            {10: ["a/2"]},
            id="exactly 30 minutes after the end is the same sitting",
        ),
        pytest.param(
            [play("a", "10:00", "11:00"), play("b", "11:30:00.000001", "12:00")],
            {10: ["a/1", "b/1"]},
            id="a microsecond more is another",
        ),
        pytest.param(
            [
                play("a", "10:00", "14:00"),
                play("b", "10:30", "10:40"),
                play("c", "14:30", "14:40"),
            ],
            {10: ["a/3"]},
            id="the latest end so far counts",
        ),
        pytest.param(
            [play("a", "10:00", "11:00"), play("b", "10:30", "11:00", user_id="bob")],
            {10: ["a/1", "b/1"]},
            id="another user sits elsewhere",
        ),
        pytest.param(
            [
                play("a", "00:00", "00:20"),
                play("b", "00:00", "00:10", time_precision="day"),
                play("c", "00:40", "00:50"),
            ],
            {10: ["a/2"]},
            id="a play that only has a date sits nowhere",
        ),
        pytest.param(
            [play("b", "10:00", "10:01"), play("a", "10:00", "10:02")],
            {10: ["a/2"]},
            id="plays of one instant stand in the order of their ids",
        ),
        pytest.param(
            [play("a", "23:40", "23:50"), play("b", "11 00:20", "11 00:30")],
            {10: ["a/2"], 11: []},
            id="a sitting past midnight belongs to the day it started",
        ),
        pytest.param(
            [play("a", "23:40", "23:50"), play("b", "11 00:20:01", "11 00:30")],
            {10: ["a/1"], 11: ["b/1"]},
            id="a pause past midnight ends it",
        ),
        pytest.param(
            [play("a", "10:00", "15 12:00"), play("b", "15 12:30", "15 13:00")],
            {10: ["a/2"], 11: [], 15: []},
            id="a play of days reaches over days without any",
        ),
        pytest.param(
            [
                play("a", "10:00", "15 12:00"),
                play("b", "12 10:00", "17 10:00"),
                play("c", "17 10:30", "17 11:00"),
                play("d", "17 11:30:00.1", "17 12:00"),
            ],
            {10: ["a/3"], 12: [], 15: [], 17: ["d/1"]},
            id="and so does a chain of them",
        ),
        pytest.param([], {10: []}, id="no plays, no sittings"),
    ],
)
def test_plays_are_chained_into_sittings(rows: list[Row], expected: dict[int, list[str]]) -> None:
    told = dict(zip(march(*expected), expected.values(), strict=True))
    assert Plays(rows).sittings(told) == told
    assert Plays(reversed(rows)).sittings(reversed(told)) == told
    for day, of_day in told.items():
        assert Plays(rows).sittings([day]) == {day: of_day}


def test_a_sitting_sums_up_its_plays() -> None:
    (sitting,) = sittings_of(
        play("b", "10:30", "10:40", 0.1, title_id="show", country="FR", device="tv", plan="Basic"),
        play("a", "10:00", "11:00", None, country="DE", device="tablet", plan="Premium"),
        play("c", "10:50", "10:55", 0.2, title_id="show"),
    ).iter_rows(named=True)
    assert sitting == {
        "session_id": "a",
        "user_id": "ann",
        "started_at": at("10:00"),
        "ended_at": at("11:00"),
        "plays": 3,
        "titles": 2,
        "watch_seconds": pytest.approx(0.3),
        "binge": False,
        "country": "DE",
        "device": "tablet",
        "plan": "Premium",
    }


@pytest.mark.parametrize(
    ("watched", "binge"),
    [
        pytest.param(["s1e1", "s1e2", "s1e3"], True, id="three episodes"),
        pytest.param(["s1e1", "s1e2"], False, id="two"),
        pytest.param(["s1e1", "s2e1", "s1e2"], True, id="of two seasons"),
        pytest.param(["s1e1", "s1e1", "s1e1-again", "s1e2"], False, id="the same ones again"),
        pytest.param(["show", "show", "show"], True, id="plays of a series without episodes"),
        pytest.param(["show", "s1e1", "s1e1", "s1e2"], True, id="known and unknown episodes"),
        pytest.param(["show", "show", "s1e1-"], False, id="what is no starter does not count"),
        pytest.param(["s1e1", "s1e2", "other1", "other2"], False, id="of two series"),
        pytest.param(["other1", "other2", "other3"], True, id="episodes without a season"),
        pytest.param(["other1", "other1", "other2"], False, id="two of them"),
        pytest.param(["film", "film", "film"], False, id="films"),
        pytest.param(["nobody-knows"] * 3, False, id="titles that nobody describes"),
    ],
)
def test_a_binge_is_three_episodes_of_a_series_in_one_sitting(
    watched: list[str], binge: bool
) -> None:
    rows = [
        play(str(n), f"10:{n}0", f"10:{n}5", title_id=title.rstrip("-"), starter=title[-1] != "-")
        for n, title in enumerate(watched)
    ]
    (sitting,) = sittings_of(*rows).iter_rows(named=True)
    assert sitting["binge"] is binge


def test_three_episodes_in_two_sittings_are_no_binge() -> None:
    frame = sittings_of(
        play("a", "10:00", "10:30", title_id="s1e1"),
        play("b", "10:30", "11:00", title_id="s1e2"),
        play("c", "13:00", "13:30", title_id="s1e3"),
    )
    assert frame.get_column("binge").to_list() == [False, False]


def test_a_day_depends_on_what_reaches_into_it_and_on_where_its_sittings_can_go_on() -> None:
    lake = Plays(
        [
            play("a", "03 10:00", "09 23:30"),
            play("b", "05 10:00", "09 23:29:59"),
            play("c", "10 23:00", "10 23:30"),
        ]
    )
    assert reaching(lake.reaches)[date(2026, 3, 10)] == march(3)
    ((_, _, used),) = lake.walk(march(10))
    assert used == march(3, 8, 9, 10, 11)
    assert lake.was_read == set(march(3, 10))


START = datetime(2026, 3, 9, tzinfo=UTC)
# Few users and instants in four days, so that plays meet, tie and last beyond midnight often.
SOME_PLAYS = st.lists(
    st.tuples(
        st.sampled_from(["ann", "bob"]),
        st.sampled_from(["film", "show", "s1e1", "s1e2", "s1e3"]),
        st.integers(0, 4 * 24 * 4 - 1),
        st.sampled_from([0, 1, 4, 8, 60, 300]),
        st.sampled_from(["second"] * 6 + ["day"]),
        st.booleans(),
    ),
    max_size=30,
).map(
    lambda told: [
        play(
            f"{number * 7 % 31:02}",
            START + (start // 96 * 96 if precision == "day" else start) * timedelta(minutes=15),
            START + (start + quarters) * timedelta(minutes=15),
            None if quarters == 0 else quarters * 900.5,
            user_id=user,
            title_id=title,
            time_precision=precision,
            starter=starter,
        )
        for number, (user, title, start, quarters, precision, starter) in enumerate(told)
    ]
)
SOME_DAYS = march(*range(8, 17))


def by_definition(rows: list[Row]) -> dict[date, list[Row]]:
    """The sittings of each day as the definition has them."""
    unused: Row = {
        "playback_id": None,
        "events": 1,
        "progress": None,
        "reached": None,
        "watcher": False,
        "completer": False,
        "quality": None,
        "content_type": "unknown",
        "genre": "unknown",
        "stretches": (),
    }
    by_id = {row["title_id"]: row for row in EPISODES.iter_rows(named=True)}
    found = reference.sittings([Play(**row, **unused) for row in rows], by_id)
    return {
        day: [sitting.row() for sitting in of_day]
        for day, of_day in grouped(found, lambda sitting: sitting.day).items()
    }


@given(SOME_PLAYS)
@at_most(50)
def test_sittings_are_those_of_the_definition_worked_by_hand(rows: list[Row]) -> None:
    expected = by_definition(rows)
    for day, frame, _ in Plays(rows).walk(SOME_DAYS):
        assert not differences("silver/sessions", expected.get(day, []), frame)


@given(SOME_PLAYS, st.lists(st.sampled_from(SOME_DAYS), unique=True, min_size=1), st.data())
@at_most(50)
def test_a_day_is_the_same_in_whatever_ranges_and_order_the_days_are_walked(
    rows: list[Row], some: list[date], data: st.DataObject
) -> None:
    whole = {day: (frame, used) for day, frame, used in Plays(rows).walk(SOME_DAYS)}
    assert list(whole) == SOME_DAYS
    cuts = sorted(data.draw(st.sets(st.integers(1, len(some) - 1)))) if len(some) > 1 else []
    for start, end in pairwise([0, *cuts, len(some)]):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sessionize, "DAYS_AT_ONCE", data.draw(st.integers(1, 3)))
            *_, (day, _, used) = walked = Plays(rows).walk(some[start:end])
        for walked_day, frame, needed in walked:
            assert_frame_equal(frame, whole[walked_day][0])
            assert needed == whole[walked_day][1]
        # What was not used cannot matter.
        others = Plays(row for row in rows if row["started_at"].date() in used)
        ((_, alone, _),) = others.walk([day])
        assert_frame_equal(alone, whole[day][0])
