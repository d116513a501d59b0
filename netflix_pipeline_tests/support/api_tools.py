"""Programs that read the API's description, as `make test` installs them below `.tools`."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / ".tools"


def program(path: str) -> list[str | Path]:
    """A program from npm as a command; where it is not there, CI fails and others skip."""
    script = TOOLS / "openapi" / "node_modules" / path
    _there(script, path)
    return ["node", script]


def python(name: str) -> Path:
    """The Python of a program that has an environment of its own."""
    interpreter = TOOLS / name / "bin" / "python"
    _there(interpreter, name)
    return interpreter


def _there(path: Path, name: str) -> None:
    if not path.exists():
        say = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        say(f"{name} is not installed; `make test` does it")


def run(
    words: Sequence[str | Path], cwd: Path, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """A command that was run, and did what it was told."""
    ran = subprocess.run(words, cwd=cwd, input=stdin, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, f"{words}\n{ran.stdout}\n{ran.stderr}"
    return ran
