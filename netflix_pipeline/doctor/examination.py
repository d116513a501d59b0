"""All checks of a home, each by itself: one that fails says so, and the others go on."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from netflix_pipeline.doctor import backups, machine, stored
from netflix_pipeline.doctor.finding import Finding, bad
from netflix_pipeline.doctor.store import store
from netflix_pipeline.errors import PipelineError, ends_one
from netflix_pipeline.settings import Settings

Check = Callable[[Settings], Iterator[Finding]]

CHECKS: Mapping[str, Check] = {
    "settings": machine.variables,
    "home": machine.home,
    "disk": machine.disk,
    "clock": machine.clock,
    "versions": machine.versions,
    "ports": machine.ports,
    "event-log": stored.event_log,
    "store": store,
    "lake": stored.lake,
    "snapshot": stored.snapshot,
    "snapshot-store": stored.snapshot_store,
    "state": stored.state,
    "keys": stored.keys,
    "dagster": stored.dagster,
    "backup": backups.backup,
}
"""Each by its name, in the order in which they are told."""


def examine(settings: Settings) -> Iterator[Finding]:
    """What all checks find."""
    for name, check in CHECKS.items():
        try:
            for finding in check(settings):
                yield replace(finding, check=name)
        except (PipelineError, OSError, sqlite3.Error) as error:
            yield replace(bad(settings.root, str(error), "do what it says"), check=name)
        except BaseException as error:
            if not ends_one(error):
                raise
            failed = f"it could not be looked at: {type(error).__name__}: {error}"
            yield replace(bad(settings.root, failed, "report it, with this line"), check=name)
