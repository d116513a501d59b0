"""What alerts look at and lead to is there."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.app import create_app
from dash_app.app import create_app as dashboard
from dash_app.site import Site
from netflix_pipeline.eventlog import open_log
from netflix_pipeline.ingest import drain_home
from netflix_pipeline.monitoring import (
    PendingReport,
    PendingTable,
    RunReport,
    counting,
    sensor_looked,
    tell_pending,
    tell_runs,
    tell_what_was_told,
)
from netflix_pipeline.monitoring.alert_texts import (
    Links,
    filled,
    on_dashboard,
    rows_of,
    template,
    time,
)
from netflix_pipeline.monitoring.alerts import ALERTS
from netflix_pipeline.monitoring.backup_report import BackupTarget, changing_backups
from netflix_pipeline.monitoring.numbers import Numbers
from netflix_pipeline.monitoring.prometheus import rules_file
from netflix_pipeline.monitoring.runbook import document
from netflix_pipeline.receiving.canary import canary
from netflix_pipeline.serving import Snapshots
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.api import event, numbers, request, running
from netflix_pipeline_tests.support.arrivals import arrive, quarantine
from netflix_pipeline_tests.support.service import FIRST, LAST, Service, two_weeks

DOCS = Path(__file__).parents[2] / "docs"
USUAL = Links("http://127.0.0.1:8502", "http://127.0.0.1:8000")
NOW = datetime.now(UTC)
OLDEST_WAITING = "netflix_event_log_oldest_waiting_timestamp_seconds"
SOME = {"job": "netflix-api", "task": "tail", "table": "gold/activity"}
"""Labels of what alerts are about."""


def test_the_runbook_is_current() -> None:
    assert (DOCS / "alerts.md").read_text(encoding="utf-8") == document(), (
        "run: python -m netflix_pipeline.monitoring.runbook docs/alerts.md"
    )


def test_the_rules_are_current() -> None:
    assert (DOCS / "alerts.yaml").read_text(encoding="utf-8") == rules_file(USUAL), (
        "run: netflix-pipeline alerts rules > docs/alerts.yaml"
    )


def test_each_alert_is_known_by_its_name() -> None:
    assert len({alert.anchor for alert in ALERTS}) == len(ALERTS)


async def asked(settings: Settings) -> str:
    """What the API tells, once something of everything has happened; its resources answer."""
    async with running(create_app(settings)) as client:
        sent = [event(1), canary(NOW)]
        assert (await client.post("/events", json=sent)).status_code == 200
        for _ in range(1000):
            if (await client.get("/live")).status_code == 200:  # it has read the last hour
                break
            await asyncio.sleep(0.01)
        for alert in ALERTS:
            answer = await client.get(filled(alert, SOME, 1.0, NOW.timestamp())(rows_of(alert)))
            assert answer.status_code == 200, alert.name
        for _ in range(1000):
            text = (await client.get("/metrics")).text
            if f"\n{OLDEST_WAITING} " in text:  # it has looked what waits
                break
            await asyncio.sleep(0.01)
        return text


async def opened(settings: Settings) -> str:
    """What the dashboard tells besides, once somebody opened a page."""
    async with running(dashboard(settings)) as client:
        beacon = {"page": "/", "seconds": {"load": 0.5}}
        assert (await client.post("/vitals", json=beacon)).status_code == 204
        for alert in filter(on_dashboard, ALERTS):
            rows = await client.get(filled(alert, SOME, 1.0, NOW.timestamp())(rows_of(alert)))
            names = {selector.name for selector, _ in alert.expression.selectors()}
            families = [family.name for family in text_string_to_metric_families(rows.text)]
            assert families, alert.name
            for family in families:
                assert any(name.startswith(family) for name in names), alert.name
        told = (await client.get("/metrics")).text
    # Of its process and machine it tells what the API does.
    own = [line for line in told.splitlines() if "netflix_page" in line or "_dashboard_" in line]
    return "\n".join([*own, ""])


def test_what_alerts_look_at_and_lead_to_is_there(tmp_path: Path) -> None:
    # Without a port, none is sent on its own.
    changes = {"canary_seconds": 600.0, "api_port": 0, "alert_speed": 100.0}
    settings = two_weeks(tmp_path).settings.model_copy(update=changes)
    sensor_looked(settings, "events")
    at = {"somebody": 1.0}
    ended = {"drain_events": {"failure": 1}}
    tell_runs(
        settings,
        RunReport(ended=ended, succeeded=at, begun=at, heartbeats=at, sensors=at, schedules=at),
    )
    tell_pending(settings, PendingReport(tables={"silver/plays": PendingTable(1, at)}))
    with changing_backups(settings) as backups:
        backups.targets["/mnt/backups"] = BackupTarget(made=1.0, failed=2.0)
    with counting(settings, "gold") as counts:
        counts.checked("gold/ledger_daily", "adds_up", "failed")
    text = asyncio.run(asked(settings)) + asyncio.run(opened(settings))
    labels: dict[str, set[str]] = {"up": {"app", "job"}}
    for family in text_string_to_metric_families(text):
        # Some tell nothing yet, such as delays of minutes that are over.
        labels.setdefault(family.name, set())
        for sample in family.samples:
            labels.setdefault(sample.name, set()).update(sample.labels)
            # What a scrape adds itself would take the place of ours.
            assert not {"app", "job", "instance"} & set(sample.labels), sample.name
    labels["netflix_live_delay_seconds"].add("quantile")
    for alert in ALERTS:
        for selector, _ in alert.expression.selectors():
            wanted = {name for name, _ in selector.labels} - {"app", "job"}  # of the scrape
            assert wanted <= labels.get(selector.name, set()), f"{alert.name}: {selector}"
    site = Site(Snapshots(settings.serving))
    for alert in ALERTS:
        view = filled(alert, SOME, 1.0, NOW.timestamp())(alert.view)
        path, _, query = view.partition("?")
        assert site.render(path, query).status == 200, alert.view


def test_rows_are_those_that_an_alert_is_about(tmp_path: Path) -> None:
    service = Service(Settings(home=tmp_path))
    service.watched_for_two_weeks()
    today = NOW.date()
    ours = {"reasons": ["watch_too_long"], "source": "http", "received_at": NOW}
    quarantine(
        service.world,
        today,
        [{"line": 1, **ours}, {"line": 2, **ours, "source": "native-watch-events"}],
    )
    quarantine(service.world, FIRST, [{"line": 3, "reasons": ["processing_failed"]}])
    arrive(service.world, FIRST, [("native-watch-events", "watch_events", 1, 9, 5, 1, 1, 0, 0)])
    arrive(service.world, today, [("http", "watch_events", 1, 2, 0, 0, 2, 0, 0)])
    recent, before = today - timedelta(days=29), today - timedelta(days=30)
    arrive(service.world, recent, [("files", "watch_events", 1, 5, 4, 2, 0, 0, 0)])
    arrive(service.world, before, [("files", "watch_events", 1, 7, 7, 0, 0, 0, 0)])
    service.world.lake.mark_stale("gold/activity", LAST, "its contract was broken")
    service.publish()
    alerts = {alert.name: alert for alert in ALERTS}
    api = create_app(service.settings)

    def rows(name: str) -> httpx.Response:
        address = filled(alerts[name], SOME, 1.0, NOW.timestamp())(rows_of(alerts[name]))
        answer = request(api, address)
        assert answer.status_code == 200, answer.text
        return answer

    for name in ("QuarantineShare", "QuarantineShareHigh"):
        assert [one["id"] for one in rows(name).json()["data"]["rows"]] == [f"{today}-1:1"]
    (failed,) = rows("ProcessingFailed").json()["data"]["rows"]
    assert failed["reasons"] == ["processing_failed"]
    missing = rows("LedgerDifference").json()["data"]["days"]
    assert [(each["day"], each["missing"]) for each in missing] == [
        (str(recent), -1),
        (str(FIRST), 2),
    ]
    # What is missing and what is there twice are both wrong; older days are in no budget.
    ledger = request(api, "/metrics?name=netflix_ledger_rows").text
    assert numbers(ledger) == {
        "netflix_ledger_rows|received": 7,
        "netflix_ledger_rows|quarantined": 2,
        "netflix_ledger_rows|missing": 1,
    }
    checked = rows("ValidationFailed").json()["data"]
    assert [one["table"] for one in checked["tables"]] == ["gold/activity"]
    assert [one["day"] for one in checked["stale"]] == [str(LAST)]
    assert len(request(api, "/v1/quality/checks").json()["data"]["tables"]) > 1
    for name, wanted in (
        ("ApiErrors", "netflix_http_requests"),
        ("ApiLatency", "netflix_http_request_seconds"),
        ("SchedulerStalled", "netflix_sensor_tick_timestamp_seconds"),
    ):
        sensor_looked(service.settings, "events")
        families = text_string_to_metric_families(rows(name).text)
        assert {family.name.removesuffix("_created") for family in families} == {wanted}


def test_prometheus_fills_in_the_days_of_addresses() -> None:
    began = datetime(2026, 3, 8, 0, 20, tzinfo=UTC).timestamp()
    alert = next(alert for alert in ALERTS if alert.name == "QuarantineShare")
    told = filled(alert, {}, 0.5, began)(rows_of(alert))
    assert told == "/v1/quality/quarantine?source=http&from=2026-03-07&to=2026-03-08"
    assert template(alert)(rows_of(alert)).count("humanizeTimestamp") == 2


def collected(home: Settings) -> dict[str, float]:
    numbers = Numbers()
    tell_what_was_told(numbers, home)
    return {one.name: one.value for family in numbers.collect() for one in family.samples}


def test_what_was_drained_is_told(home: Settings) -> None:
    drained = "netflix_drained_events"
    assert collected(home)[f"{drained}_total"] == 0
    log = open_log(home)
    for number in range(3):
        log.append(NOW, [msgspec.json.encode(event(number))] * 2).result()
    drain_home(home)
    log.close()
    assert collected(home)[f"{drained}_total"] == 6


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.0, "0s"),
        (0.00012, "120us"),
        (0.5321, "532.1ms"),
        (12.3456, "12.35s"),
        (61, "1m 1s"),
        (3600, "1h 0m 0s"),
        (90_061, "1d 1h 1m 1s"),
        (-61, "-1m 1s"),
    ],
)
def test_times_are_said_as_prometheus_says_them(seconds: float, said: str) -> None:
    assert time(seconds) == said
