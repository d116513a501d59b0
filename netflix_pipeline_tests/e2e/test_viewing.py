"""My viewing in a real browser: from an export that is taken in to its days and sittings."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.e2e.looking import LOOKS
from netflix_pipeline_tests.support.browser import ready
from netflix_pipeline_tests.support.exported import taken_in
from netflix_pipeline_tests.support.processes import dashboard


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("own")
    settings = taken_in(Settings(home=folder / "home"), folder / "export")
    with dashboard(settings, folder / "log") as (at, _):
        yield at


def test_an_export_is_seen_and_each_profile_chosen(page: Page, address: str) -> None:
    ready(page, address)
    page.get_by_role("link", name="My viewing").click()
    expect(page).to_have_url(f"{address}/viewing")
    expect(page.get_by_role("heading", name="Household Miller")).to_be_visible()
    expect(page.locator(".card", has_text="Hours viewed").locator(".value")).to_have_text("5.2 h")
    page.get_by_role("list", name="Profiles of Miller").get_by_text("Ana").click()
    expect(page).to_have_url(f"{address}/viewing?person=Miller%2FAna")
    expect(page.get_by_role("heading", name="Ana, of Miller")).to_be_visible()
    expect(page.locator("#panel-series tbody tr")).to_have_count(1)
    page.go_back()
    expect(page.get_by_role("heading", name="Household Miller")).to_be_visible()


def test_a_day_of_the_calendar_is_read_and_followed_with_the_keyboard(
    page: Page, address: str
) -> None:
    ready(page, f"{address}/viewing?person=Miller%2FAna")
    calendar = page.locator("#panel-calendar")
    calendar.locator(".plot").focus()
    page.keyboard.press("Home")
    expect(calendar.locator(".tip .name")).to_have_text("Sat, 31 Dec 2022")
    page.keyboard.press("ArrowDown")  # Sunday lies below Saturday, and Monday in the next column
    expect(calendar.locator(".tip .name")).to_have_text("Sun, 1 Jan 2023")
    page.keyboard.press("End")
    expect(calendar.locator(".tip .name")).to_have_text("Mon, 2 Jan 2023")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{address}/viewing?from=2023-01-02&to=2023-01-02&person=Miller%2FAna")
    expect(page.locator("#panel-plays tbody tr")).to_have_count(1)
    page.get_by_role("navigation", name="Years").get_by_text("2022").click()
    expect(page.locator("#panel-plays tbody tr")).to_have_count(2)
    page.get_by_role("group", name="Period").get_by_text("All").click()
    expect(page.locator("#panel-plays tbody tr")).to_have_count(4)


def test_somebody_is_found_by_a_part_of_the_id(page: Page, address: str) -> None:
    ready(page, f"{address}/viewing")
    page.get_by_role("searchbox", name="Find a person").fill("ánn")
    page.keyboard.press("Enter")
    page.get_by_role("list", name="People").get_by_role("link", name="u-Ánna").click()
    expect(page.get_by_role("heading", name="u-Ánna")).to_be_visible()


def test_a_binge_is_taken_along(page: Page, address: str, tmp_path: Path) -> None:
    ready(page, f"{address}/viewing?household=Miller")
    with page.expect_download() as saving:
        page.locator("#panel-binges .ways").get_by_text("CSV").click()
    saving.value.save_as(tmp_path / "binges.csv")
    with (tmp_path / "binges.csv").open(newline="") as lines:
        (binge,) = csv.DictReader(lines)
    assert (binge["series"], binge["episodes"], binge["user_id"]) == ("Dark Sea", "3", "Miller/Ana")
    assert float(binge["hours_viewed"]) == 2.5
    assert binge["filters"] == "household=Miller"


def test_it_fits_the_window(page: Page, address: str) -> None:
    ready(page, f"{address}/viewing")
    expect(page.locator("#panel-calendar .plot")).to_be_visible()
    for width, scheme in ((320, "light"), *LOOKS, (320, "dark")):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
