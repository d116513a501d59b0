"""The durable log of events that were accepted: append, read from an offset, trim, erase."""

from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path

from netflix_pipeline.errors import BadInput
from netflix_pipeline.eventlog.log import EventLog, LogOverloaded, LogUnavailable, since
from netflix_pipeline.eventlog.record import (
    POSITIONS,
    Damaged,
    Record,
    erased_type,
    is_erased,
    may_hold,
)
from netflix_pipeline.settings import Settings

__all__ = [
    "POSITIONS",
    "Damaged",
    "EventLog",
    "LogOverloaded",
    "LogUnavailable",
    "Record",
    "erased_type",
    "existing_log",
    "find_log",
    "is_erased",
    "may_hold",
    "open_log",
    "since",
]


def open_log(settings: Settings) -> EventLog:
    """The log that the settings name: Redis Streams by `NETFLIX_EVENT_LOG`, else a SQLite file.

    Raises BadInput for an address of another kind or a Redis that does not force data to disk,
    LogUnavailable when it cannot be reached.
    """
    if not settings.event_log:
        from netflix_pipeline.eventlog.sqlite import SqliteLog

        return SqliteLog(_file(settings))
    if not settings.event_log.startswith(("redis://", "rediss://")):
        # What stands there is not told: it may hold a password.
        raise BadInput(
            "NETFLIX_EVENT_LOG is no address of a Redis: it begins with redis:// or rediss:// "
            "(redis://localhost:6379/0). Without it, events are kept in a file below NETFLIX_HOME."
        )
    from netflix_pipeline.eventlog.redis import RedisLog

    return RedisLog(settings.event_log)


def find_log(settings: Settings) -> EventLog | None:
    """The home's event log; None where nobody wrote to one yet: looking makes none."""
    return open_log(settings) if settings.event_log or _file(settings).exists() else None


@contextmanager
def existing_log(settings: Settings) -> Iterator[EventLog | None]:
    """What `find_log` gives, closed at the end."""
    log = find_log(settings)
    with nullcontext() if log is None else closing(log):
        yield log


def _file(settings: Settings) -> Path:
    return settings.events / "log.db"
