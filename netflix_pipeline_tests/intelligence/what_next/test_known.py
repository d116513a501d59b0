from datetime import UTC, datetime, timedelta

import polars as pl

from netflix_pipeline.intelligence.what_next.known import known_plays

AT = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def known(*arrivals: tuple[timedelta, str], ended: timedelta = -24 * HOUR) -> bool:
    """Whether a play of an hour is known that is made of events received so long after `AT`."""
    start = AT + ended - HOUR
    plays = pl.DataFrame(
        {"user_id": "a", "title_id": "t", "started_at": [start], "ended_at": [AT + ended]}
    )
    events = pl.DataFrame(
        [
            ("a", "t", start + n * timedelta(minutes=1), AT + late, source)
            for n, (late, source) in enumerate(arrivals)
        ],
        schema=["user_id", "title_id", "event_time", "received_at", "source"],
        orient="row",
    )
    return bool(known_plays(plays, events, AT).height)


def test_a_play_is_known_once_all_of_its_events_are() -> None:
    assert known((-2 * HOUR, "http"), (-HOUR, "http"))
    assert not known((-2 * HOUR, "http"), (HOUR, "http"))
    assert not known((0 * HOUR, "native"))


def test_a_play_that_goes_on_is_not_known() -> None:
    assert not known((-2 * HOUR, "http"), ended=HOUR)


def test_what_a_file_brought_weeks_later_counts_as_known_at_its_time() -> None:
    assert known((400 * HOUR, "native"))
    assert not known((400 * HOUR, "http"))


def test_late_events_of_others_change_nothing() -> None:
    plays = pl.DataFrame(
        {
            "user_id": ["a", "b"],
            "title_id": ["t", "t"],
            "started_at": [AT - 30 * HOUR] * 2,
            "ended_at": [AT - 29 * HOUR] * 2,
        }
    )
    events = pl.DataFrame(
        {
            "user_id": ["b"],
            "title_id": ["t"],
            "event_time": [AT - 30 * HOUR],
            "received_at": [AT + HOUR],
            "source": ["http"],
        }
    )
    assert known_plays(plays, events, AT)["user_id"].to_list() == ["a"]
