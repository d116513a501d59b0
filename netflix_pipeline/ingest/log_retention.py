"""The log keeps what is in bronze for two hours, whatever the clock is set to meanwhile."""

from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from netflix_pipeline.lake.atomic_write import write_bytes

KEPT = timedelta(hours=2)
"""How long the log keeps what is in bronze, for those who look at what just happened."""
NOTED = KEPT / 8
"""Time between two notes."""


class _Note(msgspec.Struct, frozen=True):
    """So far a log was drained, at that time and at that of a clock which nobody sets."""

    log: str
    upto: int
    at: datetime
    steady: float


def kept_long_enough(path: Path, log: str, upto: int, now: datetime, steady: float) -> int:
    """The offset up to which the log has been in bronze for long enough; 0 where nothing has.

    Notes in the file at `path` that it is so `upto` an offset now. Receipts do not tell: some may
    be of a clock that ran ahead. Of `now` and `steady`, which begins anew with the machine, both
    must have gone on.
    """
    notes = [note for note in _read(path) if note.log == log]
    old = [
        note.upto
        for note in notes
        if now - note.at >= KEPT and not 0 <= steady - note.steady < KEPT.total_seconds()
    ]
    long_enough = max(old, default=0)
    left = [note for note in notes if note.upto > long_enough]
    if not any(0 <= steady - note.steady < NOTED.total_seconds() for note in left):
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
