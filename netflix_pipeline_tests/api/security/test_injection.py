"""What is sent stays a value: in every parameter of every resource, in ids and in answers."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from netflix_pipeline.serving import publish_home
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.api_keys import Client
from netflix_pipeline_tests.support.three_days import AS_OF, TUESDAY, three_days
from netflix_pipeline_tests.support.world import Watched

SQL = (
    "' OR '1'='1",
    "'; DROP TABLE plays; --",
    "x' UNION SELECT user_id, 1 FROM coded.users --",
    "1) OR 1=1 --",
    "${7*7}{{7*7}}",
    "\\'; ATTACH '/etc/passwd' AS p; --",
    "%' OR user_id LIKE '%",
    "read_csv('/etc/passwd')",
)
FEW = 2
"""So many, side by side, go to each of several parameters of one name: a quote is among them."""
NOBODY = "no-such-value"
INSIDE = re.compile(
    r"duckdb|Traceback|Parser Error|Binder Error|root:x:|SELECT .* FROM", re.IGNORECASE
)
PATHS = (
    "../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/etc/passwd",
    "..\\..\\windows\\win.ini",
    "/etc/passwd",
    "file:///etc/passwd",
    "ann\x00.json",
    "%00",
    "serving%2fcurrent",
)
HOSTILE = (
    "=2+5+cmd|calc!A0",
    "<img src=x onerror=alert(1)>",
    "'; DROP --",
    "@x",
)


def texts(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Every parameter of a query that takes any text: its path, name, and what must go with it."""
    for path, methods in described["paths"].items():
        if path == "/live/stream":  # takes none, and does not end
            continue
        given = methods.get("get", {}).get("parameters", ())
        needed = {
            one["name"]: one.get("example") or one["schema"].get("default") or _some(one)
            for one in given
            if one["in"] == "query" and one.get("required")
        }
        for one in given:
            if one["in"] == "query":
                others = {name: told for name, told in needed.items() if name != one["name"]}
                yield (
                    path.replace("{user_id}", "ann").replace("{title_id}", "t-dark"),
                    one["name"],
                    others,
                )


def _some(parameter: dict[str, Any]) -> str:
    """A value that a required parameter takes."""
    schema = parameter["schema"]
    return str(schema.get("enum", schema.get("examples", ["hours_viewed"]))[0])


def told(answer: httpx.Response) -> Any:
    """What an answer says about the data, without what was asked."""
    if "json" not in answer.headers["content-type"]:
        return answer.text
    body = answer.json()
    return {name: body[name] for name in ("data", "next") if name in body}


@pytest.mark.slow
def test_sql_is_text_in_every_parameter(ask: Client, every: str, secured: FastAPI) -> None:
    found = list(texts(secured.openapi()))
    assert len(found) > 20
    often, asked = Counter(name for _, name, _ in found), Counter[str]()
    for path, name, others in found:
        usual = ask(path, every, params=others | {name: NOBODY})
        assert usual.status_code in (200, 404, 406, 422), (path, name, usual.text)
        # What has one name is read in one way on all paths: between them they are sent each text.
        turn = FEW * asked[name] % len(SQL)
        asked[name] += 1
        for text in SQL[turn : turn + FEW] if FEW * often[name] >= len(SQL) else SQL:
            answer = ask(path, every, params=others | {name: text})
            # It does what any text does of which there is nothing, or is refused.
            assert answer.status_code in {usual.status_code, 422}, (path, name, text, answer.text)
            if answer.status_code == 200:
                assert told(answer) == told(usual), (path, name, text)
            else:
                detail = answer.json()["detail"].replace(text, "")
                assert not INSIDE.search(detail), (path, name, text)
    # Everything is still there.
    assert ask("/analytics?from=2026-03-02&to=2026-03-06", every).json()["data"]["plays"] == 7


@pytest.mark.parametrize("resource", ["users", "titles"])
def test_an_id_leads_to_no_file(ask: Client, every: str, resource: str) -> None:
    for path in (*(path for path in PATHS if path.isprintable()), *map(quote, PATHS)):
        answer = ask(f"/{resource}/{path}", every)
        assert answer.status_code in (404, 422), (path, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
        assert not INSIDE.search(answer.text), path


@pytest.mark.parametrize("resource", ["users", "titles"])
def test_sql_is_text_in_an_id(ask: Client, every: str, resource: str) -> None:
    for text in SQL:
        answer = ask(f"/{resource}/{quote(text, safe='')}", every)
        assert answer.status_code in (404, 422), (text, answer.text)


def test_headers_of_an_answer_cannot_be_written(ask: Client, every: str) -> None:
    for text in ("a\r\nSet-Cookie: x=1", "a%0d%0aSet-Cookie:%20x=1", '"><script>'):
        for path in ("/titles", "/plays", "/quality/ledger"):
            for name in ("search", "title", "source", "format", "cursor"):
                answer = ask(path, every, params={name: text})
                assert "set-cookie" not in answer.headers
                assert all("\n" not in told for told in answer.headers.values())


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    settings = Settings(home=tmp_path_factory.mktemp("hostile"))
    world = three_days(settings.lake)
    world.watch(TUESDAY, [Watched(user, "t-dark", 9 + n) for n, user in enumerate(HOSTILE)])
    world.describe()
    publish_home(settings, as_of=AS_OF)
    return create_app(settings)


def test_ids_that_are_hostile_are_ids(hostile: FastAPI) -> None:
    ask = Client(hostile)
    for user in HOSTILE:
        answer = ask(f"/users/{quote(user, safe='')}")
        assert answer.json()["data"]["user_id"] == user
        assert answer.headers["content-type"] == "application/json"


def test_no_cell_of_a_csv_is_a_formula(hostile: FastAPI) -> None:
    answer = Client(hostile)("/plays", params={"format": "csv", "limit": 500})
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert {row["user_id"].removeprefix("'") for row in rows} >= {
        user.removeprefix("'") for user in HOSTILE
    }
    for row in rows:
        for cell in row.values():
            assert not re.match(r"[=@\t\r]", cell), row
            assert not re.match(r"[+-](?![\d.]+$)", cell), row


def test_text_is_never_a_page(hostile: FastAPI) -> None:
    answer = Client(hostile)("/plays", headers={"Accept": "text/html,*/*"})
    assert not answer.headers["content-type"].startswith("text/html")
    assert answer.headers["x-content-type-options"] == "nosniff"
