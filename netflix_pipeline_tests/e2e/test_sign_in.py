"""Signing in at a dashboard that others reach, in a browser: over plain http, and what ends it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from netflix_pipeline.access.sign_in import MOST
from netflix_pipeline.engines import HOST
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import Passwords
from netflix_pipeline_tests.support.browser import ELSEWHERE
from netflix_pipeline_tests.support.processes import dashboard
from netflix_pipeline_tests.support.service import Service

GOOD = "correct horse battery"
ASKS = "Sign in · Viewing"
IDLE = 4 / 3600
"""Hours without use that end a session; a view is there within as many."""


@pytest.fixture(scope="module")
def settings(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home in which two people sign in, over plain http, as others see it."""
    home = tmp_path_factory.mktemp("sign-in") / "home"
    home.mkdir()
    (home / "serving").symlink_to(service.settings.serving)
    settings = Settings(home=home, host="0.0.0.0", plain_http=True)
    for name in ("ann", "bob"):
        Passwords(settings).set(name, GOOD)
    return settings


@pytest.fixture(scope="module")
def address(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where its dashboard is, by a name that is not this machine's own."""
    with dashboard(settings, tmp_path_factory.mktemp("log") / "dashboard.log") as (at, _):
        yield at.replace(HOST, ELSEWHERE)


@pytest.fixture
def page(first_page: Page) -> Page:
    """Of somebody of their own: nobody else is signed in there."""
    return first_page


def sign_in(page: Page, name: str = "ann", password: str = GOOD) -> None:
    """Fill in the form that is shown."""
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    with page.expect_navigation():
        page.get_by_role("button", name="Sign in").click()


def is_shown(page: Page, url: str) -> None:
    """The page is there, and works."""
    expect(page).to_have_url(url)
    expect(page.locator("html[data-ready]")).to_be_attached()


def test_whoever_signs_out_is_out_on_every_page_and_so_are_copies_of_the_cookie(
    page: Page, address: str, settings: Settings, browser: Browser
) -> None:
    page.goto(f"{address}/?period=7d")
    expect(page).to_have_title(ASKS)
    sign_in(page, password="not the right one")
    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    sign_in(page)
    is_shown(page, f"{address}/?period=7d")
    assert not page.evaluate("isSecureContext")
    other = page.context.new_page()
    other.goto(f"{address}/audience")
    is_shown(other, f"{address}/audience")
    copied = page.context.storage_state()
    page.get_by_role("link", name="28 days").click()
    expect(page).to_have_url(f"{address}/")
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{address}/login")
    expect(other).to_have_title(ASKS)  # by itself
    with browser.new_context(storage_state=copied) as context:
        thief = context.new_page()
        thief.goto(address)
        expect(thief).to_have_title(ASKS)
    sign_in(other)
    is_shown(other, f"{address}/audience")
    Passwords(settings).set("ann", GOOD)
    expect(other).to_have_title(ASKS)  # that is another password


def test_wrong_passwords_are_slowed_down_for_that_name(page: Page, address: str) -> None:
    page.goto(address)
    told = page.get_by_role("alert")
    for _ in range(MOST):
        sign_in(page, "bob", "not the right one")
        expect(told).to_contain_text("do not belong together")
    sign_in(page, "bob")
    expect(told).to_contain_text("wait 5 minutes")
    sign_in(page)
    is_shown(page, f"{address}/")


def test_over_plain_http_nobody_signs_in_unless_it_is_told_so_and_who_is_idle_is_out(
    page: Page, settings: Settings, tmp_path: Path
) -> None:
    changed = {"plain_http": False, "session_idle_hours": IDLE}
    with dashboard(settings.model_copy(update=changed), tmp_path / "log") as (here, _):
        page.goto(here.replace(HOST, ELSEWHERE))
        sign_in(page)
        expect(page.get_by_role("alert")).to_contain_text("NETFLIX_PLAIN_HTTP=true")
        # From the machine itself a browser trusts it without TLS.
        page.goto(f"{here}/?period=7d")
        sign_in(page)
        expect(page).to_have_url(f"{here}/?period=7d")
        expect(page).to_have_title(ASKS)  # by itself, once it was not used for long enough
        sign_in(page)
        expect(page).to_have_url(f"{here}/?period=7d")
