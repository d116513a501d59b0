"""The page on discovery in a real browser: read, narrowed by click and key, taken along."""

import pytest
from playwright.sync_api import Page, expect

from dash_app import formats
from dash_app.pages.discovery import PANELS
from netflix_pipeline.serving import Filters, Source
from netflix_pipeline.serving.questions.interactions import SearchesQuestion
from netflix_pipeline_tests.e2e.looking import found
from netflix_pipeline_tests.support.browser import ready
from netflix_pipeline_tests.support.service import LAST


def test_it_is_reached_narrowed_by_its_lists_and_back_undoes_it(
    page: Page, address: str, source: Source
) -> None:
    ready(page, address)
    page.get_by_role("link", name="Discovery").click()
    expect(page.get_by_role("heading", name="Discovery", level=1)).to_be_visible()
    for name in PANELS:
        # These data do not reach back to the period before.
        drawn = ".nothing" if name.endswith("-moved") else ".plot"
        expect(page.locator(f"#panel-{name} {drawn}")).to_be_visible()
    page.locator(".several summary", has_text="Device").click()
    page.locator('input[name="device"][value="mobile"]').check()
    expect(page).to_have_url(f"{address}/discovery?device=mobile")
    totals = source.ask(SearchesQuestion(filters=Filters(device="mobile"))).data.totals
    success = page.locator('[data-metric="search_success"]')
    expect(success).to_have_text(formats.percent(totals.search_success))
    page.locator(".several summary", has_text="Country").click()
    page.locator('input[name="country"][value="DE"]').check()
    expect(page.locator("#panel-recommendation-clicks")).to_contain_text("not known by country")
    page.go_back()
    page.go_back()
    expect(page).to_have_url(f"{address}/discovery")
    totals = source.ask(SearchesQuestion()).data.totals
    expect(success).to_have_text(formats.percent(totals.search_success))


def test_a_bar_is_clicked_to_narrow_the_page(page: Page, address: str) -> None:
    ready(page, f"{address}/discovery?period=7d")
    panel = page.locator("#panel-search-country")
    first = panel.locator(".twin tbody th").first.text_content() or ""
    panel.locator(".plot").click(position={"x": 60, "y": 15})
    expect(page.get_by_role("list", name="Active filters")).to_contain_text(first)
    expect(page.get_by_role("heading", name="Discovery", level=1)).to_be_visible()
    expect(panel.locator(".twin tbody th").first).to_have_text(f"✓ {first}")


def test_a_day_is_read_and_followed_with_the_keyboard(page: Page, address: str) -> None:
    ready(page, f"{address}/discovery?period=7d")
    for name in ("search-clicks", "recommendation-volume", "recommendation-algorithm"):
        panel = page.locator(f"#panel-{name}")
        panel.locator(".plot").focus()
        page.keyboard.press("Home")
        row = panel.locator(".twin tbody tr").first
        expect(panel.locator(".tip .name")).to_have_text(row.locator("th").text_content() or "")
        expect(panel.locator(".tip .now strong")).to_have_text(
            row.locator("td").first.text_content() or ""
        )
    name = row.locator("th").text_content() or ""
    page.keyboard.press("Enter")
    chosen = page.get_by_role("list", name="Filters of recommendations")
    expect(chosen).to_contain_text(name)
    chosen.get_by_role("link").click()
    expect(chosen).to_have_count(0)
    expect(page).to_have_url(f"{address}/discovery?period=7d")
    page.locator("#panel-search-volume .plot").focus()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{address}/discovery?from={LAST}&to={LAST}")


def test_every_panel_is_saved_and_explored(page: Page, address: str) -> None:
    ready(page, f"{address}/discovery?period=7d")
    for name in PANELS:
        ways = page.locator(f"#panel-{name} .ways")
        with page.expect_download() as saving:
            ways.get_by_text("CSV").click()
        assert saving.value.suggested_filename.startswith(f"{name}_20")
        ways.get_by_text("Explore").click()
        expect(page.get_by_role("dialog").locator(".main-svg").first).to_be_visible()
        page.keyboard.press("Escape")


@pytest.mark.parametrize("query", ["country=DE&period=7d", "algorithm=similar_taste"])
def test_axe_finds_nothing_whatever_it_is_narrowed_to(page: Page, address: str, query: str) -> None:
    ready(page, f"{address}/discovery?{query}")
    assert found(page) == []
