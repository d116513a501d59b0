"""What follows from measured runs of workers, and that a share of a core is kept."""

import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path

import polars as pl
import psutil
import pytest

from benchmarks.scaling.days import Days, shifted
from benchmarks.scaling.scale import Done, Scale, Step, Used, connections
from benchmarks.scaling.shares import Hierarchy, NoShares, hierarchies, shares

ROWS = 60_000
NOTHING = Used(0, 0, {}, {}, 0, 0)


def done(worker: int, began: float, ended: float) -> Done:
    steps = {"silver": Step(began, began + 1), "gold": Step(began + 1, ended)}
    return Done(f"worker-{worker}", worker, began - 5, steps)


def scale(*runs: tuple[float, float], used: Used = NOTHING) -> Scale:
    return Scale([done(at, *run) for at, run in enumerate(runs)], len(runs) * ROWS, used)


def test_rows_count_from_the_first_day_s_beginning_to_the_last_day_s_end() -> None:
    one = scale((100, 160))
    assert one.rate == ROWS / 60
    two = scale((100, 160), (104, 164), used=Used(80, 12, {}, {"gold": 6.0}, 0, 0))
    assert (two.workers, two.seconds, two.apart) == (2, 64, 4)
    assert two.efficiency(one) == pytest.approx(100 * 60 / 64)
    assert one.efficiency(one) == 100
    assert two.micros_a_row == pytest.approx(100)
    assert two.stage_micros_a_row("gold") == pytest.approx(50)
    assert two.stage_micros_a_row("silver") == 0


def test_a_run_tells_its_start_apart_from_its_stages() -> None:
    run = done(1, 100, 160)
    assert (run.start, run.began, run.ended) == (5, 100, 160)
    assert run.seconds("silver", "gold", "snapshot") == 60


def test_connections_are_those_without_a_run_and_some_for_each() -> None:
    each, without = connections({0: 8, 1: 11, 2: 14, 4: 20, 8: 32})
    assert each == pytest.approx(3)
    assert without == pytest.approx(8)


def test_days_are_shared_without_a_gap_and_none_twice() -> None:
    days = Days(date(2026, 10, 1), 16)
    parts = [*days.parts(3)]
    assert [part.count for part in parts] == [5, 5, 6]
    assert parts[0].first == days.first
    assert parts[-1].last == days.last == date(2026, 10, 16)
    for one, next_one in pairwise(parts):
        assert one.behind(next_one.count) == next_one
    assert [part.count for part in Days(days.first, 2).parts(8)] == [1, 1]


def test_a_day_is_the_same_so_many_days_before_under_other_ids() -> None:
    day = pl.DataFrame(
        {
            "event_id": ["abcd1234-0000-4000-8000-000000000000"],
            "event_time": [datetime(2026, 10, 31, 20, tzinfo=UTC)],
            "user_id": ["ann"],
        }
    )
    (row,) = shifted(day, "event_id", 30).rows(named=True)
    assert row == {
        "event_id": "001e1234-0000-4000-8000-000000000000",
        "event_time": datetime(2026, 10, 1, 20, tzinfo=UTC),
        "user_id": "ann",
    }
    assert shifted(day, "event_id", 30).schema == day.schema


@pytest.mark.parametrize(
    ("mounts", "places", "found"),
    [
        (
            "cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid 0 0",
            "0::/user.slice/session-1.scope",
            [("/sys/fs/cgroup", 2)],
        ),
        (
            "cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0\n"
            "cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0\n"
            "cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0",
            "4:memory:/jobs/7\n3:cpu,cpuacct:/jobs/7\n0::/",
            [
                ("/sys/fs/cgroup/cpu,cpuacct/jobs/7", 1),
                ("/sys/fs/cgroup/cpu,cpuacct", 1),
                ("/sys/fs/cgroup/unified", 2),
            ],
        ),
        ("proc /proc proc rw 0 0", "", []),
    ],
)
def test_cgroups_are_found_where_the_machine_has_them(
    mounts: str, places: str, found: list[tuple[str, int]]
) -> None:
    assert [(str(one.folder), one.version) for one in hierarchies(mounts, places)] == found


def test_each_version_is_told_the_share_in_its_own_words(tmp_path: Path) -> None:
    (tmp_path / "cgroup.subtree_control").write_text("memory")
    Hierarchy(tmp_path, 1).bound(tmp_path, 10)
    Hierarchy(tmp_path, 2).bound(tmp_path, 10)
    told = {path.name: path.read_text() for path in tmp_path.glob("cpu.*")}
    assert told == {
        "cpu.cfs_period_us": "100000",
        "cpu.cfs_quota_us": "10000",
        "cpu.max": "10000 100000",
    }
    Hierarchy(tmp_path, 2).bound(tmp_path, None)
    assert (tmp_path / "cpu.max").read_text() == "max 100000"


def test_who_may_make_no_cgroup_is_told_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NoShares, match="as root") as refused, shares(10, tmp_path):
        pass
    assert str(tmp_path) in str(refused.value)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def busy() -> Iterator[psutil.Process]:
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
        yield psutil.Process(process.pid)
        process.kill()


def test_a_process_has_no_more_than_its_share_until_it_is_let_go(busy: psutil.Process) -> None:
    try:
        with shares(10) as held:
            held.hold(busy.pid)
            before, since = busy.cpu_times().user, time.monotonic()
            time.sleep(1)
            used, seconds = busy.cpu_times().user - before, time.monotonic() - since
            held.let_go()
            busy.kill()
            busy.wait()
            held.forget()
    except NoShares as error:
        pytest.skip(str(error))
    # What was begun of a period, and what the kernel had given before.
    assert 0 < used < 0.1 * seconds + 0.1
    assert not held.group.exists()
