"""What a run takes in before it builds: files that landed, and what the event log holds."""

import time
from collections.abc import Sequence
from logging import Logger

from netflix_pipeline.defs.landing import set_aside, take
from netflix_pipeline.errors import BadInput, Transient, ends_one
from netflix_pipeline.ingest import FileResult, drain_home
from netflix_pipeline.monitoring import count_taken_in
from netflix_pipeline.settings import Settings

TAKES_FOR = 60.0
"""Seconds after which a run that takes files in leaves the rest to the next one, and builds."""


def take_files(settings: Settings, places: Sequence[str], log: Logger) -> tuple[int, list[str]]:
    """Take in files by their places below the landing folder.

    Returns how many were taken in, and why others stay. Raises Transient where none was and one may
    be later.
    """
    taken = 0
    failures: list[str] = []
    later: Transient | None = None
    until = time.monotonic() + TAKES_FOR
    for number, place in enumerate(places):
        if number and time.monotonic() > until:
            log.info("%d files are left to the next run", len(places) - number)
            break
        try:
            taken += _take_one(settings, place, log)
        except Transient as error:
            later = error
            log.warning("%s stays for another try: %s", place, error)
        except (BadInput, OSError) as error:
            failures.append(f"{place}: {error}")
            log.error("%s stays: %s", place, error)  # noqa: TRY400 (it tells it all)
    if later is not None and not taken:
        raise later
    return taken, failures


def _take_one(settings: Settings, place: str, log: Logger) -> bool:
    """Take in or refuse a file; whether anything is to be built then."""
    try:
        taken = take(settings, place)
    except BaseException as error:
        if not ends_one(error) or isinstance(error, (Transient, BadInput, OSError)):
            raise
        log.exception("%s is set aside", place)
        taken = set_aside(settings, place, error)
    if taken is None:
        log.info("%s is no longer there: nothing to do", place)
        return False
    if taken.result is None:
        log.warning("refused, now %s: %s", taken.path, taken.reason)
        return False
    log.info("now %s: %s", taken.path, summary(taken.result))
    _count(settings, taken.result)
    return True


def drain(settings: Settings, log: Logger) -> None:
    """Move what the event log holds into bronze."""
    for result in drain_home(settings):
        (log.error if result.note else log.info)("%s: %s", result.batch, summary(result))
        _count(settings, result)


def _count(settings: Settings, result: FileResult) -> None:
    if result.table:  # else it tells of what failed
        count_taken_in(settings, f"bronze/{result.table}", result.stored)


def summary(result: FileResult) -> str:
    """What became of a file's rows, in one line."""
    return (
        f"{result.received} rows received, {result.stored} stored, {result.duplicate} duplicate, "
        f"{result.quarantined} quarantined, {result.erased} erased. "
        f"{result.dates} {result.note}".strip()
    )
