"""The README's first event works as it is printed."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from netflix_pipeline_tests.support.api import SERVER
from netflix_pipeline_tests.support.processes import Start

README = Path(__file__).parents[2] / "README.md"


def block(language: str) -> str:
    """The code of the section on the first event in that language."""
    section = README.read_text(encoding="utf-8").split("## Send your first event")[1]
    found = re.search(rf"```{language}\n(.*?)```", section, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def address(start: Start) -> str:
    # As it is for whoever reads it: with the bound on how long ago an event may have happened.
    return start(SERVER, path="/health", environment={"NETFLIX_EVENT_DAYS_BACK": "90"})


def test_with_curl(address: str) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    command = block("sh").replace("http://127.0.0.1:8000", address)
    told = subprocess.run(["sh", "-c", command], capture_output=True, check=True).stdout
    assert json.loads(told)["results"] == [{"event_id": "my-first-event", "result": "stored"}]


def test_with_python(address: str) -> None:
    code = block("python").replace("http://127.0.0.1:8000", address)
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert "'stored': 10" in told.stdout
