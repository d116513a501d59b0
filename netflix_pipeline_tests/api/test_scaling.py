"""`/scaling` and its gauges: what KEDA and Prometheus read."""

import time
from pathlib import Path

import msgspec
import pytest
from fastapi import FastAPI

from api.app import create_app
from netflix_pipeline.intelligence.scaling.demand_history import DemandCounter
from netflix_pipeline.monitoring.samples import Scraped
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.api import request

KEDA = Path(__file__).parents[2] / "deploy" / "kubernetes" / "keda.yaml"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """Of a home where 700 events came in each of the last minutes, and a replica does one."""
    settings = Settings(home=tmp_path_factory.mktemp("home"), scaling_rates="events=1")
    counter = DemandCounter(settings)
    begin = time.time() // 60 * 60 - 240
    for look in range(17):
        events: Scraped = ("netflix_events_total", frozenset({("result", "stored")}), 175.0 * look)
        counter.look(begin + 15 * look, {"api": [events]})
    return create_app(settings)


def test_what_keda_reads_is_where_it_looks(app: FastAPI) -> None:
    told = request(app, "/scaling").json()
    documents = map(msgspec.yaml.decode, KEDA.read_bytes().split(b"\n---\n"))
    (trigger,) = (
        each["metadata"]
        for document in documents
        for each in document["spec"].get("triggers", ())
        if each["type"] == "metrics-api"
    )
    assert trigger["url"].endswith(":8000/scaling")
    found = told
    for key in trigger["valueLocation"].split("."):
        found = found[key]
    assert found == 17  # 700 ÷ 60 ÷ 0.7
    assert told["services"]["api"]["predicted"] is None
    assert (told["model"], told["problem"]) == ("seasonal regression by the minute", None)


def test_prometheus_reads_the_same(app: FastAPI) -> None:
    names = ("netflix_scaling_replicas", "netflix_scaling_forecast_replicas")
    told = request(app, "/metrics?" + "&".join(f"name={name}" for name in names))
    lines = [line for line in told.text.splitlines() if not line.startswith("#")]
    assert lines == [
        'netflix_scaling_replicas{service="api"} 17.0',
        'netflix_scaling_replicas{service="dashboard"} 1.0',
    ]


def test_without_a_count_it_says_why_nothing_is_advised(tmp_path: Path) -> None:
    app = create_app(Settings(home=tmp_path))
    told = request(app, "/scaling").json()
    assert told["services"] == {}
    assert "no demand was counted yet" in told["problem"]
    assert "netflix_scaling" not in request(app, "/metrics").text
