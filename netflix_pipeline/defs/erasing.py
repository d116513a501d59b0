"""Erasing persons, around the build of what follows from their rows.

`begin` takes them out of bronze; then what follows is built like after any change, and `finish`
takes them out of whatever still holds them. Cut off anywhere, the next run that builds what is
pending does both again.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from netflix_pipeline.backup import Holding, tell_erasures
from netflix_pipeline.erasing import erase_files, erase_history
from netflix_pipeline.eventlog import existing_log
from netflix_pipeline.ingest import latest_receipt
from netflix_pipeline.ingest.erasing import ErasedRows, erase_bronze
from netflix_pipeline.lake import Lake
from netflix_pipeline.materialize.erasing import erase_tables
from netflix_pipeline.persons import Persons
from netflix_pipeline.serving import publish_shared
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import Erasures, looked_up, open_erasures

SETTLED = 3.0
"""Seconds after a mark in which who takes events in, or moves a file, may not have seen it yet."""


@dataclass(frozen=True)
class Begun:
    """Persons whom nothing is to be computed from any more, and what was found of them."""

    users: tuple[str, ...]
    read_at: float
    """When the marks were read, by the monotonic clock: all of them were there by then."""
    bronze: ErasedRows


@dataclass(frozen=True)
class ErasureRun:
    """Persons of whom nothing is left, and what there was this time.

    `rows` of bronze, `events` of the event log, `files` that held them; `found` are those of whom
    bronze held anything. `snapshot` is the version that is served without them. Where `failures`
    tells of files that still may hold them, they stay pending. `holding` are the backups that were
    made before.
    """

    users: tuple[str, ...]
    rows: int
    events: int
    files: int
    found: frozenset[str]
    snapshot: int
    failures: tuple[str, ...] = ()
    holding: tuple[Holding, ...] = ()


def waiting_since(settings: Settings) -> datetime | None:
    """When the last of those who are pending was marked; None where nobody is."""
    return looked_up(settings, lambda engine: Erasures(engine, settings).newest(), None)


def begin(settings: Settings, waiting: Callable[[], None] | None = None) -> Begun | None:
    """Take those who are pending out of bronze; None where nobody is.

    `waiting` is called once when an ingest must end first.
    """
    users = looked_up(settings, lambda engine: Erasures(engine, settings).pending(), list[str]())
    if not users:
        return None
    return Begun(tuple(users), time.monotonic(), erase_bronze(settings, users, waiting=waiting))


def finish(settings: Settings, begun: Begun) -> ErasureRun:
    """Take them out of all that was computed, kept or recorded, then forget their ids.

    The snapshot is built anew and those before it are removed, on the store of replicas too: a
    patched copy would keep names and free pages. Who has an old one open reads on until they move
    to the new one.
    """
    lake, persons = Lake.of(settings), Persons(begun.users)
    erase_tables(lake, begun.users)
    published = publish_shared(
        lake, settings.serving, settings.snapshots, as_of=latest_receipt(lake), erasing=True
    )
    # Until everybody has seen the marks: then nothing of theirs comes in behind this.
    time.sleep(max(0.0, begun.read_at + SETTLED - time.monotonic()))
    with existing_log(settings) as log:
        events = 0 if log is None else log.erase(persons)
    files = erase_files(settings, persons)
    erase_history(settings, persons)
    if not begun.bronze.failures:
        with open_erasures(settings) as erasures:
            erasures.done(begun.users)
    holding, untold = tell_erasures(settings)
    return ErasureRun(
        begun.users,
        begun.bronze.rows,
        events,
        len(files),
        begun.bronze.users,
        published.version,
        (*begun.bronze.failures, *untold),
        tuple(holding),
    )


def finish_gone(settings: Settings) -> ErasureRun | None:
    """Finish with those of whom bronze held nothing any more; None where nobody is pending.

    Whoever was marked since what follows was built, and was found in bronze now, stays pending.
    """
    begun = begin(settings)
    if begun is None:
        return None
    gone = tuple(user for user in begun.users if user not in begun.bronze.users)
    return finish(settings, replace(begun, users=gone))
