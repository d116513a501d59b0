"""By a real Prometheus and Alertmanager, and by the built-in watch: the same, once, and its end."""

import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from netflix_pipeline.monitoring.alert_texts import Links
from netflix_pipeline.monitoring.notifications import Notifier
from netflix_pipeline.monitoring.prometheus import configuration, rules_file
from netflix_pipeline.monitoring.receivers import receivers
from netflix_pipeline.monitoring.watch import Watch
from netflix_pipeline.services.catalogue import SERVICES
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.alert_sinks import HttpSink, http_sink
from netflix_pipeline_tests.support.processes import answers, free_port, kill_all
from netflix_pipeline_tests.support.promtool import program
from netflix_pipeline_tests.support.service import two_weeks

HOST = "127.0.0.1"
SPEED = 60
"""A minute is a second."""
ROUTES = """\
route:
  receiver: webhook
  group_by: [alertname]
  group_wait: 500ms
  group_interval: 5s
receivers:
  - name: webhook
    webhook_configs:
      - url: {url}
"""


@contextmanager
def runs(
    command: Sequence[str | Path], port: int, path: str, log: Path, settings: Settings
) -> Iterator[subprocess.Popen[bytes]]:
    """A program, once it answers on a port."""
    with log.open("ab") as lines:
        process = subprocess.Popen(
            command, stdout=lines, stderr=lines, env=settings.environment(), cwd=log.parent
        )
    try:
        while not answers(HOST, port, path):
            assert process.poll() is None, log.read_text()
            time.sleep(0.05)
        yield process
    finally:
        process.terminate()
        process.wait(30)


def of_api(sink: HttpSink) -> list[Any]:
    """The messages about the service; others may be of the machine, which is busy."""
    return [body for body in sink.bodies if body["groupLabels"]["alertname"] == "ServiceDown"]


def until(true: Callable[[], bool]) -> None:
    for _ in range(1200):
        if true():
            return
        time.sleep(0.05)
    pytest.fail("it does not come to pass")


@contextmanager
def watching(settings: Settings, address: str, links: Links, sink: HttpSink) -> Iterator[None]:
    """The built-in watch, which tells the sink."""
    told = settings.model_copy(update={"alert_webhook": sink.url})
    notifier = Notifier(told, links, receivers(told))
    ended = threading.Event()
    with closing(Watch(told, {"api": address}, observe=notifier.observe)) as watch:

        def look() -> None:
            while not ended.wait(0.25):
                watch.look()
                notifier.deliver()

        thread = threading.Thread(target=look)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()


def test_prometheus_and_the_built_in_watch_tell_the_same(tmp_path: Path) -> None:
    prometheus = program("prometheus")
    alertmanager = program("prometheus-alertmanager", "alertmanager")
    settings = two_weeks(tmp_path).settings.model_copy(update={"alert_speed": SPEED})
    api, scraper, manager = (free_port() for _ in range(3))
    address = f"http://{HOST}:{api}"
    links = Links("http://dashboard.example", address)
    (tmp_path / "rules.yaml").write_text(rules_file(links, SPEED))
    (tmp_path / "prometheus.yaml").write_text(
        configuration({"api": address}, "rules.yaml", SPEED, f"{HOST}:{manager}")
    )
    service = SERVICES["api"].programs[0].command(HOST, api)
    with ExitStack() as stack:
        theirs, ours = (stack.enter_context(http_sink()) for _ in range(2))
        (tmp_path / "alertmanager.yaml").write_text(ROUTES.format(url=theirs.url))
        stack.enter_context(
            runs(
                [
                    alertmanager,
                    f"--config.file={tmp_path / 'alertmanager.yaml'}",
                    f"--storage.path={tmp_path / 'alertmanager'}",
                    f"--web.listen-address={HOST}:{manager}",
                    "--cluster.listen-address=",
                ],
                manager,
                "/-/ready",
                tmp_path / "alertmanager.log",
                settings,
            )
        )
        with runs(service, api, "/health", tmp_path / "api.log", settings) as process:
            stack.enter_context(
                runs(
                    [
                        prometheus,
                        f"--config.file={tmp_path / 'prometheus.yaml'}",
                        f"--storage.tsdb.path={tmp_path / 'prometheus'}",
                        f"--web.listen-address={HOST}:{scraper}",
                    ],
                    scraper,
                    "/-/ready",
                    tmp_path / "prometheus.log",
                    settings,
                )
            )
            stack.enter_context(watching(settings, address, links, ours))
            time.sleep(2)
            assert not of_api(theirs)
            assert not of_api(ours)
            kill_all(process)
            until(lambda: bool(of_api(theirs) and of_api(ours)))
        with runs(service, api, "/health", tmp_path / "api.log", settings):
            until(lambda: len(of_api(theirs)) > 1 and len(of_api(ours)) > 1)
    for sink in (theirs, ours):
        assert [body["status"] for body in of_api(sink)] == ["firing", "resolved"]
    for one, other in zip(of_api(theirs), of_api(ours), strict=True):
        assert one.keys() == other.keys()
        same = ("version", "status", "receiver", "groupKey", "groupLabels", "commonLabels")
        assert {name: one[name] for name in same} == {name: other[name] for name in same}
        (alert,), (mine,) = one["alerts"], other["alerts"]
        assert alert.keys() == mine.keys()
        for name in ("status", "labels", "annotations", "fingerprint"):
            assert alert[name] == mine[name], name
