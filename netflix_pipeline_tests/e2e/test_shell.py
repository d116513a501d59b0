"""What stands around every page: filters, bookmarks, themes, notes."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from netflix_pipeline.state import Annotations, annotations_of, open_state
from netflix_pipeline_tests.e2e.looking import found
from netflix_pipeline_tests.support.browser import ready
from netflix_pipeline_tests.support.service import LAST, Service


def test_a_list_is_shown_as_soon_as_it_is_changed_and_back_undoes_it(
    page: Page, address: str
) -> None:
    ready(page, f"{address}/?period=7d")
    page.evaluate("window.stayed = true")
    told = page.locator(".told")
    expect(told).to_contain_text("compared with")
    page.get_by_label("Compare with").select_option("none")
    expect(page).to_have_url(f"{address}/?period=7d&compare=none")
    expect(told).not_to_contain_text("compared with")
    page.go_back()
    expect(page).to_have_url(f"{address}/?period=7d")
    expect(told).to_contain_text("compared with")
    expect(page.get_by_label("Compare with")).to_have_value("previous")
    assert page.evaluate("window.stayed")


def test_a_chip_takes_its_filter_away(page: Page, address: str) -> None:
    ready(page, f"{address}/?period=7d&country=DE")
    chip = page.get_by_role("link", name=re.compile("^Country: Germany"))
    expect(chip).to_be_visible()
    chip.click()
    expect(page).to_have_url(f"{address}/?period=7d")
    expect(chip).to_have_count(0)


def test_lists_need_no_script(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/?period=7d&by=plays")
    page.get_by_label("Compare with").select_option("none")
    page.locator(".several summary", has_text="Country").click()
    for code in ("DE", "FR"):
        page.locator(f'input[name="country"][value="{code}"]').check()
    page.get_by_role("form", name="Narrow down").get_by_role("button", name="Show").click()
    expect(page.locator(".told")).not_to_contain_text("compared with")
    expect(page.get_by_role("list", name="Active filters").get_by_role("link")).to_have_count(3)
    assert "by=plays" in page.url
    expect(page.get_by_label("Theme")).to_be_hidden()  # it needs a script
    context.close()


def test_on_a_phone_the_filters_fold_away_and_stay_open_once_opened(
    page: Page, address: str
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    ready(page, f"{address}/?period=7d")
    lists = page.get_by_label("Compare with")
    expect(lists).to_be_hidden()
    page.get_by_text("Filters", exact=True).click()
    expect(lists).to_be_visible()
    lists.select_option("none")
    expect(page).to_have_url(f"{address}/?period=7d&compare=none")
    expect(page.locator(".told")).not_to_contain_text("compared with")
    expect(lists).to_be_visible()


@pytest.mark.parametrize("width", [390, 1440])
def test_a_period_is_chosen_in_the_menu_by_key(page: Page, address: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    ready(page, f"{address}/?by=plays")
    more = page.locator(".filters summary", has_text="More")
    more.focus()
    page.keyboard.press("Enter")
    week = page.get_by_role("link", name=re.compile("^Last week"))
    expect(week).to_be_visible()
    sheet = page.locator(".filters .menu[open] .sheet").bounding_box()
    assert sheet
    assert sheet["x"] >= 0
    assert sheet["x"] + sheet["width"] <= width
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(week).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{address}/?period=last_week&by=plays")
    expect(page.locator(".told")).to_contain_text("last week")
    expect(week).to_be_hidden()  # the menu has done its work
    page.go_back()
    expect(page).to_have_url(f"{address}/?by=plays")


def test_a_link_is_copied_or_marked_to_be_copied(page: Page, address: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
    ready(page, f"{address}/?period=7d&by=plays")
    page.locator(".copying summary").click()
    page.get_by_role("button", name="Copy link (these dates)").press("Enter")
    said, field = page.locator(".copying [role=status]"), page.locator(".copying input")
    expect(said).to_have_text("The link is copied.")
    days = f"from={LAST - timedelta(days=6)}&to={LAST}"
    assert page.evaluate("navigator.clipboard.readText()") == f"{address}/?{days}&by=plays"
    expect(field).to_be_hidden()
    page.get_by_role("button", name="Copy link (always the last 7 days)").click()
    expect(said).to_have_text("The link is copied.")
    page.wait_for_function("navigator.clipboard.readText().then((text) => text.includes('7d'))")
    # As it is where the dashboard is reached by http from elsewhere.
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.get_by_role("button", name="Copy link (these dates)").click()
    expect(said).to_contain_text("is marked")
    expect(field).to_be_focused()
    expect(field).to_have_value(f"{address}/?{days}&by=plays")
    assert page.evaluate("getSelection().toString()") == f"{address}/?{days}&by=plays"
    assert found(page) == []
    page.context.clear_permissions()
    page.keyboard.press("Escape")
    expect(said).to_be_hidden()


def test_a_bookmark_brings_a_view_back_and_can_be_removed(page: Page, address: str) -> None:
    ready(page, f"{address}/?period=7d&by=plays")
    menu = page.get_by_text("Bookmarks", exact=True)
    menu.click()
    page.get_by_label("Name of this view").fill("Plays <b>weekly</b>")
    page.get_by_role("button", name="Keep").click()
    expect(page.locator("html[data-ready]")).to_be_attached()
    ready(page, f"{address}/?period=90d")
    menu.click()
    page.get_by_role("link", name="Plays <b>weekly</b>").click()
    expect(page).to_have_url(f"{address}/?period=7d&by=plays")
    expect(page.get_by_role("heading", name="Plays by day")).to_be_visible()
    expect(page.get_by_label("Name of this view")).to_be_hidden()
    menu.click()
    page.get_by_text("Rename Plays").click()
    page.get_by_label("New name").fill("Weekly")
    page.get_by_role("button", name="Rename").click()
    menu.click()
    expect(page.get_by_role("link", name="Weekly")).to_be_visible()
    page.get_by_role("button", name="Remove Weekly").click()
    menu.click()
    expect(page.get_by_text("No view is kept yet.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_label("Name of this view")).to_be_hidden()


def test_bookmarks_of_the_browser_move_to_the_server(page: Page, address: str) -> None:
    ready(page, address)
    kept = '[{"name": "Of before", "at": "/top10"}, {"name": "x", "at": "//evil.example"}, null]'
    page.evaluate("kept => localStorage.setItem('bookmarks', kept)", kept)
    with page.expect_response("**/bookmarks"):
        ready(page, address)
    ready(page, address)
    page.get_by_text("Bookmarks", exact=True).click()
    expect(page.get_by_role("link", name="Of before")).to_be_visible()
    assert page.evaluate("localStorage.getItem('bookmarks')") is None
    page.get_by_role("button", name="Remove Of before").click()


def test_whoever_opens_the_dashboard_starts_where_they_want_to(page: Page, address: str) -> None:
    ready(page, f"{address}/?period=7d&by=plays")
    menu = page.get_by_text("Bookmarks", exact=True)
    menu.click()
    page.get_by_role("button", name="Start with this view").click()
    page.goto("about:blank")
    ready(page, f"{address}/")
    expect(page).to_have_url(f"{address}/?period=7d&by=plays")
    expect(page.get_by_role("heading", name="Plays by day")).to_be_visible()
    page.get_by_role("link", name="28 days").click()
    expect(page.get_by_role("link", name="28 days")).to_have_attribute("aria-current", "true")
    page.get_by_role("link", name="Hours", exact=True).click()
    expect(page).to_have_url(f"{address}/")  # the plain view can be had all the same
    menu.click()
    page.get_by_role("button", name="Start with the usual view again").click()
    page.goto("about:blank")
    ready(page, f"{address}/")
    expect(page).to_have_url(f"{address}/")


@pytest.mark.parametrize("kept", ["{", "7"])
def test_what_somebody_else_kept_there_does_no_harm(page: Page, address: str, kept: str) -> None:
    ready(page, address)
    page.evaluate("kept => localStorage.setItem('bookmarks', kept)", kept)
    page.evaluate("localStorage.setItem('start', JSON.stringify('//evil.example/'))")
    page.goto("about:blank")
    ready(page, address)
    page.get_by_text("Bookmarks", exact=True).click()
    expect(page.get_by_text("No view is kept yet.")).to_be_visible()
    expect(page).to_have_url(f"{address}/")


def test_a_theme_is_kept_and_drawn_at_once(page: Page, address: str) -> None:
    page.emulate_media(color_scheme="light")
    ready(page, address)
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_label("Theme").select_option("dark")
    dark = page.evaluate(ground)
    assert dark != light
    page.reload(wait_until="commit")
    assert page.locator("html").get_attribute("data-theme") == "dark"
    expect(page.locator("html[data-ready]")).to_be_attached()
    assert page.evaluate(ground) == dark
    expect(page.get_by_label("Theme")).to_have_value("dark")
    page.get_by_label("Theme").select_option("")
    assert page.evaluate(ground) == light
    page.reload()
    assert page.locator("html").get_attribute("data-theme") is None


def test_what_takes_long_leaves_empty_places_of_the_same_size(page: Page, address: str) -> None:
    ready(page, f"{address}/?period=7d")
    waiting: list[Route] = []

    def held(route: Route) -> None:
        waiting.append(route)

    page.route("**/_dash-update-component*", held)
    card = page.locator(".card").first
    size = card.bounding_box()
    page.get_by_role("link", name="90 days").click()
    expect(card.locator(".value")).to_have_css("opacity", "0")
    assert card.bounding_box() == size
    for route in waiting:
        route.continue_()
    expect(card.locator(".value")).to_have_css("opacity", "1")


def test_a_note_is_written_and_taken_away(page: Page, address: str, service: Service) -> None:
    ready(page, f"{address}/?period=7d")
    page.get_by_text("Add a note").click()
    page.get_by_label("What happened").fill("Dark, season 2")
    page.get_by_label("Kind").select_option("launch")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".notes")).to_contain_text("Dark, season 2")
    expect(page).to_have_url(f"{address}/?period=7d")
    assert [each.kind for each in annotations_of(service.settings)] == ["launch"]
    page.get_by_role("button", name="Remove the note").click()
    expect(page.locator("body")).not_to_contain_text("Dark, season 2")
    assert not annotations_of(service.settings)


def test_an_open_page_shows_what_somebody_else_notes(
    page: Page, address: str, service: Service
) -> None:
    ready(page, f"{address}/?period=7d")
    page.evaluate("window.stayed = true")
    engine = open_state(service.settings)
    try:
        annotations = Annotations(engine)
        added = annotations.add(service.last, "players fail on TVs", "outage", "bob")
        expect(page.locator(".notes")).to_contain_text("players fail on TVs – bob")
        annotations.remove(added.id)
    finally:
        engine.dispose()
    assert page.evaluate("window.stayed")


def test_a_view_is_printed_as_one_page(page: Page, address: str) -> None:
    ready(page, f"{address}/?period=7d")
    document = page.pdf(format="A4")
    assert len(re.findall(rb"/Type\s*/Page\b", document)) == 1
    page.emulate_media(media="print")
    expect(page.locator(".told")).to_be_visible()
    expect(page.locator('[data-fact="as-of"]')).to_be_visible()
    for gone in (".tools", ".segments", ".more", "nav"):
        expect(page.locator(gone).first).to_be_hidden()
