"""Filters in a real browser: values are found, chosen, turned round, and undone one by one."""

import re

import pytest
from playwright.sync_api import Page, expect

from netflix_pipeline_tests.e2e.looking import found
from netflix_pipeline_tests.support.browser import ready


def test_values_are_found_chosen_turned_round_and_undone(page: Page, of_known: str) -> None:
    address = of_known
    ready(page, f"{address}/?period=all")
    page.evaluate("window.stayed = true")
    country = page.locator(".several", has=page.locator('input[value="DE"]'))
    country.locator("summary").click()
    boxes = country.get_by_role("checkbox")
    all_of_them = boxes.count()
    assert all_of_them > 8
    # Found by a part of its name, by key alone.
    page.keyboard.press("Tab")
    expect(country.get_by_role("searchbox", name="Find in Country")).to_be_focused()
    page.keyboard.type("GERM")
    expect(boxes).to_have_count(1)
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page).to_have_url(f"{address}/?period=all&country=DE")
    expect(boxes).to_have_count(all_of_them)  # the list stays open, with all of them again
    expect(country.locator("summary strong")).to_have_text("Germany")
    country.locator('input[value="US"]').check()
    expect(page).to_have_url(f"{address}/?period=all&country=DE&country=US")
    expect(country.locator("summary strong")).to_have_text("Germany or United States")
    assert found(page) == []
    country.get_by_role("link", name="All but these").click()
    expect(page).to_have_url(f"{address}/?period=all&not_country=DE&not_country=US")
    expect(country.locator("summary strong")).to_have_text("all but Germany and United States")
    expect(country.locator('input[value="US"]')).to_be_checked()
    page.keyboard.press("Escape")
    expect(country.locator("summary")).to_be_focused()
    expect(boxes).to_have_count(0)
    chips = page.get_by_role("list", name="Active filters")
    chips.get_by_role("link", name=re.compile("not Germany")).click()
    expect(page).to_have_url(f"{address}/?period=all&not_country=US")
    expect(chips.get_by_role("link")).to_have_count(1)
    page.locator("#panel-device .ways").get_by_text("Rows").click()
    expect(page).to_have_url(f"{address}/rows?period=all&not_country=US")
    page.go_back()
    chips.get_by_role("link", name=re.compile("not United States")).click()
    expect(page).to_have_url(f"{address}/?period=all")
    expect(chips).to_have_count(0)
    zone = page.get_by_role("combobox", name="Time zone")
    zone.fill("kathmndu")
    zone.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("There is no time zone “kathmndu”")
    expect(zone).to_have_value("kathmndu")
    expect(page.locator("#panel-device")).to_be_visible()
    assert found(page) == []
    assert page.locator("#zones option").count() > 300
    zone.fill("kathmandu")
    zone.press("Enter")
    expect(page).to_have_url(f"{address}/?period=all&tz=Asia%2FKathmandu")
    expect(chips.get_by_role("link")).to_have_text(re.compile("Time zone: Asia/Kathmandu"))
    expect(page.locator("#panel-hours")).to_contain_text("Asia/Kathmandu")
    assert found(page) == []
    chips.get_by_role("link").click()
    expect(page).to_have_url(f"{address}/?period=all")
    assert page.evaluate("window.stayed")


@pytest.mark.parametrize("width", [390, 860, 1280])
def test_an_open_list_stays_within_the_window(page: Page, address: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    ready(page, f"{address}/?period=7d&country=DE&not_device=mobile")
    if width < 860:
        page.locator(".more > summary").click()
    lists = page.locator(".several")
    for each in lists.all():
        each.locator("summary").click()
        expect(each.locator(".options")).to_be_visible()
        # Until it stands where it fits.
        page.wait_for_function("document.documentElement.scrollWidth <= innerWidth")
        box = each.locator(".options").bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        expect(page.locator(".several[open]")).to_have_count(1)  # one closes the other
