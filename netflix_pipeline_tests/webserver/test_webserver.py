"""Dagster's webserver as it is served to people: what it does for whom."""

import http.client
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dagster as dg
import httpx
import psutil
import pytest

from netflix_pipeline.contracts import contracts
from netflix_pipeline.defs.instance import open_instance
from netflix_pipeline.defs.reload import reload_code_location
from netflix_pipeline.ingest import ingest_paths
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import Passwords
from netflix_pipeline_tests.support.days import FIRST, events_of
from netflix_pipeline_tests.support.processes import all_below, served
from netflix_pipeline_tests.support.waiting import until

ASSETS = "{ assetNodes { assetKey { path } } }"
FIRST_PLAYS = """{ assetNodeOrError(assetKey: {path: ["silver", "plays"]}) {
    ... on AssetNode { partitionKeyConnection(limit: 1, ascending: true) { results } } } }"""
LOADED = """{ workspaceOrError { ... on Workspace { locationEntries {
    updatedTimestamp locationOrLoadError { __typename } } } } }"""
REPORT = """mutation Report { reportRunlessAssetEvents(eventParams: {
    eventType: ASSET_MATERIALIZATION, assetKey: {path: ["silver", "titles"]} }) { __typename } }"""
REPORTING = "/report_asset_materialization/silver/titles"
EVIL = "https://evil.example"
JSON = {"Content-Type": "application/json"}
FOREIGN = {"Origin": EVIL, "Sec-Fetch-Site": "cross-site"}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Settings, str, int]]:
    """A home, where its webserver answers, and the process that does."""
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    with served("dagster", settings, tmp_path_factory.mktemp("log") / "dagster.log") as (at, of):
        port = urlsplit(at).port
        yield settings.model_copy(update={"dagster_port": port}), at, of.pid


def ask(address: str, query: str) -> dict[str, Any]:
    answer = httpx.post(f"{address}/graphql", json={"query": query}, timeout=60, trust_env=False)
    told = answer.json()["data"]
    assert isinstance(told, dict)
    return told


def reported(settings: Settings) -> int:
    """How often somebody had Dagster write down a materialization."""
    with open_instance(settings) as instance:
        found = instance.fetch_materializations(dg.AssetKey(["silver", "titles"]), limit=1000)
    return len(found.records)


def test_the_ui_shows_every_table_and_learns_of_an_earlier_first_day(
    running: tuple[Settings, str, int], tmp_path: Path
) -> None:
    settings, address, _ = running
    shown = {"/".join(node["assetKey"]["path"]) for node in ask(address, ASSETS)["assetNodes"]}
    assert shown == {*contracts(), "serving/snapshot"}
    (tmp_path / "events.csv").write_text(events_of([FIRST]))
    ingest_paths(settings, [tmp_path / "events.csv"])
    assert reload_code_location(settings)
    asset = ask(address, FIRST_PLAYS)["assetNodeOrError"]
    assert asset == {"partitionKeyConnection": {"results": [FIRST.isoformat()]}}


ATTACKS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "by GET": ("GET", "/graphql", {"params": {"query": REPORT}}),
    "by GET for an image": (
        "GET",
        "/graphql",
        {"params": {"query": REPORT}, "headers": {"Accept": "image/*,*/*", **FOREIGN}},
    ),
    "by GET as a page": (
        "GET",
        "/graphql",
        {"params": {"query": REPORT}, "headers": {"Accept": "text/html"}},
    ),
    "by GET of several operations": (
        "GET",
        "/graphql",
        {"params": {"query": f"query A {{ version }} {REPORT}", "operationName": "Report"}},
    ),
    "by GET that names a stored query": (
        "GET",
        "/graphql",
        {"params": {"query": REPORT, "extensions": '{"persistedQuery": {"version": 1}}'}},
    ),
    "by HEAD": ("HEAD", "/graphql", {"params": {"query": REPORT}}),
    "by a form": ("POST", "/graphql", {"data": {"query": REPORT}}),
    "by a form that holds it in its address": (
        "POST",
        "/graphql",
        {"params": {"query": REPORT}, "data": {"a": "b"}},
    ),
    "by a form of parts": ("POST", "/graphql", {"files": {"query": REPORT.encode()}}),
    "by text that looks like JSON": (
        "POST",
        "/graphql",
        {
            "content": f'{{"query": {REPORT!r}}}'.replace("'", '"'),
            "headers": {"Content-Type": "text/plain; application/json"},
        },
    ),
    "by GraphQL as it is": (
        "POST",
        "/graphql",
        {"content": REPORT, "headers": {"Content-Type": "application/graphql"}},
    ),
    "by many at once": ("POST", "/graphql", {"json": [{"query": REPORT}]}),
    "from another site": ("POST", "/graphql", {"json": {"query": REPORT}, "headers": FOREIGN}),
    "from another port": (
        "POST",
        "/graphql",
        {"json": {"query": REPORT}, "headers": {"Origin": "http://127.0.0.1:8502"}},
    ),
    "under another name": (
        "POST",
        "/graphql",
        {"json": {"query": REPORT}, "headers": {"Host": "evil.example"}},
    ),
    "without a body": ("POST", REPORTING, {}),
    "reported from another site": (
        "POST",
        REPORTING,
        {"json": {}, "headers": FOREIGN},
    ),
    "reported under another name": (
        "POST",
        REPORTING,
        {"json": {}, "headers": {"Host": "evil.example"}},
    ),
    "by asking whether it may": (
        "OPTIONS",
        "/graphql",
        {"headers": {**FOREIGN, "Access-Control-Request-Method": "POST"}},
    ),
}


def test_nobody_changes_anything_but_by_json_that_its_own_page_or_a_program_posts(
    running: tuple[Settings, str, int],
) -> None:
    settings, address, _ = running
    before = reported(settings)
    with httpx.Client(base_url=address, trust_env=False, timeout=60) as client:
        for name, (method, path, asked) in ATTACKS.items():
            answer = client.request(method, path, **asked)
            page = "GraphiQL" in answer.text  # which does nothing by itself
            assert page or 400 <= answer.status_code < 500, (name, answer.text)
            assert "access-control-allow-origin" not in answer.headers
        ours = {"Origin": address, "Sec-Fetch-Site": "same-origin"}
        for path, body in (("/graphql", {"query": REPORT}), (REPORTING, {})):
            assert client.post(path, json=body, headers=ours).status_code == 200
    # Written in groups, in order: what an attack had left would be there with them.
    for _ in range(300):
        if (found := reported(settings)) >= before + 2:
            break
        time.sleep(0.1)
    assert found == before + 2


def test_addresses_and_headers_are_bounded(running: tuple[Settings, str, int]) -> None:
    _, address, _ = running
    long = "a" * 8200
    assert httpx.get(f"{address}/?{long}", trust_env=False).status_code == 414
    assert httpx.get(address, headers={"X": long}, trust_env=False).status_code == 431
    assert handshake(address, {"X": long}) == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 101),
        ({"Origin": "{address}"}, 101),
        ({"Origin": EVIL}, 403),
        ({"Origin": "http://127.0.0.1:8502"}, 403),
        ({"Origin": "null"}, 403),
        ({"Host": "evil.example", "Origin": "http://evil.example"}, 403),
    ],
)
def test_sockets_open_for_its_own_pages_alone(
    running: tuple[Settings, str, int], headers: dict[str, str], status: int
) -> None:
    _, address, _ = running
    asked = {name: value.format(address=address) for name, value in headers.items()}
    assert handshake(address, asked) == status


def handshake(address: str, headers: dict[str, str]) -> int:
    """What a server answers to whoever wants a socket for GraphQL."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "MDEyMzQ1Njc4OWFiY2RlZg==",
        "Sec-WebSocket-Protocol": "graphql-ws",
    }
    try:
        connection.request("GET", "/graphql", headers={**upgrade, **headers})
        return connection.getresponse().status
    finally:
        connection.close()


def test_there_is_no_way_around_the_door(running: tuple[Settings, str, int]) -> None:
    _, address, pid = running
    parent = psutil.Process(pid)
    tree = [parent, *parent.children(recursive=True)]
    listening = {
        listener.laddr.port
        for process in tree
        for listener in process.net_connections("inet")
        if listener.status == psutil.CONN_LISTEN
    }
    assert listening == {urlsplit(address).port}
    # The server of our code, beside it, is reached by files of its owner's alone.
    paths = {
        Path(str(listener.laddr))
        for process in tree
        for listener in process.net_connections("unix")
        if Path(str(listener.laddr)).is_socket()
    }
    assert paths
    assert not [path for path in paths if stat.S_IMODE(path.stat().st_mode) & 0o022]


def test_where_people_sign_in_it_asks_for_that_and_the_platform_gets_through(
    running: tuple[Settings, str, int], tmp_path: Path
) -> None:
    settings, address, _ = running
    Passwords(settings).set("ann", "correct horse battery")
    try:
        for path in ("/", "/graphql", "/server_info", "/download_debug/1", "/logs/a/err"):
            asked = httpx.get(address + path, headers={"Accept": "text/html"}, trust_env=False)
            assert asked.status_code == 401
            assert "sign in there" in asked.text
        assert ask_status(address) == 401
        assert handshake(address, {}) == 403
        assert reload_code_location(settings)
        elsewhere = Settings(home=tmp_path, dagster_port=settings.dagster_port)
        assert not reload_code_location(elsewhere)
    finally:
        Passwords(settings).off()
    assert ask_status(address) == 200


def ask_status(address: str) -> int:
    return httpx.post(
        f"{address}/graphql", json={"query": "{ version }"}, trust_env=False
    ).status_code


def test_the_process_that_loads_the_definitions_is_started_again(
    running: tuple[Settings, str, int],
) -> None:
    _, address, webserver = running

    def servers() -> list[psutil.Process]:
        alive = (each for each in all_below(webserver) if each.status() != psutil.STATUS_ZOMBIE)
        return [each for each in alive if "grpc" in each.cmdline()]

    def entries() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = ask(address, LOADED)["workspaceOrError"]["locationEntries"]
        return found

    (before,) = entries()
    for server in servers():
        server.kill()
    until(lambda: entries()[0]["updatedTimestamp"] > before["updatedTimestamp"], pause=0.2)
    (after,) = entries()
    assert after["locationOrLoadError"]["__typename"] == "RepositoryLocation"
    assert servers()
