"""A consumer's first half hour, played through as the reference tells it, with what it prints."""

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.reference.published import Published
from netflix_pipeline_tests.support.api import assert_problem
from netflix_pipeline_tests.support.command import Command
from netflix_pipeline_tests.support.processes import served

DOCS = Path(__file__).parents[2] / "docs/api.md"
PLACE = "http://127.0.0.1:8000"
MADE_UP = ("/v1/titles/s-31", "/v1/series/s-31", "/v1/users/u-17")
"""What examples ask for that is in nobody's data but the reader's."""


@pytest.fixture(scope="module")
def address(known: Published, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the API is; it starts once there is a key."""
    with_key(known.settings, "monitoring", "--scope", "ops:read")
    secured = Settings(home=known.settings.root, canary_seconds=0, auth="required")
    with served("api", secured, tmp_path_factory.mktemp("consumer") / "log") as (address, _):
        yield address


@pytest.fixture
def service(address: str) -> Iterator[httpx.Client]:
    """Somebody who is new to the API."""
    with httpx.Client(base_url=address, trust_env=False, timeout=30) as client:
        yield client


def with_key(settings: Settings, *arguments: str) -> dict[str, str]:
    """The header that brings a new key."""
    key = Command(settings.root).ok("keys", "create", *arguments).out.strip()
    return {"Authorization": f"Bearer {key}"}


def test_the_first_half_hour(known: Published, service: httpx.Client) -> None:
    # Without a key nothing is told but how one is made.
    refused = assert_problem(service.get("/v1/analytics"), 401, "no-key")
    assert "keys create" in service.get(refused["type"]).text
    assert "keys create reporting --scope analytics:read" in DOCS.read_text(encoding="utf-8")
    service.headers.update(with_key(known.settings, "reporting", "--scope", "analytics:read"))

    # The numbers, what they are compared with, and what each of them means.
    told = service.get("/v1/analytics", params={"compare": "previous"}).json()
    assert told["data"]["plays"] > 0
    assert {"from", "to"} == set(told["data"]["compared_with"]["period"])
    catalogue = {one["name"]: one for one in service.get("/v1/metrics-catalog").json()["data"]}
    assert told["metrics"]
    assert all(catalogue[name]["sentence"] for name in told["metrics"])

    # All titles, page by page, and the same as a table.
    found, path = [], "/v1/titles?limit=7"
    while path:
        page = service.get(path)
        found += [title["title_id"] for title in page.json()["data"]]
        path = page.links.get("next", {}).get("url", "")
    assert len(found) == len(set(found)) > 7
    table = service.get("/v1/titles?limit=500&format=csv")
    assert "titles_snapshot-" in table.headers["content-disposition"]
    assert [row["title_id"] for row in csv.DictReader(io.StringIO(table.text))] == found

    # Nothing is sent again while nothing changed.
    tag = service.get("/v1/analytics").headers["etag"]
    again = service.get("/v1/analytics", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")

    # An error says what to do, its page explains it, and the request that does so is answered.
    asked = {"metric": "sittings", "genre": "drama", "device": "mobile"}
    wrong = assert_problem(
        service.get("/v1/analytics/timeseries", params=asked), 422, "filter-not-taken"
    )
    assert "genre" in wrong["detail"]
    assert "country, device, plan" in wrong["detail"]
    assert service.get(wrong["type"]).status_code == 200
    del asked["genre"]
    assert service.get("/v1/analytics/timeseries", params=asked).status_code == 200

    # What the key is not for is refused with what it lacks; a key for it opens it.
    person = f"/v1/users/{quote(known.plays[0].user_id, safe='')}"
    refused = assert_problem(service.get(person), 403, "missing-scope")
    assert "users:read" in refused["detail"]
    other = with_key(known.settings, "support", "--scope", "users:read")
    assert service.get(person, headers=other).json()["data"]["recent_plays"]


def test_who_asks_too_much_is_told_when_to_come_again(
    known: Published, service: httpx.Client
) -> None:
    limit = 5
    service.headers.update(
        with_key(known.settings, "greedy", "--scope", "analytics:read", "--limit", str(limit))
    )
    left = []
    # A new minute may begin meanwhile, once.
    for _ in range(2 * limit + 1):
        answer = service.get("/v1/analytics")
        if answer.status_code == 429:
            break
        policy, rate = answer.headers["ratelimit-policy"], answer.headers["ratelimit"]
        assert policy == f'"minute";q={limit};w=60'
        left.append(int(re.findall(r";r=(\d+)", rate)[0]))
    assert_problem(answer, 429, "too-many-requests")
    assert 0 < int(answer.headers["retry-after"]) <= 60
    assert left[-1] == 0
    assert left == sorted(left, reverse=True) or left.count(limit - 1) == 2


def test_every_example_of_the_reference_is_answered(
    known: Published, service: httpx.Client
) -> None:
    scopes = ("analytics:read", "users:read", "ops:read", "events:write", "alerts:write")
    key = with_key(known.settings, "reader", *(part for s in scopes for part in ("--scope", s)))
    text = DOCS.read_text(encoding="utf-8").replace("\\\n", " ")
    paths = re.findall(rf"{re.escape(PLACE)}(/[^\s'\"]*)", text)
    assert len(paths) > 8
    for path in paths:
        if path == "/live/stream":
            continue  # goes on until one leaves
        if path == "/v1/events":
            sent = re.search(r"/events .*?-d '(.*?)'", text, re.DOTALL)
            assert sent is not None
            answer = service.post("/events", headers=key, json=json.loads(sent[1]))
            assert answer.json()["counts"]["stored"] == 2
            continue
        expected = 404 if path.startswith(MADE_UP) else 200
        assert service.get(path, headers=key).status_code == expected, path
