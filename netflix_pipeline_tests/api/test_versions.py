"""`/v1`, and the addresses of the first release: the same answers, and what leads to the others."""

import asyncio
import csv
import io
import re
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.old_names import old_names
from api.resource import resources
from api.resources.users import Export
from api.versions import OLD_PATHS, STAYING, V1, is_old_path, without_version
from netflix_pipeline.serving.question import frame
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.reference.published import FIRST, LAST, Published
from netflix_pipeline_tests.support.api import assert_problem, event, numbers, request, running
from netflix_pipeline_tests.support.three_days import three_days_published

DAYS = f"from={FIRST}&to={LAST}"
ASKED = {
    "/analytics": f"?{DAYS}&compare=previous&country=BR&country=US",
    "/analytics/timeseries": f"?{DAYS}&metric=views&split_by=device&top=2&compare=previous",
    "/analytics/heatmap": f"?{DAYS}&tz=Asia/Kolkata",
    "/analytics/audience": f"?{DAYS}",
    "/analytics/retention": f"?{DAYS}&weeks=3",
    "/analytics/lifecycle": f"?{DAYS}",
    "/analytics/segments": "",
    "/analytics/search": f"?{DAYS}&split_by=country",
    "/analytics/recommendations": f"?{DAYS}&split_by=algorithm",
    "/plays": f"?{DAYS}&limit=20",
    "/metrics-catalog": "",
    "/top10": "?week=2025-11-01",
    "/titles": f"?{DAYS}&limit=20&sort=views",
    "/titles/saga": f"?{DAYS}",
    "/users/odd-dee": "",
    "/users/odd-dee/history": "?limit=2",
    "/users/odd-dee/viewing": "",
    "/users/odd-dee/export": "",
    "/households/odd/viewing": "",
    "/households/odd/history": "?limit=3",
    "/quality/ledger": "",
    "/quality/quarantine": "?limit=3",
    "/quality/checks": "",
    "/quality/snapshots": "",
}
"""A question to each old address that answers one."""
IDS = {"title_id": "saga", "user_id": "odd-dee", "household": "odd"}
DEPRECATION = "@1796083200"
SUNSET = "Wed, 01 Dec 2027 00:00:00 GMT"


@pytest.fixture(scope="module")
def app(known: Published) -> FastAPI:
    return create_app(known.settings)


@pytest.fixture(scope="module")
def kinds(app: FastAPI) -> dict[str, Any]:
    """What each old address answers with, by the path that is asked for here."""
    found: dict[str, Any] = {V1 + "/users/{user_id}/export": Export}
    found |= {path: frame(question) for path, question in resources(app).items()}
    return {
        path.format(**IDS): found[V1 + path]
        for path in OLD_PATHS
        if path not in (STAYING, "/users/{user_id}/erasure")
    }


def differ(new: Any, old: Any, names: Mapping[str, str], place: str = "") -> list[str]:
    """Where two answers differ in more than their names and the last digits of their numbers."""
    pairs: list[tuple[Any, Any, Any]]
    if isinstance(new, dict) and isinstance(old, dict):
        if [names.get(name, name) for name in new] != [*old]:
            return [f"{place}: {[*new]} {[*old]}"]
        pairs = [(name, new[name], old[names.get(name, name)]) for name in new]
    elif isinstance(new, list) and isinstance(old, list) and len(new) == len(old):
        pairs = [(at, *told) for at, told in enumerate(zip(new, old, strict=True))]
    elif isinstance(new, float) and isinstance(old, float):
        return [] if new == float(f"{old:.14g}") else [f"{place}: {new} {old}"]
    else:
        return [] if (new, type(new)) == (old, type(old)) else [f"{place}: {new} {old}"]
    return [one for at, now, was in pairs for one in differ(now, was, names, f"{place}.{at}")]


@pytest.mark.parametrize("path", ASKED)
def test_an_old_address_answers_the_same_under_the_names_of_then(
    app: FastAPI, kinds: dict[str, Any], path: str
) -> None:
    address = path + ASKED[path]
    old, new = request(app, address), request(app, V1 + address)
    assert (old.status_code, new.status_code) == (200, 200), old.text
    told = new.json()
    if path == "/metrics-catalog":
        for one in told["data"]:
            within = map(without_version, one["resources"])
            one["resources"] = [name for name in within if is_old_path(name)]
    assert differ(told, old.json(), old_names(kinds[path])) == []
    assert (old.headers["deprecation"], old.headers["sunset"]) == (DEPRECATION, SUNSET)
    successor = old.links["successor-version"]["url"]
    assert successor == f"http://localhost{V1}{address}"
    assert not {"deprecation", "sunset"} & set(new.headers)
    assert "successor-version" not in new.links
    followed, follows = (one.links.get("next", {}).get("url", "") for one in (old, new))
    assert follows == followed.replace(f"localhost{path}", f"localhost{V1}{path}")


def test_each_old_address_is_asked(kinds: dict[str, Any]) -> None:
    assert kinds.keys() == ASKED.keys()


TABLES = ("/plays", "/analytics/timeseries", "/analytics/heatmap", "/quality/snapshots")


@pytest.mark.parametrize("path", TABLES)
def test_a_table_at_an_old_address_has_the_columns_of_then(
    app: FastAPI, kinds: dict[str, Any], path: str
) -> None:
    query = ASKED[path] + ("&" if ASKED[path] else "?") + "format=csv"
    answers = [request(app, address + query) for address in (path, V1 + path)]
    old, new = ([*csv.reader(io.StringIO(one.text, newline=""))] for one in answers)
    names = old_names(kinds[path])
    assert [names.get(head, head) for head in new[0]] == old[0]
    assert len(new) == len(old) > 1
    for name in ("content-disposition", "snapshot-version"):
        assert answers[0].headers[name] == answers[1].headers[name]


def test_what_came_later_is_below_v1_alone(app: FastAPI) -> None:
    later = {without_version(path) for path in resources(app)} - {*OLD_PATHS}
    assert {"/series/{series_id}", "/analytics/contributions", "/searches"} <= later
    for path in later:
        assert not is_old_path(path), f"{path} would answer at an address that nothing old is at"
        asked = re.sub(r"\{\w+\}", "saga", path)
        refused = request(app, asked)
        told = assert_problem(refused, 404, "nothing-there")
        assert f"nothing at {asked};" in told["detail"]
        assert "deprecation" not in refused.headers


@pytest.mark.parametrize(
    "path",
    [
        *("", "/", "/health", "/ready", "/metrics", "/live", "/live/stream", "/docs", "/problems"),
        *("/openapi.json", "/v1/titles", "/problems/bad-period"),
    ],
)
def test_what_is_of_the_service_itself_has_no_version(app: FastAPI, path: str) -> None:
    assert_problem(request(app, V1 + path), 404, "nothing-there")


def test_a_refusal_names_the_address_that_was_asked_for(app: FastAPI) -> None:
    for path in ("/titles", "/v1/titles"):
        refused = request(app, path, "POST")
        told = assert_problem(refused, 405, "method-not-allowed")
        assert told["detail"] == f"POST cannot be done at {path}."
        assert ("sunset" in refused.headers) == (path == "/titles")
        told = assert_problem(request(app, path, accept="text/html"), 406, "not-acceptable")
        assert told["detail"].startswith(f"{path} can be had as ")


@pytest.mark.parametrize("path", ["/titles/nothing", "/users/nobody/erasure"])
def test_a_refusal_leads_to_addresses_of_its_own_kind(app: FastAPI, path: str) -> None:
    old, new = (request(app, address).json()["detail"] for address in (path, V1 + path))
    assert " /v1/" in new
    assert new.replace(" /v1/", " /") == old


def test_a_very_long_address_leads_nowhere(app: FastAPI) -> None:
    refused = request(app, f"/titles?search={'%3C' * 1000}")
    assert refused.headers["sunset"] == SUNSET
    assert "link" not in refused.headers
    assert "%3E>" in request(app, "/titles?search=%3E").headers["link"]


def test_events_are_taken_at_both_addresses_for_good(home: Settings) -> None:
    three_days_published(home.root)

    async def ask(client: httpx.AsyncClient) -> None:
        for number, path in enumerate(("/events", f"{V1}/events")):
            answer = await client.post(path, json=event(number))
            assert answer.json()["counts"]["stored"] == 1
            assert not {"deprecation", "sunset", "link"} & set(answer.headers)
        for path in ("/titles", "/titles", "/v1/titles", "/users/ann", "/v1/users/ann"):
            assert (await client.get(path)).status_code == 200
        told = numbers((await client.get("/metrics")).text)
        by_route = {
            route: told[f"netflix_http_requests_total|{route}|2xx"]
            for route in (
                *("POST|/events", "POST|/v1/events", "GET|/titles", "GET|/v1/titles"),
                *("GET|/users/{user_id}", "GET|/v1/users/{user_id}"),
            )
        }
        assert list(by_route.values()) == [1, 1, 2, 1, 1, 1]

    async def run() -> None:
        async with running(create_app(home)) as client:
            await ask(client)

    asyncio.run(run())
