"""Few batches in place of many: those out of an event log are merged, their rows as they were.

Neighbours of the same log, table and day of arrival become one batch, whose name tells the range of
all of them. From the moment its manifest stands, theirs do not count any more; what reads them goes
on until nobody builds, then they are removed.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import groupby

import polars as pl

from netflix_pipeline.atomic_write import Unsynced
from netflix_pipeline.contracts import contract
from netflix_pipeline.ingest.batches import (
    Manifest,
    commit,
    manifests,
    partitions,
    remove_merged,
    remove_uncommitted,
)
from netflix_pipeline.ingest.fault_isolation import Failures
from netflix_pipeline.lake import Lake, Partition, Range, ranges, read_footer
from netflix_pipeline.lake.lake import merged_name

TOGETHER = 8
"""Neighbours that are merged on the day on which they arrive, if none holds most of their rows."""

LARGEST_SHARE = 1 / 4
"""Of their rows: so whatever is written again becomes at least four times as large."""

MOST_BATCHES = 64
"""Batches of a table and day of arrival from which all are merged, whatever their sizes."""

MOST_ROWS = 1_000_000
"""Rows of a merged batch."""


def compact(lake: Lake, today: date, failures: Failures) -> None:
    """Merge what is worth it; of days of arrival before `today`, all there is.

    To be called where no other ingest can run. Cut off anywhere, nothing is lost or counted twice.
    Batches that cannot be merged stay as they are: `failures` tells of them.
    """
    for neighbours in runs(lake.committed_batches()):
        ended = neighbours[0].day < today
        if len(neighbours) >= (2 if ended else TOGETHER):
            what = f"batches of {neighbours[0].table}, arrived on {neighbours[0].day}"
            with failures.ends(f"{what}, cannot be merged"):
                _compact(lake, neighbours, ended=ended)
    if failures.told:
        remove_uncommitted(lake)
    with failures.ends("batches that were merged cannot be removed"):
        remove_merged(lake)


def runs(batches: Iterable[str]) -> list[list[Range]]:
    """The ranges among the names, in order, each with its neighbours of the same day.

    One of another day between two keeps them apart: a range that holds both would hold it too.
    """
    of_table = sorted(ranges(batches), key=lambda batch: (batch.log, batch.table, batch.first))
    by_day = groupby(of_table, key=lambda batch: (batch.log, batch.table, batch.day))
    return [list(group) for _, group in by_day]


def stretch(rows: Sequence[int], *, ended: bool) -> slice | None:
    """Which of neighbours of so many rows are to be merged next, if any."""
    if ended or len(rows) > MOST_BATCHES:
        first = total = 0
        for at, count in enumerate([*rows, MOST_ROWS + 1]):
            if total + count > MOST_ROWS:
                if at - first > 1:
                    return slice(first, at)
                first, total = at, 0
            total += count
        return None
    for end in range(len(rows), TOGETHER - 1, -1):
        window = slice(end - TOGETHER, end)
        total = sum(rows[window])
        if max(rows[window]) <= LARGEST_SHARE * total and total <= MOST_ROWS:
            return window
    return None


def _compact(lake: Lake, neighbours: Sequence[Range], *, ended: bool) -> None:
    batches = list(manifests(lake, [batch.name for batch in neighbours]))
    # An empty batch is a file too.
    while side_by_side := stretch([max(1, batch.received) for batch in batches], ended=ended):
        batches[side_by_side] = [_merge(lake, batches[side_by_side])]


def _merge(lake: Lake, parts: Sequence[Manifest]) -> Manifest:
    """Merge neighbouring batches, in their order."""
    first, *_, last = ranges(part.batch for part in parts)
    merged = Manifest(
        batch=Range(first.log, first.first, last.last, first.day, first.table).name,
        path=parts[-1].path,
        source=parts[-1].source,
        table=parts[-1].table,
        sha256=hashlib.sha256("\n".join(part.sha256 for part in parts).encode()).hexdigest(),
        arrival=1,
        received_at=max(part.received_at for part in parts),
        # The newest way of reading knows the columns of those before.
        header=parts[-1].header,
        received=sum(part.received for part in parts),
        stored=sum(part.stored for part in parts),
        duplicate=sum(part.duplicate for part in parts),
        quarantined=sum(part.quarantined for part in parts),
        days=tuple(sorted({day for part in parts for day in part.days})),
        erased=sum(part.erased for part in parts),
        left_out=dict(sum((Counter(part.left_out) for part in parts), Counter())),
        note="; ".join(dict.fromkeys(part.note for part in parts if part.note)),
    )
    later = Unsynced()
    for table, partition in partitions(merged):
        _merge_partition(lake, table, partition, [part.batch for part in parts], merged, later)
    later.sync()
    commit(lake, merged)
    return merged


def _merge_partition(
    lake: Lake,
    table: str,
    partition: Partition,
    parts: Sequence[str],
    merged: Manifest,
    later: Unsynced,
) -> None:
    """Write the rows of the batches, and of their replays, as a file of the merged one."""
    files = lake.batch_files(table, partition, set(parts))
    if not files:
        return
    rows = lake.read(table, partition, None, set(parts)).with_columns(batch=pl.lit(merged.batch))
    reaches = [footer.reach for file in files if (footer := read_footer(file)) and footer.reach]
    name = merged_name(merged.batch, files)
    if table in ("bronze/quarantine", "bronze/duplicates"):
        # Their rows are shown with their batch: tables made of them are to be made again.
        name, rows = merged.batch, contract(table).conform(rows)
    elif partition is None:
        key = contract(table).key
        facts = pl.exclude(*key).first(ignore_nulls=True)
        rows = contract(table).conform(rows.group_by(key, maintain_order=True).agg(facts))
    lake.append(table, partition, name, rows, reach=max(reaches, default=None), later=later)
