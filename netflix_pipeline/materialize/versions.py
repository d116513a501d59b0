"""What lies in the lake now: the versions of partitions, each read once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date, datetime

from netflix_pipeline.contracts import contract
from netflix_pipeline.ingest.batches import Manifest, manifests
from netflix_pipeline.lake import Footer, Lake, Partition


class Versions:
    """A view of the lake in which every footer and folder is looked at once.

    Batches that are committed later do not count in it.
    """

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self.committed = lake.committed_batches()
        self._footers: dict[tuple[str, Partition], Footer | None] = {}
        self._bronze: dict[tuple[str, Partition], str] = {}
        self._partitions: dict[str, list[date]] = {}
        self._arrivals: dict[date, list[Manifest]] | None = None
        self._reach: dict[date, datetime | None] = {}

    def partitions(self, table: str) -> list[date]:
        """The partitions of a table, in order; of a bronze table those with rows that count."""
        if table not in self._partitions:
            found = self.lake.partitions(table)
            if contract(table).stage == "bronze":
                found = [day for day in found if self.version(table, day) != "empty"]
            self._partitions[table] = found
        return self._partitions[table]

    def footer(self, table: str, partition: Partition) -> Footer | None:
        """The footer of a silver or gold partition."""
        known = table, partition
        if known not in self._footers:
            self._footers[known] = self.lake.footer(table, partition)
        return self._footers[known]

    def version(self, table: str, partition: Partition) -> str:
        """The version of a partition's content; `empty` where there are no rows."""
        if contract(table).stage == "bronze":
            known = table, partition
            if known not in self._bronze:
                self._bronze[known] = self.lake.bronze_version(table, partition, self.committed)
            return self._bronze[known]
        footer = self.footer(table, partition)
        return "empty" if footer is None or footer.rows == 0 else footer.version

    def inputs(self, table: str, days: Iterable[Partition]) -> dict[str, str]:
        """The versions of those partitions that have rows, by `table/partition`."""
        return {
            f"{table}/{day}" if day else table: version
            for day in days
            if (version := self.version(table, day)) != "empty"
        }

    def digest(self, table: str, days: Iterable[date]) -> str:
        """One version for many partitions."""
        told = sorted(self.inputs(table, days).items())
        return hashlib.blake2b(repr(told).encode(), digest_size=12).hexdigest()

    def bronze_reach(self, day: date) -> datetime | None:
        """The latest instant that the day's watch events extend to."""
        if day not in self._reach:
            self._reach[day] = self.lake.bronze_reach(day, self.committed)
        return self._reach[day]

    def plays_reach(self, day: date) -> datetime | None:
        """The latest end of the plays that started on the day."""
        footer = self.footer("silver/plays", day)
        return footer.reach if footer else None

    def plays_reaches(self) -> dict[date, datetime]:
        """The latest end of the plays of every day that has any."""
        return {
            day: reach
            for day in self.partitions("silver/plays")
            if (reach := self.plays_reach(day)) is not None
        }

    def arrivals(self) -> dict[date, list[Manifest]]:
        """The batches by their UTC day of arrival, in order."""
        if self._arrivals is None:
            self._arrivals = {}
            for manifest in sorted(manifests(self.lake), key=lambda told: told.received_at):
                if manifest.batch in self.committed:
                    day = manifest.received_at.date()
                    self._arrivals.setdefault(day, []).append(manifest)
        return self._arrivals

    def replaced(self, table: str, partition: Partition, footer: Footer) -> None:
        """Take note of a partition that was just written."""
        self._footers[table, partition] = footer
        if partition is not None:
            self._partitions.pop(table, None)

    def current(self, recorded: Mapping[str, str]) -> dict[str, str]:
        """What the recorded inputs' versions are now; those without rows are left out."""
        now = {}
        for name in recorded:
            table, _, day = name.rpartition("/")
            if day[:1].isdigit():
                version = self.version(table, date.fromisoformat(day))
                if version != "empty":
                    now[name] = version
        return now
