"""Grafana's dashboards: whole, current, and of what a real Prometheus has scraped of a real run."""

import json
import math
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from itertools import combinations, count
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest

from netflix_pipeline.defs.in_process_run import materialize
from netflix_pipeline.engines import HOST, free_port
from netflix_pipeline.monitoring import sensor_looked
from netflix_pipeline.monitoring.alerts import ALERTS
from netflix_pipeline.monitoring.grafana import COLUMNS, DashboardName, dashboard
from netflix_pipeline.monitoring.panels import ROWS
from netflix_pipeline.monitoring.prometheus import configuration
from netflix_pipeline.receiving.canary import canary
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.api import event
from netflix_pipeline_tests.support.processes import answers, served
from netflix_pipeline_tests.support.promtool import program
from netflix_pipeline_tests.support.waiting import until

DASHBOARDS: tuple[DashboardName, ...] = get_args(DashboardName)
DOCS = Path(__file__).parents[2] / "docs" / "grafana"
SPEED = 30
"""Scrapes come once a second."""
WINDOW = "5s"
"""Of rates here: Grafana takes one that suits the picture."""

NO_DAEMON = "Dagster's daemon does not run in this test"
NO_BACKUP = "no backup was made, and none is set up"
NO_PAGE_FAILS = "no page of the dashboard fails"
WHOLE_MINUTES = "it is of whole minutes, and the first is not over"
EXCUSED = {
    **{alert.name: "it is told" for alert in ALERTS if alert.name.endswith("NotTold")},
    "NothingPublished": "something is published",
    "VisibilityDelay": WHOLE_MINUTES,
    "Until they are visible: {{quantile}}": WHOLE_MINUTES,
    "Dashboard: errors": NO_PAGE_FAILS,
    "Dashboard requests: how fast its budget burns": NO_PAGE_FAILS,
    "DashboardErrors": NO_PAGE_FAILS,
    "DashboardAvailabilityBurn": NO_PAGE_FAILS,
    "DashboardAvailabilityBurnSlow": NO_PAGE_FAILS,
    "BackupOld": NO_BACKUP,
    "BackupFailed": NO_BACKUP,
    "DaemonStalled": NO_DAEMON,
    "Daemons of Dagster": NO_DAEMON,
    "ScheduleMissed": NO_DAEMON,
    "SensorFails": NO_DAEMON,
    "RunFailed": "no run failed",
    "RunStuck": "no run is under way",
    "Under way": "no run is under way",
    "PartitionOverdue": "all is built",
    "ServiceRestarting": "`serve` did not start them",
    "Programs started again": "`serve` did not start them",
    "SnapshotNotFetched": "no store of snapshots is named",
    "The newest snapshot of the store": "no store of snapshots is named",
}
"""The panels, or lines of one, that show nothing in a run that is well, and why."""


def told(name: DashboardName) -> Any:
    return json.loads(dashboard(name, "https://docs.example.org/alerts.md"))


def panels(name: DashboardName) -> list[Any]:
    return [panel for panel in told(name)["panels"] if panel["type"] != "row"]


@pytest.mark.parametrize("name", DASHBOARDS)
def test_the_dashboards_are_current(name: DashboardName) -> None:
    assert (DOCS / f"{name}.json").read_text(encoding="utf-8") == dashboard(name), (
        f"run: netflix-pipeline alerts grafana {name} > docs/grafana/{name}.json"
    )


@pytest.mark.parametrize("name", DASHBOARDS)
def test_a_dashboard_is_whole(name: DashboardName) -> None:
    whole = told(name)
    numbers = [panel["id"] for panel in whole["panels"]]
    assert len(set(numbers)) == len(numbers)
    (source,) = whole["templating"]["list"]
    assert (source["name"], source["type"]) == ("datasource", "datasource")
    for panel in panels(name):
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= COLUMNS
        assert len(panel["description"]) > 10, panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"]
        for target in (panel, *panel["targets"]):
            assert target["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        assert all(target["legendFormat"] for target in panel["targets"])
        assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])
    for one, other in combinations((panel["gridPos"] for panel in whole["panels"]), 2):
        apart = (
            one["x"] + one["w"] <= other["x"]
            or other["x"] + other["w"] <= one["x"]
            or one["y"] + one["h"] <= other["y"]
            or other["y"] + other["h"] <= one["y"]
        )
        assert apart, (one, other)


def test_each_alert_has_a_panel_with_its_limit_and_what_to_do() -> None:
    shown = {panel["title"]: panel for panel in panels("alerts")}
    assert list(shown) == [alert.name for alert in ALERTS]
    for alert in ALERTS:
        (link,) = shown[alert.name]["links"]
        assert link["url"] == f"https://docs.example.org/alerts.md#{alert.anchor}"
    errors = shown["ApiErrors"]["fieldConfig"]["defaults"]
    assert errors["thresholds"]["steps"] == [
        {"color": "green", "value": None},
        {"color": "red", "value": 0.01},
    ]
    assert errors["unit"] == "percentunit"
    slow = shown["DrainSlow"]["fieldConfig"]["defaults"]["thresholds"]["steps"]
    assert [step["color"] for step in slow] == ["red", "green"]
    assert [target["legendFormat"] for target in shown["CanaryMissing"]["targets"]] == [
        "measured",
        "limit",
    ]


def test_rates_of_the_platform_take_the_window_that_suits_the_picture() -> None:
    for row in ROWS:
        assert row.panels
    rates = [
        target["expr"]
        for panel in panels("platform")
        if not panel["title"].endswith("its budget burns")
        for target in panel["targets"]
        if "rate(" in target["expr"]
    ]
    assert len(rates) > 10
    assert all("[$__rate_interval]" in each and "[1m]" not in each for each in rates)


class Asked:
    """A Prometheus that scrapes both services, of which something is asked again and again."""

    def __init__(self, settings: Settings, api: str, dashboard: str, prometheus: str) -> None:
        self.settings = settings
        self.client = httpx.Client(trust_env=False, timeout=30)
        self.api, self.dashboard, self.prometheus = api, dashboard, prometheus
        self.numbers = count(10)

    def happen(self) -> None:
        """Something of everything: questions, events, a page that was looked at."""
        number = next(self.numbers)
        for path in ("titles", "analytics/timeseries?metric=plays", f"titles?limit={number}"):
            self.client.get(f"{self.api}/v1/{path}").raise_for_status()
        sent = [event(number), event(number) | {"watch_seconds": -1, "event_id": f"q-{number}"}]
        self.client.post(f"{self.api}/v1/events", json=sent).raise_for_status()
        vitals = {"ttfb": 0.1, "fcp": 0.2, "lcp": 0.3, "load": 0.4}
        beacon = {"page": "/titles", "seconds": vitals}
        self.client.post(f"{self.dashboard}/vitals", json=beacon).raise_for_status()

    def finite(self, expression: str) -> bool:
        """Whether Prometheus has a number for it."""
        asked = self.client.get(
            f"{self.prometheus}/api/v1/query",
            params={"query": expression.replace("$__rate_interval", WINDOW)},
        )
        found = asked.raise_for_status().json()["data"]["result"]
        return any(math.isfinite(float(series["value"][1])) for series in found)


@contextmanager
def scraped(tmp_path: Path) -> Iterator[Asked]:
    # Without a port, the API sends no canaries of its own.
    changes = {"canary_seconds": 600.0, "api_port": 0, "alert_speed": float(SPEED)}
    settings = Settings(home=tmp_path / "home").model_copy(update=changes)
    with ExitStack() as stack:
        api, _ = stack.enter_context(served("api", settings, tmp_path / "api.log"))
        shown, _ = stack.enter_context(served("dashboard", settings, tmp_path / "dashboard.log"))
        config = tmp_path / "prometheus.yaml"
        (tmp_path / "rules.yaml").write_text("groups: []\n")
        config.write_text(configuration({"api": api, "dashboard": shown}, "rules.yaml", SPEED))
        port = free_port()
        with (tmp_path / "prometheus.log").open("wb") as lines:
            process = subprocess.Popen(
                [
                    program("prometheus"),
                    f"--config.file={config}",
                    f"--storage.tsdb.path={tmp_path / 'prometheus'}",
                    f"--web.listen-address={HOST}:{port}",
                ],
                stdout=lines,
                stderr=lines,
            )
        stack.callback(process.wait, 30)
        stack.callback(process.terminate)
        while not answers(HOST, port, "/-/ready"):
            assert process.poll() is None, (tmp_path / "prometheus.log").read_text()
            time.sleep(0.05)
        asked = Asked(settings, api, shown, f"http://{HOST}:{port}")
        stack.callback(asked.client.close)
        yield asked


def test_each_panel_shows_something_of_a_real_run(tmp_path: Path) -> None:
    expressions = {
        (panel["title"], target["legendFormat"]): target["expr"]
        for name in DASHBOARDS
        for panel in panels(name)
        for target in panel["targets"]
    }
    assert EXCUSED.keys() <= {
        told for title, line in expressions for told in (title, f"{title}: {line}")
    }
    wanted = {
        (title, line): expression
        for (title, line), expression in expressions.items()
        if title not in EXCUSED and f"{title}: {line}" not in EXCUSED
    }
    with scraped(tmp_path) as asked:
        # It fails while nothing is published.
        assert asked.client.get(f"{asked.api}/v1/titles").status_code == 503
        sent = [canary(datetime.now(UTC)), event(1)]
        asked.client.post(f"{asked.api}/v1/events", json=sent).raise_for_status()
        assert materialize(asked.settings).success
        until(lambda: asked.client.get(f"{asked.api}/v1/titles").status_code == 200)
        sensor_looked(asked.settings, "events")
        for _ in range(60):
            asked.happen()
            wanted = {
                name: expression
                for name, expression in wanted.items()
                if not asked.finite(expression)
            }
            if not wanted:
                break
            time.sleep(0.2)
        assert not wanted, "\n".join(map(str, sorted(wanted)))
