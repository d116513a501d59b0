"""The demo on what many machines share: engines, machines and the whole pipeline, on this one."""

from __future__ import annotations

import secrets
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import httpx
import typer

from netflix_pipeline.cli.common import out, print_table, progress, say
from netflix_pipeline.defs.run_leases import RunLeases
from netflix_pipeline.defs.webserver_client import Run, Webserver
from netflix_pipeline.engines import HOST, S3, Postgres, Redis, last_lines
from netflix_pipeline.errors import BadInput, PipelineError
from netflix_pipeline.services.guarded import Guarded
from netflix_pipeline.services.machines import Engines, Machine, Machines

WORKERS = 2
SHARES = 4
"""Runs that a backfill of the sample data is cut into: more than workers, so that each has some."""
ENGINES_END_WITHIN, MACHINES_END_WITHIN = 10.0, 30.0
"""Seconds; `serve` ends its programs in order."""
PATIENCE = 240.0
"""Seconds within which what was started comes."""
PAUSE = 0.5
"""Seconds between two looks, each of which may be a question to a busy webserver."""
ANSWERS_WITHIN = 60.0
"""Seconds for an answer while much else is done."""


class Platform(NamedTuple):
    """What is started: two replicas, of which the first has the dashboard, and what builds.

    They are asked through `client`.
    """

    client: httpx.Client
    machines: Machines
    first: Machine
    second: Machine
    pipeline: Machine

    @property
    def apis(self) -> tuple[str, str]:
        """The addresses of both APIs."""
        return self.first.url("api"), self.second.url("api")


def demo_on_engines(events: int, days: int, own: Sequence[Path], *, serve: bool) -> None:
    """Start engines and machines, run the pipeline on them, and end all of it on Ctrl-C.

    Without `serve` it ends as soon as all is published. Raises BadInput where an engine is not
    installed, PipelineError where something does not start, or does not do what it was to do.
    """
    _require_engines()
    with _interrupting(), ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="netflix-pipeline-")))
        folder.chmod(0o711)  # where root starts it, PostgreSQL is another user, who must get in
        below = stack.enter_context(Guarded(ENGINES_END_WITHIN))
        above = stack.enter_context(Guarded(MACHINES_END_WITHIN))
        client = stack.enter_context(httpx.Client(trust_env=False, timeout=ANSWERS_WITHIN))
        stack.callback(_uninterrupted)
        engines = Engines.started(folder, below)
        _tell_engines(engines)
        # The days of the data and today; of one's own nobody knows yet how many they are.
        share = None if own else -(-(days + 1) // SHARES)
        platform = _platform(folder, engines, above, client, share)
        sample = ("--events", str(events), "--days", str(days))
        _prove(platform)
        _take_in(platform, own, sample)
        _build(platform)
        _compare(platform)
        _send(platform)
        _tell_addresses(platform)
        if serve:
            say(f"Ctrl-C stops all of it, and {folder} is gone then.")
            with suppress(KeyboardInterrupt):
                while True:
                    platform.machines.look()
                    time.sleep(PAUSE)
            say("Ending all of it …")
    say(f"All of it has ended, and {folder} is gone.")


def _require_engines() -> None:
    """Raise BadInput where one is not installed."""
    missing = [engine for engine in (Postgres, Redis, S3) if engine.program() is None]
    if missing:
        named = ", ".join(f"{engine.name} ({engine.package})" for engine in missing)
        raise BadInput(
            f"not installed: {named}. In a checkout, `make demo ARGS=--distributed` installs what "
            "is missing, where it may; else do that by apt-get and the script."
        )


def _tell_engines(engines: Engines) -> None:
    for title, port in (
        ("PostgreSQL", engines.postgres.port),
        ("Redis, events and runs", engines.events.port),
        ("Redis, a cache", engines.cache.port),
        ("S3", engines.s3.port),
    ):
        say(f"  {title:<24} {HOST}:{port}")


def _platform(
    folder: Path,
    engines: Engines,
    guarded: Guarded,
    client: httpx.Client,
    backfill_days: int | None,
) -> Platform:
    """All machines, of which the replicas are started: they wait for what is published."""
    machines = Machines(folder, engines, guarded)
    passwords = folder / "secrets"
    shared = engines.settings(passwords)
    replica = {**shared, "standby": False}  # the other one stands in
    runs = {
        **engines.settings_of_runs(shared, passwords),
        "worker_processes": WORKERS,
        "concurrent_runs": WORKERS,
        **({"backfill_days": backfill_days} if backfill_days else {}),
    }
    platform = Platform(
        client,
        machines,
        machines.made("replica 1", ("api", "dashboard"), replica),
        machines.made("replica 2", ("api",), replica),
        machines.made("pipeline", ("dagster", "worker"), runs),
    )
    for each in (platform.first, platform.second):
        machines.serve(each)
    return platform


def _prove(platform: Platform) -> None:
    """Have the store proved, which nobody writes to before. Raises PipelineError where it fails."""
    log = platform.pipeline.settings.root / "doctor.log"
    if platform.machines.run(platform.pipeline, "doctor", log=log):
        raise PipelineError(f"netflix-pipeline doctor finds what is bad:\n{last_lines(log)}")
    say("The store keeps apart what several write at the same time: netflix-pipeline doctor.")


def _take_in(platform: Platform, own: Sequence[Path], sample: Sequence[str]) -> None:
    """Ingest one's own files, or sample data; ends with the exit code of what fails."""
    taken: Sequence[Path] = [path.absolute() for path in own]
    if not taken:
        taken = [platform.pipeline.settings.sample]
        _run(platform, "generate", *taken, *sample)
    _run(platform, "ingest", *taken)


def _run(platform: Platform, *command: str | Path) -> None:
    if code := platform.machines.run(platform.pipeline, *command):
        raise typer.Exit(code)


def _build(platform: Platform) -> None:
    """Let workers share a backfill of all days, behind which all is published.

    Raises PipelineError where a run fails.
    """
    machines, pipeline = platform.machines, platform.pipeline
    # Dagster learns from bronze which days there are.
    machines.serve(pipeline)
    say("Dagster and its workers start, and build all days.")
    leases = RunLeases(pipeline.settings.broker)
    dagster = Webserver(platform.client, pipeline.url("dagster"))
    _wait(platform, machines.all_answer, "starting")
    _wait(platform, lambda: leases.workers() == WORKERS, "starting workers")
    _wait(platform, dagster.looks_for_backfills, "starting Dagster")

    def done(runs: Sequence[Run]) -> list[Run]:
        for run in runs:
            if run.failed:
                raise PipelineError(f"run {run.id} ended as {run.status}: {dagster.why(run)}")
        return [run for run in reversed(runs) if run.succeeded]

    # Days are made of users and titles: where those come later, all days are built twice.
    first = dagster.build_whole_tables()
    _wait(platform, lambda: bool(done(dagster.run(first))), "building users and titles")
    backfill = dagster.backfill()

    def published() -> bool:
        done(dagster.runs_of(backfill))
        return bool(done(dagster.runs_behind(backfill)))

    _wait(platform, published, "building", patience=float("inf"))
    rows = [
        ("users and titles", leases.owner(first)),
        *((" to ".join(run.days), leases.owner(run.id)) for run in done(dagster.runs_of(backfill))),
        *(("over all days", leases.owner(run.id)) for run in done(dagster.runs_behind(backfill))),
    ]
    print_table("Built by workers, a run each", ("what", "by"), rows)


def _compare(platform: Platform) -> None:
    """See that both APIs answer from one snapshot, and alike."""

    def versions() -> set[int]:
        held = [platform.client.get(f"{api}/health").json()["snapshot"] for api in platform.apis]
        return {snapshot["version"] if snapshot else 0 for snapshot in held}

    def one_version() -> bool:
        told = versions()
        return len(told) == 1 and told != {0}

    _wait(platform, one_version, "fetching the snapshot")
    one, other = (platform.client.get(f"{api}/v1/analytics") for api in platform.apis)
    if (one.status_code, one.text) != (other.status_code, other.text):
        raise PipelineError(f"the APIs do not answer alike: {one.text} and {other.text}")
    say(f"Both APIs answer from snapshot {versions().pop()}, and alike.")


def _send(platform: Platform) -> None:
    """See that an event which one API takes is live at the other."""
    event = {
        "type": "watch",
        "event_id": f"demo-{secrets.token_hex(8)}",
        "user_id": "demo",
        "title_id": "demo",
        "event_time": datetime.now(UTC).isoformat(),
        "watch_seconds": 60,
    }
    one, other = platform.apis
    sent = time.monotonic()
    took = platform.client.post(f"{one}/v1/events", json=event)
    if not took.is_success or took.json()["counts"]["stored"] != 1:
        raise PipelineError(f"{one} takes no event: {took.text}")
    _wait(
        platform,
        lambda: platform.client.get(f"{other}/live").json()["totals"]["viewers"] > 0,
        "waiting for the event",
        pause=0.01,
    )
    seconds = time.monotonic() - sent
    say(f"An event that one of them took was live at the other after {seconds:.2f} seconds.")


def _tell_addresses(platform: Platform) -> None:
    for name, machine in (
        ("dashboard", platform.first),
        ("api", platform.first),
        ("api", platform.second),
        ("dagster", platform.pipeline),
    ):
        out().print(f"  {name:<10} {machine.url(name)}", style="bold")
    landing = platform.pipeline.settings.landing
    say(f"  {'files':<10} {landing}: what is put there is taken in")


def _wait(
    platform: Platform,
    until: Callable[[], bool],
    what: str,
    *,
    pause: float = PAUSE,
    patience: float = PATIENCE,
) -> None:
    """Wait until something has come. Raises PipelineError where it does not, or a machine ends."""
    end = time.monotonic() + patience
    with progress(what):
        while not until():
            platform.machines.look()
            if time.monotonic() > end:
                raise PipelineError(f"{what} took longer than {patience:.0f} seconds")
            time.sleep(pause)


@contextmanager
def _interrupting() -> Iterator[None]:
    """Meanwhile SIGTERM, and a terminal that is closed, interrupt as Ctrl-C does."""
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as nohup has it
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, signal.default_int_handler) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _uninterrupted() -> None:
    """Let nothing stop the ending: who is impatient would leave something behind."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
