"""A real service is watched: what happens to it is told by API, dashboard and command."""

import asyncio
import json
import os
import shutil
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil

from api.app import create_app
from dash_app.site import Site
from netflix_pipeline.ingest import drain_home
from netflix_pipeline.monitoring import AlertReport, alert_report
from netflix_pipeline.monitoring.alert_definition import APP, JOBS
from netflix_pipeline.monitoring.expressions import metric
from netflix_pipeline.monitoring.samples import Samples
from netflix_pipeline.monitoring.silences import Silence, add_silence
from netflix_pipeline.monitoring.watch import FIRST_LOOKS, Watch
from netflix_pipeline.serving import Snapshots, publish
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.api import event, running
from netflix_pipeline_tests.support.command import Command
from netflix_pipeline_tests.support.processes import kill_all, served
from netflix_pipeline_tests.support.service import two_weeks

SPEED = 600
"""A minute is a tenth of a second."""


def report(settings: Settings) -> AlertReport:
    return alert_report(settings, datetime.now(UTC))


def names(settings: Settings) -> set[str]:
    return {each.name for each in report(settings).firing}


def looked_until(watch: Watch, settings: Settings, name: str, *, fires: bool) -> None:
    for _ in range(200):
        watch.look()
        if report(settings).watched and (name in names(settings)) == fires:
            return
        time.sleep(0.05)
    raise AssertionError(report(settings))


async def asked(settings: Settings) -> Any:
    async with running(create_app(settings)) as client:
        return (await client.get("/alerts")).json()


def test_a_service_that_ends_is_told_everywhere_and_that_it_came_back_too(tmp_path: Path) -> None:
    settings = two_weeks(tmp_path).settings.model_copy(update={"alert_speed": SPEED})
    assert not report(settings).watched
    log = tmp_path / "api.log"
    with (
        served("api", settings, log) as (address, process),
        closing(Watch(settings, {"api": address})) as watch,
    ):
        looked_until(watch, settings, "ServiceDown", fires=False)
        assert report(settings).watched
        assert "NothingPublished" not in names(settings)
        kill_all(process)
        looked_until(watch, settings, "ServiceDown", fires=True)
    now, of = datetime.now(UTC), {"job": "netflix-api"}
    until = now + timedelta(hours=1)
    add_silence(settings, Silence("ServiceDown", of, until, "an update", "ann"), now)
    told = asyncio.run(asked(settings))
    (down,) = (each for each in told["firing"] if each["name"] == "ServiceDown")
    assert down["summary"] == "netflix-api does not answer"
    assert (down["severity"], down["labels"]) == ("page", {"job": "netflix-api"})
    assert down["since"] < down["fired_at"]
    (silence,) = told["silences"]
    assert down["silenced_until"] == silence["until"]
    assert (silence["alert"], silence["labels"]) == ("ServiceDown", of)
    assert (silence["by"], silence["because"]) == ("ann", "an update")
    assert told["firing"][0]["severity"] == "page"
    site = Site(Snapshots(settings.serving), alerts=lambda: report(settings))
    page = site.render("/trust", "").html
    assert "Netflix-api does not answer" in page
    assert "of job=netflix-api by ann: an update" in page
    assert "1 silence: of these nobody is told." in page
    command = Command(tmp_path / "elsewhere")
    shutil.copytree(settings.monitoring, command.home / "monitoring")
    said = command.ok("status").out
    assert "page: netflix-api does not answer, since" in said
    assert "; nobody is told until" in said
    assert " alerts have been seen to fire" in said
    command.ok("alerts", "silence", "MachineCpu", "--for", "2h")
    listed = command.ok("alerts", "list").out
    assert "ServiceDown" in listed
    assert "an update" in listed
    kept = json.loads(command.ok("alerts", "list", "--json").out)["silences"]
    assert [each["by"] for each in kept] == ["ann", psutil.Process().username()]
    with (
        served("api", settings, log) as (address, _),
        closing(Watch(settings, {"api": address})) as watch,
    ):
        looked_until(watch, settings, "ServiceDown", fires=False)
    after = report(settings)
    assert after.resolved[0].name == "ServiceDown"
    assert after.resolved[0].resolved_at
    (known,) = (each for each in after.alerts if each.name == "ServiceDown")
    assert known.last_fired_at


def test_what_was_known_before_a_restart_counts_for_services_that_are_watched(
    home: Settings, free_port: int
) -> None:
    settings, samples = home.model_copy(update={"alert_speed": 60}), Samples([metric("up")])
    for job in JOBS.values():
        labels = frozenset({"app": APP, "job": job}.items())
        samples.add(job, time.time(), [("up", labels, 0.0)])
    samples.store(settings.monitoring / "samples.msgpack")
    with closing(Watch(settings, {"api": f"http://127.0.0.1:{free_port}"})) as watch:
        for _ in range(FIRST_LOOKS):
            watch.look()
    down = [each.labels for each in report(settings).pending if each.name == "ServiceDown"]
    assert down == [{"job": "netflix-api"}]


def test_where_nobody_watches_nothing_is_said_to_be_well(tmp_path: Path) -> None:
    settings = two_weeks(tmp_path).settings
    (settings.monitoring).mkdir()
    (settings.monitoring / "alerts.msgpack").write_bytes(b"torn")
    told = asyncio.run(asked(settings))
    assert (told["watched"], told["evaluated_at"], told["firing"]) == (False, None, [])
    site = Site(Snapshots(settings.serving), alerts=lambda: report(settings))
    assert "Nobody watches" in site.render("/trust", "").html


def test_events_that_nobody_drains_are_told_where_no_dagster_runs(
    tmp_path: Path, free_port: int
) -> None:
    # Its canaries go where nobody listens.
    changes = {"alert_speed": SPEED, "canary_seconds": 60.0, "api_port": free_port}
    settings = two_weeks(tmp_path).settings.model_copy(update=changes)
    manifests = settings.lake / "bronze" / "_batches"
    aside = manifests.with_name("aside")
    with (
        served("api", settings, tmp_path / "api.log") as (address, process),
        closing(Watch(settings, {"api": address})) as watch,
    ):

        def send(number: int) -> None:
            assert httpx.post(f"{address}/v1/events", json=[event(number)]).status_code == 200

        looked_until(watch, settings, "PipelineLag", fires=False)
        send(1)
        looked_until(watch, settings, "PipelineLag", fires=True)
        drain_home(settings)
        looked_until(watch, settings, "PipelineLag", fires=False)
        # What is in bronze cannot be looked up: a path that leads to itself.
        manifests.rename(aside)
        manifests.symlink_to(manifests.name)
        send(2)
        looked_until(watch, settings, "BacklogNotTold", fires=True)
        manifests.unlink()
        aside.rename(manifests)
        looked_until(watch, settings, "BacklogNotTold", fires=False)
        looked_until(watch, settings, "CanaryNotTold", fires=True)
        looked_until(watch, settings, "FilesOpen", fires=False)
        (worker,) = psutil.Process(process.pid).children()
        few = int(worker.num_fds() * 1.15) + 3
        worker.rlimit(psutil.RLIMIT_NOFILE, (few, few))
        looked_until(watch, settings, "FilesOpen", fires=True)


def test_a_dashboard_whose_pages_fail_is_told(tmp_path: Path) -> None:
    service = two_weeks(tmp_path)
    settings = service.settings.model_copy(update={"alert_speed": 60})
    with (
        served("dashboard", settings, tmp_path / "dashboard.log") as (address, _),
        closing(Watch(settings, {"dashboard": address})) as watch,
    ):

        def opened_until(*, fires: bool) -> None:
            for _ in range(600):
                httpx.get(f"{address}/titles")
                watch.look()
                if ("DashboardErrors" in names(settings)) == fires:
                    return
            raise AssertionError(report(settings))

        watch.look()
        os.truncate((settings.serving / "current.duckdb").resolve(), 14_000)
        opened_until(fires=True)
        publish(service.world.lake, settings.serving, full=True)
        opened_until(fires=False)
