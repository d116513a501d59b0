"""A home with all that runs over it, watched by both who may, and what alerts of it are of.

Prometheus with Alertmanager and the built-in watch look at the same API and dashboard at the same
time, with windows that are as much shorter; each tells a webhook and a mailbox of its own.
"""

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_string
from email.message import EmailMessage
from email.policy import default
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import msgspec
import psutil
from playwright.sync_api import sync_playwright

from netflix_pipeline.engines import HOST, free_port
from netflix_pipeline.eventlog import open_log
from netflix_pipeline.ingest import drain_home
from netflix_pipeline.lake import Lake
from netflix_pipeline.monitoring import alertmanager, prometheus
from netflix_pipeline.monitoring.alert_texts import Links
from netflix_pipeline.monitoring.notifications import Notifier
from netflix_pipeline.monitoring.receivers import receivers
from netflix_pipeline.monitoring.watch import Watch
from netflix_pipeline.services.catalogue import SERVICES
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.alert_sinks import HttpSink, http_sink, mail_sink
from netflix_pipeline_tests.support.api import GRANIAN, event, numbers
from netflix_pipeline_tests.support.browser import ARGUMENTS, NAMES
from netflix_pipeline_tests.support.processes import answers, kill_all
from netflix_pipeline_tests.support.promtool import program
from netflix_pipeline_tests.support.service import FIRST, two_weeks
from netflix_pipeline_tests.support.waiting import PATIENCE, until

SPEED = 60
"""A minute is a second: limits of ages stay a multiple of the second between two scrapes."""
DISK = 128 * 2**20
"""Bytes of the disk that is filled."""
LATENCY = 2000
"""Milliseconds that a slow browser waits for each answer: a page and what it loads take two."""
SLOW_PAGES = 5
LEAVES = "at => void setTimeout(() => location.assign(at))"
"""Has a page go elsewhere, which is not waited for."""

TITLES = "gold/title_daily"
LOST: dict[str, Callable[[Lake], Path]] = {
    "bronze": lambda lake: next(
        file
        for day in lake.partitions("bronze/watch_events")
        for file in lake.batch_files("bronze/watch_events", day)
    ),
    "gold": lambda lake: lake.path(TITLES, FIRST),
}
"""The Parquet file of a stage that gets lost."""

SENSOR = """
import time
from netflix_pipeline.monitoring import sensor_looked
from netflix_pipeline.settings import Settings
while True:
    sensor_looked(Settings(), "drain_events")
    time.sleep(0.2)
"""
"""Says that it looks for work as the daemon's sensors do: a real one does so every five seconds,
which is too seldom for windows as short as these."""
BUSY = """
import os, time
os.nice(19)  # what nobody else wants of the processors
end = time.monotonic() + 60
while time.monotonic() < end:
    pass
"""


@dataclass
class Told:
    """What one of both ways told."""

    webhook: HttpSink
    server: str
    mails: list[str]

    def messages(self, name: str) -> list[Any]:
        """Those about an alert."""
        return [body for body in self.webhook.bodies if body["groupLabels"]["alertname"] == name]

    def written(self, name: str) -> list[tuple[str, str]]:
        """Subject and text of the mails about an alert."""
        read = [(str(mail["Subject"]), _text(mail)) for mail in map(_mail, list(self.mails))]
        return [mail for mail in read if f"\n{name}: " in mail[1]]


def _mail(text: str) -> EmailMessage:
    mail = message_from_string(text, policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


def _text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r", "")


@dataclass
class Server:
    """A program that listens to a port; its log lies beside the home."""

    command: Sequence[str | Path]
    port: int
    path: str
    settings: Settings
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def log(self) -> Path:
        return self.settings.root.parent / f"{self.port}.log"

    def start(self) -> None:
        with self.log.open("ab") as lines:
            self.process = subprocess.Popen(
                self.command,
                stdout=lines,
                stderr=lines,
                env=self.settings.environment(),
            )

    def wait(self) -> None:
        """Until it answers."""
        while not answers(HOST, self.port, self.path):
            assert self.process is not None
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.05)

    def kill(self) -> None:
        assert self.process is not None
        kill_all(self.process)

    def end(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(30)


@dataclass
class Home:
    """What runs over a home, and who is told of it. `mounted`: it has a disk of its own."""

    settings: Settings
    mounted: bool
    api: Server
    dashboard: Server
    prometheus: Server
    alertmanager: Server
    told: Mapping[str, Told]
    ended: threading.Event = field(default_factory=threading.Event)
    asked: dict[str, threading.Event] = field(default_factory=dict)
    daemon: subprocess.Popen[bytes] | None = None
    busy: list[subprocess.Popen[bytes]] = field(default_factory=list)
    lost: dict[Path, Path] = field(default_factory=dict)
    injected_at: dict[str, float] = field(default_factory=dict)

    def wait(self, names: Collection[str], messages: int) -> None:
        """Until so many messages came about each alert, by both ways to both receivers."""
        end = time.monotonic() + PATIENCE
        while missing := [
            (name, way)
            for way, told in self.told.items()
            for name in names
            if min(len(told.messages(name)), len(told.written(name))) < messages
        ]:
            assert time.monotonic() < end, f"nobody is told of {missing}"
            time.sleep(0.1)

    def inject(self, name: str, cause: Callable[["Home"], None]) -> None:
        self.injected_at[name] = time.time()
        cause(self)

    def fires(self, name: str) -> list[Any]:
        """What Prometheus says of an alert that fires."""
        asked = httpx.get(f"{self.prometheus.address}/api/v1/alerts", trust_env=False)
        return [
            alert
            for alert in asked.raise_for_status().json()["data"]["alerts"]
            if (alert["labels"]["alertname"], alert["state"]) == (name, "firing")
        ]

    def scraped(self, name: str) -> bool:
        """Whether Prometheus knows a metric."""
        asked = httpx.get(
            f"{self.prometheus.address}/api/v1/query", params={"query": name}, trust_env=False
        )
        return bool(asked.raise_for_status().json()["data"]["result"])

    def inhibited(self, name: str) -> bool:
        """Whether Alertmanager keeps an alert to itself, because it follows from another."""
        asked = httpx.get(f"{self.alertmanager.address}/api/v2/alerts", trust_env=False)
        return any(
            alert["status"]["inhibitedBy"]
            for alert in asked.raise_for_status().json()
            if alert["labels"]["alertname"] == name
        )

    def post(self, events: list[dict[str, Any]]) -> None:
        """Send events as a file of NDJSON."""
        body = b"\n".join(map(msgspec.json.encode, events))
        headers = {"content-type": "application/x-ndjson"}
        answer = httpx.post(
            f"{self.api.address}/events", content=body, headers=headers, trust_env=False, timeout=60
        )
        assert answer.status_code == 200, answer.text

    def drain(self) -> None:
        drain_home(self.settings)

    def lose(self, stage: str) -> None:
        file = LOST[stage](Lake.of(self.settings))
        self.lost[file] = self.settings.root.parent / f"lost-{stage}"
        shutil.move(file, self.lost[file])

    def find(self, stage: str) -> None:
        file = next(file for file, at in self.lost.items() if at.name == f"lost-{stage}")
        shutil.move(self.lost.pop(file), file)

    def fill_disk(self) -> None:
        usage = shutil.disk_usage(self.settings.root)
        with self._filling.open("wb") as filling:
            os.posix_fallocate(filling.fileno(), 0, usage.free - usage.total // 30)

    def free_disk(self) -> None:
        self._filling.unlink()

    @property
    def _filling(self) -> Path:
        return self.settings.root / "filling"

    def load_processors(self) -> None:
        for _ in range(psutil.cpu_count() or 1):
            self.busy.append(subprocess.Popen([sys.executable, "-c", BUSY]))

    def rest(self) -> None:
        for process in self.busy:
            process.kill()
            process.wait()
        self.busy.clear()

    def start_daemon(self) -> None:
        self.daemon = subprocess.Popen(
            [sys.executable, "-c", SENSOR], env=self.settings.environment()
        )

    def kill_daemon(self) -> None:
        assert self.daemon is not None
        self.daemon.kill()
        self.daemon.wait()

    def start_dashboard(self) -> None:
        self.dashboard.start()
        self.dashboard.wait()

    def pages_opened(self) -> float:
        """How many pages browsers have told of."""
        told = numbers(httpx.get(f"{self.dashboard.address}/metrics", trust_env=False).text)
        return told.get("netflix_page_seconds_count|/|load", 0.0)

    def open_slowly(self) -> None:
        """Open the dashboard in a browser to which each answer takes long."""
        opened = self.pages_opened() + SLOW_PAGES
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program(*NAMES), args=ARGUMENTS)
            context = browser.new_context()
            pages = [context.new_page() for _ in range(SLOW_PAGES)]
            sessions = [context.new_cdp_session(page) for page in pages]
            for session in sessions:
                session.send("Network.enable")

            def answers_take(milliseconds: int) -> None:
                at = {"latency": milliseconds, "downloadThroughput": -1, "uploadThroughput": -1}
                for session in sessions:
                    session.send("Network.emulateNetworkConditions", {"offline": False, **at})

            answers_take(LATENCY)
            for page in pages:  # all at once: none waits for another
                page.evaluate(LEAVES, self._shown)
            for page in pages:
                page.wait_for_url(self._shown, wait_until="load")
            answers_take(0)
            for page in pages:
                page.evaluate(LEAVES, "about:blank")  # and tells how long it took
            until(lambda: self.pages_opened() >= opened)
            browser.close()

    @property
    def _shown(self) -> str:
        return f"{self.dashboard.address}/"


def bad(number: int) -> dict[str, Any]:
    return event(number, event_id=f"bad-{number}", watch_seconds=-5)


def good(number: int) -> dict[str, Any]:
    return event(number, event_id=f"good-{number}")


Change = Callable[[Home], None]

TOGETHER: dict[str, tuple[Change, Change]] = {
    "DiskFull": (Home.fill_disk, Home.free_disk),
    "LedgerDifference": (partial(Home.lose, stage="bronze"), partial(Home.find, stage="bronze")),
    "FilesMissing": (partial(Home.lose, stage="gold"), partial(Home.find, stage="gold")),
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
    "MachineCpu": (Home.load_processors, Home.rest),
    "DashboardLoad": (Home.open_slowly, lambda _: None),  # it ends when nobody opens slowly
}
"""By the alert that is to fire: how its cause is brought about, and how it ends."""
AFTERWARDS: dict[str, tuple[Change, Change]] = {
    "ServiceDown": (lambda home: home.dashboard.kill(), Home.start_dashboard),
    "SchedulerStalled": (Home.kill_daemon, Home.start_daemon),
}
"""The same, of what would keep others from being told."""
CAUSES = TOGETHER | AFTERWARDS


@contextmanager
def running(folder: Path) -> Iterator[Home]:
    """A small home with all that runs over it, watched by both."""
    root = folder / "home"
    with ExitStack() as stack:
        mounted = stack.enter_context(disk(root, DISK))
        made = two_weeks(folder / "made").settings
        shutil.copytree(made.root, root, symlinks=True, dirs_exist_ok=True)
        settings = Settings(home=root).model_copy(
            # Canaries would wait to be drained, too.
            update={"alert_speed": float(SPEED), "canary_seconds": 0.0}
        )
        with closing(open_log(settings)) as log:
            log.append(
                datetime.now(UTC), [msgspec.json.encode(event(0, event_id="first"))]
            ).result()
        drain_home(settings)
        told = {way: stack.enter_context(sinks()) for way in ("watch", "alertmanager")}
        home = _home(folder, settings, told, mounted=mounted)
        for each in (home.api, home.dashboard, home.alertmanager, home.prometheus):
            stack.callback(each.end)
        for each in (home.api, home.dashboard, home.alertmanager):
            each.start()
        for each in (home.api, home.dashboard, home.alertmanager):
            each.wait()
        # A series that begins with many says not since when.
        beacon = {"page": "/", "seconds": {"load": 0.5}}
        vitals = f"{home.dashboard.address}/vitals"
        httpx.post(vitals, json=beacon, trust_env=False).raise_for_status()
        home.start_daemon()
        stack.callback(home.kill_daemon)
        stack.callback(home.rest)
        home.prometheus.start()
        home.prometheus.wait()
        stack.enter_context(watching(home))
        yield home


@contextmanager
def disk(folder: Path, size: int) -> Iterator[bool]:
    """A folder on a disk of its own, in memory; whether this user may mount one."""
    folder.mkdir()
    made = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(made, capture_output=True, check=False).returncode == 0
    except OSError:
        mounted = False
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", folder], check=True)


@contextmanager
def sinks() -> Iterator[Told]:
    """A webhook and a mailbox."""
    with http_sink() as webhook, mail_sink() as (server, mails):
        yield Told(webhook, server, mails)


def told_by(settings: Settings, told: Told) -> Settings:
    """Settings that name its receivers."""
    mail = f"smtp://{told.server}?from=a@a.example&to=b@b.example"
    return settings.model_copy(update={"alert_webhook": told.webhook.url, "alert_email": mail})


def _home(folder: Path, settings: Settings, told: Mapping[str, Told], *, mounted: bool) -> Home:
    ports = [free_port() for _ in range(4)]
    service = "netflix_pipeline_tests.monitoring.failing_service:create_app"
    api = [sys.executable, *(part.format(port=ports[0]) for part in (*GRANIAN, service))]
    shown = SERVICES["dashboard"]
    home = Home(
        settings,
        mounted,
        Server(api, ports[0], "/health", settings),
        Server(shown.programs[0].command(HOST, ports[1]), ports[1], shown.path, settings),
        Server(
            [
                program("prometheus"),
                f"--config.file={folder / 'prometheus.yaml'}",
                f"--storage.tsdb.path={folder / 'prometheus'}",
                f"--query.lookback-delta={300 / SPEED:.0f}s",
                f"--web.listen-address={HOST}:{ports[2]}",
            ],
            ports[2],
            "/-/ready",
            settings,
        ),
        Server(
            [
                program("prometheus-alertmanager", "alertmanager"),
                f"--config.file={folder / 'alertmanager.yaml'}",
                f"--storage.path={folder / 'alertmanager'}",
                f"--web.listen-address={HOST}:{ports[3]}",
                "--cluster.listen-address=",
            ],
            ports[3],
            "/-/ready",
            settings,
        ),
        told,
        asked={name: threading.Event() for name in ("slow", "failing")},
    )
    written = {
        "rules": prometheus.rules_file(links(home), SPEED),
        "prometheus": prometheus.configuration(
            addresses(home), "rules.yaml", SPEED, f"{HOST}:{ports[3]}"
        ),
        "alertmanager": alertmanager.configuration(
            receivers(told_by(settings, told["alertmanager"])), SPEED
        ),
    }
    for name, text in written.items():
        (folder / f"{name}.yaml").write_text(text)
    return home


def links(home: Home) -> Links:
    return Links(home.dashboard.address, home.api.address)


def addresses(home: Home) -> dict[str, str]:
    return {"api": home.api.address, "dashboard": home.dashboard.address}


@contextmanager
def watching(home: Home) -> Iterator[None]:
    """The built-in watch looks, and the API is asked."""
    settings = told_by(home.settings, home.told["watch"])
    notifier = Notifier(settings, links(home), receivers(settings))
    with (
        closing(Watch(settings, addresses(home), observe=notifier.observe)) as watch,
        ExitStack() as stack,
    ):

        def look() -> None:
            while not home.ended.wait(watch.every):
                watch.look()
                notifier.deliver()

        threads = [
            threading.Thread(target=look),
            threading.Thread(target=asks, args=(home, lambda _: "/health", 0.1)),
            threading.Thread(target=asks, args=(home, lambda _: "/panics", 0.2, "failing")),
            *(
                threading.Thread(target=asks, args=(home, partial(_checks, one), 0.01, "slow"))
                for one in range(2)
            ),
        ]
        for thread in threads:
            thread.start()
            stack.callback(thread.join)
        stack.callback(home.ended.set)
        yield


def asks(home: Home, path: Callable[[int], str], pause: float, name: str | None = None) -> None:
    """Ask again and again, while that is to be; each time another address."""
    number = 0
    with httpx.Client(base_url=home.api.address, trust_env=False, timeout=30) as client:
        while not home.ended.wait(pause):
            if name is None or home.asked[name].is_set():
                number += 1
                with suppress(httpx.HTTPError):
                    client.get(path(number))


def _checks(who: int, number: int) -> str:
    """An address of what is answered slowly, that nobody has asked before."""
    return f"/v1/quality/checks?table={who}-{number}"
