"""The README's first event works as it is printed."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.processes import served

README = Path(__file__).parents[2] / "README.md"


def block(language: str) -> str:
    """The code of the section on the first event in that language."""
    section = README.read_text(encoding="utf-8").split("## Send your first event")[1]
    found = re.search(rf"```{language}\n(.*?)```", section, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    # As it is for whoever reads it: with the bound on how long ago an event may have happened.
    folder = tmp_path_factory.mktemp("readme")
    home = Settings(home=folder / "home", canary_seconds=0, event_days_back=90)
    with served("api", home, folder / "log") as (address, _):
        yield address


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
