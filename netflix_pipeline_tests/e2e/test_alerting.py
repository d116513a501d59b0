"""An alert is kept, changed and removed by somebody who types, presses and looks, in a browser."""

import re

from playwright.sync_api import Page, expect

from netflix_pipeline_tests.e2e.looking import found
from netflix_pipeline_tests.support.browser import Stack, ready

BELOW_THE_BAR = """() => {
    const { top, bottom } = document.activeElement.getBoundingClientRect();
    const bar = document.querySelector(".filters").getBoundingClientRect();
    return top >= bar.bottom && bottom <= innerHeight;
}"""


def test_what_is_typed_is_kept_where_it_is_seen(page: Page, stack: Stack) -> None:
    page.set_viewport_size({"width": 1280, "height": 600})
    ready(page, f"{stack.address}/?country=DE&by=plays")
    page.get_by_role("link", name="Alert me…").click()
    amount = page.get_by_label("Percent, or amount")
    kept = page.locator("#kept")
    state = kept.locator(".kind-of")
    amount.fill("35")
    page.get_by_role("button", name="Keep this alert").click()
    expect(kept).to_contain_text("falls by more than 35 %")
    expect(kept).to_contain_text("(country Germany)")
    expect(kept).not_to_contain_text("country DE")
    expect(state).not_to_have_text("Not judged yet")
    expect(page.locator(".chip")).to_contain_text("Germany")
    expect(amount).to_have_value("35")
    # Whoever changes it is led to the fields, which nothing covers.
    expect(page.locator("html[data-ready]")).to_be_attached()
    page.locator("footer").scroll_into_view_if_needed()
    kept.get_by_role("link", name=re.compile("^Change")).click()
    expect(page.get_by_label("Number")).to_be_focused()
    page.wait_for_function(BELOW_THE_BAR)
    amount.fill("120")
    page.get_by_role("button", name="Change").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing falls by more than 100 %")
    expect(amount).to_be_focused()
    page.wait_for_function(BELOW_THE_BAR)
    assert found(page) == []
    page.set_viewport_size({"width": 1280, "height": 600})
    amount.fill("30")
    page.get_by_role("button", name="Change").click()
    expect(kept).to_contain_text("falls by more than 30 %")
    expect(kept.locator("li")).to_have_count(1)
    # In other filters it is not judged by what is seen: the pill says so in one line.
    ready(page, f"{stack.address}/alerts")
    expect(state).to_have_text("Not judged yet")
    assert state.evaluate("pill => pill.getBoundingClientRect().height < 30")
    assert state.evaluate(
        "pill => pill.getBoundingClientRect().right"
        " <= pill.nextElementSibling.getBoundingClientRect().left"
    )
    kept.get_by_role("button", name=re.compile("^Remove")).click()
    expect(kept).to_contain_text("No alert is kept yet.")


def test_show_puts_what_is_chosen_into_the_address_and_keeps_nothing(
    page: Page, stack: Stack
) -> None:
    ready(page, f"{stack.address}/alerts?country=DE")
    page.get_by_label("Name of the alert").fill("Fewer plays")
    page.get_by_label("Number").select_option("plays")
    page.get_by_label("Percent, or amount").fill("35")
    page.locator("#alert").get_by_role("button", name="Show").click()
    expect(page.get_by_role("heading", name="Plays: falls by more than 35 %")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/alerts\?country=DE&amount=35&.*&metric=plays&name="))
    expect(page.get_by_label("Name of the alert")).to_have_value("Fewer plays")
    expect(page.locator("#kept")).to_contain_text("No alert is kept yet.")
    # Other filters leave it as it is.
    page.locator(".chip").click()
    expect(page).to_have_url(re.compile(r"/alerts\?amount=35&.*&name=Fewer\+plays$"))
    expect(page.get_by_label("Percent, or amount")).to_have_value("35")
