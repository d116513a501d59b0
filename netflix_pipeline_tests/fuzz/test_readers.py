"""No file, however damaged, ends a command, loses a good neighbour or a row of the ledger.

FUZZ_SECONDS tells for how many seconds of CPU time files are tried, FUZZ_SEED with which to begin.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SECONDS = float(os.environ.get("FUZZ_SECONDS", "10"))
SEED = os.environ.get("FUZZ_SEED", "0")


@pytest.mark.timeout(600 + 20 * SECONDS)
def test_no_file_ends_a_command_or_loses_a_neighbour(tmp_path: Path) -> None:
    module = "netflix_pipeline_tests.fuzz.rounds"
    ran = subprocess.run(
        [sys.executable, "-m", module, str(tmp_path), SEED, str(SECONDS)],
        capture_output=True,
        text=True,
        check=False,
    )
    seed = (tmp_path / "seed").read_text()
    assert ran.returncode == 0, f"seed {seed}:\n{ran.stdout[-2000:]}\n{ran.stderr[-6000:]}"
