"""The platform as many machines serve it, each of them a `netflix-pipeline serve` on this one.

They share nothing but engines: each has a home of its own and free ports, and is told by settings
alone what it would be told elsewhere.
"""

import secrets
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Self

from netflix_pipeline.engines import (
    HOST,
    S3,
    Engine,
    Postgres,
    Redis,
    free_port,
    last_lines,
    write_secret,
)
from netflix_pipeline.engines.redis import EVICTS
from netflix_pipeline.errors import PipelineError
from netflix_pipeline.services.catalogue import SERVICES
from netflix_pipeline.services.guarded import Guarded
from netflix_pipeline.settings import IN_FILE, Settings, variable

COMMAND = (sys.executable, "-m", "netflix_pipeline.cli")
BUCKET = "viewing"
ANSWERS_WITHIN = 2.0
"""Seconds in which a service that has started answers, else it is asked again."""


@dataclass(frozen=True)
class Engines:
    """What machines share: PostgreSQL, a Redis that keeps all and one that evicts, a store.

    State and Dagster's records lie in the first, events and the queue of runs in the second,
    answers and limits in the third, tables and snapshots in the last.
    """

    postgres: Postgres
    events: Redis
    cache: Redis
    s3: S3

    @classmethod
    def started(cls, folder: Path, guarded: Guarded) -> Self:
        """All of them, once they answer."""
        engines = cls(
            Postgres(folder / "postgres", secrets.token_urlsafe()),
            Redis(folder / "redis-events", password=secrets.token_urlsafe()),
            Redis(folder / "redis-cache", *EVICTS, password=secrets.token_urlsafe()),
            S3(folder / "s3", closed=True),
        )
        started: list[tuple[Engine, subprocess.Popen[bytes]]] = []
        # The slowest to come begins first.
        for each in (engines.s3, engines.events, engines.cache, engines.postgres):
            each.make()
            started.append((each, guarded.start(each.command, each.folder, each.log)))
        for engine, process in started:
            engine.wait(process)
        engines.s3.create(BUCKET)
        return engines

    def settings(self, folder: Path) -> Mapping[str, Any]:
        """What every machine is told, with passwords in files of a new folder."""
        folder.mkdir(0o700)
        cache = _secret(folder / "cache", self.cache.address())
        return {
            "host": HOST,
            "auth": "auto",
            "event_log": _secret(folder / "events", self.events.address()),
            "cache": cache,
            "limits": cache,
            variable("lake_address"): "",
            "snapshots": f"s3://{BUCKET}/snapshots",
            "state_database": _secret(folder / "database", self.postgres.address()),
            "state_secret": _secret(folder / "secret", secrets.token_urlsafe()),
        }

    def settings_of_runs(self, shared: Mapping[str, Any], folder: Path) -> Mapping[str, Any]:
        """The same for machines that take in and build: the others have no tables."""
        return {
            **shared,
            variable("lake_address"): f"s3://{BUCKET}/lake",
            "dagster_database": shared["state_database"],
            "broker": _secret(folder / "broker", self.events.address(1)),
        }


def _secret(file: Path, text: str) -> str:
    """What a setting says whose value stands in a new file."""
    write_secret(file, text)
    return f"{IN_FILE}{file}"


@dataclass(frozen=True)
class Machine:
    """A machine: what it is called, what it serves, and how."""

    name: str
    services: tuple[str, ...]
    settings: Settings

    @property
    def log(self) -> Path:
        """What its `serve` says."""
        return self.settings.root / "serve.log"

    def url(self, service: str) -> str:
        """Where a service of it answers."""
        return self.settings.url(self._port(service))

    def answers(self) -> bool:
        """Whether all of its services answer that speak HTTP."""
        return all(
            _answers(self._port(name), SERVICES[name].path)
            for name in self.services
            if name in SERVICES
        )

    def _port(self, service: str) -> int:
        port: int = getattr(self.settings, SERVICES[service].setting)
        return port


class Machines:
    """Machines that share engines, whose homes lie in `folder`; all end with `guarded`."""

    def __init__(self, folder: Path, engines: Engines, guarded: Guarded) -> None:
        self._folder = folder
        self._engines = engines
        self._guarded = guarded
        self._serving: list[tuple[Machine, subprocess.Popen[bytes]]] = []

    def made(self, name: str, services: tuple[str, ...], told: Mapping[str, Any]) -> Machine:
        """A machine with an empty home, which serves nothing yet, and is told these settings."""
        home = self._folder / name.replace(" ", "-")
        home.mkdir(0o700)
        ports = {each.setting: free_port() for each in SERVICES.values()}
        return Machine(name, services, Settings(**{**ports, **told, "home": home}))

    def run(self, machine: Machine, *arguments: str | Path, log: Path | None = None) -> int:
        """The exit code of a command on a machine, which prints to `log`, or where we do."""
        return self._start(machine, arguments, log).wait()

    def serve(self, machine: Machine) -> None:
        """Let a machine serve."""
        process = self._start(machine, ("serve", *machine.services), machine.log)
        self._serving.append((machine, process))

    def _start(
        self, machine: Machine, arguments: tuple[str | Path, ...], log: Path | None
    ) -> subprocess.Popen[bytes]:
        environment = {
            **machine.settings.environment(),
            **self._engines.s3.environment,
            "PYTHONSAFEPATH": "1",
        }
        command = [*COMMAND, *arguments]
        return self._guarded.start(command, machine.settings.root, log, environment)

    def all_answer(self) -> bool:
        """Whether all that serve answer. Raises PipelineError where one has ended."""
        self.look()
        return all(machine.answers() for machine, _ in self._serving)

    def look(self) -> None:
        """Raise PipelineError where one has ended."""
        for machine, process in self._serving:
            if process.poll() is not None:
                raise PipelineError(
                    f"the machine {machine.name} serves no more. The last lines of {machine.log}:\n"
                    f"{last_lines(machine.log)}"
                )


def _answers(port: int, path: str) -> bool:
    connection = HTTPConnection(HOST, port, timeout=ANSWERS_WITHIN)
    try:
        connection.request("GET", path)
        connection.getresponse()
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
    return True
