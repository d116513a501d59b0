"""Charts in a real browser: read, followed, taken along and explored."""

import csv
import struct
from pathlib import Path

from openpyxl import load_workbook
from playwright.sync_api import Locator, Page, expect

from netflix_pipeline_tests.support.browser import ready


def named(row: Locator) -> str:
    """What a row of a table is called."""
    return " – ".join(row.locator("th").all_text_contents())


def look(part: Locator, style: str) -> str:
    """What the browser makes of a style of the first such part."""
    computed: str = part.first.evaluate("(it, style) => getComputedStyle(it)[style]", style)
    return computed


def open_rows(panel: Locator) -> None:
    """Follow the link to the plays behind a panel."""
    panel.locator(".ways").get_by_text("Rows").click()
    expect(panel.page.get_by_role("heading", name="Rows", level=1)).to_be_visible()


def go_back_and_undo(chip: Locator, url: str) -> None:
    """Go back to the Overview and take away what narrows it: it is at that address then."""
    chip.page.go_back()
    expect(chip.page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
    chip.click()
    expect(chip.page).to_have_url(url)


def test_every_kind_of_chart_is_read_with_the_keyboard_and_a_day_narrows_the_page(
    page: Page, address: str
) -> None:
    ready(page, f"{address}/?period=7d&by=plays")
    for panel in ("trend", "hours", "country"):
        section = page.locator(f"#panel-{panel}")
        row = section.locator(".twin tbody tr").first
        section.locator(".plot").focus()
        page.keyboard.press("Home")
        expect(section.locator(".tip .name")).to_have_text(named(row))
        expect(section.locator(".tip .now strong")).to_have_text(
            row.locator("td").first.text_content() or ""
        )
        page.keyboard.press("ArrowDown" if panel == "country" else "ArrowRight")
        second = section.locator(".twin tbody tr").nth(1)
        expect(section.locator(".tip .name")).to_have_text(named(second))
        page.keyboard.press("Escape")
        expect(section.locator(".tip")).to_have_count(0)

    heat = page.locator("#panel-hours")
    heat.locator(".plot").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    tuesday = heat.locator(".twin tbody tr").nth(24)
    expect(heat.locator(".tip .name")).to_have_text(named(tuesday))

    trend = page.locator("#panel-trend")
    plays = trend.locator(".twin tbody tr").last.locator("td").first.text_content() or ""
    trend.locator(".plot").focus()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    chip = page.get_by_role("list", name="Active filters").get_by_role("link")
    expect(chip).to_contain_text("Days: ")
    expect(trend.locator(".twin tbody tr")).to_have_count(1)
    open_rows(trend)
    expect(page.locator("#panel-plays tbody tr")).to_have_count(int(plays))
    go_back_and_undo(chip, f"{address}/?by=plays")


def test_a_click_on_a_bar_narrows_the_page_and_its_rows_are_a_link(
    page: Page, address: str
) -> None:
    ready(page, f"{address}/?period=7d&by=plays")
    plot = page.locator("#panel-country .plot")
    rows = page.locator("#panel-country .twin tbody tr")
    name, count = rows.nth(1).locator("th").text_content() or "", rows.count()
    box = plot.bounding_box()
    assert box
    plot.click(position={"x": box["width"] / 2, "y": 34 * 1.5})
    chip = page.get_by_role("list", name="Active filters").get_by_role("link")
    expect(chip).to_contain_text(name)
    expect(rows.nth(1).locator("th")).to_have_text(f"✓ {name}")
    expect(rows).to_have_count(count)
    open_rows(page.locator("#panel-country"))
    expect(chip).to_contain_text(name)
    go_back_and_undo(chip, f"{address}/?period=7d&by=plays")
    moved = page.locator("#panel-moved")
    expect(moved.locator(".twin thead th").first).to_have_text("Country")
    bars = moved.locator(".plot .fill").count()
    assert 0 < bars == moved.locator(".twin tbody tr").count()
    moved.get_by_role("link", name="Genre", exact=True).click()
    expect(page).to_have_url(f"{address}/?period=7d&by=plays&moved=genre")
    expect(moved.locator(".twin thead th").first).to_have_text("Genre")


def test_an_hour_of_the_week_narrows_the_page_and_its_rows_are_its_plays(
    page: Page, address: str
) -> None:
    ready(page, f"{address}/?period=7d&by=plays")
    heat = page.locator("#panel-hours")
    heat.locator(".plot").focus()
    page.keyboard.press("Home")
    for _ in range(9):
        page.keyboard.press("ArrowRight")
    expect(heat.locator(".tip .name")).to_have_text("Mon – 09:00")
    count = heat.locator(".twin tbody tr").nth(9).locator("td").last.text_content() or ""
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{address}/?period=7d&weekday=1&hour=9&by=plays")
    chips = page.get_by_role("list", name="Active filters").get_by_role("link")
    expect(chips).to_have_count(3)
    heat.locator(".ways").get_by_text("Rows").click()
    expect(page.locator("#panel-plays h2")).to_have_text(
        "The plays of Mon, begun from 09:00 to 09:59 UTC"
    )
    expect(page.locator("#panel-plays tbody tr")).to_have_count(int(count))
    chips.get_by_text("Remove all").click()
    expect(page).to_have_url(f"{address}/rows?period=7d&by=plays")


def test_csv_and_picture_are_saved_under_names_that_say_what_they_are(
    page: Page, address: str, tmp_path: Path
) -> None:
    ready(page, f"{address}/?from=2026-03-11&to=2026-03-17&by=plays&country=DE")
    for panel in ("trend", "hours", "country", "titles"):
        section = page.locator(f"#panel-{panel}")
        for way, ending in (("CSV", "csv"), ("PNG", "png")):
            with page.expect_download() as saving:
                section.locator(".ways").get_by_text(way).click()
            name = f"{panel}_2026-03-11_2026-03-17_snapshot-1.{ending}"
            assert saving.value.suggested_filename == name
            saving.value.save_as(tmp_path / name)
        png = (tmp_path / f"{panel}_2026-03-11_2026-03-17_snapshot-1.png").read_bytes()
        assert png.startswith(b"\x89PNG")
        width, height = struct.unpack(">II", png[16:24])
        assert width > 800
        assert height > 400
    for way in ("Excel of Plays by day", "Excel of the whole page"):
        with page.expect_download() as saving:
            page.get_by_role("link", name=way).click()
        saving.value.save_as(tmp_path / saving.value.suggested_filename)
    trend = "trend_2026-03-11_2026-03-17_snapshot-1"
    book = load_workbook(tmp_path / "overview_2026-03-11_2026-03-17_snapshot-1.xlsx")
    alone = load_workbook(tmp_path / f"{trend}.xlsx")
    assert alone.sheetnames == [book.sheetnames[1], "About"]
    with (tmp_path / f"{trend}.csv").open(newline="", encoding="utf-8-sig") as lines:
        found = list(csv.DictReader(lines))
    table = page.locator("#panel-trend .twin tbody tr td:nth-child(2)").all_text_contents()
    assert [float(row["plays"]) for row in found] == list(map(float, table))
    assert {row["filters"] for row in found} == {"country=DE"}
    expect(page).to_have_url(f"{address}/?from=2026-03-11&to=2026-03-17&by=plays&country=DE")


def test_plotly_is_loaded_when_a_chart_is_explored_and_not_before(page: Page, address: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    ready(page, f"{address}/?period=7d")
    assert not [url for url in asked if "plotly" in url]
    for panel in ("trend", "hours", "country"):
        button = page.locator(f"#panel-{panel}").get_by_text("Explore")
        button.click()
        dialog = page.get_by_role("dialog")
        expect(dialog.locator(".main-svg").first).to_be_visible()
        expect(dialog.locator(".gtitle")).to_contain_text("by")
        if panel == "trend":  # the same figure: what the page's legend tells, in its order
            keys = page.locator(f"#panel-{panel} .legend .key").all_text_contents()
            assert len(keys) == 2
            expect(dialog.locator(".legendtext")).to_have_text(keys)
            assert 0 < float(look(dialog.locator(".fills path"), "fill-opacity")) < 0.2
            legend, told = (
                dialog.locator(part).bounding_box() for part in (".legend", ".gtitle-subtitle")
            )
            assert legend
            assert told
            assert told["y"] + told["height"] <= legend["y"]
        if panel == "hours":  # in the colours of the page, not those of Plotly
            stops = dialog.locator("linearGradient stop")
            assert look(stops.last, "stop-color") == look(
                page.locator("#panel-hours .step-7"), "fill"
            )
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
        expect(button).to_be_focused()
    assert len([url for url in asked if "plotly.js" in url]) == 1


def test_titles_are_found_opened_and_left_again(page: Page, address: str) -> None:
    ready(page, f"{address}/titles")
    page.get_by_role("searchbox", name="Search titles").fill("AMELIE")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{address}/titles?search=AMELIE")
    expect(page.locator("#panel-catalogue tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Le Fabuleux Destin d'Amélie").click()
    expect(page).to_have_url(f"{address}/titles/t-amelie?period=all")
    expect(page.get_by_role("heading", name="Le Fabuleux Destin d'Amélie")).to_be_visible()
    expect(page.get_by_role("img", name="How far they come")).to_be_visible()
    page.go_back()
    expect(page.locator("#panel-catalogue tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Episodes").click()
    expect(page).to_have_url(f"{address}/titles?level=episode&search=AMELIE")
    expect(page.locator("#panel-catalogue tbody tr")).to_have_count(1)
