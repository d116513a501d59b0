"""What holds for every page of the registry, in a real browser; a new page is in by itself."""

import re
import struct
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest
from playwright.sync_api import Page, expect

from dash_app.page_request import DashboardPage as Registered
from dash_app.pages import PAGES
from netflix_pipeline_tests.support.browser import Another, Stack, ready, without_complaints
from netflix_pipeline_tests.support.dashboard import address_of

WIDTHS = (390, 1440, 2560)
NARROWEST = 320
STEADY = 0.05
"""Layout shift that nobody notices; 0.1 is held to be good."""
SHIFTED = """() => new Promise((done) => {
  new PerformanceObserver((list) => {
    const unasked = list.getEntries().filter((entry) => !entry.hadRecentInput);
    done(unasked.reduce((sum, entry) => sum + entry.value, 0));
  }).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(0), 300);
})"""
"""How far what was painted moved by itself so far."""
CUT_OFF = """() => [...document.querySelectorAll(".card .value")]
    .filter((value) => value.scrollWidth > value.clientWidth + 1)
    .map((value) => value.textContent)"""
"""The numbers on cards that find no room."""
every_page = pytest.mark.parametrize("registered", PAGES, ids=lambda page: page.path)


@pytest.fixture
def address(stack: Stack) -> str:
    return stack.address


@pytest.fixture
def another(another: Another, address: str) -> Iterator[Another]:
    """Opens pages on which nothing may be complained about, and that ask nobody else."""
    with ExitStack() as pages:
        yield lambda: pages.enter_context(without_complaints(another(), address))


@pytest.fixture
def first_page(first_page: Page, address: str) -> Iterator[Page]:
    """The same of whoever comes for the first time."""
    with without_complaints(first_page, address):
        yield first_page


@every_page
def test_it_opens_at_any_width_and_nothing_moves(
    first_page: Page, address: str, registered: Registered
) -> None:
    for width in WIDTHS:
        first_page.set_viewport_size({"width": width, "height": 900})
        ready(first_page, address + address_of(registered))
        expect(first_page.locator("h1")).not_to_be_empty()
        assert first_page.locator("main .panel").count()
        assert first_page.evaluate("document.documentElement.scrollWidth") <= width
        assert first_page.evaluate(CUT_OFF) == []
        assert first_page.evaluate(SHIFTED) < STEADY
    first_page.set_viewport_size({"width": NARROWEST, "height": 900})
    assert first_page.evaluate("document.documentElement.scrollWidth") <= NARROWEST


@every_page
def test_every_panel_is_taken_along(
    page: Page, stack: Stack, registered: Registered, tmp_path: Path
) -> None:
    here = stack.address + address_of(registered)
    ready(page, here)
    for panel in page.locator(".panel:has(.ways)").all():
        link = panel.locator(".ways a", has_text="CSV")
        assert link.get_attribute("download") is not None
        told = httpx.get(urljoin(here, link.get_attribute("href") or ""), trust_env=False)
        assert told.headers["content-disposition"].startswith("attachment;")
        rows = told.text.splitlines()
        assert "snapshot_version" in rows[0]
        assert len(rows) > 1
        # By click these only: a browser does not begin more than ten downloads at once.
        with page.expect_download() as saving:
            panel.locator(".ways").get_by_text("PNG").click()
        drawn = saving.value
        assert drawn.suggested_filename.startswith(
            (panel.get_attribute("id") or "").removeprefix("panel-")
        )
        drawn.save_as(tmp_path / "drawn.png")
        picture = (tmp_path / "drawn.png").read_bytes()
        assert picture.startswith(b"\x89PNG")
        width, height = struct.unpack(">II", picture[16:24])
        assert width >= 420
        assert height >= 200


@every_page
def test_every_chart_leads_on_with_the_keyboard_and_back_returns(
    page: Page, stack: Stack, registered: Registered
) -> None:
    here = stack.address + address_of(registered)
    ready(page, here)
    names = [panel.get_attribute("id") for panel in page.locator(".panel:has(.plot)").all()]
    leading: list[tuple[str, str]] = []
    for name in filter(None, names):
        panel = page.locator(f"#{name}")
        last = panel.locator(".twin tbody tr").last.locator("a")
        if not last.count():
            continue  # nothing lies behind it: what happens now is not published yet
        panel.locator(".plot").focus()
        page.keyboard.press("End")
        expect(panel.locator(".tip")).to_be_visible()
        leading.append((name, urljoin(here, last.first.get_attribute("href") or "")))
    # Enter follows the link of the row that is read, whatever is drawn: one of them is walked.
    for name, there in leading[-1:]:
        page.locator(f"#{name} .plot").focus()
        page.keyboard.press("End")
        page.keyboard.press("Enter")
        expect(page).to_have_url(there)
        expect(page.locator("#view")).not_to_have_attribute("aria-busy", "true")
        if there != here:
            page.go_back()
        expect(page).to_have_url(here)
        # Until then the view that is left may still stand there.
        expect(page.locator("#view")).not_to_have_attribute("aria-busy", "true")
    for there in {there for _, there in leading[:-1]}:
        assert httpx.get(there, trust_env=False).status_code == 200, there


FOLLOWING = [page for page in PAGES if page.live != "events"]
"""Those that a new snapshot changes."""
TOGETHER = 4
"""Of them so many are open at once: each holds one of the six connections of a browser."""


class Left:
    """A page as its reader left it: somewhere, with something open, and never loaded anew."""

    def __init__(self, page: Page, here: str) -> None:
        self._page, self._here = page, here
        page.set_viewport_size({"width": 1280, "height": 500})
        ready(page, here)
        page.evaluate("window.stayed = true")
        self._about = page.locator(".panel .about summary").first
        self._about.focus()
        page.keyboard.press("Enter")
        page.evaluate("scrollTo({ top: 120, behavior: 'instant' })")
        self._scrolled = page.evaluate("scrollY")
        self._version = page.locator('[data-fact="version"]')
        self._before = self._version.text_content() or ""

    def assert_shown_in_place(self) -> None:
        """It shows another snapshot, and is as it was."""
        page = self._page
        expect(self._version).not_to_have_text(self._before)
        expect(self._about).to_be_focused()
        expect(page.locator(".panel .definition").first).to_be_visible()
        # The browser makes up for lines above that have grown: some pixels, and no jump.
        assert page.evaluate("scrollY") == pytest.approx(self._scrolled, abs=10)
        assert page.evaluate("window.stayed")
        expect(page).to_have_url(self._here)


@pytest.mark.parametrize("number", range(0, len(FOLLOWING), TOGETHER))
def test_a_new_snapshot_is_shown_in_place(another: Another, stack: Stack, number: int) -> None:
    some = FOLLOWING[number : number + TOGETHER]
    queries = ["period=7d" if "period" in page.takes else "" for page in some]
    paths = map(address_of, some, queries)
    left = [Left(another(), stack.address + path) for path in paths]
    stack.service.another_day()
    stack.service.publish()
    for page in left:
        page.assert_shown_in_place()


@pytest.mark.parametrize(
    "name", ["country", "device", "plan", "content_type", "genre", "weekday", "hour"]
)
def test_each_filter_changes_the_numbers_stands_in_the_address_and_is_undone(
    page: Page, stack: Stack, name: str
) -> None:
    ready(page, f"{stack.address}/?period=all")
    numbers = "[...document.querySelectorAll('[data-metric]')].map((each) => each.title)"
    before = page.evaluate(numbers)
    boxes = page.locator(f'input[type="checkbox"][name="{name}"]')
    page.locator(".several", has=boxes).locator("summary").click()
    box = boxes.first
    value = box.get_attribute("value")
    box.check()
    expect(page).to_have_url(f"{stack.address}/?period=all&{name}={value}")
    expect(page.locator(".chips")).to_be_visible()
    page.keyboard.press("Escape")
    narrowed = page.locator("main").inner_text()
    assert page.evaluate(numbers) != before
    link = page.url
    page.go_back()
    expect(page).to_have_url(f"{stack.address}/?period=all")
    expect(page.locator(".chips")).to_have_count(0)
    assert page.evaluate(numbers) == before
    ready(page, link)
    assert page.locator("main").inner_text() == narrowed


def test_a_whole_task_needs_no_pointer(page: Page, stack: Stack) -> None:
    """From the Overview to the plays of a day in Germany, and their CSV."""
    ready(page, f"{stack.address}/?period=7d&by=plays")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # skips to the content
    germany = page.get_by_role("checkbox", name=re.compile("^Germany"), include_hidden=True)
    country = page.locator(".several", has=germany).locator("summary")
    for _ in range(40):
        page.keyboard.press("Tab")
        if country.evaluate("list => list === document.activeElement"):
            break
    expect(country).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(10):
        page.keyboard.press("Tab")
        if germany.evaluate("box => box === document.activeElement"):
            break
    page.keyboard.press("Space")
    expect(page).to_have_url(f"{stack.address}/?period=7d&country=DE&by=plays")
    expect(page.locator("#view")).not_to_have_attribute("aria-busy", "true")
    plot = page.locator("#panel-trend .plot")
    for _ in range(60):
        page.keyboard.press("Tab")
        if plot.evaluate("plot => plot === document.activeElement"):
            break
    expect(plot).to_be_focused()
    page.keyboard.press("End")
    expect(page.locator(".tip")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Escape")
    expect(page.locator(".tip")).to_have_count(0)
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(page.get_by_role("list", name="Active filters")).to_contain_text("Days: ")
    rows = page.locator("#panel-trend .ways").get_by_text("Rows")
    for _ in range(20):
        page.keyboard.press("Tab")
        if rows.evaluate("link => link === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Rows", level=1)).to_be_visible()
    expect(page.locator("main")).to_be_focused()
    csv = page.locator("#panel-plays .ways").get_by_text("CSV")
    for _ in range(200):
        page.keyboard.press("Tab")
        if csv.evaluate("link => link === document.activeElement"):
            break
    with page.expect_download() as saving:
        page.keyboard.press("Enter")
    assert saving.value.suggested_filename.startswith("plays_")
    told = httpx.get(urljoin(page.url, csv.get_attribute("href") or ""), trust_env=False).text
    assert {row.split(",")[-4] for row in told.splitlines()[1:]}
