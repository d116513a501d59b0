from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from netflix_pipeline.settings import Settings
from netflix_pipeline.state import open_state


@pytest.fixture
def state(home: Settings) -> Iterator[Engine]:
    """The database of state of a home of the test's own."""
    engine = open_state(home)
    yield engine
    engine.dispose()
