"""A file read and judged as a whole, before anything of it is stored."""

import hashlib
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from netflix_pipeline.errors import BadInput
from netflix_pipeline.ingest.bronze_writer import Arrival
from netflix_pipeline.ingest.ordered_parallel import in_order
from netflix_pipeline.ingest.staging import Staging
from netflix_pipeline.ingest.validate_chunk import refuse_misread, validate_chunk
from netflix_pipeline.persons import Marked
from netflix_pipeline.sources import SourceFile

Progress = Callable[[Path, int, int], None]
"""Called with a file, the bytes of it that were read so far, and its size."""


@dataclass(frozen=True)
class Read:
    """A file that was read: `source` as it was read, what arrives with it, its bytes' digest."""

    source: SourceFile
    arrival: Arrival
    sha256: str


def read_file(
    source: SourceFile,
    rows: Staging,
    received_at: datetime,
    marked: Marked | None,
    progress: Progress,
) -> Read:
    """Read a file to its end; `rows` gets those that can be taken.

    Raises BadInput for a file that cannot be taken: where the order of day and month in its dates
    is open, or a mapping reads its numbers wrongly.
    """
    read = _read(source, rows, received_at, marked, progress)
    if read is None:
        # All of the file's dates decide their order, then it is read anew.
        rows.forget()
        source = source.decided(_Bytes(source.path, progress).on_bytes)
        read = _read(source, rows, received_at, marked, progress)
    assert read is not None
    refuse_misread(source.path, source.table, read.arrival.measured)
    return read


def _read(
    source: SourceFile,
    rows: Staging,
    received_at: datetime,
    marked: Marked | None,
    progress: Progress,
) -> Read | None:
    """As read_file; None where the order of the file's dates must be decided first."""
    read = _Bytes(source.path, progress)
    arrival = Arrival()
    judge = partial(
        validate_chunk,
        source.table,
        source.source,
        received_at=received_at,
        erased=marked,
        measured=source.mapping is not None,
    )
    try:
        jobs = (partial(judge, part) for part in source.parts(read.on_bytes))
        with closing(in_order(jobs)) as parts:
            for part in parts:
                if part.undecided:
                    return None
                arrival.take(part)
                rows.add(part.good)
    except BadInput as error:
        if not arrival.received:
            raise
        # What could be read before the damage is good: it is kept, and the note says so.
        arrival.notes.append(str(error))
    if not arrival.received:
        arrival.notes.append(f"{source.path}: it has a header and no rows; check that it is whole")
    return Read(source, arrival, read.digest.hexdigest())


class _Bytes:
    """The bytes of a file while it is read: their digest, and how far it is."""

    def __init__(self, path: Path, progress: Progress) -> None:
        self.digest = hashlib.sha256()
        self._path = path
        self._progress = progress
        self._size = path.stat().st_size
        self._read = 0

    def on_bytes(self, block: bytes) -> None:
        self.digest.update(block)
        self._read += len(block)
        self._progress(self._path, self._read, self._size)
