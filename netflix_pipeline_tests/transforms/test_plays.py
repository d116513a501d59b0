"""Plays, edge by edge, and that a day's plays do not depend on what is asked for with it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from netflix_pipeline.contracts import contract
from netflix_pipeline.transforms import sessionize
from netflix_pipeline.transforms.plays import COLUMNS, chain, plays, walk_plays
from netflix_pipeline_tests.reference import plays as reference
from netflix_pipeline_tests.reference.agreement import differences
from netflix_pipeline_tests.reference.rows import grouped
from netflix_pipeline_tests.support.examples import at_most

EVENTS = contract("bronze/watch_events")
PLAYS = contract("silver/plays")
DAY = date(2026, 3, 10)
Row = dict[str, Any]


def at(text: str) -> datetime:
    """`HH:MM[:SS[.f]]` of the tenth of March 2026, or `dd HH:MM[:SS[.f]]` of that month."""
    day, _, clock = text.rpartition(" ")
    return datetime.fromisoformat(f"2026-03-{day or '10'}T{clock}+00:00")


def event(event_id: str, when: str | datetime, watch: float | None = 600.0, **more: Any) -> Row:
    return {
        "event_id": event_id,
        "user_id": "ann",
        "title_id": "film",
        "event_time": at(when) if isinstance(when, str) else when,
        "time_precision": "second",
        "action": "stopped",
        "watch_seconds": watch,
        "progress": None,
        "playback_id": None,
        "kind": "main",
        "device": None,
        "quality": None,
        "country": None,
        **more,
    }


def frame_of(rows: Iterable[Row]) -> pl.DataFrame:
    schema = {name: EVENTS.schema[name] for name in COLUMNS}
    return pl.DataFrame(list(rows), schema=schema, orient="row")


def titles(**runtimes: float | None) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {"title_id": k, "content_type": "film", "genre": "Drama", "runtime_minutes": v}
            for k, v in runtimes.items()
        ],
        schema={name: contract("silver/titles").schema[name] for name in TITLE_COLUMNS},
    )


TITLE_COLUMNS = ("title_id", "content_type", "genre", "runtime_minutes")
USER_SCHEMA = {"user_id": pl.String, "country": pl.String, "plan": pl.String}
FILM = titles(film=100.0)
NOBODY = pl.DataFrame(schema=USER_SCHEMA)


def plays_of(*rows: Row, titles: pl.DataFrame = FILM, users: pl.DataFrame = NOBODY) -> pl.DataFrame:
    made = plays(chain(frame_of(rows)), titles, users)
    assert_frame_equal(made, PLAYS.conform(made))
    assert all(found.is_empty() for found in PLAYS.violations(made))
    return made


def chained(*rows: Row) -> list[str]:
    """The events of each play, in order, as `a+b`."""
    ids = chain(frame_of(rows)).group_by("chain").agg("event_id").get_column("event_id")
    return sorted("+".join(of_play) for of_play in ids.to_list())


def the(frame: pl.DataFrame) -> Row:
    assert frame.height == 1
    return frame.row(0, named=True)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(
            [event("a", "10:00", 600), event("b", "10:40", 60)],
            ["a+b"],
            id="exactly 30 minutes after the end is the same play",
        ),
        pytest.param(
            [event("a", "10:00", 600), event("b", "10:40:00.000001", 60)],
            ["a", "b"],
            id="a microsecond more than 30 minutes is another",
        ),
        pytest.param(
            [event("a", "10:00", 600, playback_id="p"), event("b", "22:10", playback_id="p")],
            ["a+b"],
            id="with a playback, exactly 12 hours after the end is the same play",
        ),
        pytest.param(
            [
                event("a", "10:00", 600, playback_id="p"),
                event("b", "22:10:00.000001", playback_id="p"),
            ],
            ["a", "b"],
            id="with a playback, a microsecond more than 12 hours is another",
        ),
        pytest.param(
            [event("a", "10:00", 7200), event("b", "10:10", 60), event("c", "12:25", 60)],
            ["a+b+c"],
            id="the latest end so far counts, not that of the event before",
        ),
        pytest.param(
            [event("a", "10:00", None), event("b", "10:30"), event("c", "11:10:00.1", None)],
            ["a+b", "c"],
            id="an unknown duration counts as none",
        ),
        pytest.param(
            [event("a", "10:00"), event("b", "10:05", playback_id="p"), event("c", "10:10")],
            ["a+c", "b"],
            id="no playback is a value of its own",
        ),
        pytest.param(
            [event("a", "10:00", playback_id="p"), event("b", "10:05", playback_id="q")],
            ["a", "b"],
            id="another playback is another play",
        ),
        pytest.param(
            [event("a", "10:00"), event("b", "10:05", title_id="other")],
            ["a", "b"],
            id="another title is another play",
        ),
        pytest.param(
            [event("a", "10:00"), event("b", "10:05", user_id="bob")],
            ["a", "b"],
            id="another user is another play",
        ),
        pytest.param(
            [event("a", "10:00"), event("b", "10:25", kind="promo"), event("c", "10:45")],
            ["a", "c"],
            id="a promo is no play and bridges nothing",
        ),
        pytest.param(
            [
                event("a", "00:00", time_precision="day"),
                event("b", "00:00", time_precision="day"),
                event("c", "00:05"),
                event("d", "00:20"),
            ],
            ["a", "b", "c+d"],
            id="an event that only has a date is a play by itself",
        ),
        pytest.param(
            [
                event("a", "00:00", time_precision="day", playback_id="p"),
                event("b", "00:00", time_precision="day", playback_id="p"),
            ],
            ["a", "b"],
            id="also where it names its playback",
        ),
        pytest.param(
            [event("c", "10:00"), event("a", "10:00"), event("b", "10:00", 0)],
            ["a+b+c"],
            id="events of one instant stand in the order of their ids",
        ),
        pytest.param([], [], id="no events, no plays"),
    ],
)
def test_events_are_chained_into_plays(rows: list[Row], expected: list[str]) -> None:
    assert chained(*rows) == expected
    assert chained(*reversed(rows)) == expected


def test_a_play_sums_up_its_events() -> None:
    play = the(
        plays_of(
            event("b", "10:10", 300.5, progress=0.2, country="DE", quality="HD"),
            event("a", "10:00", None, progress=None),
            event("c", "10:05", 4000, progress=0.6, country="FR", device="tablet", quality="UHD"),
        )
    )
    assert play["play_id"] == "a"
    assert play["started_at"] == at("10:00")
    assert play["ended_at"] == at("11:11:40")
    assert play["events"] == 3
    assert play["watch_seconds"] == 4300.5
    assert play["progress"] == 0.6
    assert (play["device"], play["quality"], play["country"]) == ("tablet", "UHD", "FR")


def test_the_first_known_of_one_instant_is_that_of_the_smaller_id() -> None:
    play = the(
        plays_of(event("b", "10:00", country="DE"), event("a", "10:00", country="FR", watch=None))
    )
    assert (play["play_id"], play["country"]) == ("a", "FR")


@pytest.mark.parametrize(
    ("watches", "expected"),
    [
        ((None, None), None),
        ((None, 0.0), 0.0),
        ((0.1, 0.2), 0.3),
        ((None, 33.333333333), 33.333333333),
    ],
)
def test_watch_seconds_add_up_and_are_unknown_only_when_all_are(
    watches: tuple[float | None, ...], expected: float | None
) -> None:
    rows = [event(str(n), f"10:0{n}", watch) for n, watch in enumerate(watches)]
    assert the(plays_of(*rows))["watch_seconds"] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param([event("a", "10:00:30", 30)], [0, 1], id="the end itself is not run through"),
        pytest.param([event("a", "10:00:30", 30.000001)], [0, 2], id="a microsecond more is"),
        pytest.param([event("a", "10:00:59.5", 1)], [0, 2], id="two minutes in one second"),
        pytest.param(
            [event("a", "10:00", 60), event("b", "10:05", 60)], [0, 1, 5, 6], id="with a pause"
        ),
        pytest.param(
            [event("a", "10:00", 60), event("b", "10:01", 60)], [0, 2], id="one after the other"
        ),
        pytest.param(
            [event("a", "10:00", 600), event("b", "10:01", 60), event("c", "10:12", 60)],
            [0, 10, 12, 13],
            id="one within the other",
        ),
        pytest.param(
            [event("a", "10:00:59", None), event("b", "10:10", 60)],
            [10, 11],
            id="an unknown duration runs through nothing",
        ),
        pytest.param([event("a", "10:00", 0)], [], id="nor does none"),
        pytest.param([event("a", "00:00", 900, time_precision="day")], [], id="nor a mere date"),
        pytest.param([event("a", "23:59:30", 86_400)], [0, 1441], id="for a whole day"),
    ],
)
def test_running_tells_the_minutes_in_which_a_play_ran(
    rows: list[Row], expected: list[int]
) -> None:
    assert the(plays_of(*rows))["running"] == expected


def test_running_of_each_play_is_its_own() -> None:
    made = plays_of(
        event("a", "10:00", 60),
        event("b", "10:00", None, user_id="bob"),
        event("c", "12:00", 60),
        event("d", "12:02", 60),
    )
    assert dict(made.select("play_id", "running").iter_rows()) == {
        "a": [0, 1],
        "b": [],
        "c": [0, 1, 2, 3],
    }


@pytest.mark.parametrize(
    ("runtime", "row", "reached", "grades"),
    [
        # watched, progress, completed against a film of 100 minutes, or of unknown length
        (100.0, {"watch": 120.0}, 0.02, "s"),
        (100.0, {"watch": 119.9}, 119.9 / 6000, ""),
        (100.0, {"watch": 4200.0}, 0.7, "sw"),
        (100.0, {"watch": 5400.0}, 0.9, "swc"),
        (100.0, {"watch": 9000.0}, 1.5, "swc"),
        (100.0, {"watch": 5400.0, "progress": 0.5}, 0.5, "s"),
        (100.0, {"watch": 300.0, "progress": 0.95}, 0.95, "swc"),
        (100.0, {"watch": 60.0, "progress": 0.95}, 0.95, ""),
        (100.0, {"watch": 300.0, "progress": 0.3, "action": "completed"}, 1.0, "swc"),
        (100.0, {"watch": None, "progress": 0.02}, 0.02, "s"),
        (100.0, {"watch": None, "progress": 0.019}, 0.019, ""),
        (100.0, {"watch": None, "action": "completed"}, 1.0, "swc"),
        (100.0, {"watch": None}, None, ""),
        (None, {"watch": 4200.0}, None, "s"),
        (None, {"watch": 300.0, "progress": 0.7}, 0.7, "sw"),
        (None, {"watch": None, "progress": 0.9}, 0.9, ""),
        (None, {"watch": None, "action": "completed"}, 1.0, ""),
        (0.0, {"watch": 300.0}, None, "s"),
        (-5.0, {"watch": None, "progress": 0.9}, 0.9, ""),
    ],
)
def test_what_a_play_reached_and_whether_it_counts(
    runtime: float | None, row: Row, reached: float | None, grades: str
) -> None:
    play = the(plays_of(event("a", "10:00", **row), titles=titles(film=runtime)))
    assert play["reached"] == pytest.approx(reached)
    assert "".join(name[0] for name in ("starter", "watcher", "completer") if play[name]) == grades


def test_dimensions_come_from_play_then_user_then_title_and_are_unknown_otherwise() -> None:
    users = pl.DataFrame(
        [("ann", "US", "Basic"), ("bob", None, None)], schema=USER_SCHEMA, orient="row"
    )
    made = plays_of(
        event("a", "10:00"),
        event("b", "12:00", country="DE", device="smart_tv"),
        event("c", "10:00", user_id="bob", title_id="nameless"),
        event("d", "10:00", user_id="cid", title_id="nowhere"),
        titles=pl.concat([FILM, titles(nameless=None).with_columns(content_type=None, genre=None)]),
        users=users,
    )
    unknown = "unknown"
    names = ("play_id", *(column.name for column in contract_dimensions()))
    assert made.select(names).rows() == [
        ("a", "US", unknown, "Basic", "film", "Drama"),
        ("b", "DE", "smart_tv", "Basic", "film", "Drama"),
        ("c", unknown, unknown, unknown, unknown, unknown),
        ("d", unknown, unknown, unknown, unknown, unknown),
    ]


def contract_dimensions() -> Iterable[Any]:
    from netflix_pipeline.contracts.dimensions import columns

    return columns()


class Bronze:
    """Watch events by day, as a lake would hand them out; remembers which days were read."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.days: dict[date, list[Row]] = defaultdict(list)
        self.looked_at: set[date] = set()
        for row in rows:
            self.days[row["event_time"].date()].append(row)

    def read(self, days: Sequence[date]) -> pl.DataFrame:
        assert all(self.days[day] for day in days), "a day without events need not be read"
        self.looked_at.update(days)
        return frame_of([row for day in days for row in self.days[day]])

    def height(self, day: date) -> int:
        return len(self.days.get(day, ()))

    def reach(self, day: date) -> datetime | None:
        self.looked_at.add(day)
        return max(
            (
                row["event_time"] + timedelta(seconds=row["watch_seconds"] or 0)
                for row in self.days.get(day, [])
            ),
            default=None,
        )

    def walk(
        self, days: Iterable[date], titles: pl.DataFrame = FILM, users: pl.DataFrame = NOBODY
    ) -> list[tuple[date, pl.DataFrame, list[date]]]:
        return list(walk_plays(list(days), self.read, self.height, self.reach, titles, users))

    def plays(self, days: Iterable[date]) -> dict[date, list[str]]:
        """The plays of each day as `first event/number of events`."""
        return {
            day: [f"{p['play_id']}/{p['events']}" for p in frame.iter_rows(named=True)]
            for day, frame, _ in self.walk(days)
        }


def march(*days: int) -> list[date]:
    return [date(2026, 3, day) for day in days]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(
            [event("a", "10 23:50", 600), event("b", "11 00:30", 600)],
            {10: ["a/2"], 11: []},
            id="a play past midnight belongs to the day it started",
        ),
        pytest.param(
            [event("a", "10 23:50", 600), event("b", "11 00:30:00.000001", 600)],
            {10: ["a/1"], 11: ["b/1"]},
            id="a pause past midnight ends it",
        ),
        pytest.param(
            [event("a", "10 23:59:59.999999", None), event("b", "11 00:00", None)],
            {10: ["a/2"], 11: []},
            id="an instant before midnight and midnight",
        ),
        pytest.param(
            [
                event("a", "10 23:00", 86_400, playback_id="p"),
                event("b", "12 11:00", playback_id="p"),
            ],
            {10: ["a/2"], 11: [], 12: []},
            id="24 hours and a gap of 12 jump over a whole day",
        ),
        pytest.param(
            [
                event("a", "10 23:00", 86_400, playback_id="p"),
                event("b", "12 11:00:00.000001", playback_id="p"),
            ],
            {10: ["a/1"], 11: [], 12: ["b/1"]},
            id="but not a microsecond further",
        ),
        pytest.param(
            [event(f"{d:02}", f"{d:02} 00:00", 86_400) for d in range(10, 21)],
            {10: ["10/11"], **{d: [] for d in range(11, 21)}},
            id="a screen that never sleeps is one play",
        ),
        pytest.param(
            [event(f"{d:02}", f"{d:02} 00:00", 86_399) for d in range(10, 21)]
            + [event(f"{d:02}x", f"{d:02} 12:00", 60, user_id="bob") for d in range(10, 21)],
            {10: ["10/11", "10x/1"], **{d: [f"{d:02}x/1"] for d in range(11, 21)}},
            id="and holds up nobody else's",
        ),
        pytest.param(
            [
                event("a", "10 00:00", 60, time_precision="day", playback_id="p"),
                event("b", "10 23:59", 60, playback_id="p"),
                event("c", "11 00:00", 60, time_precision="day", playback_id="p"),
                event("d", "11 00:01", 60, playback_id="p"),
            ],
            {10: ["a/1", "b/2"], 11: ["c/1"]},
            id="dates neither chain across midnight nor break what does",
        ),
        pytest.param(
            [event("a", "10 23:50", 600, kind="promo"), event("b", "11 00:10")],
            {10: [], 11: ["b/1"]},
            id="a day of promos only has no plays",
        ),
        pytest.param(
            [event("a", "10 23:50"), event("a", "11 12:00"), event("b", "11 12:05")],
            {10: ["a/1"], 11: ["a/2"]},
            id="an id used again on another day is another event",
        ),
    ],
)
def test_plays_across_midnight(rows: list[Row], expected: dict[int, list[str]]) -> None:
    bronze = Bronze(rows)
    days = march(*expected)
    told = dict(zip(days, expected.values(), strict=True))
    assert bronze.plays(days) == told
    assert bronze.plays(reversed(days)) == told
    for day in days:
        assert Bronze(rows).plays([day]) == {day: told[day]}


def test_a_day_without_events_has_no_plays_and_keeps_the_contract() -> None:
    ((day, frame, used),) = Bronze([]).walk([DAY])
    assert day == DAY
    assert_frame_equal(frame, PLAYS.empty())
    assert used == march(8, 9, 10)


@pytest.mark.parametrize(
    ("rows", "last"),
    [
        pytest.param([event("a", "10 12:00", 600)], 10, id="ended before midnight"),
        pytest.param([event("a", "10 23:40", 600)], 11, id="could go on the next day"),
        pytest.param([event("a", "10 23:00", playback_id="p")], 11, id="in the morning"),
        pytest.param([event("a", "10 13:00", 86_400, playback_id="p")], 12, id="two days later"),
        pytest.param(
            [event("a", "10 23:50", 600), event("b", "11 00:00", 86_400)], 12, id="and on"
        ),
    ],
)
def test_a_day_depends_on_two_days_before_it_and_as_far_ahead_as_its_plays_could_go_on(
    rows: list[Row], last: int
) -> None:
    bronze = Bronze(rows)
    ((_, _, used),) = bronze.walk([DAY])
    assert used == march(*range(8, last + 1))
    assert bronze.looked_at <= set(used)


def test_a_late_event_changes_only_days_that_depend_on_its_day() -> None:
    rows = [event(f"{d}", f"{d} 23:30", 2000, playback_id="p") for d in range(10, 20)]
    late = event("late", "15 11:00", 60, playback_id="p")
    days = march(*range(10, 20))
    before = {day: (frame, used) for day, frame, used in Bronze(rows).walk(days)}
    for day, frame, _ in Bronze([*rows, late]).walk(days):
        old, used = before[day]
        if late["event_time"].date() not in used:
            assert_frame_equal(frame, old)


def test_texts_whose_digests_collide_are_still_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        event(f"{user}{title}{n}", f"10:{n}0", 60, user_id=user, title_id=title)
        for n in range(4)
        for user in "ab"
        for title in "xy"
    ]
    expected = plays_of(*rows)
    monkeypatch.setattr(sessionize, "digest", lambda _: pl.lit(7, pl.UInt64))
    assert_frame_equal(plays_of(*rows), expected)
    assert expected.get_column("events").to_list() == [4, 4, 4, 4]


def told(number: int, row: Row) -> Row:
    """The row with an id out of order; where only the date is known, at midnight."""
    when = row["event_time"]
    if row["time_precision"] == "day":
        when = when.replace(hour=0, minute=0, second=0, microsecond=0)
    return {**row, "event_id": f"{number * 7 % 41:02}", "event_time": when}


START = datetime(2026, 3, 9, tzinfo=UTC)
# Few users, titles and instants in four days, so that chains meet, tie and cross midnight often.
SOME_EVENTS = st.lists(
    st.fixed_dictionaries(
        {
            "user_id": st.sampled_from(["ann", "bob"]),
            "title_id": st.sampled_from(["film", "other"]),
            "playback_id": st.sampled_from([None, None, "p"]),
            "event_time": st.one_of(
                st.integers(0, 4 * 24 * 4 - 1).map(lambda n: START + n * timedelta(minutes=15)),
                st.integers(0, 4 * 86_400 * 10 - 1).map(
                    lambda n: START + n * timedelta(seconds=0.1)
                ),
            ),
            "time_precision": st.sampled_from(["second"] * 6 + ["day"]),
            "action": st.sampled_from(["stopped"] * 8 + ["completed"]),
            "watch_seconds": st.sampled_from([None, 0.0, 60.0, 900.0, 2700.5, 43_200.0, 86_400.0]),
            "progress": st.sampled_from([None, None, 0.01, 0.5, 0.7, 0.95]),
            "kind": st.sampled_from(["main"] * 8 + ["promo"]),
            "device": st.sampled_from([None, "tablet"]),
            "quality": st.sampled_from([None, "HD"]),
            "country": st.sampled_from([None, "DE", "FR"]),
        }
    ),
    max_size=30,
).map(lambda rows: [told(number, row) for number, row in enumerate(rows)])
SOME_DAYS = march(*range(8, 15))


@given(SOME_EVENTS)
@at_most(50)
def test_plays_are_those_of_the_definition_worked_by_hand(rows: list[Row]) -> None:
    known = {"film": 100.0, "other": None}
    by_id = {row["title_id"]: row for row in titles(**known).iter_rows(named=True)}
    expected = grouped(reference.plays(rows, by_id, {}), lambda play: play.day)
    for day, frame, _ in Bronze(rows).walk(SOME_DAYS, titles(**known)):
        assert not differences("silver/plays", [p.row() for p in expected.get(day, [])], frame)


@given(SOME_EVENTS, st.lists(st.sampled_from(SOME_DAYS), unique=True, min_size=1), st.data())
@at_most(20)
def test_a_day_is_the_same_in_whatever_ranges_and_order_the_days_are_walked(
    rows: list[Row], some: list[date], data: st.DataObject
) -> None:
    whole = {day: (frame, used) for day, frame, used in Bronze(rows).walk(SOME_DAYS)}
    assert list(whole) == SOME_DAYS
    cuts = sorted(data.draw(st.sets(st.integers(1, len(some) - 1)))) if len(some) > 1 else []
    for start, end in pairwise([0, *cuts, len(some)]):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sessionize, "DAYS_AT_ONCE", data.draw(st.integers(1, 3)))
            *_, (day, _, used) = walked = Bronze(rows).walk(some[start:end])
        for walked_day, frame, needed in walked:
            assert_frame_equal(frame, whole[walked_day][0])
            assert needed == whole[walked_day][1]
        # What was not used cannot matter.
        ((_, alone, _),) = Bronze(r for r in rows if r["event_time"].date() in used).walk([day])
        assert_frame_equal(alone, whole[day][0])
