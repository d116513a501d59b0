#!/usr/bin/env python
"""Takes the README's pictures of the home that `NETFLIX_HOME` names: its dashboard and Dagster.

Run by `scripts/screenshots`, which makes sample data where no home is named. Both services run on
free ports and end with it.
"""

from __future__ import annotations

import json
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from playwright.sync_api import (
    Browser,
    FloatRect,
    Page,
    ViewportSize,
    sync_playwright,
)

from netflix_pipeline.services import run
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.e2e.conftest import ARGUMENTS, NAMES

IMAGES = Path(__file__).parents[1] / "docs" / "images"
PATIENCE = 120_000
"""Milliseconds: Dagster's first page loads the definitions."""
SETTLED = 2_000
"""Milliseconds until fonts and transitions are done."""
TALLEST = 1_400
"""Pixels of the dashboard's height that are shown."""

LINE = '+key:"gold/title_daily"+'
"""All assets at once are too small to read: one table, what it is made from and feeds."""
GROUPS = ("bronze", "silver", "gold", "serving")
REMEMBERED = {
    "communityNux": "1",  # no invitation to a newsletter
    "dagster-nav-collapsed": True,
    "asset-graph-direction": "horizontal",
    "asset-node-facets": ["checks", "status", "kind-tag"],
}
"""What Dagster's UI keeps in the browser."""


@contextmanager
def opened(
    browser: Browser, width: int, height: int, scheme: Literal["light", "dark"] = "light"
) -> Iterator[Page]:
    """A page of that size in that colour scheme."""
    size = ViewportSize(width=width, height=height)
    with browser.new_context(viewport=size, color_scheme=scheme, locale="en-GB") as context:
        context.set_default_timeout(PATIENCE)
        yield context.new_page()


def picture(page: Page, name: str, *, tallest: int = 0) -> None:
    """Write what is in view, or the whole page up to a height, to `docs/images/<name>.png`."""
    path = IMAGES / f"{name}.png"
    page.wait_for_timeout(SETTLED)
    if tallest:
        width, height = page.evaluate("[innerWidth, document.documentElement.scrollHeight]")
        clip = FloatRect(x=0, y=0, width=width, height=min(height, tallest))
        page.screenshot(path=path, full_page=True, clip=clip)
    else:
        page.screenshot(path=path)
    sys.stdout.write(f"  {path} ({path.stat().st_size // 1000} kB)\n")


def dashboard(browser: Browser, address: str) -> None:
    """The overview: light, dark, and on a phone."""
    shots: tuple[tuple[str, int, Literal["light", "dark"], int], ...] = (
        ("dashboard", 1440, "light", TALLEST),
        ("dashboard-dark", 1440, "dark", TALLEST),
        ("dashboard-phone", 390, "light", 0),
    )
    for name, width, scheme, tallest in shots:
        with opened(browser, width, 844, scheme) as page:
            page.goto(address)
            page.locator("html[data-ready]").wait_for(state="attached", timeout=PATIENCE)
            page.locator("[data-metric]").first.wait_for()
            picture(page, name, tallest=tallest)


def assets(browser: Browser, address: str) -> None:
    """One line of tables through all groups in the global asset graph."""
    expanded = ",".join(f"global@global:{group}" for group in GROUPS)
    kept = {name: json.dumps(value) for name, value in REMEMBERED.items()}
    with opened(browser, 1760, 1120) as page:
        page.add_init_script(f"Object.assign(localStorage, {json.dumps(kept)})")
        page.goto(f"{address}/asset-groups~{quote(LINE, safe='')}/?expanded={quote(expanded)}")
        for name in ("watch_events", "plays", "title_daily", "snapshot"):
            page.get_by_text(name, exact=True).first.wait_for()
        page.get_by_label("panel_show_right").first.click()
        page.wait_for_timeout(SETTLED)
        page.mouse.dblclick(820, 130)  # on empty ground: fits the graph into the view
        page.get_by_text("Materialized", exact=True).first.wait_for()
        picture(page, "assets")


def main() -> None:
    """Start both services, take the pictures once both answer, end them."""
    chromium = next(filter(None, map(shutil.which, NAMES)), None)
    if chromium is None:
        sys.exit("no Chromium on the PATH: scripts/test-tools installs it")
    IMAGES.mkdir(parents=True, exist_ok=True)
    addresses: dict[str, str] = {}

    def on_ready(name: str, url: str) -> None:
        addresses[name] = url
        if len(addresses) < 2:
            return
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
            dashboard(browser, addresses["dashboard"])
            assets(browser, addresses["dagster"])
            browser.close()
        signal.raise_signal(signal.SIGTERM)

    sys.exit(run(("dashboard", "dagster"), Settings(dashboard_port=0, dagster_port=0), on_ready))


if __name__ == "__main__":
    main()
