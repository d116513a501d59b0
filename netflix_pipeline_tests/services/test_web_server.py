"""The server of all applications."""

import sys
from collections.abc import Iterator

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from netflix_pipeline.services.web_server import SWITCH_SECONDS, application


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Never asked."""


def made() -> ASGIApp:
    return app


@pytest.fixture
def restored() -> Iterator[None]:
    before = sys.getswitchinterval()
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("restored")
def test_requests_do_not_wait_long_for_threads_that_count() -> None:
    sys.setswitchinterval(10 * SWITCH_SECONDS)
    assert application(f"{__name__}:made", None, None) is app
    assert sys.getswitchinterval() == pytest.approx(SWITCH_SECONDS)
