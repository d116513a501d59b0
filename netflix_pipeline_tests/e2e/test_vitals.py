"""What a real browser tells of how long a page took."""

import time

import httpx
from playwright.sync_api import Page

from netflix_pipeline_tests.support.api import numbers


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
