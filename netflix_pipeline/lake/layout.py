"""Where the tables of a lake lie: in Hive layout, below one folder.

`<stage>/<table>/event_date=YYYY-MM-DD/part.parquet`, or `week=…`, or `origin_date=…`, or
`<stage>/<table>/part.parquet`, as the table's contract says.
"""

import os
import re
from contextlib import suppress
from datetime import date
from pathlib import Path

from netflix_pipeline.contracts import contract

Partition = date | None
"""A UTC day, the Monday of a week, an origin, or None for a table that is stored whole."""

FOLDERS = {"day": "event_date", "week": "week", "origin": "origin_date"}
FILE = "part.parquet"
MANIFESTS = "_batches"
STALE = "_stale"
DRAFTS = ".drafts"
CACHE = ".cache"
"""Where a machine keeps what it has of tables that lie in a store."""

REVISION = "_revision"
"""The folder below bronze of files that count in place of those of the same path without it."""

UNFINISHED = f"{REVISION}.new"
"""The same of one that does not count yet."""

REVISED = "_revised.json"
"""What the newest revision of bronze says of itself."""


class Layout:
    """Where the tables below `root` lie."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def folder(self, table: str, partition: Partition = None) -> Path:
        """The folder of a table, or of one of its partitions."""
        if partition is None:
            return self.root / table
        # One join: planning asks for thousands of paths.
        return self.root / f"{table}/{FOLDERS[contract(table).partition]}={partition}"

    def path(self, table: str, partition: Partition = None) -> Path:
        """The file of a silver or gold partition."""
        return self.folder(table, partition) / FILE

    def partitions(self, table: str) -> list[date]:
        """The days (or Mondays) that the table has a folder for, in order."""
        entries = listed(self.folder(table))
        if contract(table).stage == "bronze":
            entries += listed(self.revised(self.folder(table)))
        there = (self._partition(table, entry) for entry in entries)
        return sorted({partition for partition in there if partition is not None})

    def every_partition(self, table: str) -> list[Partition]:
        """The same; None alone of a table that is stored whole."""
        return [None] if contract(table).partition == "whole" else [*self.partitions(table)]

    def strays(self, table: str) -> list[Path]:
        """What lies where the partitions of a table do and is none: nobody reads it.

        Hidden names are left out: the system and its tools leave such files anywhere.
        """
        if contract(table).partition not in FOLDERS:
            return []
        return sorted(
            Path(entry.path)
            for entry in listed(self.folder(table))
            if not entry.name.startswith(".") and self._partition(table, entry) is None
        )

    def _partition(self, table: str, entry: os.DirEntry[str]) -> date | None:
        """The partition whose folder it is; None where it is no such folder."""
        prefix = f"{FOLDERS[contract(table).partition]}="
        value = entry.name.removeprefix(prefix)
        if value == entry.name or not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            return None
        with suppress(ValueError):
            return date.fromisoformat(value) if entry.is_dir() else None
        return None

    def place_of(self, path: Path) -> tuple[str, Partition] | None:
        """The silver or gold partition whose file it is; None for any other file."""
        with suppress(ValueError):
            stage, name, *folders = path.relative_to(self.root).parent.parts
            if stage in ("silver", "gold") and len(folders) < 2:
                day = folders[0].rpartition("=")[2] if folders else None
                return f"{stage}/{name}", date.fromisoformat(day) if day else None
        return None

    def drafts(self, table: str) -> Path:
        """The folder in which a file of the table is written before it is put in its place.

        Bronze has its own: ingest, not publishing, knows when nobody writes there.
        """
        bronze = contract(table).stage == "bronze"
        return self.root / "bronze" / DRAFTS if bronze else self.root / DRAFTS

    @property
    def revision(self) -> Path:
        """Where the files of a revision of bronze lie until they are in their places."""
        return self.root / "bronze" / REVISION

    def is_revised(self) -> bool:
        """Whether there is one."""
        return os.path.isdir(f"{self.root}/bronze/{REVISION}")  # noqa: PTH112  (asked by the day)

    def revised(self, folder: Path) -> Path:
        """Where its files of a revision lie."""
        return self.revision / folder.relative_to(self.root / "bronze")

    def manifest_path(self, batch: str) -> Path:
        """The manifest of a batch, whether there is one or not."""
        revised = self.revision / MANIFESTS / f"{batch}.json"
        return revised if revised.exists() else self.folder(f"bronze/{MANIFESTS}") / f"{batch}.json"


def listed(folder: Path) -> list[os.DirEntry[str]]:
    """What lies in a folder; nothing where there is none."""
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except (FileNotFoundError, NotADirectoryError):
        return []
