"""What browsers tell of how long pages take: counted by page, clamped, and nothing else of it."""

import asyncio

import httpx
import pytest

from dash_app.app import create_app
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.api import numbers


async def asked(settings: Settings, *bodies: str) -> tuple[list[int], dict[str, float]]:
    transport = httpx.ASGITransport(create_app(settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        statuses = [(await client.post("/vitals", content=body)).status_code for body in bodies]
        refused = await client.post("/vitals", headers={"Origin": "https://evil.example"})
        assert refused.status_code == 403
        return statuses, numbers((await client.get("/metrics")).text)


def test_vitals_are_counted_by_page(home: Settings) -> None:
    statuses, told = asyncio.run(
        asked(
            home,
            '{"page": "/titles/t-1", "seconds": {"load": 2.5, "ttfb": 0.02}}',
            '{"page": "/titles/t-2", "seconds": {"load": 1e9, "other": 1}}',
            '{"page": "/titles/t-3", "seconds": {"load": -1}}',
            '{"page": "/etc/passwd", "seconds": {"load": 1}}',
            '{"page": "", "seconds": {}}',
        )
    )
    assert statuses == [204] * 5
    mine = {name: value for name, value in told.items() if "page_seconds" in name}
    page = "netflix_page_seconds_{}|/titles/{{title_id}}|{}"
    assert mine[page.format("count", "load")] == 2
    assert mine[page.format("sum", "load")] == 62.5
    assert mine[page.format("count", "ttfb")] == 1
    by_bound = {name.split("|")[1]: value for name, value in mine.items() if name.endswith("load")}
    assert (by_bound["2.0"], by_bound["2.5"], by_bound["30.0"], by_bound["+Inf"]) == (0, 1, 1, 2)
    assert not [name for name in mine if "t-1" in name or "passwd" in name or "other" in name]


DEEP = '{"page": "/", "seconds": {}, "more": %s' % ("[" * 50_000)


@pytest.mark.parametrize("body", ["", "{}", "[]", '{"page": 1, "seconds": {}}', "\xff" * 9, DEEP])
def test_what_is_no_beacon_is_refused(home: Settings, body: str) -> None:
    statuses, told = asyncio.run(asked(home, body))
    assert statuses == [422]
    assert not [name for name in told if "page_seconds" in name]
