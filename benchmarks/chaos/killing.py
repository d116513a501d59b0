"""A platform under load whose processes are killed, one at a time, and what became of it."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import httpx
import psutil

from benchmarks.chaos.clients import Clients
from benchmarks.chaos.processes import ROLES, by_role
from benchmarks.measured import command
from netflix_pipeline.ingest import differences, ledger, manifests
from netflix_pipeline.lake import Lake
from netflix_pipeline.settings import Settings

ANSWERS_WITHIN = {"api": 5.0, "dashboard": 5.0, "dagster": 30.0}
"""Seconds in which each service must answer again."""
BACK_WITHIN = 30.0
"""Seconds in which a process of Dagster's must be there again."""
GIVEN_UP = 120.0
"""Seconds after which nothing is waited for any more."""
READS = 0.999
"""The share of reads that must be answered, with one repetition."""
OF_LOAD = ("Latency", "Machine", "Disk")
"""In the names of alerts that tell of a machine that has too much to do, not of what was killed."""
API = ("/v1/analytics", "/v1/titles", "/v1/top10", "/health")
DASHBOARD = ("/", "/titles", "/trust")
TABLE = "bronze/watch_events"


@dataclass(frozen=True)
class Killed:
    """One process that was killed: after how long its service answered, and it was back."""

    role: str
    seconds: float | None
    back: float | None

    @property
    def service(self) -> str:
        """The program that it is of."""
        return self.role.partition(",")[0]

    @property
    def within(self) -> float:
        """Seconds in which that must answer again."""
        return ANSWERS_WITHIN.get(self.service, BACK_WITHIN)

    @property
    def missed(self) -> str | None:
        """What was promised and not kept."""
        service, within = self.service, self.within
        if self.seconds is None or self.seconds > within:
            told = "never" if self.seconds is None else f"after {self.seconds:.1f} s"
            return f"{self.role}: {service} answered {told}, {within:.0f} s are allowed"
        if service.startswith("dagster") and (self.back is None or self.back > BACK_WITHIN):
            told = "never" if self.back is None else f"after {self.back:.1f} s"
            return f"{self.role}: it was back {told}, {BACK_WITHIN:.0f} s are allowed"
        return None


@dataclass
class Chaos:
    """What became of it."""

    killed: list[Killed] = field(default_factory=list)
    clients: Clients = field(default_factory=Clients)
    alerts: list[str] = field(default_factory=list)
    """Those that were still on at the end."""
    lost: int = 0
    twice: int = 0
    ledger_differences: int = 0

    @property
    def missed(self) -> list[str]:
        """All that was promised and not kept."""
        reads = self.clients.reads
        told = [each.missed for each in self.killed if each.missed is not None]
        if reads.share < READS:
            told.append(f"{len(reads.failed)} of {reads.asked} reads failed: {reads.failed[:5]}")
        if self.lost or self.twice or self.ledger_differences:
            told.append(
                f"{self.lost} acknowledged events are lost, {self.twice} are there twice, "
                f"{self.ledger_differences} batches do not add up"
            )
        left = [name for name in self.alerts if not any(word in name for word in OF_LOAD)]
        if left:
            told.append(f"alerts are left on: {', '.join(left)}")
        return told


@contextmanager
def serving(settings: Settings, log: Path) -> Iterator[psutil.Process]:
    """`netflix-pipeline serve` (all) of a home, once everything answers; ended at the end."""
    words = [sys.executable, "-c", "from netflix_pipeline.cli import main; main()", "serve"]
    with (
        log.open("ab") as lines,
        subprocess.Popen(
            words, env=settings.environment(), stdout=subprocess.PIPE, stderr=lines, text=True
        ) as process,
    ):
        assert process.stdout is not None
        try:
            for _ in ANSWERS_WITHIN:
                if not process.stdout.readline():
                    raise RuntimeError(f"serve ended: {log.read_text()}")
            yield psutil.Process(process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def free_ports() -> dict[str, int]:
    """A port for each service that nobody uses now."""
    with ExitStack() as stack:
        taken = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(3)]
        names = ("api_port", "dashboard_port", "dagster_port")
        return {name: one.getsockname()[1] for name, one in zip(names, taken, strict=True)}


def run(
    settings: Settings,
    roles: Sequence[str],
    apart: float,
    log: Path,
    *,
    reads: float = 60,
    told: Callable[[Killed], None] = lambda _: None,
    calm: float = 300.0,
) -> Chaos:
    """Kill processes by their roles, `apart` seconds one from the next, while clients ask.

    At the end, alerts that are on have `calm` seconds to end.
    """
    chaos = Chaos()
    clients = chaos.clients
    api, dashboard, dagster = (
        settings.url(port)
        for port in (settings.api_port, settings.dashboard_port, settings.dagster_port)
    )
    with serving(settings, log) as serve:
        _until(lambda: set(ROLES) <= set(by_role(serve)))
        for reader in range(4):
            clients.read([f"{api}{path}" for path in API], reads / 5, reader)
        clients.read([f"{dashboard}{path}" for path in DASHBOARD], reads / 5, 4)
        clients.send(api, 5, 10)
        clients.probe("api", f"{api}/health")
        clients.probe("dashboard", f"{dashboard}/robots.txt")
        clients.probe("dagster", f"{dagster}/server_info")
        try:
            due = time.monotonic()
            for role in roles:
                time.sleep(max(0.0, due - time.monotonic()))
                due = max(due, time.monotonic()) + apart
                chaos.killed.append(_kill(settings, serve, role, clients))
                told(chaos.killed[-1])
        finally:
            clients.end()
        chaos.alerts = _left_on(api, calm)
    _count(settings, chaos)
    return chaos


def _kill(settings: Settings, serve: psutil.Process, role: str, clients: Clients) -> Killed:
    """Kill one process, and wait until all is as it was."""
    _until(lambda: role in by_role(serve))
    process = by_role(serve)[role]
    at, of_day = time.monotonic(), time.time()
    process.kill()
    service = role.partition(",")[0]

    def is_back() -> bool:
        there = by_role(serve)
        return set(ROLES) <= set(there) and there[role].pid != process.pid

    if not _until(is_back):
        return Killed(role, None, None)
    back = time.monotonic() - at
    if service == "dagster-daemon":
        # It works once a sensor has looked.
        ticks = settings.monitoring / "sensors"
        _until(lambda: any(tick.stat().st_mtime > of_day + back for tick in ticks.iterdir()))
        return Killed(role, time.monotonic() - at, back)
    # Of its own dying process some are answered yet: the longest time without an answer counts.
    _until(lambda: clients.answered(service, at + back))
    times = [at, *clients.answered(service, at)]
    longest = max((after - before for before, after in pairwise(times)), default=None)
    return Killed(role, longest, back)


def _until(comes: Callable[[], object]) -> bool:
    """Wait until it comes to pass; whether it did in time."""
    end = time.monotonic() + GIVEN_UP
    while time.monotonic() < end:
        try:
            if comes():
                return True
        except (OSError, psutil.Error):
            pass
        time.sleep(0.1)
    return False


def _left_on(api: str, calm: float) -> list[str]:
    """The alerts that are still on after so many seconds, or as soon as none is."""
    end = time.monotonic() + calm
    while True:
        told = httpx.get(f"{api}/alerts", timeout=30, trust_env=False).raise_for_status().json()
        names = sorted(each["name"] for each in told["firing"])
        if not names or time.monotonic() > end:
            return names
        time.sleep(1)


def _count(settings: Settings, chaos: Chaos) -> None:
    """Build all that came in, and look for what is lost, twice or does not add up."""
    command(settings.root, "drain", "--json")
    lake = Lake.of(settings)
    counts: dict[str, int] = dict.fromkeys(chaos.clients.acknowledged, 0)
    for day in lake.partitions(TABLE):
        for name in lake.read(TABLE, day, ["event_id"])["event_id"].to_list():
            if name in counts:
                counts[name] += 1
    chaos.lost = sum(count == 0 for count in counts.values())
    chaos.twice = sum(count > 1 for count in counts.values())
    chaos.ledger_differences = differences(ledger(lake, manifests(lake))).height


def settings_of(home: Path, speed: float) -> Settings:
    """Settings of a home for this: ports of its own, alerts whose windows are shorter."""
    settings = Settings(home=home, alert_speed=speed, canary_seconds=5, access_log="errors")
    return settings.model_copy(update=free_ports())
