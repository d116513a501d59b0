"""Two titles, two countries, in a browser: by how many presses from the start page."""

import re

import pytest
from playwright.sync_api import Page, expect

from netflix_pipeline_tests.e2e.looking import found
from netflix_pipeline_tests.support.browser import ready


@pytest.mark.parametrize("width", [390, 1280, 1440])
def test_two_countries_are_side_by_side_after_two_presses(
    page: Page, address: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    ready(page, f"{address}/")
    page.locator("#panel-country .twin").evaluate("each => each.open = true")
    page.locator("#panel-country .twin").get_by_role("link", name="Germany").click()
    expect(page).to_have_url(f"{address}/?country=DE")
    page.get_by_role("group", name="Germany against").get_by_role("link", name="France").click()
    expect(page).to_have_url(f"{address}/?country=DE&compare=country%3AFR")
    expect(page.locator(".told")).to_contain_text("Germany against France")
    expect(page.locator("#panel-trend")).to_contain_text("France")
    expect(page.locator('.card:has([data-metric="plays"])')).to_contain_text("against France: ")
    page.wait_for_function("document.documentElement.scrollWidth <= innerWidth")
    assert found(page) == []


@pytest.mark.parametrize("width", [390, 1280, 1440])
def test_two_titles_are_side_by_side_after_two_presses(
    page: Page, address: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    ready(page, f"{address}/")
    first = page.locator(".ranking tbody a.name").first
    name = first.inner_text()
    first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    others = page.get_by_role("group", name=f"{name} against").get_by_role("link")
    other = others.first.inner_text()
    widths = others.evaluate_all("links => links.map(one => [one.scrollWidth, one.clientWidth])")
    assert all(whole <= shown + 1 for whole, shown in widths)  # no name is cut
    others.first.click()
    expect(page.locator(".told")).to_contain_text(f"{name} against {other}")
    expect(page.locator("#panel-trend")).to_contain_text(other)
    page.wait_for_function("document.documentElement.scrollWidth <= innerWidth")
    assert found(page) == []
    # Any other one is found by a part of its name.
    page.get_by_role("searchbox", name="Another title beside it").fill("Amel")
    page.keyboard.press("Enter")
    expect(others).to_have_count(1)


def test_a_value_and_other_days_are_chosen_in_the_menu(page: Page, address: str) -> None:
    ready(page, f"{address}/?period=7d")
    menu = page.locator(".several", has=page.locator('input[value="country:FR"]'))
    menu.locator("summary").click()
    page.get_by_role("searchbox", name="Find in values").fill("fran")
    menu.get_by_role("radio", name=re.compile("^France")).check()
    expect(page).to_have_url(f"{address}/?period=7d&compare=country%3AFR")
    expect(page.locator(".told")).to_contain_text("All against France")
    menu.get_by_label("Days from", exact=True).fill("2026-03-03")
    menu.get_by_label("days to", exact=True).fill("2026-03-05")
    menu.get_by_role("button", name="Show these days").click()
    expect(page.locator(".told")).to_contain_text("compared with")
    expect(page).to_have_url(re.compile("compare=2026-03-03..2026-03-05|compare_from=2026-03-03"))
    page.get_by_role("link", name=re.compile("^Beside: ")).click()
    expect(page).to_have_url(f"{address}/?period=7d")


@pytest.mark.parametrize("width", [390, 1280])
def test_titles_have_the_change_of_what_they_are_sorted_by(
    page: Page, address: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    ready(page, f"{address}/titles?sort=plays")
    panel = page.locator("#panel-catalogue")
    expect(panel.locator("td.plays").first).to_be_visible()
    expect(panel.locator("td.difference")).to_have_count(0)  # before all days there are none
    page.get_by_role("group", name="Period").get_by_role("link", name="7 days").click()
    expect(page.locator(".told")).to_contain_text("compared with")
    for cell in ("tbody th", "td.plays", "td.difference"):
        box = panel.locator(cell).first.bounding_box()
        assert box
        assert 0 <= box["x"] <= box["x"] + box["width"] <= width
    expect(panel.locator("td.compared").first).to_be_visible(visible=width > 1000)
    expect(panel.locator("td.difference").first).to_contain_text(re.compile("%|new|–"))
    page.wait_for_function("document.documentElement.scrollWidth <= innerWidth")
    assert found(page) == []
