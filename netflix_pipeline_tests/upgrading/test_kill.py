"""kill -9 of the real process while it upgrades a home, time and again: as if nothing had happened.

CRASH_ROUNDS tells how often, CRASH_SEED at which moments.
"""

import shutil
import tarfile
from pathlib import Path

from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.command import Command
from netflix_pipeline_tests.support.crashing import (
    ROUNDS,
    SEED,
    assert_same,
    contents,
    in_peace,
    moment,
    run,
    served,
)
from netflix_pipeline_tests.upgrading.keep_rows import ROWS

KILLS = ROUNDS // 2


def test_an_upgrade_that_is_killed_time_and_again_leaves_the_same(tmp_path: Path) -> None:
    with tarfile.open(ROWS) as packed:
        packed.extractall(tmp_path, filter="tar")
    undisturbed, home = Settings(home=tmp_path / "undisturbed"), Settings(home=tmp_path / "home")
    shutil.copytree(home.root, undisturbed.root, symlinks=True)
    moments = in_peace(undisturbed, "materialize")
    codes = []
    for left in range(KILLS, 0, -1):
        # What was killed goes on where it stood: it comes ever farther.
        at, delay = moment(f"{SEED} upgrade {left}", moments // left)
        codes.append(run(home, tmp_path / "killed", at, delay, "materialize"))

    Command(home.root).ok("materialize")

    assert -9 in codes
    assert_same(home, contents(undisturbed))
    assert served(home) == served(undisturbed)
    assert Command(home.root).ok("materialize", "--json").json["days"] == []
