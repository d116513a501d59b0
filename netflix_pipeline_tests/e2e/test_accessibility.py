"""axe-core finds nothing on any page, in light and dark, narrow and wide, whatever is open."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dash_app.pages import PAGES
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import Passwords
from netflix_pipeline_tests.e2e.looking import ALL, found, found_shut_and_open
from netflix_pipeline_tests.support.browser import Stack, ready
from netflix_pipeline_tests.support.dashboard import address_of
from netflix_pipeline_tests.support.processes import dashboard


@pytest.fixture
def address(stack: Stack) -> str:
    return stack.address


# The page that events change is looked at where they come in: `test_now.py`.
@pytest.mark.parametrize("path", [address_of(page) for page in PAGES if page.live != "events"])
def test_nothing_is_found_on_a_page_and_where_everything_on_it_is_open(
    page: Page, address: str, path: str
) -> None:
    ready(page, address + path)
    assert found_shut_and_open(page) == []


def test_nothing_is_found_in_a_chart_that_is_read_and_one_that_is_explored(
    page: Page, address: str
) -> None:
    ready(page, f"{address}/?period=7d")
    page.locator("#panel-trend .plot").focus()
    page.keyboard.press("End")
    expect(page.locator(".tip")).to_be_visible()
    assert found(page) == []
    page.locator("#panel-trend").get_by_text("Explore").click()
    expect(page.get_by_role("dialog").locator(".main-svg").first).to_be_visible()
    assert found(page, ALL) == []


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/?from=2020-01-01&to=2020-01-07", "Nothing"),
        ("/?country=XX", "Nothing"),
        ("/titles?search=nowhere", "No title"),
        ("/top10?week=2020-01-06", "no list"),
        ("/?period=9y", "There is no period"),
        ("/nowhere", "/nowhere"),
        ("/titles/nobody", "nobody"),
    ],
)
def test_nothing_is_found_where_nothing_is_to_be_seen(
    page: Page, address: str, path: str, says: str
) -> None:
    ready(page, address + path)
    expect(page.locator("main")).to_contain_text(says)
    assert found(page) == []


def test_nothing_is_found_while_a_view_is_waited_for(page: Page, address: str) -> None:
    ready(page, f"{address}/?period=7d")
    page.route("**/_dash-update-component*", lambda route: None)
    page.get_by_role("link", name="90 days").click()
    expect(page.locator("[data-moving]")).to_be_attached()
    assert found(page) == []


def test_nothing_is_found_before_the_first_snapshot_and_at_the_door(
    page: Page, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path / "home")
    with dashboard(settings, tmp_path / "log") as (address, _):
        ready(page, address)
        expect(page.get_by_role("heading", name="Nothing is published yet")).to_be_visible()
        assert found(page) == []
        Passwords(settings).set("ann", "correct horse battery")
        page.goto(address)
        expect(page).to_have_title("Sign in · Viewing")
        assert found(page) == []
        page.get_by_label("Name").fill("ann")
        page.get_by_label("Password").fill("wrong wrong wrong")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_be_visible()
        assert found(page) == []
