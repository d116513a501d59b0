"""What events over HTTP are measured against does what it says, and no less."""

from pathlib import Path

from benchmarks.events import cpu_seconds, floor
from benchmarks.load import closed_loop, post
from netflix_pipeline import engines


def test_the_floor_answers_when_all_that_it_was_sent_is_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "floor"
    bodies = [b"%d" % number + b"x" * (number * 30_000) for number in range(10)]
    with floor(file, engines.free_port()) as (url, process):
        outcome = closed_loop(url, (post(url, body) for body in bodies), 3, 30)
        assert cpu_seconds(process) > 0
    assert outcome.statuses == {202: len(bodies)}
    assert sorted(file.read_bytes().splitlines()) == sorted(bodies)
