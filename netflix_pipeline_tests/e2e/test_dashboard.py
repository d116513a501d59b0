import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from dash_app import formats
from dash_app.panels.cards import SHOWN
from netflix_pipeline.metrics import METRICS
from netflix_pipeline.serving import Period, Source
from netflix_pipeline.serving.questions.headline import HeadlineQuestion
from netflix_pipeline.serving.questions.titles import TitlesQuestion
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.e2e.looking import CONTRAST
from netflix_pipeline_tests.support.browser import Stack, ready, without_complaints
from netflix_pipeline_tests.support.processes import dashboard
from netflix_pipeline_tests.support.service import FIRST, Service


@pytest.fixture
def service(stack: Stack) -> Service:
    return stack.service


@pytest.fixture
def address(stack: Stack) -> str:
    return stack.address


@pytest.fixture
def page(page: Page, address: str) -> Iterator[Page]:
    """A page on which nothing may be complained about, and that asks nobody else."""
    with without_complaints(page, address):
        yield page


def shown(page: Page) -> dict[str, str]:
    """The exact value of every card."""
    found: dict[str, str] = page.eval_on_selector_all(
        "[data-metric]", "all => Object.fromEntries(all.map(e => [e.dataset.metric, e.title]))"
    )
    return found


def told(source: Source, period: Period) -> dict[str, str]:
    """What the query layer says that they are."""
    data = source.ask(HeadlineQuestion(period)).data
    return {name: formats.value_in(METRICS[name].unit, getattr(data, name)) for name in SHOWN}


def week(source: Source) -> Period:
    last = source.current().info.data_to
    assert last is not None
    return Period(from_=last - timedelta(days=6), to=last)


def test_the_first_numbers_need_no_script(browser: Browser, address: str, source: Source) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/?period=all")
    period = Period(from_=FIRST, to=week(source).to)
    for name, value in told(source, period).items():
        assert page.locator(f'[data-metric="{name}"]').get_attribute("title") == value
    page.get_by_role("link", name="7 days").click()
    expect(page).to_have_url(f"{address}/?period=7d")
    plays = told(source, week(source))["plays"]
    expect(page.locator('[data-metric="plays"]')).to_have_attribute("title", plays)
    context.close()


def test_a_period_changes_address_and_numbers_and_back_undoes_it(
    page: Page, address: str, source: Source
) -> None:
    ready(page, f"{address}/?period=all")
    whole = shown(page)
    page.evaluate("window.stayed = true")
    page.get_by_role("link", name="7 days").click()
    expect(page).to_have_url(f"{address}/?period=7d")
    expected = told(source, week(source))
    assert expected != whole
    expect(page.locator('[data-metric="plays"]')).to_have_attribute("title", expected["plays"])
    assert shown(page) == expected
    page.go_back()
    expect(page).to_have_url(f"{address}/?period=all")
    expect(page.locator('[data-metric="plays"]')).to_have_attribute("title", whole["plays"])
    assert shown(page) == whole
    assert page.evaluate("window.stayed")  # all of it without loading the page again


def test_a_link_reproduces_a_view_of_ones_own_period(
    page: Page, address: str, source: Source
) -> None:
    ready(page, address)
    page.get_by_label("From", exact=True).fill("2026-03-04")
    page.get_by_label("to", exact=True).fill("2026-03-06")
    page.get_by_role("link", name="Viewers").click()  # what was typed and not shown is forgotten
    expect(page).to_have_url(f"{address}/?by=viewers")
    # The address moves at once; the answer that redraws the form comes after it.
    expect(page.get_by_role("heading", name="Viewers by day")).to_be_visible()
    page.get_by_label("From", exact=True).fill("2026-03-04")
    page.get_by_label("to", exact=True).fill("2026-03-06")
    page.get_by_role("button", name="Show").click()
    link = f"{address}/?from=2026-03-04&to=2026-03-06&by=viewers"
    expect(page).to_have_url(link)
    days = page.locator(".trend .twin tbody tr")
    expect(days).to_have_count(3)
    here = page.locator(".view").inner_html()
    ready(page, link)
    assert page.locator(".view").inner_html() == here
    first, last = (FIRST.replace(day=day) for day in (4, 6))
    assert shown(page) == told(source, Period(from_=first, to=last))


def test_the_measure_changes_chart_and_ranking(page: Page, address: str, source: Source) -> None:
    ready(page, f"{address}/?period=7d")
    page.get_by_role("link", name="Plays").click()
    expect(page.get_by_role("heading", name="Plays by day")).to_be_visible()
    expect(page).to_have_title("Overview · Viewing")
    best = source.ask(TitlesQuestion(sort="plays", period=week(source), limit=1)).data[0]
    row = page.get_by_role("table", name="Top series & films by plays").get_by_role("row").nth(1)
    expect(row).to_contain_text(str(best.plays))


def test_a_new_snapshot_changes_the_numbers_in_place(
    page: Page, address: str, service: Service, source: Source
) -> None:
    ready(page, f"{address}/?period=7d")
    before = shown(page)
    page.evaluate("window.stayed = true")
    page.locator(".trend").get_by_text("Data table").click()
    page.get_by_text("About Views").locator("..").click()
    page.evaluate("scrollTo({ top: 200, behavior: 'instant' })")
    scrolled = page.evaluate("scrollY")
    service.another_day()
    service.publish()
    expect(page.locator('[data-fact="version"]')).to_have_text(str(source.current().info.version))
    expected = told(source, week(source))
    assert shown(page) == expected != before
    expect(page.locator(".definition").nth(2)).to_be_visible()
    expect(page.locator(".trend .twin table")).to_be_visible()
    assert page.evaluate("[window.stayed, scrollY]") == [True, scrolled]


def test_dates_that_are_being_typed_outlive_a_new_snapshot_and_not_another_choice(
    page: Page, address: str, service: Service, source: Source
) -> None:
    first, last = page.get_by_label("From", exact=True), page.get_by_label("to", exact=True)
    ready(page, f"{address}/?period=7d")
    first.fill("2026-03-04")
    last.focus()
    page.keyboard.press("End")
    page.keyboard.press("Backspace")  # a part of the date is gone
    begun = last.input_value()
    service.another_day()
    service.publish()
    expect(page.locator('[data-fact="version"]')).to_have_text(str(source.current().info.version))
    expect(first).to_have_value("2026-03-04")
    expect(last).to_be_focused()
    expect(last).to_have_value(begun)
    last.fill("2026-03-05")
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(f"{address}/?from=2026-03-04&to=2026-03-05")
    expect(page.locator(".trend .twin tbody tr")).to_have_count(2)
    first.fill("2026-03-02")
    page.get_by_role("link", name="7 days").click()
    expect(first).to_have_value(f"{week(source).from_:%d/%m/%Y}")
    expect(last).to_have_value(f"{week(source).to:%d/%m/%Y}")


def test_before_the_first_snapshot_it_waits_and_then_shows_it_and_tells_a_lost_connection(
    browser: Browser, tmp_path: Path
) -> None:
    service = Service(Settings(home=tmp_path / "home"))
    with dashboard(service.settings, tmp_path / "log") as (address, process):
        context = browser.new_context()
        page = context.new_page()
        ready(page, address)
        expect(page.get_by_role("heading", name="Nothing is published yet")).to_be_visible()
        service.another_day()
        service.publish()
        expect(page.locator("[data-metric]")).to_have_count(len(SHOWN))
        process.terminate()
        process.wait(20)
        expect(page.get_by_text("Connection lost")).to_be_visible()
        context.close()


def test_a_bad_address_says_so_and_leads_back(page: Page, address: str) -> None:
    ready(page, f"{address}/?period=7d")
    page.evaluate("history.pushState(null, '', '/?period=9y')")
    page.evaluate("dispatchEvent(new PopStateEvent('popstate'))")
    expect(page.get_by_role("alert")).to_contain_text("There is no period '9y'")
    page.get_by_role("link", name="Show the last 28 days").click()
    expect(page.locator("[data-metric]")).to_have_count(len(SHOWN))
    expect(page).to_have_url(f"{address}/")


def test_the_keyboard_is_enough(page: Page, address: str) -> None:
    ready(page, f"{address}/?period=7d")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the figures")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#figures")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator(".card .about summary").first).to_be_focused()
    ready(page, f"{address}/?period=7d")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Excel of the whole page")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="7 days")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{address}/")
    expect(page.get_by_role("link", name="28 days")).to_be_focused()

    about = page.get_by_text("About Hours viewed", exact=True).locator("..")
    about.focus()
    page.keyboard.press("Enter")
    definition = about.locator("..").get_by_text(METRICS["hours_viewed"].sentence)
    expect(definition).to_be_visible()
    page.keyboard.press("Escape")
    expect(definition).to_be_hidden()
    expect(about).to_be_focused()


def test_the_chart_says_the_values_of_a_day_to_pointer_and_keyboard(
    page: Page, address: str
) -> None:
    ready(page, f"{address}/?period=7d")
    chart = page.get_by_role("img", name=re.compile("^Hours viewed by day"))
    rows = page.locator(".trend .twin tbody tr")
    last = rows.last.locator("td").first.text_content() or ""
    chart.focus()
    page.keyboard.press("End")
    expect(page.locator(".tip .now strong")).to_have_text(last)
    told = page.locator(".tip p > span")
    expect(told).to_contain_text(["Hours viewed", "Before", "Change", "Compared with"])
    page.keyboard.press("Escape")
    expect(page.locator(".tip")).to_have_count(0)
    box = chart.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator(".tip .name")).to_have_text(rows.nth(3).locator("th").text_content() or "")
    page.mouse.move(0, 0)
    expect(page.locator(".tip")).to_have_count(0)


def test_nothing_is_wider_than_the_window(page: Page, address: str) -> None:
    ready(page, address)
    page.locator(".trend").get_by_text("Data table").click()
    for width in (320, 390, 768, 1440, 2560):
        page.set_viewport_size({"width": width, "height": 900})
        panel, table = (
            page.locator(part).bounding_box() for part in (".trend", ".trend .twin .scroll")
        )
        assert panel
        assert table
        assert table["x"] + table["width"] <= panel["x"] + panel["width"]
        for about in page.locator(".about").all():
            about.evaluate("about => about.open = true")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            about.evaluate("about => about.open = false")


@pytest.mark.parametrize("path", ["/", "/discovery"])
def test_text_stands_out_in_both_colour_schemes(page: Page, address: str, path: str) -> None:
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.goto(address + path)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        assert page.evaluate(CONTRAST) == []
