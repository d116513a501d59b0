"""The events of files in the order of their time, kept in columns: millions fit in memory."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from netflix_pipeline.errors import BadInput
from netflix_pipeline.ingest.bronze_writer import fields_left_out
from netflix_pipeline.ingest.dedup_lookup import counted, identified
from netflix_pipeline.ingest.ingest import Progress
from netflix_pipeline.ingest.validation_rules import key, payload
from netflix_pipeline.sources import Options, Skipped, SourceFile, open_all
from netflix_pipeline.sources.formats.http_events import EVENT_TYPES

Event = dict[str, Any]
"""One event as the API takes it: `type`, `event_id` and what else is known of it."""


@dataclass(frozen=True)
class Recording:
    """Events ordered by `times` (microseconds since 1970, UTC), whatever file they stood in.

    `tables` holds the events of each type in that order; the event at a place is in the table
    `origins[place]`, in its row `rows[place]`. `unreadable` counts records that are no event: they
    have no time, or values that cannot be read. `left_out` counts fields of events that could not
    be understood. `skipped` tells the files that hold none, and why.
    """

    tables: tuple[tuple[str, pl.DataFrame], ...]
    times: NDArray[np.int64]
    origins: NDArray[np.uint8]
    rows: NDArray[np.uint32]
    unreadable: int
    left_out: Counter[str]
    skipped: tuple[Skipped, ...]

    def __len__(self) -> int:
        """How many events there are."""
        return len(self.times)

    def events(self, begin: int, end: int) -> list[Event]:
        """The events from place `begin` to before `end`; what is not known is left out."""
        origins = self.origins[begin:end]
        in_order: list[Event] = [{}] * len(origins)
        for number, (kind, frame) in enumerate(self.tables):
            places = np.flatnonzero(origins == number)
            if not places.size:
                continue
            # The rows of one table follow one another, as its events do.
            part = frame.slice(int(self.rows[begin + places[0]]), places.size)
            for place, row in zip(places.tolist(), part.iter_rows(named=True), strict=True):
                known = {name: value for name, value in row.items() if value is not None}
                in_order[place] = {"type": kind} | known
        return in_order


def record(
    paths: Iterable[Path],
    options: Options | None = None,
    *,
    limit: int | None = None,
    on_bytes: Progress = lambda *_: None,
) -> Recording:
    """The events of files and folders, the first `limit` of them; files of none are skipped.

    Raises BadInput for what cannot be read and when no event is found, UnrecognisedSource for
    files that no adapter knows.
    """
    files, unknown = open_all(paths, options or Options())
    skipped = [*unknown]
    frames: dict[str, list[pl.DataFrame]] = defaultdict(list)
    unreadable, left_out = 0, Counter[str]()
    for file in files:
        if file.table not in EVENT_TYPES:
            skipped.append(Skipped(file.path, f"{file.table} are no events"))
            continue
        for frame, refused, fields in _read(file, on_bytes):
            frames[file.table].append(frame)
            unreadable += refused
            left_out += fields
    tables = tuple(
        (EVENT_TYPES[table], _in_order(parts)) for table, parts in sorted(frames.items())
    )
    if not any(frame.height for _, frame in tables):
        raise BadInput(
            "there is no event to send: name files with watch events, searches, recommendations "
            "or reviews, or a folder that holds some."
        )
    index = _index([frame for _, frame in tables], limit)
    return Recording(
        tables,
        index["event_time"].to_physical().to_numpy(),
        index["origin"].to_numpy(),
        index["row"].to_numpy(),
        unreadable,
        left_out,
        tuple(skipped),
    )


def _read(file: SourceFile, on_bytes: Progress) -> Iterable[tuple[pl.DataFrame, int, Counter[str]]]:
    """A file's events by stretches, how many records of each are no event, and fields left out."""
    size, done = file.path.stat().st_size, 0

    def on_block(block: bytes) -> None:
        nonlocal done
        done += len(block)
        on_bytes(file.path, done, size)

    for part in file.decided(lambda _: None).parts(on_block):
        chunk = part()
        good = chunk.frame.filter(pl.col("problems").is_null() & pl.col("event_time").is_not_null())
        whole = good.select(payload(file.table))
        refused = chunk.frame.height - whole.height + chunk.unparsable.height
        named = counted(file.table, file.source, identified(file.table, file.source, whole))
        yield named.rename({key(file.table): "event_id"}), refused, fields_left_out(good)


def _in_order(parts: list[pl.DataFrame]) -> pl.DataFrame:
    """One frame of the parts, which are let go."""
    frame = pl.concat(parts)
    parts.clear()
    return frame.sort("event_time", maintain_order=True)


def _index(frames: list[pl.DataFrame], limit: int | None) -> pl.DataFrame:
    """Of every event its time, and where it stands; columns event_time, origin, row."""
    index = pl.concat(
        frame.select(
            "event_time",
            origin=pl.lit(number, pl.UInt8),
            row=pl.int_range(pl.len(), dtype=pl.UInt32),
        )
        for number, frame in enumerate(frames)
    ).sort("event_time", maintain_order=True)
    return index if limit is None else index.head(limit)
