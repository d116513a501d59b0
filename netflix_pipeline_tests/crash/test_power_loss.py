"""The power is lost: what was not forced to the disk is gone, what was said to be kept is not."""

import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from benchmarks.recovery.disk import Disk
from benchmarks.recovery.faults import no_room_for_the_api, power_of_a_command
from netflix_pipeline.generate import generate
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.command import Command
from netflix_pipeline_tests.support.crashing import assert_same, contents, served

DAY = date(2026, 1, 28)

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler (cc)")

WRITES = """
import os, sys
from pathlib import Path
home = Path(sys.argv[1])
def force(path):
    handle = os.open(path, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)
(home / "old").write_text("changed")
(home / "never").write_text("x")
(home / "forced").write_text("x")
force(home / "forced")
(home / "forced").write_text("changed")
(home / "below").mkdir()
(home / "below" / "draft").write_text("y")
force(home / "below" / "draft")
(home / "below" / "draft").rename(home / "below" / "renamed")
(home / "kept").mkdir()
(home / "kept" / "draft").write_text("z")
force(home / "kept" / "draft")
(home / "kept" / "draft").rename(home / "kept" / "renamed")
(home / "kept" / "link").symlink_to("renamed")
force(home / "kept")
"""


def test_the_disk_keeps_what_was_forced_and_forgets_the_rest(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "old").write_text("old")
    disk = Disk(home, tmp_path / "disk")
    words = [sys.executable, "-c", WRITES, str(home)]
    subprocess.run(words, env=disk.environment, check=True)
    found = disk.after_power_loss(tmp_path / "found")
    there = {
        str(path.relative_to(found)): path.read_text()
        for path in found.rglob("*")
        if path.is_file()
    }
    assert there == {
        "old": "old",
        "forced": "x",
        "below/draft": "y",
        "kept/renamed": "z",
        "kept/link": "z",
    }


def test_no_acknowledged_event_is_lost_by_a_full_disk_and_with_the_power(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    told, lost, _ = no_room_for_the_api(tmp_path / "home", tmp_path / "disk", 1)
    assert told.refused_events
    assert told.acknowledged
    assert lost == 0


@pytest.mark.parametrize("name", ["ingest", "materialize"])
def test_what_a_command_did_until_its_end_stays_without_power(name: str, tmp_path: Path) -> None:
    home, data = tmp_path / "home", tmp_path / "data"
    generate(data, events=2_000, users=100, titles=20, days=3, seed=1, end=DAY, dirty=True)
    home.mkdir()
    if name == "materialize":
        Command(home).ok("ingest", data)
    words = (name, str(data)) if name == "ingest" else (name,)
    found, _ = power_of_a_command(home, tmp_path / "disk", words, None)
    assert_same(Settings(home=found), contents(Settings(home=home)))
    if name == "materialize":
        assert served(Settings(home=found)) == served(Settings(home=home))
