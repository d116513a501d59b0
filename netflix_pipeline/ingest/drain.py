"""The event log into bronze: every event is stored, a duplicate, or in quarantine, as of files.

A range of offsets becomes a batch a table, under a name that tells the range; that of watch events
is written last, and always: where its names end the next drain goes on. A drain that was cut off
within a range does exactly that range again, but for the tables that it was done with.

The log keeps what is in bronze for two hours (`log_hours`), whatever the clock is set to meanwhile.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from time import monotonic

import msgspec

from netflix_pipeline.atomic_write import write_bytes
from netflix_pipeline.contracts import CANARY_USER
from netflix_pipeline.eventlog import Damaged, EventLog, Record, existing_log
from netflix_pipeline.ingest.batches import Manifest, manifest, remove_uncommitted, was_cut_off
from netflix_pipeline.ingest.bronze_writer import Arrival, Batch, write
from netflix_pipeline.ingest.compaction import compact
from netflix_pipeline.ingest.erasure_filter import erased
from netflix_pipeline.ingest.fault_isolation import TAKEN_AGAIN, Failures
from netflix_pipeline.ingest.identity_migration import renewed, taking_in
from netflix_pipeline.ingest.ingest import FileResult, result
from netflix_pipeline.ingest.log_batches import (
    OTHERS,
    REQUEST,
    Lines,
    Portion,
    one_portion,
    portions,
    validate_lines,
)
from netflix_pipeline.ingest.quarantine import finish_replays
from netflix_pipeline.ingest.staging import Staging
from netflix_pipeline.ingest.validate_chunk import ValidatedChunk
from netflix_pipeline.lake import Lake, Range, ranges
from netflix_pipeline.settings import Settings
from netflix_pipeline.sources.formats import http_events

CANARY = f'"{CANARY_USER}"'.encode()
CANARIES = 60
"""Canaries that may wait together."""


def drained(lake: Lake, log: str) -> int:
    """The offset up to which all of a log is in bronze."""
    return _drained(ranges(lake.standing_batches()), log)


def _drained(known: Iterable[Range], log: str) -> int:
    return max(
        (batch.last for batch in known if (batch.log, batch.table) == (log, OTHERS)), default=0
    )


def is_of_others(record: Record | Damaged) -> bool:
    """Whether a record holds more than the platform's own canaries."""
    return isinstance(record, Damaged) or any(CANARY not in line for line in record.lines)


def is_worth_draining(log: EventLog, after: int) -> bool:
    """Whether the log holds more behind that offset than some of the platform's own canaries.

    One comes every minute: when nothing else does, a drain an hour is enough for them.
    """
    last = log.last()
    return last - after > CANARIES or any(
        map(is_of_others, log.read(after) if last > after else ())
    )


def drain(
    settings: Settings,
    log: EventLog,
    *,
    waiting: Callable[[], None] | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    steady: Callable[[], float] = monotonic,
) -> list[FileResult]:
    """Take in what the log holds by now; returns what became of each range and table.

    What fails by itself is set aside and told in a `note`; what comes behind it is taken in.

    `waiting` is called once when another ingest must end first. What is in bronze leaves the log
    `log_hours` later. Raises StorageFull, LogUnavailable: the next drain goes on.
    """
    # Who only takes files in, or asks how far drains have come, needs nothing of it.
    from netflix_pipeline.monitoring import events_drained
    from netflix_pipeline.monitoring.tracing import span

    results = []
    failures = Failures()
    with (
        span(settings, "drain", kind="CONSUMER") as traced,
        taking_in(settings, waiting) as lake,
        _cut_off(settings, lake),
    ):
        finish_replays(lake, failures)
        name, last = log.id, log.last()
        known = ranges(lake.standing_batches())
        after = _drained(known, name)
        for portion in _begun(log, lake, known, after):
            traced.link(portion.traces)
            results += _take(settings, lake, name, portion)
            after = portion.last
        # Before what is new: then nearly all that is merged is built already, and stays so.
        compact(lake, now().date(), failures)
        for portion in portions(log, after, last, now()):
            traced.link(portion.traces)
            taken = _take(settings, lake, name, portion)
            events_drained(settings, sum(one.received for one in taken))
            results += taken
            after = portion.last
        lake.commit()  # before the log may let go of it
        notes = settings.root / "drained.json"
        kept = timedelta(hours=settings.log_hours)
        log.trim(name, kept_long_enough(notes, name, after, now(), steady(), kept))
        traced.tell({"netflix.events": sum(one.received for one in results)})
    if failures.told:
        results.append(
            FileResult(
                path=Path(f"events:{name}"),
                source=http_events.SOURCE,
                table="",
                note=str(failures),
            )
        )
    return results


def drain_home(
    settings: Settings, *, waiting: Callable[[], None] | None = None
) -> list[FileResult]:
    """Drain the home's log, as `drain` does; nothing where nobody sent an event yet."""
    with existing_log(settings) as log:
        if log is None:
            renewed(settings, waiting)
        return [] if log is None else drain(settings, log, waiting=waiting)


@contextmanager
def _cut_off(settings: Settings, lake: Lake) -> Iterator[None]:
    """Tell the next drain when this one does not end, and remove what others left that did not."""
    mark = settings.root / "drain.json"
    if was_cut_off(settings.root):
        remove_uncommitted(lake)
    if not mark.exists():
        write_bytes(mark, b"{}")
    yield
    mark.unlink(missing_ok=True)


def _begun(log: EventLog, lake: Lake, known: Iterable[Range], after: int) -> Iterator[Portion]:
    """The range of which a drain that was cut off took some tables, if there is one."""
    for batch in known:
        if batch.log == log.id and batch.first > after:
            taken = manifest(lake, batch.name)
            assert taken is not None
            portion = one_portion(log, batch.first, batch.last, taken.received_at)
            if portion is not None:
                yield portion
            return


def _take(settings: Settings, lake: Lake, log: str, portion: Portion) -> list[FileResult]:
    """Write the batches of a portion that do not stand yet.

    Events at which that fails wait in quarantine; all of a batch do where it fails at none of them
    alone.
    """
    standing = lake.standing_batches()
    marked, staging = erased(settings), settings.root / "staging"
    results = []
    for table, given in portion.by_table().items():
        batch_range = Range(log, portion.first, portion.last, portion.day, table)
        if batch_range.name in standing:
            continue
        receipt, oldest = portion.receipt(), settings.oldest_event
        judged, lines, failures = validate_lines(table, given, receipt, marked, oldest)
        write_lines = partial(_write_lines, lake, portion, batch_range, failures, staging)
        try:
            taken = write_lines(lines, judged)
        except BaseException as error:  # noqa: BLE001 (what may pass is raised again)
            failures.note(f"{table}: {len(lines.texts)} events cannot be stored", error)
            taken = write_lines(lines.failed(lines.texts, marked), None)
        results.append(result(Path(taken.path), taken))
    return results


def _write_lines(
    lake: Lake,
    portion: Portion,
    batch_range: Range,
    failures: Failures,
    staging: Path,
    lines: Lines,
    judged: ValidatedChunk | None,
) -> Manifest:
    arrival = Arrival(
        received=len(lines.refused) + lines.erased,
        erased=lines.erased,
        quarantine=lines.quarantine(),
        notes=[f"{failures}. {TAKEN_AGAIN}"] if failures.told else [],
    )
    with Staging(staging) as rows:
        if judged is not None:
            arrival.take(judged)
            rows.add(judged.good)
        manifest = Manifest(
            batch=batch_range.name,
            path=f"events:{batch_range.log}",
            source=http_events.SOURCE,
            table=batch_range.table,
            sha256=lines.sha256,
            arrival=1,
            received_at=portion.received_at,
            header=http_events.header(batch_range.table),
        )
        batch = Batch(
            manifest,
            receipt=portion.receipt(),
            place=REQUEST,
            raw=lambda numbers: [
                lines.texts[number].decode(errors="replace") for number in numbers
            ],
        )
        return write(lake, batch, rows, arrival)


NOTES = 8
"""So many are made within the time for which the log keeps what is in bronze."""


class _Note(msgspec.Struct, frozen=True):
    """So far a log was drained, at that time and at that of a clock which nobody sets."""

    log: str
    upto: int
    at: datetime
    steady: float


def kept_long_enough(
    path: Path, log: str, upto: int, now: datetime, steady: float, kept: timedelta
) -> int:
    """The offset up to which the log has been in bronze for long enough; 0 where nothing has.

    Notes in the file at `path` that it is so `upto` an offset now. Receipts do not tell: some may
    be of a clock that ran ahead. Of `now` and `steady`, which begins anew with the machine, both
    must have gone on by `kept`.
    """
    notes = [note for note in _read(path) if note.log == log]
    old = [
        note.upto
        for note in notes
        if now - note.at >= kept and not 0 <= steady - note.steady < kept.total_seconds()
    ]
    long_enough = max(old, default=0)
    left = [note for note in notes if note.upto > long_enough]
    apart = kept.total_seconds() / NOTES
    if not any(0 <= steady - note.steady < apart for note in left):
        left.append(_Note(log, upto, now, steady))
    if left != notes:
        write_bytes(path, msgspec.json.encode(left))
    return long_enough


def _read(path: Path) -> list[_Note]:
    """The notes; none where they are lost or damaged: then all is kept from now on."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[_Note])
    except (FileNotFoundError, ValueError):
        return []
