"""Prometheus' own programs, for tests that ask it what it makes of our rules."""

import os
import shutil

import pytest


def program(*names: str) -> str:
    """Where a program is, under the first of its names; where it is not, CI fails, others skip."""
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        say = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        say(f"{names[0]} is not installed; `make test` does it")
    return found
