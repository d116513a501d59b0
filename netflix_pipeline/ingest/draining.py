"""The event log into bronze: every event is stored, a duplicate, or in quarantine, as of files.

A range of offsets becomes a batch a table, under a name that tells the range; that of watch events
is written last, and always: where its names end the next drain goes on. A drain that was cut off
within a range does exactly that range again, but for the tables that it was done with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from netflix_pipeline.contracts.contract import CANARY_USER
from netflix_pipeline.eventlog import Damaged, EventLog, existing_log
from netflix_pipeline.ingest.batches import Manifest, manifest, remove_uncommitted
from netflix_pipeline.ingest.compaction import compact
from netflix_pipeline.ingest.ingest import FileResult, result
from netflix_pipeline.ingest.quarantine import finish_replays
from netflix_pipeline.ingest.refusing import erased
from netflix_pipeline.ingest.requests import OFFSET, OTHERS, Lines, Portion, one_portion, portions
from netflix_pipeline.ingest.sorting import sort_out
from netflix_pipeline.ingest.staging import Staging
from netflix_pipeline.ingest.writing import Arrival, Batch, write
from netflix_pipeline.lake import Lake, exclusive
from netflix_pipeline.lake.files import write_bytes
from netflix_pipeline.lake.ranges import Range, ranges
from netflix_pipeline.settings import Settings
from netflix_pipeline.sources import http_events

if TYPE_CHECKING:
    from netflix_pipeline.state import Marked

CANARY = f'"{CANARY_USER}"'.encode()
CANARIES = 60
"""Canaries that may wait together."""

KEPT = timedelta(hours=2)
"""How long the log keeps what is in bronze, for those who look at what just happened."""


def drained(lake: Lake, log: str) -> int:
    """The offset up to which all of a log is in bronze."""
    return _drained(ranges(lake.standing_batches()), log)


def is_worth_draining(log: EventLog, after: int) -> bool:
    """Whether the log holds more behind that offset than some of the platform's own canaries.

    One comes every minute: when nothing else does, a drain an hour is enough for them.
    """
    last = log.last()
    if last - after > CANARIES:
        return True
    return any(
        isinstance(record, Damaged) or any(CANARY not in line for line in record.lines)
        for record in (log.read(after) if last > after else ())
    )


def _drained(known: Iterable[Range], log: str) -> int:
    return max((told.last for told in known if (told.log, told.table) == (log, OTHERS)), default=0)


def drain(
    settings: Settings,
    log: EventLog,
    *,
    waiting: Callable[[], None] | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> list[FileResult]:
    """Take in what the log holds by now; returns what became of each range and table.

    `waiting` is called once when another ingest must end first. What is in bronze leaves the log
    after `KEPT`. Raises StorageFull, LogUnavailable: the next drain goes on.
    """
    lake = Lake(settings.lake)
    results = []
    with exclusive(settings.root / "ingest.lock", waiting), _cut_off(settings, lake):
        finish_replays(lake)
        name, last = log.id, log.last()
        known = ranges(lake.standing_batches())
        after = _drained(known, name)
        for portion in _begun(log, lake, known, after):
            results += _take(settings, lake, name, portion)
            after = portion.last
        # Before what is new: then nearly all that is merged is built already, and stays so.
        compact(lake, now().date())
        for portion in portions(log, after, last, now()):
            results += _take(settings, lake, name, portion)
            after = portion.last
        log.trim(name, after, now() - KEPT)
    return results


def drain_home(
    settings: Settings, *, waiting: Callable[[], None] | None = None
) -> list[FileResult]:
    """Drain the home's log, as `drain` does; nothing where nobody sent an event yet."""
    with existing_log(settings) as log:
        return [] if log is None else drain(settings, log, waiting=waiting)


@contextmanager
def _cut_off(settings: Settings, lake: Lake) -> Iterator[None]:
    """Tell the next drain when this one does not end, and remove what others left that did not."""
    mark = settings.root / "drain.json"
    if mark.exists() or (settings.root / "ingest.json").exists():
        remove_uncommitted(lake)
    if not mark.exists():
        write_bytes(mark, b"{}")
    yield
    mark.unlink(missing_ok=True)


def _begun(log: EventLog, lake: Lake, known: Iterable[Range], after: int) -> Iterator[Portion]:
    """The range of which a drain that was cut off took some tables, if there is one."""
    for told in known:
        if told.log == log.id and told.first > after:
            taken = manifest(lake, told.name)
            assert taken is not None
            portion = one_portion(log, told.first, told.last, taken.received_at)
            if portion is not None:
                yield portion
            return


def _take(settings: Settings, lake: Lake, log: str, portion: Portion) -> list[FileResult]:
    """Write the batches of a portion that do not stand yet."""
    standing = lake.standing_batches()
    marked, staging = erased(settings), settings.root / "staging"
    results = []
    for table, lines in portion.by_table().items():
        told = Range(log, portion.first, portion.last, portion.day, table)
        if told.name not in standing:
            kept = lines.without(marked) if marked else lines
            taken = _write(lake, portion, told, kept, staging, marked)
            results.append(result(Path(taken.path), taken))
    return results


def _write(
    lake: Lake,
    portion: Portion,
    told: Range,
    lines: Lines,
    staging: Path,
    marked: Marked | None,
) -> Manifest:
    receipt = portion.receipt()
    arrival = Arrival(
        received=len(lines.refused) + lines.erased,
        erased=lines.erased,
        quarantine=lines.quarantine(),
    )
    texts = dict(zip(lines.numbers, lines.texts, strict=True))
    with Staging(staging) as rows:
        if texts:
            part = partial(http_events.read, told.table, lines.texts, lines.numbers)
            judged = sort_out(
                told.table, http_events.SOURCE, part, receipt, names_itself=True, erased=marked
            )
            arrival.take(judged)
            rows.add(judged.good)
        batch = Batch(
            name=told.name,
            path=f"events:{told.log}",
            source=http_events.SOURCE,
            table=told.table,
            sha256=lines.sha256,
            arrival=1,
            received_at=portion.received_at,
            header=http_events.header(told.table),
            receipt=receipt,
            place=pl.concat_str(pl.lit("POST /events, request "), OFFSET),
            raw=lambda numbers: [texts[number].decode(errors="replace") for number in numbers],
        )
        return write(lake, batch, rows, arrival)
