"""The machine's own Chromium, and what is looked at in it."""

from dataclasses import dataclass

from playwright.sync_api import Page, expect

from netflix_pipeline_tests.support.service import Service

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox",  # containers run tests as root
    "--disable-gpu",
    # A page of ours needs nothing from outside, and the browser shall not ask for it either.
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True)
class Stack:
    """A dashboard on a free port, and the service whose snapshots it shows."""

    service: Service
    address: str


def ready(page: Page, url: str) -> None:
    """Open an address and wait until Dash has taken the page over."""
    page.goto(url)
    expect(page.locator("html[data-ready]")).to_be_attached()
