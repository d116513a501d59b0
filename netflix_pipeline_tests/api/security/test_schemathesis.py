"""Schemathesis, every check and stateful, against the running service with keys required.

`SCHEMATHESIS_EXAMPLES=200` makes it look for longer, `SCHEMATHESIS_SHARES=1` for every parameter at
every resource that takes it. In CI it makes the same examples in every run, as Hypothesis does.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.api import SERVER
from netflix_pipeline_tests.support.api_keys import Made
from netflix_pipeline_tests.support.processes import Start
from netflix_pipeline_tests.support.three_days import three_days_published

HERE = Path(__file__).parent
EXAMPLES = os.environ.get("SCHEMATHESIS_EXAMPLES", "4")
SEED = ("--seed", "2026") if os.environ.get("CI") == "true" else ()


@pytest.fixture
def secured_service(home: Settings, start: Start) -> tuple[str, str]:
    """The address of a running service over a published home, and a key for all of it."""
    three_days_published(home.root)
    made = Made(home)
    key = made(requests=0)
    made.close()
    return start(SERVER, "/health", {"NETFLIX_AUTH": "required"}), key


def test_nothing_is_found(secured_service: tuple[str, str], tmp_path: Path) -> None:
    address, key = secured_service
    found = subprocess.run(
        [
            Path(sys.executable).with_name("schemathesis"),
            *("--config-file", HERE / "schemathesis.toml"),
            *("run", f"{address}/openapi.json"),
            *("--header", f"Authorization: Bearer {key}"),
            *("--checks", "all", "--max-examples", EXAMPLES, "--request-timeout", "20"),
            *("--workers", "2", "--no-color", *SEED),
        ],
        cwd=tmp_path,
        env=os.environ | {"SCHEMATHESIS_HOOKS": str(HERE / "meaning.py")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout + found.stderr
    for phase in ("Examples", "Coverage", "Fuzzing", "Stateful"):
        assert f"✅  {phase}" in found.stdout or f"✅ {phase}" in found.stdout, found.stdout
