"""A real browser: the Chromium that the machine has, driven through Playwright."""

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from netflix_pipeline.serving import Snapshots, Source
from netflix_pipeline_tests.support.browser import ARGUMENTS, NAMES, Stack
from netflix_pipeline_tests.support.processes import dashboard, served
from netflix_pipeline_tests.support.service import Service, two_weeks


@pytest.fixture(scope="module")
def chromium() -> str:
    """Path of the machine's Chromium; where there is none, CI fails and others skip."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        say = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        say("no Chromium on the PATH: apt-get install chromium (or run `make test` as root)")
    return found


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """A browser for the tests of a module: meanwhile no other test can run an event loop."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Service:
    """A home in which two weeks are published."""
    return two_weeks(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def address(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where its dashboard is."""
    with dashboard(service.settings, tmp_path_factory.mktemp("log") / "dashboard.log") as (at, _):
        yield at


@pytest.fixture
def source(service: Service) -> Source:
    """Questions to its newest snapshot."""
    return Snapshots(service.settings.serving)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A dashboard with something on every page: two weeks published, and events of this minute."""
    service = two_weeks(tmp_path_factory.mktemp("home"))
    settings = service.settings.model_copy(update={"canary_seconds": 0})
    logs = tmp_path_factory.mktemp("logs")
    with served("api", settings, logs / "api.log") as (api, _):
        for number, (title, device) in enumerate((("t-dark", "mobile"), ("t-night", "smart_tv"))):
            event = {
                "type": "watch",
                "event_id": f"e-{number}",
                "user_id": f"u{number}",
                "title_id": title,
                "event_time": datetime.now(UTC).isoformat(),
                "watch_seconds": 600 + number,
                "device": device,
                "country": "DE",
            }
            httpx.post(f"{api}/events", json=event, trust_env=False).raise_for_status()
    with dashboard(settings, logs / "dashboard.log") as (address, _):
        yield Stack(service, address)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page with no cookies; the test fails when a script on it threw an error."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert not errors
