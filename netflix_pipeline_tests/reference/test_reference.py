"""The judge judged: the definitions' edges, worked out by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from netflix_pipeline_tests.reference import daily, profiles, weekly
from netflix_pipeline_tests.reference.arrival import Arrivals
from netflix_pipeline_tests.reference.catalogue import TITLE_COLUMNS, titles
from netflix_pipeline_tests.reference.plays import Play, plays
from netflix_pipeline_tests.reference.sittings import sittings

if TYPE_CHECKING:
    from netflix_pipeline_tests.reference.rows import Row

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
HALF_HOUR = timedelta(minutes=30)


def event(event_id: str = "e", **known: Any) -> Row:
    return {
        "event_id": event_id,
        "user_id": "ana",
        "title_id": "film",
        "event_time": NOON,
        "time_precision": "second",
        "action": "stopped",
        "watch_seconds": 600.0,
        "progress": None,
        "playback_id": None,
        "kind": "main",
        "device": None,
        "quality": None,
        "country": None,
        **known,
    }


def title(title_id: str, **known: Any) -> Row:
    return {
        **dict.fromkeys(TITLE_COLUMNS),
        "title_id": title_id,
        "received_at": NOON,
        "batch": "b",
        "line": 1,
        **known,
    }


CATALOGUE = titles(
    [
        title("film", runtime_minutes=100.0, title="Film"),
        title("show", seasons=2, title="Show"),
        *(
            title(
                f"s{season}e{episode}",
                series_id="show",
                season=season,
                episode=episode,
                episodes=4,
                runtime_minutes=30.0 * episode,
            )
            for season, episode in ((1, 1), (1, 2), (2, 1))
        ),
    ],
    [{"title_id": "nobody-knows", "batch": "b"}],
)


def of(*events: Row) -> list[Play]:
    return plays(events, CATALOGUE, {})


@pytest.mark.parametrize(
    ("playback_id", "pause", "expected"),
    [
        (None, HALF_HOUR, 1),
        (None, HALF_HOUR + MICROSECOND, 2),
        ("one", timedelta(hours=12), 1),
        ("one", timedelta(hours=12) + MICROSECOND, 2),
    ],
)
def test_a_pause_may_last_exactly_as_long_as_the_definition_says(
    playback_id: str | None, pause: timedelta, expected: int
) -> None:
    first = event("a", playback_id=playback_id)
    later = NOON + timedelta(minutes=10) + pause
    assert len(of(first, event("b", playback_id=playback_id, event_time=later))) == expected


def test_the_pause_counts_from_the_latest_end_so_far_not_from_the_last_event() -> None:
    long = event("a", watch_seconds=7200.0)
    short = event("b", event_time=NOON + HALF_HOUR, watch_seconds=1.0)
    late = event("c", event_time=NOON + timedelta(hours=2, minutes=30))
    (play,) = of(long, short, late)
    assert play.events == 3
    assert play.ended_at == NOON + timedelta(hours=2, minutes=40)


def test_plays_without_and_with_a_playback_id_or_of_day_precision_are_not_joined() -> None:
    found = of(
        event("a"),
        event("b", playback_id="one"),
        event("c", time_precision="day"),
        event("d", time_precision="day"),
        event("e", kind="promo"),
    )
    assert sorted(play.play_id for play in found) == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("known", "reached", "starter", "watcher", "completer"),
    [
        ({"watch_seconds": 119.0, "action": "completed"}, 1.0, False, False, False),
        ({"watch_seconds": 120.0, "progress": 0.9}, 0.9, True, True, True),
        ({"watch_seconds": 4200.0}, 0.7, True, True, False),
        ({"watch_seconds": None, "progress": 0.02}, 0.02, True, False, False),
        ({"watch_seconds": None, "progress": 0.019}, 0.019, False, False, False),
        ({"watch_seconds": None}, None, False, False, False),
        ({"watch_seconds": 120.0, "title_id": "nobody-knows"}, None, True, False, False),
        (
            {"watch_seconds": None, "action": "completed", "title_id": "nobody-knows"},
            1.0,
            False,
            False,
            False,
        ),
    ],
)
def test_a_play_reaches_what_its_events_tell(
    known: Row, reached: float | None, starter: bool, watcher: bool, completer: bool
) -> None:
    (play,) = of(event(**known))
    assert (play.reached, play.starter) == (reached, starter)
    assert (play.watcher, play.completer) == (watcher, completer)


def test_the_views_of_a_season_are_its_hours_by_the_length_of_all_its_episodes() -> None:
    found = of(event("a", title_id="s1e1", watch_seconds=10_800.0))
    # Episodes of 30 and 60 minutes, four in the season: three hours.
    assert CATALOGUE["s1e1"]["entry_runtime_minutes"] == 45.0 * 4
    assert daily.views(found, CATALOGUE) == pytest.approx(1.0)
    assert CATALOGUE["s1e1"]["entry_name"] == "Show: Season 1"
    ((_, (entry,)),) = [
        (week, [row for row in rows if row["country"] == "all"])
        for week, rows in weekly.top10_weekly(found, CATALOGUE).items()
    ]
    assert (entry["entry_id"], entry["list"], entry["rank"]) == ("show:S1", "tv", 1)


def test_three_starters_of_different_episodes_in_one_sitting_are_a_binge() -> None:
    evening = [
        event(name, title_id=name, event_time=NOON + number * HALF_HOUR)
        for number, name in enumerate(("s1e1", "s1e2", "s2e1"))
    ]
    (sitting,) = sittings(of(*evening), CATALOGUE)
    assert sitting.binge
    evening[2]["title_id"] = "s1e1"
    (sitting,) = sittings(of(*evening), CATALOGUE)
    assert not sitting.binge


def test_a_minute_counts_plays_that_touch_it_and_the_end_does_not_belong_to_a_stretch() -> None:
    before = event("c", user_id="cy", event_time=NOON - timedelta(days=1), watch_seconds=86_400.0)
    first = event("a", watch_seconds=60.0)
    second = event("b", user_id="ben", event_time=NOON + timedelta(minutes=1))
    assert daily.peak_concurrent(of(before, first, second), NOON.date()) == 1
    second["event_time"] -= MICROSECOND
    assert daily.peak_concurrent(of(before, first, second), NOON.date()) == 2


def test_who_goes_on_to_the_first_episode_of_the_next_season_went_on() -> None:
    done = event("a", title_id="s1e2", action="completed")  # lasts ten minutes
    until = NOON + timedelta(minutes=10, days=7)
    within = event("b", title_id="s2e1", event_time=until)
    after = event("b", title_id="s2e1", event_time=until + MICROSECOND)
    again = event("c", title_id="s1e2", action="completed", event_time=until)
    last = event("d", event_time=NOON + timedelta(days=8))
    assert profiles.next_episode("s1e2", of(done, within, last), CATALOGUE) == ({"ana"}, {"ana"})
    assert profiles.next_episode("s1e2", of(done, after, again, last), CATALOGUE) == (
        {"ana"},
        set(),
    )
    assert profiles.next_episode("s1e2", of(done, within), CATALOGUE) == (set(), set())
    assert profiles.next_episode("s2e1", of(within, last), CATALOGUE) == (set(), set())


def test_the_next_episode_is_the_next_known_one() -> None:
    known = titles(
        [
            title(f"s{season}e{episode}", series_id="s", season=season, episode=episode)
            for season, episode in ((1, 1), (1, 4), (3, 2), (3, 5))
        ],
        [],
    )
    assert [profiles.following(one, known) for one in ("s1e1", "s1e4", "s3e2", "s3e5")] == [
        {"s1e4"},
        {"s3e2"},
        {"s3e5"},
        set(),
    ]


def test_what_is_known_of_nobody_has_no_rate_and_a_millionth_may_be_missing() -> None:
    unknown = of(event("a", title_id="nobody-knows"))
    assert daily.completion_rate(unknown) is None
    assert daily.measures(unknown)["starters_without_reach"] == 1
    for share, reached in ((0.899999976, True), (0.9 - 9e-7, True), (0.9 - 1e-6, False)):
        (play,) = of(event("a", progress=share))
        assert play.completer == reached


def test_months_and_weeks_are_known_once_the_data_reach_back() -> None:
    found = of(event("a"), event("b", event_time=NOON + timedelta(days=40)))
    told = {
        day: daily.audience_daily(found, NOON.date() + timedelta(days=day))[0]
        for day in (5, 6, 28, 29)
    }
    assert [(row["wau"], row["mau"]) for row in told.values()] == [
        *((None, None), (1, None)),
        *((0, None), (0, 1)),
    ]


def test_without_hours_plays_rank_and_seasons_are_in_the_order_of_their_numbers() -> None:
    known = titles(
        [title(f"s{number}", series_id="s", season=number, episode=1) for number in (2, 10)], []
    )
    silent = plays(
        [
            event(name, title_id=what, watch_seconds=None, user_id=name)
            for name, what in (("a", "s10"), ("b", "s2"))
        ],
        known,
        {},
    )
    (rows,) = weekly.top10_weekly(silent, known).values()
    assert [row["entry_id"] for row in rows if row["country"] == "all"] == ["s:S2", "s:S10"]


def test_retention_and_lifecycle_follow_the_weeks_of_plays() -> None:
    def day(number: int) -> datetime:
        return datetime(2026, 1, number, 23, 59, tzinfo=UTC)

    found = of(
        event("a", user_id="ana", event_time=day(4)),
        event("b", user_id="ben", event_time=day(4)),
        event("c", user_id="ana", event_time=day(5)),
        event("d", user_id="ben", event_time=day(18)),
    )
    assert [
        (row["week_offset"], row["active_users"], row["retention"], row["provisional"])
        for row in weekly.retention_weekly(found)
    ] == [(0, 2, 1.0, False), (1, 1, 0.5, False), (2, 1, 0.5, False)]
    assert [
        (
            row["week"],
            row["new_users"],
            row["returning_users"],
            row["resurrected_users"],
            row["dormant_users"],
        )
        for row in weekly.lifecycle_weekly(found)
    ] == [
        (date(2025, 12, 29), 2, 0, 0, 0),
        (date(2026, 1, 5), 0, 1, 0, 1),
        (date(2026, 1, 12), 0, 0, 1, 1),
    ]


def test_the_first_to_arrive_stays_and_the_same_id_on_another_day_is_another_event() -> None:
    arrivals = Arrivals()
    rows = [
        event(),
        event(),
        event(watch_seconds=1.0),
        event(event_time=NOON + timedelta(days=1)),
        event("f", watch_seconds=-1.0, action="danced", user_id=None),
        event("f", event_time=NOON + timedelta(days=40, hours=1)),
        event("g", event_time=NOON + timedelta(days=40, hours=1) + MICROSECOND),
    ]
    for line, row in enumerate(rows):
        lineage = {"source": "s", "received_at": NOON + timedelta(days=40), "batch": "b"}
        arrivals.take(
            "watch_events", {**row, **lineage, "line": line, "raw": "", "path": "", "problems": []}
        )
    assert [row["line"] for row in arrivals.stored["watch_events"]] == [0, 3, 5]
    assert [row["line"] for row in arrivals.duplicates] == [1]
    assert [(row["line"], sorted(row["reasons"])) for row in arrivals.quarantined] == [
        (2, ["conflicting_duplicate"]),
        (4, ["missing_user_id", "negative_watch_seconds", "unknown_action"]),
        (6, ["event_time_in_future"]),
    ]
