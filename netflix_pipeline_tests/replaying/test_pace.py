import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from netflix_pipeline.replaying.sending import MOST, Pace, shifted

NOW = datetime(2026, 3, 7, 12, tzinfo=UTC)


def requests(pace: Pace, events: int) -> list[int]:
    """How many events each request has."""
    places = [0]
    while places[-1] < events:
        places.append(pace.end(places[-1]))
    return np.diff(places).tolist()


def seconds(*times: float) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array([time * 1e6 for time in times], np.int64) + 1_700_000_000_000_000


def test_events_go_together_that_happen_within_a_tenth_of_a_second() -> None:
    times = seconds(0, 0.05, 0.1, 0.2, 5, 5.1, 5.2)
    assert requests(Pace(times, 1), 7) == [3, 1, 2, 1]
    assert requests(Pace(times, 10), 7) == [4, 3]
    assert requests(Pace(times, math.inf), 7) == [7]


def test_a_request_has_no_more_than_so_many() -> None:
    times = seconds(*[0] * (2 * MOST + 1))
    assert requests(Pace(times, 1), 2 * MOST + 1) == [MOST, MOST, 1]


@pytest.mark.parametrize(("speed", "due"), [(1, 60), (60, 1), (0.5, 120), (math.inf, 0)])
def test_times_between_events_are_divided_by_the_speed(speed: float, due: float) -> None:
    assert Pace(seconds(0, 60), speed).due(1) == due


def test_shifted_events_happen_from_now_on_in_their_order() -> None:
    times = seconds(0, 30, 60)
    events = [{"event_id": f"e{n}", "event_time": None, "time_precision": "second"} for n in "abc"]
    for speed, gap in ((1, 30), (10, 3)):
        told = shifted(events, NOW, Pace(times, speed).offsets(0, 3, elapsed=0.0))
        assert [one["event_time"] for one in told] == [
            NOW + timedelta(seconds=gap * place) for place in range(3)
        ]
    told = shifted(events, NOW, Pace(times, math.inf).offsets(0, 3, elapsed=2.0))
    assert [one["event_time"] for one in told] == [
        NOW + timedelta(seconds=2, microseconds=place) for place in range(3)
    ]


def test_shifted_events_are_others_by_the_moment_from_which_they_are_shifted() -> None:
    event = {"event_id": "e", "playback_id": "p", "user_id": "ann", "time_precision": "second"}
    once, again = (shifted([event], NOW, [0.0])[0] for _ in range(2))
    later = shifted([event], NOW + timedelta(seconds=1), [0.0])[0]
    assert once == again
    assert len({event["event_id"], once["event_id"], later["event_id"]}) == 3
    assert len({event["playback_id"], once["playback_id"], later["playback_id"]}) == 3
    assert once["user_id"] == "ann"


def test_of_an_event_that_has_a_day_only_the_day_is_shifted() -> None:
    told = shifted([{"event_id": "e", "time_precision": "day"}], NOW, [60.0])
    assert told[0]["event_time"] == datetime(2026, 3, 7, tzinfo=UTC)
