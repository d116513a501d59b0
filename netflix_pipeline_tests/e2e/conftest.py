"""A real browser: the Chromium that the machine has, driven through Playwright.

All tests here are run one after the other by one worker (`netflix_pipeline_tests/conftest.py`), so
that they share a browser, and those that only look share a server.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from netflix_pipeline.serving import Snapshots, Source
from netflix_pipeline_tests.reference.published import Published
from netflix_pipeline_tests.support.browser import ARGUMENTS, NAMES, Another, Stack, without_errors
from netflix_pipeline_tests.support.events import opened, watch
from netflix_pipeline_tests.support.processes import dashboard
from netflix_pipeline_tests.support.service import Service, two_weeks

PATIENCE = 30_000
"""Milliseconds for what a page is expected to show: as many as for what it is told to do."""


@pytest.fixture(scope="package")
def chromium() -> str:
    """Path of the machine's Chromium; where there is none, CI fails and others skip."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        say = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        say("no Chromium on the PATH: apt-get install chromium (or run `make test` as root)")
    return found


@pytest.fixture(scope="package")
def browser(chromium: str) -> Iterator[Browser]:
    """A browser for all tests here: meanwhile no other test can run an event loop."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def service(tmp_path_factory: pytest.TempPathFactory) -> Service:
    """A home in which two weeks are published; who publishes more takes `stack`, or its own."""
    return two_weeks(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="package")
def address(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where its dashboard is."""
    with dashboard(service.settings, tmp_path_factory.mktemp("log") / "dashboard.log") as (at, _):
        yield at


@pytest.fixture
def source(service: Service) -> Source:
    """Questions to its newest snapshot."""
    return Snapshots(service.settings.serving)


@pytest.fixture(scope="package")
def of_known(known: Published, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the dashboard of much generated data is."""
    with dashboard(known.settings, tmp_path_factory.mktemp("log") / "log") as (at, _):
        yield at


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A dashboard with something on every page: two weeks published, and events of this minute.

    Tests publish further days.
    """
    service = two_weeks(tmp_path_factory.mktemp("home"))
    settings = service.settings.model_copy(update={"canary_seconds": 0})
    logs = tmp_path_factory.mktemp("logs")
    with opened(settings) as events:
        for number, (title, device) in enumerate((("t-dark", "mobile"), ("t-night", "smart_tv"))):
            now = datetime.now(UTC)
            told = {"user_id": f"u{number}", "title_id": title, "device": device, "country": "DE"}
            event = watch(f"e-{number}", event_time=now.isoformat(), **told)
            events.send(event, at=now)
    with dashboard(settings, logs / "dashboard.log") as (address, _):
        yield Stack(service, address)


def visitor(browser: Browser) -> BrowserContext:
    """Somebody who was nowhere yet."""
    return browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")


@pytest.fixture(scope="package")
def opener(browser: Browser) -> Iterator[Page]:
    """A page that opens others, which share its process: one of their own takes long to start."""
    with visitor(browser) as context:
        yield context.new_page()


@pytest.fixture
def another(opener: Page, address: str) -> Iterator[Another]:
    """Opens pages of somebody who keeps nothing; a script that throws an error fails the test."""
    at_hand = f"{address}/robots.txt"
    if opener.url != at_hand:
        opener.goto(at_hand)
    opener.context.clear_cookies()
    opener.evaluate("localStorage.clear()")

    def another() -> Page:
        with opener.expect_popup() as opened:
            opener.evaluate("void open('about:blank')")
        pages.callback(opened.value.close)
        return pages.enter_context(without_errors(opened.value))

    with ExitStack() as pages:
        yield another


@pytest.fixture
def page(another: Another) -> Page:
    """A new page of such a person."""
    return another()


@pytest.fixture
def first_page(browser: Browser) -> Iterator[Page]:
    """The same in a browser that has loaded nothing yet."""
    with visitor(browser) as context, without_errors(context.new_page()) as page:
        yield page
