"""What is told of the dashboard: its requests by route, the snapshot it shows, what it keeps."""

import asyncio

import pytest

from dash_app.app import create_app
from dash_app.pages import overview
from dash_app.site import Site
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.api import numbers, running
from netflix_pipeline_tests.support.service import Service
from netflix_pipeline_tests.support.world import TITLES


async def asked(settings: Settings, *requests: tuple[str, str]) -> dict[str, float]:
    """What is told after some requests, by method and address."""
    async with running(create_app(settings)) as client:
        for method, address in requests:
            await client.request(method, address)
        return numbers((await client.get("/metrics")).text)


def counted(told: dict[str, float]) -> dict[str, float]:
    name = "netflix_dashboard_requests_total|"
    return {each.removeprefix(name): at for each, at in told.items() if each.startswith(name)}


def test_requests_are_counted_by_route_and_never_by_what_was_sent(service: Service) -> None:
    one, other = list(TITLES)[:2]
    told = asyncio.run(
        asked(
            service.settings,
            ("GET", "/"),
            ("GET", f"/titles/{one}"),
            ("GET", f"/titles/{other}?period=all"),
            ("HEAD", f"/titles/{other}"),
            ("GET", "/titles/nobody-knows-it"),
            ("GET", "/etc/passwd"),
            ("GET", "/robots.txt"),
            ("GET", "/export/titles/whole.xlsx"),
            ("BREW", "/"),
        )
    )
    title = "/titles/{title_id}"
    found = counted(told)
    assert found[f"GET|{title}|2xx"] == 2
    assert found[f"HEAD|{title}|2xx"] == 1
    assert found[f"GET|{title}|4xx"] == 1
    assert found["GET|unmatched|4xx"] == 1
    assert found["GET|/robots.txt|2xx"] == 1
    assert any(each.startswith("other|") for each in found)
    assert not [each for each in told if "passwd" in each or one in each or "BREW" in each]
    times = "netflix_dashboard_request_seconds"
    assert told[f"{times}_count|{title}"] == 4
    assert 0 < told[f"{times}_sum|{title}"] < 60
    quick = [f"{times}_bucket|{bound}|{title}" for bound in ("1.0", "+Inf")]
    assert told[quick[0]] <= told[quick[1]] == 4


def test_the_snapshot_and_what_is_kept_is_told(service: Service) -> None:
    told = asyncio.run(asked(service.settings, ("GET", "/"), ("GET", "/")))
    assert told["netflix_dashboard_snapshot_version"] == 1
    assert told["netflix_dashboard_snapshot_built_timestamp_seconds"] > 1.7e9
    views = "netflix_dashboard_cache_answers_total|views|{}"
    assert (told[views.format("computed")], told[views.format("kept")]) == (1, 1)
    assert told["netflix_dashboard_cache_answers_total|answers|computed"] > 3
    assert told["netflix_dashboard_cache_bytes|views"] > 1000


def test_a_request_that_raises_is_counted_as_one_that_failed(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("a mistake")

    monkeypatch.setattr(Site, "render", fails)
    assert counted(asyncio.run(asked(home, ("GET", "/trust"))))["GET|/trust|5xx"] == 1


def test_a_view_that_fails_behind_the_head_of_its_document_is_counted_as_failed(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("a mistake")

    monkeypatch.setattr(overview, "cards", fails)
    told = asyncio.run(asked(service.settings, ("GET", "/?period=7d")))
    assert counted(told)["GET|/|5xx"] == 1
