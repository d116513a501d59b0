"""Frames a second while the Overview scrolls, as Chromium's own trace has them."""

import json
from typing import Any

from playwright.sync_api import Browser, ViewportSize

from benchmarks.tables import head, row

SPEED = 800
"""Pixels a second: as fast as a hand that reads on."""
CATEGORIES = ["devtools.timeline.frame", "disabled-by-default-devtools.timeline.frame"]
DRAWN, DROPPED = "DrawFrame", "DroppedFrame"


def scrolled(browser: Browser, address: str) -> None:
    """Print how many frames were presented and dropped while the page moved."""
    size = ViewportSize(width=1440, height=900)
    with browser.new_context(viewport=size, locale="en-GB") as context:
        page = context.new_page()
        page.goto(address)
        page.locator("html[data-ready]").wait_for(state="attached")
        session = context.new_cdp_session(page)
        browser.start_tracing(page=page, categories=CATEGORIES)
        gesture = {"x": 720, "y": 450, "speed": SPEED, "gestureSourceType": "mouse"}
        pixels = page.evaluate("document.documentElement.scrollHeight - innerHeight")
        session.send("Input.synthesizeScrollGesture", {**gesture, "yDistance": -pixels})
        trace = json.loads(browser.stop_tracing())
    drawn, dropped = (_moments(trace, name) for name in (DRAWN, DROPPED))
    seconds = (max(drawn) - min(drawn)) / 1e6
    head("scrolling the Overview", "frames/s", "frames dropped", "of them %", "goal")
    row(
        "presented",
        f"{(len(drawn) - 1) / seconds:.1f}",
        len(dropped),
        f"{100 * len(dropped) / (len(drawn) + len(dropped)):.1f}",
        "≥ 60",
    )


def _moments(trace: dict[str, Any], name: str) -> list[float]:
    """When events of that name were, in microseconds."""
    return [one["ts"] for one in trace["traceEvents"] if one["name"] == name]
