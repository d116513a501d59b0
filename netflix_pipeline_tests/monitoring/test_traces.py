"""Traces: from the request that brought an event to the snapshot that shows it, at a real sink."""

import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.events import watch
from netflix_pipeline_tests.support.otlp_sink import Exported, OtlpSink, otlp_sink
from netflix_pipeline_tests.support.processes import served

TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
LATER, LATER_CALLER = "1af7651916cd43dd8448eb211c80319c", "c7ad6b7169203331"
NOT_KEPT = "2af7651916cd43dd8448eb211c80319c"
SERVER, CONSUMER = 2, 5
RUNS = Path(__file__).with_name("traced_runs.py")
STEPS = ("take in", "build bronze", "build silver", "build gold", "build rollups", "publish")


def of_run(sink: OtlpSink, trace: str) -> dict[str, Exported]:
    """The spans of a trace by their names; each is there once."""
    spans = [span for span in sink.spans if span.trace == trace]
    assert len({span.name for span in spans}) == len(spans), [span.name for span in spans]
    return {span.name: span for span in spans}


def test_the_trace_of_a_post_goes_on_to_what_is_published(
    home: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = home.model_copy(update={"traces": True})
    log = tmp_path / "api.log"
    with otlp_sink() as sink:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", sink.url)
        with served("api", settings, log) as (address, _):
            for trace, flags in ((TRACE, "01"), (NOT_KEPT, "00")):
                sent = httpx.post(
                    f"{address}/v1/events",
                    content=watch(f"e-{trace}", user_id="u-secret"),
                    headers={
                        "content-type": "application/json",
                        "traceparent": f"00-{trace}-{CALLER}-{flags}",
                    },
                    trust_env=False,
                )
                assert sent.json()["counts"]["stored"] == 1
            asked = httpx.get(f"{address}/v1/users/u-secret", trust_env=False)
            assert asked.status_code == 503
        subprocess.run(
            [sys.executable, RUNS, f"00-{LATER}-{LATER_CALLER}-01"],
            env=settings.environment(),
            check=True,
        )

    (post,) = sink.named("POST /v1/events")
    assert (post.trace, post.parent, post.kind) == (TRACE, CALLER, SERVER)
    assert (post.service, post.failed) == ("netflix-api", False)
    assert post.attributes == {
        "http.request.method": "POST",
        "http.route": "/v1/events",
        "http.response.status_code": 200,
    }
    (failed,) = sink.named("GET /v1/users/{user_id}")
    assert (failed.failed, failed.attributes["error.type"]) == (True, "503")
    assert not any(span.trace == NOT_KEPT for span in sink.spans)

    first, second = sink.named("drain")
    assert (first.kind, first.attributes["netflix.events"]) == (CONSUMER, 2)
    for drain, link in ((first, (TRACE, post.id)), (second, (LATER, LATER_CALLER))):
        spans = of_run(sink, drain.trace)
        assert {name for name, span in spans.items() if span.links} >= {*STEPS, "drain"}
        assert {link} == set().union(*(span.links for span in spans.values()))
        root = spans["run drain_events" if drain is first else "netflix-pipeline materialize"]
        assert {spans[name].parent for name in STEPS} == {root.id}
        assert {span.service for span in spans.values()} == {"netflix-pipeline"}
    assert spans["publish"].attributes["netflix.snapshot.version"] == 2

    lines = [json.loads(line) for line in log.read_text().splitlines() if '"request"' in line]
    of_posts = [line["trace_id"] for line in lines if line["method"] == "POST"]
    assert of_posts == [TRACE, NOT_KEPT]
    assert not any(b"secret" in body for body in sink.bodies)


def test_the_dashboard_tells_its_pages_by_their_templates(
    home: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with otlp_sink() as sink:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", sink.url)
        settings = home.model_copy(update={"traces": True})
        with served("dashboard", settings, tmp_path / "log") as (address, _):
            for path in ("/titles", "/titles/t-secret", "/ready", "/no/where"):
                httpx.get(f"{address}{path}", trust_env=False)
    told = {span.name for span in sink.spans}
    assert told >= {"GET /titles", "GET /titles/{title_id}", "GET /ready"}
    assert "GET unmatched" in told
    assert not any(b"secret" in body for body in sink.bodies)
