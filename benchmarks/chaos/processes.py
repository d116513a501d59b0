"""The processes of `netflix-pipeline serve`, each by what it does, as `ps` shows them."""

from collections.abc import Mapping
from contextlib import suppress

import psutil

PROGRAMS = {
    "api.app:create_app": "api",
    "dash_app.app:create_app": "dashboard",
    "netflix_pipeline.webserver.app:create_app": "dagster",
    "netflix_pipeline.defs.daemon": "dagster-daemon",
}
STANDBY = "standby's "
ROLES = (
    *(
        f"{name}, {part}"
        for name in ("api", "dashboard", "dagster")
        for part in ("guard", "server", "worker")
    ),
    *(
        f"{name}, {STANDBY}{part}"
        for name in ("api", "dashboard")
        for part in ("guard", "server", "worker")
    ),
    "dagster, code server",
    *(f"dagster-daemon, {part}" for part in ("guard", "program", "code server")),
)
"""All of them, as one process of the API serves and one stands by."""


def by_role(serve: psutil.Process) -> Mapping[str, psutil.Process]:
    """The processes below `serve` that are there now, by role.

    Of one program the oldest serves, and the next stands by.
    """
    found: dict[str, psutil.Process] = {}
    seen: set[str] = set()
    for guard in sorted(serve.children(), key=lambda process: process.create_time()):
        with suppress(psutil.Error):
            words = guard.cmdline()
            name = next((PROGRAMS[word] for word in words if word in PROGRAMS), None)
            if name is not None:
                role = f"{name}, {STANDBY}" if name in seen else f"{name}, "
                seen.add(name)
                found.setdefault(f"{role}guard", guard)
                _add_below(found, role, guard, listens=name != "dagster-daemon")
    return found


def _add_below(
    found: dict[str, psutil.Process], role: str, guard: psutil.Process, *, listens: bool
) -> None:
    for program in guard.children():
        found.setdefault(f"{role}{'server' if listens else 'program'}", program)
        for process in program.children(recursive=True):
            with suppress(psutil.Error):
                words = process.cmdline()
                if "grpc" in words:
                    found.setdefault(f"{role}code server", process)
                elif listens and process.ppid() == program.pid:
                    found.setdefault(f"{role}worker", process)
