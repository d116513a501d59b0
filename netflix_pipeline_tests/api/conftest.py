"""What tests of the API share: generated data, published, beside the reference's reading of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from api.app import create_app
from netflix_pipeline_tests.reference.published import Published, published


class Asking:
    """Requests to an application itself, without a server, of which each must be answered."""

    def __init__(self, client: httpx.AsyncClient, runner: asyncio.Runner) -> None:
        self._client = client
        self._runner = runner

    def __call__(self, path: str, /, **parameters: Any) -> Any:
        """The body of the answer; parameters that are None are left out, `from_` is `from`."""
        given = {name.rstrip("_"): told for name, told in parameters.items() if told is not None}
        response = self._get(path, given)
        assert response.status_code == 200, (path, given, response.text)
        return response.json()

    def refused(self, path: str, /, **parameters: Any) -> str:
        """Why a request cannot be taken."""
        response = self._get(path, parameters)
        assert response.status_code == 422, (path, parameters, response.text)
        return str(response.json()["detail"])

    def _get(self, path: str, given: dict[str, Any]) -> httpx.Response:
        return self._runner.run(self._client.get(path, params=given))

    def pages(self, path: str, /, **parameters: Any) -> Iterator[Any]:
        """The bodies of all pages."""
        page = self(path, **parameters)
        yield page
        while page["next"]:
            page = self(path, **parameters, cursor=page["next"])
            yield page


@pytest.fixture(scope="session")
def known(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """A home with generated dirty data, published once, and the reference's plays of it."""
    return published(tmp_path_factory.mktemp("known"))


@pytest.fixture(scope="module")
def ask(known: Published) -> Iterator[Asking]:
    """Asks the application over the published home."""
    transport = httpx.ASGITransport(create_app(known.settings))
    client = httpx.AsyncClient(transport=transport, base_url="http://localhost")
    with asyncio.Runner() as runner:
        yield Asking(client, runner)
        runner.run(client.aclose())
