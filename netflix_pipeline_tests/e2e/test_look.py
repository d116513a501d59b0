"""What stays in sight, what finds room, and how days are chosen, in a real browser."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from netflix_pipeline_tests.e2e.looking import ALL, found
from netflix_pipeline_tests.support.browser import ready, without_errors

BAR = "document.querySelector('.filters').getBoundingClientRect()"
BELOW_IT = f"""() => {{
    const now = document.activeElement;
    const bar = {BAR};
    return Boolean(now.closest(".filters")) || now.getBoundingClientRect().bottom > bar.bottom;
}}"""
"""Whether what has the focus is in the bar of filters, or not hidden by it."""
TALL = "document.querySelector('main').style.paddingBottom = '3000px'"


@pytest.mark.parametrize(
    ("width", "height", "stays"), [(390, 800, 56), (1280, 700, 104), (1280, 900, 152)]
)
def test_the_filters_stay_in_sight_and_hide_nothing_that_is_come_to_by_key(
    page: Page, address: str, width: int, height: int, stays: int
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    ready(page, f"{address}/?period=7d")
    page.evaluate("scrollTo({ top: 900, behavior: 'instant' })")
    page.wait_for_function(f"{BAR}.bottom > 0 && {BAR}.bottom <= {stays}")
    page.keyboard.press("End")
    page.locator("footer").click()
    for _ in range(40):
        page.keyboard.press("Shift+Tab")
        page.wait_for_function(BELOW_IT)
    # Whoever comes to it by key sees all of it.
    page.locator(".filters a").first.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    page.wait_for_function(f"{BAR}.top >= 0")


def test_on_a_phone_the_filters_open_over_the_page(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    ready(page, f"{address}/?period=7d")
    page.evaluate("scrollTo({ top: 900, behavior: 'instant' })")
    page.locator(".more > summary").click()
    lists = page.locator(".more .lists")
    expect(lists).to_be_in_viewport()
    page.locator(".several", has=page.locator('input[value="DE"]')).locator("summary").click()
    page.locator('input[value="DE"]').check()
    expect(page).to_have_url(f"{address}/?period=7d&country=DE")
    expect(lists).to_be_in_viewport()
    assert found(page) == []


@pytest.mark.parametrize("width", [390, 800, 1280, 2560])
def test_a_list_shows_names_and_what_it_is_sorted_by_below_its_head(
    page: Page, address: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 700})
    table = page.locator("#panel-catalogue table")
    for query in ("period=7d&sort=plays", "sort=plays"):
        ready(page, f"{address}/titles?{query}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        card = page.locator("#panel-catalogue").bounding_box()
        assert card
        leading = table.locator("tr:first-child > .lead").all()
        for cell in (table.locator("tbody th").first, *leading):
            box = cell.bounding_box()
            assert box
            assert card["x"] < box["x"] <= box["x"] + box["width"] < card["x"] + card["width"]
    page.evaluate(TALL)
    head = table.locator("thead th").first
    top = head.evaluate("cell => cell.getBoundingClientRect().top + scrollY")
    page.evaluate("top => scrollTo({ top: top + 60, behavior: 'instant' })", top)
    page.wait_for_function(
        "() => Math.abs(document.querySelector('#panel-catalogue thead th')"
        f".getBoundingClientRect().top - {BAR}.bottom) < 2"
    )
    if width < 860:
        page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
        page.get_by_label("Sort by").select_option("viewers")
        expect(page).to_have_url(f"{address}/titles?sort=viewers")
        expect(table.locator("td.lead").first).to_have_class("viewers lead")


def test_a_wide_window_has_more_beside_one_another(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 2560, "height": 1300})
    ready(page, f"{address}/?period=7d")
    boxes = [page.locator(f"#panel-{name}").bounding_box() for name in ("trend", "moved")]
    assert boxes[0]
    assert boxes[1]
    assert boxes[0]["y"] == boxes[1]["y"]
    assert boxes[1]["x"] + boxes[1]["width"] > 2400


def test_a_day_is_chosen_in_a_calendar_by_key_in_few_stops(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="de-DE")
    with context, without_errors(context.new_page()) as page:
        ready(page, f"{address}/?period=7d")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")  # skips to the content
        stops = 0
        while page.evaluate("document.activeElement.textContent") != "Hours":
            page.keyboard.press("Tab")
            stops += 1
            assert stops < 8
        first, last = page.get_by_label("From", exact=True), page.get_by_label("to", exact=True)
        expect(first).to_have_value("11.03.2026")
        first.focus()
        page.keyboard.press("ArrowDown")
        dialog = page.get_by_role("dialog", name="From: choose a day")
        expect(dialog.get_by_role("heading")).to_have_text("März 2026")
        expect(dialog.get_by_role("button", pressed=True)).to_be_focused()
        assert found(page, ALL) == []
        for key in ("ArrowUp", "ArrowRight", "Home", "PageUp"):
            page.keyboard.press(key)
        # The data begin on the second: nothing before can be chosen.
        chosen = dialog.locator("button:focus")
        expect(chosen).to_have_attribute("data-of", "2026-03-02")
        page.keyboard.press("Escape")
        expect(first).to_be_focused()
        expect(first).to_have_value("11.03.2026")
        page.get_by_role("button", name="Calendar: From").click()
        page.keyboard.press("ArrowUp")
        page.keyboard.press("Enter")
        expect(dialog).to_have_count(0)
        expect(first).to_have_value("04.03.2026")
        last.fill("6.3.26")
        page.keyboard.press("Enter")
        expect(page).to_have_url(f"{address}/?from=2026-03-04&to=2026-03-06")
        expect(page.locator(".trend .twin tbody tr")).to_have_count(3)
        last.fill("31.2.2026")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("'31.2.2026' (`to`) is no day")


def test_days_need_no_script_and_a_link_means_the_same_to_everybody(
    browser: Browser, address: str
) -> None:
    with browser.new_context(java_script_enabled=False, locale="en-US") as context:
        page = context.new_page()
        page.goto(f"{address}/?by=plays")
        page.get_by_label("From", exact=True).fill("03/04/2026")
        page.get_by_label("to", exact=True).fill("2026-03-06")
        page.get_by_role("button", name="Show").first.click()
        expect(page).to_have_url(f"{address}/?from=2026-03-04&to=2026-03-06&by=plays")
        expect(page.get_by_label("to", exact=True)).to_have_value("03/06/2026")
        expect(page.get_by_role("button", name=re.compile("^Calendar"))).to_have_count(0)


def test_an_explored_chart_is_written_as_its_reader_writes(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="de-DE")
    with context, without_errors(context.new_page()) as page:
        ready(page, f"{address}/?period=all&by=hours_viewed")
        page.locator("#panel-trend").get_by_text("Explore").click()
        dialog = page.get_by_role("dialog")
        expect(dialog.locator(".main-svg").first).to_be_visible()
        ticks = " ".join(dialog.locator(".xtick text").all_text_contents())
        assert "4. Mär" in ticks
