"""What the lake holds for a snapshot, by the versions in its files' footers."""

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from netflix_pipeline.contracts import contract
from netflix_pipeline.lake import Lake, Partition
from netflix_pipeline.lake.parquet_files import DamagedTable
from netflix_pipeline.serving.snapshot.layout import stored_tables

Part = tuple[str, Partition]
"""A table of the lake and one of its partitions."""


@dataclass(frozen=True)
class Held:
    """One partition as a snapshot holds it.

    `version` is the digest of its rows; `stamp` tells its file apart from another without opening
    it.
    """

    version: str
    rows: int
    stamp: str


def inventory(
    lake: Lake, known: Mapping[Part, Held], damaged: MutableMapping[Part, str]
) -> dict[Part, Held]:
    """Every partition that a snapshot of the lake should hold.

    Footers are read only of files that are not `known` by their stamp. In the place of what is
    `damaged`, to which torn files are added with the reason, stands what is known of it.
    """
    parts: dict[Part, Held] = {}
    for stored in stored_tables():
        if stored.is_derived:
            continue
        partitions: list[date] | list[None] = (
            lake.partitions(stored.table) if stored.key else [None]
        )
        for partition in partitions:
            stamp = _stamp(lake.path(stored.table, partition))
            if stamp is None:
                continue
            part = stored.table, partition
            before = held = known.get(part)
            if part not in damaged and (before is None or before.stamp != stamp):
                held = _read(lake, *part, stamp)
                if held is None:
                    path = lake.path(*part)
                    damaged[part] = str(DamagedTable(path, "torn, or not of this platform"))
                    held = before
            if held is not None:
                parts[part] = held
    return parts


def stale(lake: Lake, held: Mapping[Part, Held]) -> dict[Part, str]:
    """Why partitions are marked as no longer right: their last good version is held."""
    reasons = {(table, partition): lake.stale_reason(table, partition) for table, partition in held}
    return {part: reason for part, reason in reasons.items() if reason is not None}


def played_days(held: Mapping[Part, Held]) -> tuple[date | None, date | None]:
    """The first and the last day with a play."""
    days = [day for (table, day), part in held.items() if table == "silver/plays" and part.rows]
    return min(days, default=None), max(days, default=None)  # type: ignore[type-var]


def rows_by_day(held: Mapping[Part, Held]) -> int:
    """The rows of all partitions by day."""
    return sum(part.rows for (table, _), part in held.items() if contract(table).partition == "day")


def _read(lake: Lake, table: str, partition: Partition, stamp: str) -> Held | None:
    footer = lake.footer(table, partition)
    return None if footer is None else Held(footer.version, footer.rows, stamp)


def _stamp(path: Path) -> str | None:
    try:
        stat = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return f"{stat.st_ino}:{stat.st_size}:{stat.st_mtime_ns}"
