from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from netflix_pipeline.contracts import contracts
from netflix_pipeline.defs.instance import dagster_home
from netflix_pipeline.defs.reload import reload_code_location
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.conftest import Start
from netflix_pipeline_tests.defs.conftest import FIRST, Watch

WORKSPACE = Path(__file__).parents[2] / "workspace.yaml"
WEBSERVER = ["-m", "dagster_webserver", "-w", str(WORKSPACE), "--port", "{port}"]

ASSETS = "{ assetNodes { assetKey { path } } }"
FIRST_PLAYS = """{ assetNodeOrError(assetKey: {path: ["silver", "plays"]}) {
    ... on AssetNode { partitionKeyConnection(limit: 1, ascending: true) { results } } } }"""


def ask(address: str, query: str) -> dict[str, object]:
    answer = httpx.post(f"{address}/graphql", json={"query": query}, timeout=60, trust_env=False)
    told = answer.json()["data"]
    assert isinstance(told, dict)
    return told


@pytest.fixture
def webserver(home: Settings, start: Start) -> str:
    dagster_home(home)
    return start(WEBSERVER, path="/server_info")


def test_the_ui_shows_every_table_and_learns_of_an_earlier_first_day(
    home: Settings, webserver: str, watched: Watch
) -> None:
    nodes = ask(webserver, ASSETS)["assetNodes"]
    assert isinstance(nodes, list)
    shown = {"/".join(node["assetKey"]["path"]) for node in nodes}
    assert shown == {*contracts(), "serving/snapshot"}
    watched([FIRST])
    port = urlsplit(webserver).port
    assert reload_code_location(home.model_copy(update={"dagster_port": port}))
    asset = ask(webserver, FIRST_PLAYS)["assetNodeOrError"]
    assert asset == {"partitionKeyConnection": {"results": [FIRST.isoformat()]}}
