"""`/metrics-catalog`: every metric, and the resources that really answer it."""

import pytest
from fastapi import FastAPI

from api.app import create_app
from netflix_pipeline.metrics import METRICS
from netflix_pipeline.serving import publish_home
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.api import request
from netflix_pipeline_tests.support.three_days import described, three_days


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    described(three_days(settings.lake))
    publish_home(settings)
    return create_app(settings)


def test_every_metric_is_told_as_the_metric_layer_says_it(app: FastAPI) -> None:
    told = request(app, "/v1/metrics-catalog").json()["data"]
    assert [entry["name"] for entry in told] == list(METRICS)
    assert all(entry["resources"] for entry in told)
    for entry in told:
        known = METRICS[entry["name"]]
        assert (entry["sentence"], entry["unit"], entry["grain"]) == (
            *(known.sentence, known.unit),
            known.grain,
        )
        assert entry["filters"] == list(known.filters)
        assert entry["by_zone"] == known.by_zone


OF_ONE_METRIC = {
    "/v1/analytics/timeseries": "",
    "/v1/analytics/contributions": "&by=device",
    "/v1/forecast": "",
    "/v1/forecast/expected": "",
}
"""The resources that answer one metric, which is asked for, and what else they need."""
NEEDED = {"/v1/analytics/people": "?by=segment"}


@pytest.mark.parametrize(("path", "more"), OF_ONE_METRIC.items())
def test_a_resource_answers_each_metric_that_it_is_named_for(
    app: FastAPI, path: str, more: str
) -> None:
    for name in dict(app.state.resources)[path]:
        assert request(app, f"{path}?metric={name}{more}").json()["metrics"] == [name]


def test_a_resource_answers_all_metrics_that_it_is_named_for(app: FastAPI) -> None:
    for path, metrics in app.state.resources:
        if metrics and path not in OF_ONE_METRIC:
            named = path.format(title_id="t-dark", series_id="s-saga", user_id="ann")
            answered = request(app, named + NEEDED.get(path, "")).json()
            assert set(metrics) <= set(answered["metrics"]), path
