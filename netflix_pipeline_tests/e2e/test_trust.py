"""Whether numbers can be trusted, in a real browser."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from dash_app import formats
from netflix_pipeline.serving import Period, Source
from netflix_pipeline.serving.questions.quality import LedgerQuestion
from netflix_pipeline_tests.support.browser import Stack, ready
from netflix_pipeline_tests.support.service import Service

DAYS = "from=2026-03-10&to=2026-03-16"


@pytest.fixture
def service(stack: Stack) -> Service:
    return stack.service


@pytest.fixture
def address(stack: Stack) -> str:
    return stack.address


def test_a_new_snapshot_changes_what_arrived_in_place(
    page: Page, address: str, service: Service, source: Source
) -> None:
    ready(page, f"{address}/trust?period=7d")
    received = page.locator('[data-number="received"]')
    before = received.get_attribute("title")
    page.evaluate("window.stayed = true")
    table = page.locator("#panel-arrivals .twin")
    table.get_by_text("Data table").click()
    service.another_day()
    service.publish()
    expect(page.locator('[data-fact="version"]')).to_have_text(str(source.current().info.version))
    last = service.last
    ledger = source.ask(LedgerQuestion(Period(from_=last - timedelta(days=6), to=last))).data
    told = formats.number(ledger.totals.received)
    expect(received).to_have_attribute("title", told)
    assert told != before
    expect(table.locator("table")).to_be_visible()
    assert page.evaluate("window.stayed")


def test_lists_and_bars_narrow_and_back_undoes_it(page: Page, address: str) -> None:
    ready(page, f"{address}/trust?{DAYS}")
    page.get_by_label("Source").select_option("http")
    expect(page).to_have_url(f"{address}/trust?{DAYS}&source=http")
    rows = page.locator("#panel-ledger tbody tr")
    expect(rows).to_have_count(7)
    page.get_by_label("Source").select_option("")
    expect(rows).to_have_count(14)
    bars = page.locator("#panel-reasons .plot")
    bars.focus()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{address}/trust?{DAYS}&reason=missing_user_id")
    expect(page.locator('select[name="reason"]')).to_have_value("missing_user_id")
    page.go_back()
    expect(page).to_have_url(f"{address}/trust?{DAYS}")
    expect(page.locator('select[name="reason"]')).to_have_value("")


def test_a_column_leads_to_its_day(page: Page, address: str) -> None:
    ready(page, f"{address}/trust?{DAYS}")
    page.locator("#panel-arrivals .plot").focus()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{address}/trust?from=2026-03-10&to=2026-03-10")
    expect(page.locator(".told")).to_contain_text("of arrival, not of viewing")
    expect(page.locator("#panel-ledger tbody tr")).to_have_count(2)


def test_rows_are_read_page_by_page(page: Page, address: str) -> None:
    ready(page, f"{address}/trust?{DAYS}")
    rows = page.locator("#panel-quarantine tbody tr")
    expect(rows).to_have_count(25)
    page.get_by_role("link", name="Next page").click()
    expect(rows).to_have_count(3)
    expect(page.locator("#panel-quarantine")).to_contain_text("28 rows, newest arrival first")
    page.get_by_role("link", name="Back to the first").click()
    expect(rows).to_have_count(25)


def test_it_fits_the_window(page: Page, address: str) -> None:
    ready(page, f"{address}/trust?period=all")
    page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    for width in (320, 390, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
