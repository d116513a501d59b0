"""From an event that is sent to the frame in which the page of what happens now shows it."""

import statistics
from datetime import UTC, datetime
from uuid import uuid4

import httpx
from playwright.sync_api import Browser

from benchmarks.dashboard.goals import against
from benchmarks.tables import head

SHOWN = """(event) => new Promise((done) => {
  const look = () => {
    if (document.querySelector("#panel-newest")?.textContent.includes(event)) done(Date.now());
    else requestAnimationFrame(look);
  };
  look();
})"""
"""Gives the moment of the first frame that has the event."""


def seen(browser: Browser, dashboard: str, api: str, rounds: int) -> None:
    """Print the milliseconds from sending an event until it is on the page."""
    times = []
    with browser.new_context(locale="en-GB") as context, httpx.Client(trust_env=False) as client:
        page = context.new_page()
        _send(client, api)  # the first one brings the page to life
        page.goto(f"{dashboard}/now")
        page.locator("#panel-newest").wait_for()
        page.locator("html[data-ready]").wait_for(state="attached")
        for _ in range(rounds):
            begun = datetime.now(UTC).timestamp()
            event = _send(client, api)
            times.append(page.evaluate(SHOWN, event) - 1000 * begun)
    head("an event on the page of what happens now", "median", "longest", "goal", "")
    against("sent to seen", statistics.median(times), "ms", 1000, f"{max(times):,.0f}")


def _send(client: httpx.Client, api: str) -> str:
    """Send a report of viewing; gives its id."""
    event = {
        "type": "watch",
        "event_id": str(uuid4()),
        "user_id": "somebody",
        "title_id": "something",
        "event_time": datetime.now(UTC).isoformat(),
        "watch_seconds": 60,
    }
    client.post(f"{api}/events", json=event).raise_for_status()
    return str(event["event_id"])
