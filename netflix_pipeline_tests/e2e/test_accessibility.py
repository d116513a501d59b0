"""axe-core finds nothing on any page, in light and dark, narrow and wide, whatever is open."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from netflix_pipeline.settings import Settings
from netflix_pipeline.state import Passwords
from netflix_pipeline_tests.dash_app.addresses import menu
from netflix_pipeline_tests.dash_app.running import dashboard, ready
from netflix_pipeline_tests.e2e.conftest import Stack

Look = tuple[int, Literal["light", "dark"]]
"""A window's width, and the colour scheme of the machine."""
LOOKS: tuple[Look, ...] = ((390, "light"), (390, "dark"), (1440, "light"), (1440, "dark"))
TWO_LOOKS = (LOOKS[1], LOOKS[2])
"""Each width and each scheme once, for what differs from a page in little."""
AXE = Axe()


@pytest.fixture
def address(stack: Stack) -> str:
    return stack.address


def found(page: Page, looks: Sequence[Look] = TWO_LOOKS) -> list[str]:
    """What axe finds: look, rule, place, and what it says."""
    told: list[str] = []
    for width, scheme in looks:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        response: dict[str, Any] = AXE.run(page).response
        assert response["passes"]
        told += [
            f"{width} {scheme} {rule['id']}: {node['target']} {node['failureSummary']}"
            for rule in response["violations"]
            for node in rule["nodes"]
        ]
    return told


@pytest.mark.parametrize("path", menu())
def test_nothing_is_found_on_a_page(page: Page, address: str, path: str) -> None:
    ready(page, address + path)
    assert found(page, LOOKS) == []


@pytest.mark.parametrize("path", menu())
def test_nothing_is_found_where_everything_is_open(page: Page, address: str, path: str) -> None:
    ready(page, address + path)
    page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    assert found(page) == []


def test_nothing_is_found_in_a_persons_viewing(page: Page, address: str) -> None:
    ready(page, f"{address}/viewing?person=u1")
    page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    assert found(page) == []


def test_nothing_is_found_in_a_chart_that_is_read_and_one_that_is_explored(
    page: Page, address: str
) -> None:
    ready(page, f"{address}/?period=7d")
    page.locator("#panel-trend .plot").focus()
    page.keyboard.press("End")
    expect(page.locator(".tip")).to_be_visible()
    assert found(page) == []
    page.locator("#panel-trend").get_by_text("Explore").click()
    expect(page.get_by_role("dialog").locator(".main-svg").first).to_be_visible(timeout=20_000)
    assert found(page) == []


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/?from=2020-01-01&to=2020-01-07", "Nothing"),
        ("/?country=XX", "Nothing"),
        ("/titles?search=nowhere", "No title"),
        ("/top10?week=2020-01-06", "no list"),
        ("/?period=9y", "There is no period"),
        ("/nowhere", "/nowhere"),
        ("/titles/nobody", "nobody"),
    ],
)
def test_nothing_is_found_where_nothing_is_to_be_seen(
    page: Page, address: str, path: str, says: str
) -> None:
    ready(page, address + path)
    expect(page.locator("main")).to_contain_text(says)
    assert found(page) == []


def test_nothing_is_found_while_a_view_is_waited_for(page: Page, address: str) -> None:
    ready(page, f"{address}/?period=7d")
    page.route("**/_dash-update-component*", lambda route: None)
    page.get_by_role("link", name="90 days").click()
    expect(page.locator("[data-moving]")).to_be_attached()
    assert found(page) == []


def test_nothing_is_found_before_the_first_snapshot_and_at_the_door(
    page: Page, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path / "home")
    with dashboard(settings, tmp_path / "log") as (address, _):
        ready(page, address)
        expect(page.get_by_role("heading", name="Nothing is published yet")).to_be_visible()
        assert found(page) == []
        Passwords(settings).set("ann", "correct horse battery")
        page.goto(address)
        expect(page).to_have_title("Sign in · Viewing")
        assert found(page) == []
        page.get_by_label("Name").fill("ann")
        page.get_by_label("Password").fill("wrong wrong wrong")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_be_visible()
        assert found(page) == []
