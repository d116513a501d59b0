"""The page on people in a real browser: read, followed, taken along, by keyboard alone."""

import csv
import re
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dash_app import formats
from dash_app.pages.audience import PANELS
from netflix_pipeline.serving import Source
from netflix_pipeline.serving.questions.audience import LifecycleQuestion
from netflix_pipeline_tests.e2e.looking import CONTRAST, found
from netflix_pipeline_tests.support.browser import ready
from netflix_pipeline_tests.support.processes import dashboard
from netflix_pipeline_tests.support.service import Service, six_weeks

LEARNED = ("losses", "lift")
"""Panels of what models said, of which none has in six weeks."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Service:
    return six_weeks(tmp_path_factory.mktemp("people"))


@pytest.fixture(scope="module")
def address(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with dashboard(service.settings, tmp_path_factory.mktemp("log") / "log") as (at, _):
        yield at


def test_it_is_reached_from_the_navigation_and_keeps_the_period(page: Page, address: str) -> None:
    ready(page, f"{address}/?period=7d&by=plays")
    page.get_by_role("link", name="Audience").click()
    expect(page).to_have_url(f"{address}/audience?period=7d&by=plays")
    expect(page.get_by_role("heading", name="Audience", level=1)).to_be_visible()
    expect(page.locator("[data-metric]")).to_have_count(8)
    for name in PANELS:
        expect(page.locator(f"#panel-{name}")).to_be_visible()
    page.get_by_role("link", name="28 days").click()
    expect(page.locator("#panel-viewers .twin tbody tr")).to_have_count(28)
    page.go_back()
    expect(page.locator("#panel-viewers .twin tbody tr")).to_have_count(7)


def test_a_week_of_the_lifecycle_is_clicked_to_its_plays(
    page: Page, address: str, source: Source
) -> None:
    ready(page, f"{address}/audience")
    week = source.ask(LifecycleQuestion()).data[1]
    plot = page.locator("#panel-lifecycle .plot")
    box = plot.bounding_box()
    assert box
    plot.click(position={"x": box["width"] * 1.5 / 6, "y": box["height"] / 2})
    expect(page.get_by_role("heading", name="Rows", level=1)).to_be_visible()
    people = page.locator("#panel-plays tbody tr td:nth-child(3)").all_text_contents()
    assert len(set(people)) == week.active_users


def test_on_a_phone_a_cohort_keeps_its_name_and_axe_finds_nothing(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 900})
    ready(page, f"{address}/audience")
    row = page.locator("#panel-retention .matrix tbody tr").nth(1)
    before = row.locator("th").bounding_box()
    page.locator("#panel-retention .scroll").evaluate("box => (box.scrollLeft = 200)")
    after = row.locator("th").bounding_box()
    assert before
    assert after
    assert before["x"] == after["x"]
    assert found(page) == []


def test_cohorts_are_walked_with_the_keyboard_and_followed(page: Page, address: str) -> None:
    ready(page, f"{address}/audience")
    cells = page.locator("#panel-retention .matrix tbody a")
    box = page.get_by_role("region", name=re.compile("^Retention by week"))
    box.focus()
    page.keyboard.press("Tab")
    expect(cells.first).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(cells.nth(1)).to_be_focused()
    page.keyboard.press("ArrowDown")
    below = page.locator("#panel-retention .matrix tbody tr").nth(2).locator("td").nth(2)
    expect(below.locator("a")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowUp")
    expect(cells.first).to_be_focused()
    page.keyboard.press("ArrowUp")  # all cohorts together have no plays of their own
    expect(cells.first).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#panel-retention .ways").get_by_text("Rows")).to_be_focused()
    cells.first.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/rows[?]from=2026-03-09&to=2026-03-15&cohort=2026-03-02$"))


@pytest.mark.parametrize("name", ["viewers", "lifecycle", "segments"])
def test_every_chart_is_read_with_the_keyboard(page: Page, address: str, name: str) -> None:
    ready(page, f"{address}/audience")
    panel = page.locator(f"#panel-{name}")
    panel.locator(".plot").focus()
    page.keyboard.press("Home")
    row = panel.locator(".twin tbody tr").first
    expect(panel.locator(".tip .name")).to_have_text(row.locator("th").text_content() or "")
    expect(panel.locator(".tip .now strong")).to_have_text(
        row.locator("td").first.text_content() or ""
    )


def test_every_panel_is_saved_and_explored(page: Page, address: str, tmp_path: Path) -> None:
    ready(page, f"{address}/audience?period=7d")
    for name in [name for name in PANELS if name not in LEARNED]:
        ways = page.locator(f"#panel-{name} .ways")
        for way, ending in (("CSV", "csv"), ("PNG", "png")):
            with page.expect_download() as saving:
                ways.get_by_text(way).click()
            saving.value.save_as(tmp_path / f"{name}.{ending}")
            assert saving.value.suggested_filename.startswith(f"{name}_20")
        width, height = struct.unpack(">II", (tmp_path / f"{name}.png").read_bytes()[16:24])
        assert min(width, height) > 400
        ways.get_by_text("Explore").click()
        dialog = page.get_by_role("dialog")
        expect(dialog.locator(".main-svg").first).to_be_visible()
        page.keyboard.press("Escape")
    with (tmp_path / "retention.csv").open(newline="") as lines:
        found = list(csv.DictReader(lines))
    shares = [formats.percent(float(r["retention"])) for r in found if r["retention"]]
    cells = page.locator("#panel-retention .matrix tbody a").all_text_contents()
    assert [share for share in shares if share != "100.0%"] == [c for c in cells if c != "100.0%"]


def test_its_text_stands_out_in_both_colour_schemes(page: Page, address: str) -> None:
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.goto(f"{address}/audience")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        assert page.evaluate(CONTRAST) == []
