from __future__ import annotations

import math
from pathlib import Path

from netflix_pipeline.replaying import record, replay
from netflix_pipeline_tests.api.test_api import SERVER
from netflix_pipeline_tests.conftest import Start
from netflix_pipeline_tests.replaying.conftest import sample


def test_the_api_stores_recorded_events_once_and_shifted_ones_anew(
    start: Start, tmp_path: Path
) -> None:
    sample(tmp_path / "sample", events=1_000, dirty=False)
    recording = record([tmp_path / "sample"])
    assert recording.unreadable == 0
    events = len(recording)
    address = start(SERVER, path="/health")

    first = replay(recording, address, speed=math.inf)
    assert (first.failure, first.sent, first.stored) == (None, events, events)
    again = replay(recording, address, speed=math.inf)
    assert (again.sent, again.duplicate) == (events, events)
    anew = replay(recording, address, speed=math.inf, shift_to_now=True)
    assert (anew.sent, anew.stored) == (events, events)
