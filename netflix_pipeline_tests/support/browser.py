"""The machine's own Chromium, and what is looked at in it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import ConsoleMessage, Page, Request, expect

from netflix_pipeline_tests.support.service import Service

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ELSEWHERE = "dashboard.example"
"""This machine by a name that a browser trusts no more than any other."""
ARGUMENTS = [
    f"--host-resolver-rules=MAP {ELSEWHERE} 127.0.0.1",
    "--no-sandbox",  # containers run tests as root
    "--disable-gpu",
    # A page of ours needs nothing from outside, and the browser shall not ask for it either.
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


Another = Callable[[], Page]
"""Opens a page."""


@dataclass(frozen=True)
class Stack:
    """A dashboard on a free port, and the service whose snapshots it shows."""

    service: Service
    address: str


def ready(page: Page, url: str) -> None:
    """Open an address and wait until Dash has taken the page over."""
    page.goto(url)
    expect(page.locator("html[data-ready]")).to_be_attached()


@contextmanager
def without_errors(page: Page) -> Iterator[Page]:
    """A page on which no script may throw an error."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    assert not errors


@contextmanager
def without_complaints(page: Page, *addresses: str) -> Iterator[Page]:
    """A page on which nothing may be complained about, and that asks nobody else."""
    said: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            said.append(message.text)

    def asked(request: Request) -> None:
        if not request.url.startswith((*addresses, "blob:", "data:")):
            said.append(request.url)

    page.on("console", heard)
    page.on("request", asked)
    yield page
    assert not said
