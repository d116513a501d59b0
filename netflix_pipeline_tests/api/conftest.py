"""The API over the home that all tests share."""

from collections.abc import Iterator

import pytest

from netflix_pipeline_tests.reference.published import Published
from netflix_pipeline_tests.support.api import Asking, asking


@pytest.fixture(scope="module")
def ask(known: Published) -> Iterator[Asking]:
    """Asks the application over the published home."""
    with asking(known.settings) as ask:
        yield ask
