"""The API as tests ask it: without a server, served by this process, or by one of its own."""

import asyncio
import threading
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
import psutil
import uvicorn
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families

from api.app import create_app
from api.versions import V1, is_old_path
from netflix_pipeline.settings import Settings

GRANIAN = ["-m", "granian", "--interface", "asgi", "--factory", "--port", "{port}"]
"""A server for an application that is still to be named, as `start` takes it."""
SERVER = [*GRANIAN, "api.app:create_app"]
NOW = datetime.now(UTC).isoformat()


def request(app: FastAPI, path: str, method: str = "GET", **headers: str) -> httpx.Response:
    """One request to the application itself, without a server."""

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return await client.request(method, path, headers=named)

    return asyncio.run(ask())


def assert_problem(response: httpx.Response, status: int, kind: str) -> dict[str, Any]:
    """The one shape of every error."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = response.json()
    assert set(told) == {"type", "title", "status", "detail", "instance", "errors"}
    assert (told["status"], told["type"]) == (status, f"/problems/{kind}")
    # What is refused for what it is, and not for the moment, has a part that is at fault.
    assert all(one["field"] and one["detail"] for one in told["errors"])
    assert told["errors"] or status == 429 or status >= 500
    assert told["instance"] == f"urn:uuid:{uuid.UUID(response.headers['x-request-id'])}"
    assert "Traceback" not in response.text
    return told


def addressed(path: str) -> str:
    """Where a resource is: as said, where the first release had it, else below `/v1`."""
    return path if is_old_path(path) or path.startswith(f"{V1}/") else V1 + path


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
        return self._runner.run(self._client.get(addressed(path), params=given))

    def pages(self, path: str, /, **parameters: Any) -> Iterator[Any]:
        """The bodies of all pages."""
        page = self(path, **parameters)
        yield page
        while page["next"]:
            page = self(path, **parameters, cursor=page["next"])
            yield page


@contextmanager
def asking(settings: Settings) -> Iterator[Asking]:
    """Asks the application of a home."""
    transport = httpx.ASGITransport(create_app(settings))
    client = httpx.AsyncClient(transport=transport, base_url="http://localhost")
    with asyncio.Runner() as runner:
        yield Asking(client, runner)
        runner.run(client.aclose())


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """The application with all that it holds while it runs."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
    ):
        # The library's own default is none of the test's business.
        del client.headers["accept-encoding"]
        yield client


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """The address of an application that a thread of this process serves over HTTP."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def event(number: int = 1, **changes: object) -> dict[str, Any]:
    return {
        "type": "watch",
        "event_id": f"e-{number}",
        "user_id": "u-1",
        "title_id": "t-1",
        "event_time": NOW,
        "watch_seconds": 1800,
    } | changes


def served_by(address: str) -> list[psutil.Process]:
    """The processes of the API at an address."""
    port = str(urlsplit(address).port)
    return [
        process
        for process in psutil.Process().children(recursive=True)
        if "api.app:create_app" in process.cmdline() and port in process.cmdline()
    ]


def numbers(text: str) -> dict[str, float]:
    """Samples by name and labels."""
    return {
        sample.name + "".join(f"|{value}" for _, value in sorted(sample.labels.items())): (
            sample.value
        )
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
