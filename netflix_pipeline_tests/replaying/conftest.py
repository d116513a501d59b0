"""A small service that takes events and remembers them."""

from collections.abc import Iterator

import pytest

from netflix_pipeline_tests.support.api import serving
from netflix_pipeline_tests.support.replaying import Api


@pytest.fixture
def api() -> Iterator[Api]:
    """The service, served on a free port."""
    api = Api()
    with serving(api) as api.url:
        yield api
