"""What happens now, in a real browser: API and dashboard on one home, events by HTTP."""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.e2e.looking import LOOKS, found_shut_and_open
from netflix_pipeline_tests.support.browser import ready
from netflix_pipeline_tests.support.processes import dashboard, served
from netflix_pipeline_tests.support.service import two_weeks

Send = Callable[..., None]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home with a snapshot, and all who read and write it."""
    service = two_weeks(tmp_path_factory.mktemp("home"))
    return service.settings.model_copy(update={"canary_seconds": 0})


@pytest.fixture(scope="module")
def address(home: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with dashboard(home, tmp_path_factory.mktemp("log") / "log") as (at, _):
        yield at


@pytest.fixture(scope="module")
def api(home: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served("api", home, tmp_path_factory.mktemp("log") / "log") as (at, _):
        yield at


@pytest.fixture
def send(api: str) -> Send:
    """Sends a report of viewing to the API."""

    def post(event_id: str, user: str = "ann", **told: object) -> None:
        event = {
            "type": "watch",
            "event_id": event_id,
            "user_id": user,
            "title_id": "t-dark",
            "event_time": datetime.now(UTC).isoformat(),
            "watch_seconds": 360,
            "device": "mobile",
            "country": "DE",
        }
        answer = httpx.post(f"{api}/events", json=event | told, trust_env=False)
        assert answer.raise_for_status().json()["counts"]["stored"] == 1

    return post


def number(page: Page, name: str) -> str:
    return page.locator(f'[data-number="{name}"]').text_content() or ""


def test_the_page_waits_for_the_first_event_and_shows_it_and_each_further_one(
    page: Page, address: str, home: Settings, request: pytest.FixtureRequest
) -> None:
    ready(page, f"{address}/now")
    expect(page.get_by_role("heading", name="No event has come in yet")).to_be_visible()
    expect(page.locator("pre")).to_contain_text("curl")
    assert not home.events.exists()
    send: Send = request.getfixturevalue("send")  # there is an API from here on
    expect(page.get_by_role("heading", name="Nothing came in during the last hour")).to_be_visible()
    page.evaluate("window.stayed = true")
    send("e-first")
    newest = page.locator("#panel-newest tbody tr")
    expect(newest.first).to_contain_text("e-first")
    expect(newest.first).to_contain_text("Dark")
    send("e-second", "bob", watch_seconds=3600, country="FR")
    expect(newest.first).to_contain_text("e-second")
    assert number(page, "watching") == "2"
    expect(page.locator("#panel-country .twin tbody tr").first).to_contain_text("France")
    assert page.evaluate("window.stayed")


def test_an_event_leaves_scroll_focus_open_tables_and_what_is_pointed_at(
    page: Page, address: str, send: Send
) -> None:
    send("e-kept-1")
    page.emulate_media(reduced_motion="reduce")  # nothing is on its way when it is looked at
    ready(page, f"{address}/now")
    expect(page.locator("#panel-newest")).to_contain_text("e-kept-1")
    table = page.locator("#panel-device .twin")
    table.get_by_text("Data table").click()
    chart = page.locator("#panel-events .plot")
    chart.focus()
    page.keyboard.press("End")
    tip = page.locator("#panel-events .tip .now strong")
    expect(tip).to_be_visible()
    page.evaluate("scrollTo({ top: 300, behavior: 'instant' })")
    scrolled = page.evaluate("scrollY")
    send("e-kept-2")
    expect(page.locator("#panel-newest tbody tr").first).to_contain_text("e-kept-2")
    expect(tip).to_be_visible()
    expect(chart).to_be_focused()
    expect(table.locator("table")).to_be_visible()
    assert page.evaluate("scrollY") == scrolled


def test_other_pages_are_not_drawn_again_by_events(page: Page, address: str, send: Send) -> None:
    send("e-away-1")
    ready(page, f"{address}/now")
    expect(page.locator("#panel-newest")).to_contain_text("e-away-1")
    page.get_by_role("link", name="Overview").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    send("e-away-2")
    page.wait_for_timeout(1500)
    assert not [url for url in asked if "_dash-update" in url]
    page.get_by_role("link", name="Live").click()
    expect(page.locator("#panel-newest")).to_contain_text("e-away-2")
    send("e-away-3")
    expect(page.locator("#panel-newest tbody tr").first).to_contain_text("e-away-3")


def test_every_number_is_the_apis(page: Page, address: str, api: str, send: Send) -> None:
    send("e-api", "cid", country="FR")
    ready(page, f"{address}/now")
    expect(page.locator("#panel-newest")).to_contain_text("e-api")
    told = httpx.get(f"{api}/live", trust_env=False).json()
    assert number(page, "watching") == str(told["totals"]["watching"])
    assert number(page, "events") == str(told["totals"]["events"]["watch"])
    rows = csv.DictReader(
        io.StringIO(httpx.get(f"{address}/export/now/country.csv", trust_env=False).text)
    )
    assert [(float(row["hours"]), int(row["events"])) for row in rows] == [
        (share["hours"], share["events"]) for share in told["by_country"]
    ]
    newest = httpx.get(f"{address}/export/now/newest.csv", trust_env=False).text
    assert [row["event_id"] for row in csv.DictReader(io.StringIO(newest))] == [
        event["event_id"] for event in told["newest"]
    ]


def test_it_needs_no_script(browser: Browser, address: str, send: Send) -> None:
    send("e-plain")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/now")
    expect(page.locator("#panel-newest")).to_contain_text("e-plain")
    context.close()


def test_it_fits_the_window(page: Page, address: str, send: Send) -> None:
    send("e-wide".ljust(64, "x"), device=None)
    ready(page, f"{address}/now")
    expect(page.locator("#panel-newest")).to_contain_text("e-wide")
    for width, scheme in LOOKS:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_axe_finds_nothing_while_events_come_in(page: Page, address: str, send: Send) -> None:
    send("e-axe", "dee", country=None)
    ready(page, f"{address}/now")
    expect(page.locator("#panel-newest")).to_contain_text("e-axe")
    assert found_shut_and_open(page) == []
