"""What alerts are of is brought about for real: each fires in time, is told once, and ends.

One home with its API and dashboard runs for all of them, all windows a sixtieth of what they are.
"""

import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_string
from email.policy import default
from functools import cache, partial
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from netflix_pipeline.ingest import drain_home
from netflix_pipeline.lake import Lake
from netflix_pipeline.monitoring import alert_report
from netflix_pipeline.monitoring.alert_texts import Links
from netflix_pipeline.monitoring.alerts import ALERTS
from netflix_pipeline.monitoring.notifications import FIRST_AFTER, Notifier
from netflix_pipeline.monitoring.receivers import receivers
from netflix_pipeline.monitoring.watch import Watch
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.alert_sinks import HttpSink, http_sink, mail_sink
from netflix_pipeline_tests.support.api import GRANIAN, event
from netflix_pipeline_tests.support.command import Command
from netflix_pipeline_tests.support.days import FIRST, events_of, from_day
from netflix_pipeline_tests.support.processes import HOST, answers, served
from netflix_pipeline_tests.support.waiting import PATIENCE, until

SPEED = 60
"""A minute is a second."""
SLACK = 60.0
"""Seconds that a busy machine may take besides."""
ALERTED = {alert.name: alert for alert in ALERTS}
SENSOR = """
import time
from netflix_pipeline.monitoring import sensor_looked
from netflix_pipeline.settings import Settings
while True:
    sensor_looked(Settings(), "drain_events")
    time.sleep(0.2)
"""
"""Says that it looks for work as the daemon's sensor does, which takes long to start."""


@dataclass
class Home:
    """What runs over a home, and who is told of it."""

    settings: Settings
    api: str
    dashboard: str
    webhook: HttpSink
    mails: list[str]
    ended: threading.Event = field(default_factory=threading.Event)
    asked: dict[str, threading.Event] = field(default_factory=dict)
    daemon: subprocess.Popen[bytes] | None = None
    injected_at: dict[str, float] = field(default_factory=dict)

    @property
    def command(self) -> Command:
        return Command(self.settings.root)

    @property
    def lost(self) -> Path:
        """The Parquet file that gets lost, beside the home."""
        return self.settings.root.parent / "lost.parquet"

    def messages(self, name: str) -> list[Any]:
        """Those about an alert."""
        return [body for body in self.webhook.bodies if body["groupLabels"]["alertname"] == name]

    def written(self, name: str) -> list[str]:
        """The mails about an alert."""
        return [text for text in map(text_of, self.mails) if f"\n{name}: " in text]

    def wait(self, messages: int) -> None:
        """Until so many messages came about each alert, by both ways."""
        end = time.monotonic() + PATIENCE
        while missing := [
            name
            for name in CAUSES
            if min(len(self.messages(name)), len(self.written(name))) < messages
        ]:
            assert time.monotonic() < end, f"nobody is told of {', '.join(missing)}"
            time.sleep(0.05)

    def post(self, events: list[dict[str, Any]]) -> None:
        """Send events as a file of NDJSON."""
        body = b"\n".join(map(msgspec.json.encode, events))
        headers = {"content-type": "application/x-ndjson"}
        answer = httpx.post(
            f"{self.api}/events", content=body, headers=headers, trust_env=False, timeout=60
        )
        assert answer.status_code == 200, answer.text

    def opened(self, seconds: float, times: int) -> None:
        """Pages that took so long to open, in so many browsers."""
        for _ in range(times):
            beacon = {"page": "/", "seconds": {"load": seconds}}
            answer = httpx.post(f"{self.dashboard}/vitals", json=beacon, trust_env=False)
            assert answer.status_code == 204

    def start_daemon(self) -> None:
        self.daemon = subprocess.Popen(
            [sys.executable, "-c", SENSOR], env=self.settings.environment()
        )

    def kill_daemon(self) -> None:
        assert self.daemon is not None
        self.daemon.kill()
        self.daemon.wait()

    def lose_a_file(self) -> None:
        (file,) = Lake(self.settings.lake).batch_files("bronze/watch_events", FIRST)
        shutil.move(file, self.lost)
        self.lost.with_suffix(".path").write_text(str(file))
        self.command("materialize", "--all")  # what is only missing changes no day

    def drain(self) -> None:
        drain_home(self.settings)

    def find_it(self) -> None:
        shutil.move(self.lost, self.lost.with_suffix(".path").read_text())
        self.command.ok("materialize", "--all")


@cache
def text_of(mail: str) -> str:
    """What a mail says; it is read once, however often somebody looks for it."""
    return str(message_from_string(mail, policy=default).get_content()).replace("\r", "")


def bad(number: int) -> dict[str, Any]:
    return event(number, event_id=f"bad-{number}", watch_seconds=-5)


def good(number: int) -> dict[str, Any]:
    return event(number, event_id=f"good-{number}")


CAUSES: dict[str, tuple[Callable[[Home], None], Callable[[Home], None]]] = {
    "LedgerDifference": (Home.lose_a_file, Home.find_it),
    "ApiLatency": (  # a slowed query
        lambda home: home.asked["slow"].set(),
        lambda home: home.asked["slow"].clear(),
    ),
    "ApiErrors": (  # code that panics
        lambda home: home.asked["failing"].set(),
        lambda home: home.asked["failing"].clear(),
    ),
    "QuarantineShareHigh": (  # a bad file, then many good ones
        lambda home: home.post([bad(number) for number in range(150)]),
        lambda home: home.post([good(number) for number in range(3000)]),
    ),
    "PipelineLag": (  # nothing drains
        lambda home: home.post([event(0, event_id="waits")]),
        Home.drain,
    ),
    "SchedulerStalled": (Home.kill_daemon, Home.start_daemon),
    "DashboardLoad": (  # slow browsers, then quick ones
        lambda home: home.opened(5.0, 6),
        lambda home: home.opened(0.5, 60),
    ),
}
"""By the alert that is to fire: how its cause is brought about, and how it ends."""


def asks(home: Home, path: Callable[[int], str], pause: float, name: str | None = None) -> None:
    """Ask again and again, while that is to be; each time another address."""
    number = 0
    with httpx.Client(base_url=home.api, trust_env=False, timeout=30) as client:
        while not home.ended.wait(pause):
            if name is None or home.asked[name].is_set():
                number += 1
                with suppress(httpx.HTTPError):
                    client.get(path(number))


@contextmanager
def running(home: Path) -> Iterator[Home]:
    """A small home with all that runs over it, watched."""
    source = home.parent / "events.csv"
    source.write_text(events_of(from_day(FIRST, 2)))
    command = Command(home)
    command.ok("ingest", source)
    command.ok("materialize")
    with ExitStack() as stack:
        webhook = stack.enter_context(http_sink())
        server, mails = stack.enter_context(mail_sink())
        settings = Settings(home=home).model_copy(
            update={
                "alert_speed": SPEED,
                "alert_webhook": webhook.url,
                "alert_email": f"smtp://{server}?from=a@a.example&to=b@b.example",
                "canary_seconds": 0.0,  # they would wait to be drained, too
            }
        )
        api = stack.enter_context(_api(settings, home.parent / "api.log"))
        dashboard, _ = stack.enter_context(
            served("dashboard", settings, home.parent / "dashboard.log")
        )
        told = Home(settings, api, dashboard, webhook, mails)
        told.asked = {name: threading.Event() for name in ("slow", "failing")}
        told.start_daemon()
        told.opened(0.5, 1)  # a series that begins with many says not since when
        stack.callback(told.kill_daemon)
        notifier = Notifier(settings, Links(dashboard, api), receivers(settings))
        addresses = {"api": api, "dashboard": dashboard}
        watch = stack.enter_context(closing(Watch(settings, addresses, observe=notifier.observe)))

        def look() -> None:
            while not told.ended.wait(watch.every):
                watch.look()
                notifier.deliver()

        threads = [
            threading.Thread(target=look),
            threading.Thread(target=asks, args=(told, lambda _: "/health", 0.02)),
            threading.Thread(target=asks, args=(told, lambda _: "/panics", 0.05, "failing")),
            *(
                threading.Thread(target=asks, args=(told, partial(_checks, one), 0.01, "slow"))
                for one in range(8)
            ),
        ]
        for thread in threads:
            thread.start()
            stack.callback(thread.join)
        stack.callback(told.ended.set)
        yield told


def _checks(who: int, number: int) -> str:
    """An address of what is answered slowly, that nobody has asked before."""
    return f"/v1/quality/checks?table={who}-{number}"


@contextmanager
def _api(settings: Settings, log: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = int(probe.getsockname()[1])
    service = "netflix_pipeline_tests.monitoring.failing_service:create_app"
    command = [sys.executable, *(part.format(port=port) for part in (*GRANIAN, service))]
    with log.open("wb") as lines:
        process = subprocess.Popen(command, stdout=lines, stderr=lines, env=settings.environment())
    try:
        while not answers(HOST, port, "/health"):
            assert process.poll() is None, log.read_text()
            time.sleep(0.1)
        yield f"http://{HOST}:{port}"
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def over(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """The home once all causes have come and gone."""
    with running(tmp_path_factory.mktemp("causes") / "home") as home:
        until(lambda: _known(home.settings))
        early = {body["groupLabels"]["alertname"] for body in home.webhook.bodies}
        assert not early & CAUSES.keys()
        for name, (inject, _) in CAUSES.items():
            home.injected_at[name] = time.time()
            inject(home)
        home.wait(1)
        for _, cure in CAUSES.values():
            cure(home)
        home.wait(2)
        yield home


def _known(settings: Settings) -> bool:
    """Whether the watch has looked at both."""
    return alert_report(settings, datetime.now().astimezone()).watched


@pytest.mark.parametrize("name", CAUSES)
def test_an_alert_fires_in_time_is_told_once_and_ends(name: str, over: Home) -> None:
    fires, ends = over.messages(name)
    assert (fires["status"], ends["status"]) == ("firing", "resolved")
    (alert,), (again,) = fires["alerts"], ends["alerts"]
    after = datetime.fromisoformat(alert["startsAt"]).timestamp() - over.injected_at[name]
    rule = ALERTED[name]
    window = max(seconds for _, seconds in rule.expression.selectors())
    assert rule.lasting / SPEED <= after + 0.1
    assert after <= (rule.lasting + window + FIRST_AFTER) / SPEED + SLACK
    # Mails say the same, as often.
    said, over_again = over.written(name)
    for text, told in ((said, alert), (over_again, again)):
        annotations = told["annotations"]  # but for the value, which is of the moment
        assert f"limit: {annotations['limit']}; since {told['startsAt']}" in text
        assert f"rows: {annotations['rows_url']}" in text
    assert " until " not in said
    assert " until " in over_again


def test_each_was_seen_to_fire(over: Home) -> None:
    report = alert_report(over.settings, datetime.now().astimezone())
    proven = {known.name for known in report.alerts if known.last_fired_at}
    assert proven >= CAUSES.keys()
    answer = httpx.get(f"{over.api}/slos", trust_env=False, timeout=30).json()
    objectives = {one["name"]: one for one in answer["objectives"]}
    requests = objectives["api_availability"]
    assert answer["watched"]
    assert requests["every"] > requests["bad"] > 0
    assert objectives["api_uptime"]["measured_seconds"] > 0
    assert objectives["ledger"]["every"] > 0
