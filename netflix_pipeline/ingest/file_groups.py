"""Files that were read become batches: each by itself, or small ones of many days together.

A file costs a file of bronze for each day of which it has rows, however few these are, and so does
each look at that day from then on. So of neighbours that are read alike and have few rows of a day,
each day is written once for all of them: they are one batch, whose manifest tells of each. In a row
`line` is that of its own file, and `batch` tells which of them that is.
"""

import hashlib
import os
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import polars as pl

from netflix_pipeline.ingest.batches import BatchFile, Manifest, batch_name, file_name
from netflix_pipeline.ingest.bronze_writer import Arrival, Batch, write
from netflix_pipeline.ingest.fault_isolation import Failures
from netflix_pipeline.ingest.identity_migration import rename
from netflix_pipeline.ingest.staging import LINES, Staging
from netflix_pipeline.lake import Lake
from netflix_pipeline.sources import SourceFile

FEW_ROWS = 5_000
"""Rows that a file has of a day, up to which its files of bronze cost more than they do."""

TOGETHER = 512 * 2**20
"""Bytes of rows, as they lie in memory, of files that are written together at most."""


@dataclass(frozen=True)
class Read:
    """A file that was read: `source` as it was read, what arrives with it, its bytes' digest."""

    source: SourceFile
    arrival: Arrival
    sha256: str


@dataclass(frozen=True)
class Incoming:
    """A file that was read and is to be written.

    `held` lets go of its `rows`, `anew` reads it once more.
    """

    read: Read
    rows: Staging
    received_at: datetime
    anew: Callable[[], "Incoming"]
    held: ExitStack

    @property
    def path(self) -> str:
        """The file's whole path."""
        return str(self.read.source.path.absolute())

    @property
    def header(self) -> str:
        """How its rows are read, where it does not matter whose they are."""
        return replace(self.read.source, household="").header

    @property
    def may_join(self) -> bool:
        """Whether it may be written with others: few events a day, the same in whichever file."""
        adapter = self.read.source.adapter
        return (
            adapter.contract.partition == "day"
            and adapter.instead_of is None
            and not adapter.repeats
            and self.rows.is_in_memory
            and self.rows.rows_of_day < FEW_ROWS
        )


def write_alone(lake: Lake, incoming: Incoming) -> Manifest:
    """Write a file as a batch of its own."""
    read, received_at = incoming.read, incoming.received_at
    source = read.source
    name, number = batch_name(lake, read.sha256)
    manifest = Manifest(
        batch=name,
        path=incoming.path,
        source=source.source,
        table=source.table,
        sha256=read.sha256,
        arrival=number,
        received_at=received_at,
        header=source.header,
        dates=source.dates,
    )
    batch = Batch(manifest, pl.lit(received_at), pl.lit(incoming.path), source.raw)
    taken = write(lake, batch, incoming.rows, read.arrival)
    if read.arrival.became:
        # Where that fails they are told by the next download.
        with Failures().ends(f"{source.path}: rows stored before do not get its ids"):
            rename(lake, read.arrival.became)
    return taken


class FileGroup:
    """Files that are written together, in their order.

    Their rows lie in one place; what does not fit in memory goes to the folder.
    """

    def __init__(self, folder: Path) -> None:
        self.files: list[Incoming] = []
        self.rows = Staging(folder)
        self._size = 0

    def takes(self, file: Incoming) -> bool:
        """Whether a file may be written with those that came before it."""
        first = self.files[0] if self.files else file
        return (
            (not self.files or self._size + file.rows.bytes <= TOGETHER)
            and file.received_at.date() == first.received_at.date()
            and file.read.source.table == first.read.source.table
            and file.header == first.header
        )

    def add(self, file: Incoming) -> None:
        """Take the rows of a file."""
        self._size += file.rows.bytes
        self.rows.put_behind(file.rows, len(self.files))
        self.files.append(file)

    def write(self, lake: Lake) -> Manifest:
        """Write them as one batch. Raises where any of it fails: nothing is written then."""
        files, first = self.files, self.files[0].read.source
        digests = "\n".join(each.read.sha256 for each in files)
        sha256 = hashlib.sha256(digests.encode()).hexdigest()
        name, number = batch_name(lake, sha256)
        manifest = Manifest(
            batch=name,
            path=os.path.commonpath([Path(each.path).parent for each in files]),
            source=first.source,
            table=first.table,
            sha256=sha256,
            arrival=number,
            received_at=max(each.received_at for each in files),
            header=files[0].header,
            files=tuple(map(_as_it_came, files)),
        )
        of_file = pl.col("line") // LINES
        names = [file_name(name, number) for number in range(len(files))]
        receipts, paths = (
            [getattr(each, told) for each in files] for told in ("received_at", "path")
        )
        batch = Batch(
            manifest,
            receipt=pl.lit(pl.Series(receipts)).gather(of_file),
            place=pl.lit(pl.Series(paths)).gather(of_file),
            raw=lambda lines: _raw([each.read.source for each in files], lines),
            of_file={
                "batch": pl.lit(pl.Series(names)).gather(of_file),
                "line": pl.col("line") % LINES,
            },
        )
        arrival = Arrival()
        for number, each in enumerate(files):
            arrival.take_file(each.read.arrival, number)
        return write(lake, batch, self.rows, arrival)


def _as_it_came(file: Incoming) -> BatchFile:
    source, arrival = file.read.source, file.read.arrival
    return BatchFile(
        path=file.path,
        sha256=file.read.sha256,
        received_at=file.received_at,
        source=source.source,
        table=source.table,
        received=arrival.received,
        erased=arrival.erased,
        note="; ".join(arrival.notes),
        dates=source.dates,
    )


def _raw(sources: Sequence[SourceFile], lines: Sequence[int]) -> list[str]:
    """The text of the rows at some lines, each of which tells its file too."""
    of_file = defaultdict[int, list[int]](list)
    for line in lines:
        of_file[line // LINES].append(line)
    texts: dict[int, str] = {}
    for number, theirs in of_file.items():
        told = sources[number].raw([line % LINES for line in theirs])
        texts.update(zip(theirs, told, strict=True))
    return [texts[line] for line in lines]
