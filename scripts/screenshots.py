#!/usr/bin/env python
"""Takes pictures of the home that `NETFLIX_HOME` names: each page of the dashboard, and Dagster.

Run by `scripts/screenshots`, which makes sample data where no home is named. The dashboard shows
its snapshot in a folder of its own, with an API that events are sent to meanwhile, so that Live has
something to show and the home stays as it is. All services run on free ports and end with it.
"""

from __future__ import annotations

import base64
import json
import random
import shutil
import signal
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal
from urllib.parse import quote
from uuid import uuid4

import httpx
from playwright.sync_api import (
    Browser,
    FloatRect,
    Page,
    ViewportSize,
    sync_playwright,
)

from benchmarks.dashboard.stack import api, borrowed, dashboard
from dash_app.page_request import DashboardPage as Registered
from dash_app.pages import PAGES
from netflix_pipeline.services.supervisor import run
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.browser import ARGUMENTS, NAMES

IMAGES = Path(__file__).parents[1] / "docs" / "images"
PATIENCE = 120_000
"""Milliseconds: Dagster's first page loads the definitions."""
SETTLED = 2_000
"""Milliseconds until fonts and transitions are done."""
TALLEST = 1_400
"""Pixels of the dashboard's height that are shown."""
WIDTHS = {"wide": 1440, "narrow": 390}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
DEVICES = ("smart_tv", "smart_tv", "mobile", "mobile", "tablet", "desktop", "console")
COUNTRIES = ("US", "US", "DE", "GB", "FR", "BR", "JP", "IN")
"""What people watch on, and where, while the pictures are taken."""

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


@dataclass(frozen=True)
class Sample:
    """What of the data is shown: a series and a person with much to tell, and titles by hours."""

    series: str
    titles: Sequence[str]
    person: str

    @classmethod
    def of(cls, api: str) -> Sample:
        """Out of the API's answers."""

        def told(resource: str) -> Any:
            answer = httpx.get(
                f"{api}/v1{resource}", timeout=60, trust_env=False
            ).raise_for_status()
            return answer.json()["data"]

        def days(user_id: str) -> int:
            return int(told(f"/users/{quote(user_id, safe='')}")["viewing"]["active_days"])

        (best,) = told("/titles?sort=hours_viewed&content_type=series&limit=1")
        newest = told("/plays?limit=500")
        titles = Counter(play["title_id"] for play in newest)
        users = Counter(play["user_id"] for play in newest)
        return cls(
            best["title_id"],
            [title for title, _ in titles.most_common(60)],
            max((user for user, _ in users.most_common(40)), key=days),
        )

    def address(self, page: Registered) -> str:
        """Where a page has something to show."""
        whose = f"?person={quote(self.person, safe='')}" if "person" in page.own else ""
        return page.at(title_id=self.series, series_id=self.series) + whose


@contextmanager
def watched(api: str, sample: Sample) -> Iterator[None]:
    """People watch meanwhile: some events a second."""
    ended = threading.Event()
    chance = random.Random(5)  # noqa: S311  nobody guards anything with it

    def event() -> dict[str, object]:
        return {
            "type": "watch",
            "event_id": str(uuid4()),
            "user_id": f"u{chance.randint(1, 900):07}",
            "title_id": chance.choice(sample.titles[: chance.randint(2, len(sample.titles))]),
            "event_time": datetime.now(UTC).isoformat(),
            "action": chance.choice(("started", "paused", "stopped", "completed")),
            "watch_seconds": chance.randint(20, 3000),
            "device": chance.choice(DEVICES),
            "country": chance.choice(COUNTRIES),
        }

    def send() -> None:
        while not ended.wait(chance.uniform(0.05, 0.4)):
            events = [event() for _ in range(chance.randint(1, 8))]
            httpx.post(f"{api}/events", json=events, trust_env=False).raise_for_status()

    sending = threading.Thread(target=send)
    sending.start()
    try:
        yield
    finally:
        ended.set()
        sending.join()


def pages(browser: Browser, address: str, sample: Sample) -> None:
    """Every page of the registry: light and dark, wide and narrow; the README's own first."""
    with opened(browser, 1440, 844) as page:
        page.goto(address)
        ready(page)
        picture(page, "dashboard", tallest=TALLEST)
    (IMAGES / "pages").mkdir(exist_ok=True)
    for look, width in WIDTHS.items():
        for scheme in SCHEMES:
            with opened(browser, width, 844, scheme) as page:
                for registered in PAGES:
                    page.goto(address + sample.address(registered))
                    ready(page)
                    small(page, f"{slug(registered)}-{look}-{scheme}")


def slug(page: Registered) -> str:
    """What the pictures of a page are called."""
    return page.heading.lower().replace(" ", "-")


def ready(page: Page) -> None:
    """Wait until numbers and charts are there, and Dash has taken the page over."""
    page.locator("html[data-ready]").wait_for(state="attached", timeout=PATIENCE)
    page.locator("main .panel").first.wait_for()
    page.wait_for_timeout(SETTLED)


def small(page: Page, name: str) -> None:
    """Write the page, down to a height, to `docs/images/pages/<name>.webp`."""
    width, height = page.evaluate("[innerWidth, document.documentElement.scrollHeight]")
    clip = {"x": 0, "y": 0, "width": width, "height": min(height, TALLEST), "scale": 1}
    asked = {"format": "webp", "quality": 75, "captureBeyondViewport": True, "clip": clip}
    told = page.context.new_cdp_session(page).send("Page.captureScreenshot", asked)
    path = IMAGES / "pages" / f"{name}.webp"
    path.write_bytes(base64.b64decode(told["data"]))
    sys.stdout.write(f"  {path} ({path.stat().st_size // 1000} kB)\n")


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
    """Start the services, take the pictures once they answer, end them."""
    chromium = next(filter(None, map(shutil.which, NAMES)), None)
    if chromium is None:
        sys.exit("no Chromium on the PATH: scripts/test-tools installs it")
    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright, TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        home = borrowed(Settings().home, Path(folder))
        with api(home) as events, dashboard(home) as (address, _):
            sample = Sample.of(events)
            with watched(events, sample):
                pages(browser, address, sample)
        browser.close()

    def on_ready(_: str, url: str) -> None:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
            assets(browser, url)
            browser.close()
        signal.raise_signal(signal.SIGTERM)

    sys.exit(run(("dagster",), Settings(dagster_port=0), on_ready))


if __name__ == "__main__":
    main()
