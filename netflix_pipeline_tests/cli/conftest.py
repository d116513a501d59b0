"""A home of a test's own for commands."""

from pathlib import Path

import pytest

from netflix_pipeline_tests.support.command import Command


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """The command in an empty home."""
    return Command(tmp_path / "home")
