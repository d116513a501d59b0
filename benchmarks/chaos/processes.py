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
ROLES = (
    *(
        f"{name}, {part}"
        for name in ("api", "dashboard", "dagster")
        for part in ("guard", "server", "worker")
    ),
    "dagster, code server",
    *(f"dagster-daemon, {part}" for part in ("guard", "program", "code server")),
)
"""All of them, as one process of the API serves."""


def by_role(serve: psutil.Process) -> Mapping[str, psutil.Process]:
    """The processes below `serve` that are there now, by role; of several the oldest."""
    found: dict[str, psutil.Process] = {}
    for guard in serve.children():
        with suppress(psutil.Error):
            words = guard.cmdline()
            name = next((PROGRAMS[word] for word in words if word in PROGRAMS), None)
            if name is not None:
                _add(found, f"{name}, guard", guard)
                _add_below(found, name, guard)
    return found


def _add_below(found: dict[str, psutil.Process], name: str, guard: psutil.Process) -> None:
    for program in guard.children():
        listens = name != "dagster-daemon"
        _add(found, f"{name}, server" if listens else f"{name}, program", program)
        for process in program.children(recursive=True):
            with suppress(psutil.Error):
                words = process.cmdline()
                if "grpc" in words:
                    _add(found, f"{name}, code server", process)
                elif listens and process.ppid() == program.pid:
                    _add(found, f"{name}, worker", process)


def _add(found: dict[str, psutil.Process], role: str, process: psutil.Process) -> None:
    if role not in found or process.create_time() < found[role].create_time():
        found[role] = process
