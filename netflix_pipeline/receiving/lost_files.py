"""Whether files of the lake are gone that should be there: looked for in turn, a few at a time.

Who builds a day notices, which may be in a year. On a disk manifests tell what there must be of
bronze; of silver and gold, what the snapshot was made of and the folders of partitions. In a store
the manifest of each table tells it. So long as all are there, none is opened.
"""

import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import NamedTuple

from typing_extensions import override

from netflix_pipeline.contracts import contracts
from netflix_pipeline.errors import DamagedFile, PipelineError
from netflix_pipeline.ingest import lost_rows
from netflix_pipeline.lake import Lake, Partition
from netflix_pipeline.lake.object_inventory import Inventory
from netflix_pipeline.object_storage import ObjectStore
from netflix_pipeline.receiving.repeated_look import RepeatedLook
from netflix_pipeline.serving import Snapshots, published_partitions
from netflix_pipeline.settings import Settings

LOOK_EVERY, SOONEST = 10.0, 1.0
"""Seconds between two looks; at least, however much shorter windows of alerts are."""
LOOKS_FOR = 0.1
"""Seconds that a look at a disk takes, about: a hundredth of the time."""
PATIENCE = 5.0
"""Seconds for which a store that does not answer is asked again."""
NO_ROWS = ("user_mentions", "title_mentions")
"""Tables of bronze whose rows no ledger counts."""

Part = tuple[str, Partition]
"""A table of silver or gold, and one of its partitions."""
Place = str | Part
"""Where files may be gone: a batch by its name, or a partition; in a store a table by its name."""


class Lost(NamedTuple):
    """Rows of bronze that went with their files; of each other table, how many files are gone."""

    rows: int
    files: Mapping[str, int]


class LostFiles(RepeatedLook[Lost]):
    """Looks at the lake of a home.

    Nothing is found before all was looked at once, nor where no lake is.
    """

    def __init__(self, settings: Settings, snapshots: Snapshots) -> None:
        super().__init__("lost files", settings, LOOK_EVERY, SOONEST)
        address = settings.lake_address
        self._search = _InStore(address) if address else _OnDisk(settings, snapshots)
        self._gone: dict[Place, Lost] = {}
        self._whole = False
        self._rest = self._places()

    @override
    def forget(self) -> None:
        super().forget()
        self._rest = self._places()

    def _places(self) -> Iterator[Place]:
        """All places; those first where something was gone.

        Of these some may be in no list any more, once a snapshot was published without them.
        """
        yield from list(self._gone)
        yield from self._search.places()

    @override
    def look(self) -> Lost | None:
        """Look for the next few, and after the last one for all of them anew; what is known now."""
        if not self._search.is_there():
            return None
        until = time.monotonic() + self._search.seconds
        for place in self._rest:
            lost = self._search.lost(place)
            if lost is not None and (lost.rows or lost.files):
                self._gone[place] = lost
            elif lost is not None:
                self._gone.pop(place, None)
            if time.monotonic() >= until:
                break
        else:
            self._whole = True
            self._rest = self._places()
        if not self._whole:
            return None
        files = Counter(dict.fromkeys(self._search.tables(), 0))
        for lost in self._gone.values():
            files.update(lost.files)
        return Lost(sum(lost.rows for lost in self._gone.values()), files)


class _Search(ABC):
    """Where to look: `places` in turn, for so many `seconds` at a time, and for one at least."""

    seconds: float

    @abstractmethod
    def is_there(self) -> bool:
        """Whether there is a lake."""

    @abstractmethod
    def tables(self) -> Iterable[str]:
        """The tables of which files are counted."""

    @abstractmethod
    def places(self) -> Iterator[Place]:
        """All of them, as they are known now."""

    @abstractmethod
    def lost(self, place: Place) -> Lost | None:
        """What is gone there; None where it cannot be told now."""


class _OnDisk(_Search):
    """Batches, and partitions of silver and gold."""

    seconds = LOOKS_FOR

    def __init__(self, settings: Settings, snapshots: Snapshots) -> None:
        self._settings = settings
        self._snapshots = snapshots
        self._lake = Lake.of(settings)
        self._tables = [name for name, told in contracts().items() if told.stage != "bronze"]

    @override
    def is_there(self) -> bool:
        return self._lake.root.is_dir()

    @override
    def tables(self) -> Iterable[str]:
        return self._tables

    @override
    def places(self) -> Iterator[Place]:
        yield from sorted(self._lake.committed_batches())
        published: dict[str, list[Partition]] = {}
        for table, partition in self._published():
            published.setdefault(table, []).append(partition)
        for table in self._tables:
            if self._lake.folder(table).is_dir():  # else there is no such table here
                known = (*published.get(table, ()), *self._lake.every_partition(table))
                yield from ((table, partition) for partition in dict.fromkeys(known))

    def _published(self) -> Iterable[Part]:
        """The partitions of which the newest snapshot was made."""
        held = self._snapshots.held
        with suppress(PipelineError):  # why it cannot be read is told elsewhere
            return published_partitions(held) if held else ()
        return ()

    @override
    def lost(self, place: Place) -> Lost | None:
        if isinstance(place, str):
            with suppress(DamagedFile):  # that is told elsewhere
                rows = lost_rows(self._settings, place)
                return None if rows is None else Lost(rows, {})
            return None
        # One that was never built, for it broke its contract, has a mark in its folder.
        there = self._lake.path(*place).exists() or self._lake.is_stale(*place)
        return Lost(0, {} if there else {place[0]: 1})


class _InStore(_Search):
    """Tables, folders of bronze such as `bronze/_batches` among them.

    One at a time: it is asked for in listings, of a thousand objects a request.
    """

    seconds = 0.0

    def __init__(self, address: str) -> None:
        self._inventory = Inventory(ObjectStore.of(address, PATIENCE))
        self._tables: list[str] = []

    @override
    def is_there(self) -> bool:
        return True

    @override
    def tables(self) -> Iterable[str]:
        return [table for table in self._tables if not _has_rows(table)]

    @override
    def places(self) -> Iterator[Place]:
        self._tables = self._inventory.tables()
        yield from self._tables

    @override
    def lost(self, place: Place) -> Lost:
        table = str(place)
        entries = self._inventory.lost(table).values()
        if not _has_rows(table):
            return Lost(0, {table: len(entries)} if entries else {})
        # What a file of the platform holds its footer told when it was sent.
        return Lost(sum(entry.footer["rows"] if entry.footer else 1 for entry in entries), {})


def _has_rows(table: str) -> bool:
    """Whether its rows are in the ledger."""
    stage, name = table.split("/", 1)
    return stage == "bronze" and table in contracts() and name not in NO_ROWS
