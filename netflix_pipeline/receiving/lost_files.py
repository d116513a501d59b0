"""Whether files of the lake are gone that should be there: looked for in turn, a few at a time.

Who builds a day notices, which may be in a year. Of bronze, manifests tell what there must be; of
silver and gold, what the snapshot was made of and the folders of partitions. So long as all are
there, none is opened.
"""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import NamedTuple

from netflix_pipeline.background import Thread
from netflix_pipeline.contracts import contracts
from netflix_pipeline.errors import DamagedFile, PipelineError
from netflix_pipeline.ingest import lost_rows
from netflix_pipeline.lake import Lake, Partition
from netflix_pipeline.serving import Snapshots, published_partitions
from netflix_pipeline.settings import Settings

LOOK_EVERY, SOONEST = 10.0, 1.0
"""Seconds between two looks; at least, however much shorter windows of alerts are."""
LOOKS_FOR = 0.1
"""Seconds that a look takes, about: a hundredth of the time."""

Part = tuple[str, Partition]
"""A table of silver or gold, and one of its partitions."""


class Lost(NamedTuple):
    """Rows of bronze that went with their files; of each other table, how many files are gone."""

    rows: int
    files: Mapping[str, int]


class LostFiles:
    """Looks at the lake of a home, in a thread of its own.

    `lost` is what is known: None before all was looked at once, where looking fails, where no lake
    is, and of one in a store, whose own lists say what is there.
    """

    def __init__(self, settings: Settings, snapshots: Snapshots) -> None:
        self.lost: Lost | None = None
        self._settings = settings
        self._snapshots = snapshots
        self._lake = Lake(settings.lake)
        self._tables = [name for name, told in contracts().items() if told.stage != "bronze"]
        self._rest = self._places()
        self._gone: dict[str | Part, int] = {}
        self._whole = False
        pause = max(SOONEST, LOOK_EVERY / settings.alert_speed)
        self._thread = Thread("lost files", self._look, pause)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """End; returns when the look that is under way has."""
        self._thread.stop()

    def _look(self) -> None:
        try:
            self.lost = self.look()
        except BaseException:
            self.lost = None  # what was true once says nothing of now
            self._rest = self._places()
            raise

    def look(self) -> Lost | None:
        """Look for the next few, and after the last one for all of them anew; what is known now."""
        if self._settings.lake_address or not self._lake.root.is_dir():
            return None
        until = time.monotonic() + LOOKS_FOR
        while time.monotonic() < until:
            place = next(self._rest, None)
            if place is None:
                self._whole, self._rest = True, self._places()
                break
            lost = self._missing(place)
            if lost:
                self._gone[place] = lost
            elif lost == 0:
                self._gone.pop(place, None)
        if not self._whole:
            return None
        rows = sum(lost for place, lost in self._gone.items() if isinstance(place, str))
        files = Counter(place[0] for place in self._gone if not isinstance(place, str))
        return Lost(rows, {table: files[table] for table in self._tables})

    def _places(self) -> Iterator[str | Part]:
        """Batches by their names, and partitions; those first that were gone.

        Of these some may be in no list any more, once a snapshot was published without them.
        """
        yield from list(self._gone)
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

    def _missing(self, place: str | Part) -> int | None:
        """Rows of a batch, or 1 for a file, that are gone; None where it cannot be told now."""
        if isinstance(place, str):
            with suppress(DamagedFile):  # that is told elsewhere
                return lost_rows(self._settings, place)
            return None
        # One that was never built, for it broke its contract, has a mark in its folder.
        return int(not (self._lake.path(*place).exists() or self._lake.is_stale(*place)))
