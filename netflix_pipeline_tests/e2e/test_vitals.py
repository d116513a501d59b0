"""What a real browser tells of how long a page took, and when it paints it."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from playwright.sync_api import Page, expect

from netflix_pipeline_tests.support.api import numbers
from netflix_pipeline_tests.support.waiting import PATIENCE

PAINTED = """() => new Promise((done) =>
    setTimeout(() => done(performance.getEntriesByType("paint").length > 0), 300)
)"""


def counted(address: str, what: str) -> float:
    told = numbers(httpx.get(f"{address}/metrics", trust_env=False).text)
    return told.get(f"netflix_page_seconds_{what}", 0.0)


def test_a_browser_tells_how_long_a_page_took_when_it_is_left(page: Page, address: str) -> None:
    counts = [f"count|/titles|{vital}" for vital in ("ttfb", "fcp", "load")]
    before = [counted(address, what) for what in (*counts, "sum|/titles|load")]
    page.goto(f"{address}/titles?period=7d", wait_until="load")
    page.goto("about:blank")
    for _ in range(200):
        after = [counted(address, what) for what in (*counts, "sum|/titles|load")]
        if all(now > then for now, then in zip(after, before, strict=True)):
            break
        time.sleep(0.05)
    assert all(now > then for now, then in zip(after, before, strict=True)), after
    assert after[-1] - before[-1] < 60


@pytest.fixture
def halved(address: str) -> Iterator[tuple[str, threading.Event]]:
    """The dashboard where each view stops halfway, and what lets it go on."""
    on = threading.Event()

    class Line(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told = httpx.get(
                address + self.path, headers={"Accept-Encoding": "identity"}, trust_env=False
            )
            half = len(told.content) // 2 if b'id="first-view"' in told.content else 0
            self.send_response(told.status_code)
            self.send_header("Content-Type", told.headers["Content-Type"])
            self.end_headers()
            self.wfile.write(told.content[:half])
            if half:
                on.wait(PATIENCE)
            self.wfile.write(told.content[half:])

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Line) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", on
        on.set()
        server.shutdown()


def test_nothing_is_painted_of_half_a_view(
    first_page: Page, halved: tuple[str, threading.Event]
) -> None:
    """Columns of a table are as wide as all of its rows need: they would move."""
    address, on = halved
    first_page.route("**/live*", lambda route: route.abort())  # it never ends
    first_page.goto(f"{address}/rows", wait_until="commit")
    row = first_page.locator("#panel-plays tbody tr").first
    expect(row).to_be_attached()
    assert not first_page.evaluate(PAINTED)
    on.set()
    expect(first_page.locator("html[data-ready]")).to_be_attached()
    assert first_page.evaluate(PAINTED)
