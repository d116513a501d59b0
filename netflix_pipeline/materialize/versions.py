"""What lies in the lake now: the versions of partitions, each read once."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.errors import DamagedFile, ends_one
from netflix_pipeline.ingest.batches import Manifest, manifests
from netflix_pipeline.lake import (
    WHOLE,
    Footer,
    Lake,
    Partition,
    Sharding,
    Share,
)
from netflix_pipeline.transforms.sessionize import days_reached
from netflix_pipeline.transforms.several_days import EVENT_DATE

if TYPE_CHECKING:
    from netflix_pipeline.materialize.shards import Helpers

log = logging.getLogger(__name__)

T = TypeVar("T")

EMPTY = "empty"
"""The version of a partition without rows."""

MOVED = "replaced while it was read"
"""Recorded in place of the version of an input that was replaced meanwhile: nothing equals it."""


def input_name(table: str, partition: Partition) -> str:
    """The name of a partition among the inputs that a footer records."""
    return f"{table}/{partition}" if partition else table


def partitions_of(table: str, inputs: Mapping[str, str]) -> dict[str, str]:
    """The partitions of a table among the inputs that a footer records, with their versions."""
    return {name: version for name, version in inputs.items() if name.startswith(f"{table}/")}


class Versions:
    """A view of the lake in which every footer and folder is looked at once.

    Batches that are committed later do not count in it; with `committed`, no others do. `sharding`
    says into how many shares of its users what is too large for one look is cut, `helpers` who
    makes some of them.
    """

    def __init__(
        self,
        lake: Lake,
        sharding: Sharding | None = None,
        helpers: "Helpers | None" = None,
        committed: set[str] | None = None,
    ) -> None:
        self.lake = lake
        self.sharding = sharding or Sharding()
        self.helpers = helpers
        self._lock = Lock()
        self._look(lake.committed_batches() if committed is None else committed)

    def _look(self, committed: set[str]) -> None:
        self.committed = committed
        self._revisions = self.lake.revisions()
        self._footers: dict[tuple[str, Partition], Footer | None] = {}
        self._bronze: dict[tuple[str, Partition], str] = {}
        self._heights: dict[tuple[str, Partition], int] = {}
        self._partitions: dict[str, list[date]] = {}
        self._replaced: Counter[str] = Counter()
        self._derived: dict[tuple[str, str], Any] = {}
        self._arrivals: dict[date, list[Manifest]] | None = None
        self._damaged: list[DamagedFile] = []
        self._reach: dict[date, datetime | None] = {}

    def renew(self) -> None:
        """Look at all anew if batches came or went since, or bronze was rewritten.

        To be called once bronze is locked, by who looked before without the lock.
        """
        committed, revisions = self.lake.committed_batches(), self.lake.revisions()
        if (committed, revisions) != (self.committed, self._revisions):
            self._look(committed)

    def partitions(self, table: str) -> list[date]:
        """The partitions of a table, in order; of a bronze table those with rows that count."""
        # Looking and taking note are one step, else a partition written between them is missed.
        with self._lock:
            known = self._partitions.get(table)
            if known is None:
                known = self.lake.partitions(table)
                if contract(table).stage == "bronze":
                    known = [day for day in known if self.version(table, day) != EMPTY]
                self._partitions[table] = known
            return known

    def rows(
        self,
        table: str,
        partition: Partition,
        columns: Sequence[str] | None = None,
        share: Share = WHOLE,
    ) -> pl.DataFrame:
        """The rows of a partition that are in a share.

        Of bronze, those that count and that no table would break at.

        Nothing is stored any more that breaks the contract of bronze; before, it could be.
        """
        table_contract = contract(table)
        if table_contract.stage != "bronze":
            return self.lake.read(table, partition, columns, share=share)
        rows = self.lake.read(table, partition, columns, self.committed, share)
        if self.lake.is_judged(table, partition, self.committed):
            return rows
        kept = table_contract.keeping(rows)
        if left := rows.height - kept.height:
            place = table if partition is None else f"{table} {partition}"
            log.warning("%s: %d rows break its contract and are left out", place, left)
        return kept

    def rows_of_days(
        self,
        table: str,
        days: Sequence[date],
        columns: Sequence[str] | None = None,
        share: Share = WHOLE,
    ) -> pl.DataFrame:
        """The `rows` of some days, in order, and `event_date`; read together where that can be."""
        together = self._at_once(table, days, columns) if share == WHOLE and len(days) > 1 else None
        if together is not None:
            return together
        parts = (
            self.rows(table, day, columns, share).with_columns(pl.lit(day).alias(EVENT_DATE))
            for day in days
        )
        return pl.concat(parts, rechunk=len(days) > 1)

    def _at_once(
        self, table: str, days: Sequence[date], columns: Sequence[str] | None
    ) -> pl.DataFrame | None:
        """All of them in one look; None where one by one tells what is wrong, and of which day."""
        try:
            rows = self.lake.read_days(table, days, columns, self.committed)
        except BaseException as error:
            if not ends_one(error):
                raise
            return None
        table_contract = contract(table)
        if (
            table_contract.stage == "bronze"
            and not all(self.lake.is_judged(table, day, self.committed) for day in days)
            and table_contract.keeping(rows).height < rows.height
        ):
            return None
        return rows

    def shares(self, table: str, partitions: Iterable[Partition]) -> tuple[Share, ...]:
        """The shares of users in which the rows of some partitions are to be read together."""
        if self.sharding.most == 1 or "user_id" not in contract(table).names:
            return (WHOLE,)
        return self.sharding.shares(sum(self.height(table, each) for each in partitions))

    def height(self, table: str, partition: Partition) -> int:
        """How many rows a partition has, as the footers of its files say."""
        if contract(table).stage != "bronze":
            footer = self.footer(table, partition)
            return footer.rows if footer else 0
        known = table, partition
        if known not in self._heights:
            self._heights[known] = self.lake.bronze_height(table, partition, self.committed)
        return self._heights[known]

    def has(self, table: str, partition: date) -> bool:
        """Whether a table has a partition."""
        there: frozenset[date] = self._until_replaced(
            table, "partitions", lambda: frozenset(self.partitions(table))
        )
        return partition in there

    def filled(self, table: str) -> Sequence[date]:
        """The partitions of a table that have rows, in order."""
        return self._until_replaced(table, "filled", lambda: tuple(self._filled(table)))

    def _filled(self, table: str) -> Iterator[date]:
        return (day for day in self.partitions(table) if self.version(table, day) != EMPTY)

    def _until_replaced(self, table: str, name: str, make: Callable[[], T]) -> T:
        """What is made of a table's partitions; made once, until one of them is replaced."""
        known: T | None = self._derived.get((table, name))
        if known is not None:
            return known
        count = self._replaced[table]
        made = make()
        with self._lock:
            if self._replaced[table] == count:
                self._derived[table, name] = made
        return made

    def footer(self, table: str, partition: Partition) -> Footer | None:
        """The footer of a silver or gold partition."""
        known = table, partition
        if known not in self._footers:
            # What another thread wrote meanwhile is newer.
            self._footers.setdefault(known, self.lake.footer(table, partition))
        return self._footers[known]

    def version(self, table: str, partition: Partition) -> str:
        """The version of a partition's content; `empty` where there are no rows."""
        if contract(table).stage == "bronze":
            known = table, partition
            if known not in self._bronze:
                self._bronze[known] = self.lake.bronze_version(table, partition, self.committed)
            return self._bronze[known]
        return _version(self.footer(table, partition))

    def inputs(self, table: str, days: Iterable[Partition]) -> dict[str, str]:
        """The versions of those partitions that have rows, by `table/partition`."""
        return {
            input_name(table, day): version
            for day in days
            if (version := self.version(table, day)) != EMPTY
        }

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

    def plays_running_into(self) -> Mapping[date, Sequence[date]]:
        """By day the earlier days, in order, of which a play may run in it."""
        return self._until_replaced("silver/plays", "running", self._plays_running_into)

    def _plays_running_into(self) -> Mapping[date, Sequence[date]]:
        instant = timedelta(microseconds=1)  # what ends at midnight does not run in the next day
        return days_reached({day: end - instant for day, end in self.plays_reaches().items()})

    def arrivals(self) -> dict[date, list[Manifest]]:
        """The batches by their UTC day of arrival, in order."""
        if self._arrivals is None:
            self._arrivals = {}
            arrived = manifests(self.lake, self.committed, self._damaged.append)
            for manifest in sorted(arrived, key=lambda arrived: arrived.received_at):
                day = manifest.received_at.date()
                self._arrivals.setdefault(day, []).append(manifest)
        return self._arrivals

    @property
    def damaged(self) -> list[DamagedFile]:
        """What is said of the manifests of batches that cannot be read."""
        self.arrivals()
        return self._damaged

    def replaced(self, table: str, partition: Partition, footer: Footer) -> None:
        """Take note of a partition that was just written."""
        self._footers[table, partition] = footer
        with self._lock:
            self._replaced[table] += 1
            for known in [known for known in self._derived if known[0] == table]:
                del self._derived[known]
            if partition is not None:
                self._partitions.pop(table, None)

    def current(self, recorded: Mapping[str, str]) -> dict[str, str]:
        """What the recorded inputs' versions are now; those without rows are left out."""
        now = {}
        for name in recorded:
            if (known := _partition(name)) and (version := self.version(*known)) != EMPTY:
                now[name] = version
        return now

    def confirmed(
        self, inputs: Mapping[Partition, Mapping[str, str]]
    ) -> dict[Partition, dict[str, str]]:
        """The inputs of partitions, to be asked for after these were read.

        Those that another process replaced since this view looked at them are said to be `MOVED`.
        """
        moved = {
            name
            for name in set().union(*inputs.values())
            if (known := _partition(name))
            and _version(self.lake.footer(*known)) != self.version(*known)
        }
        return {
            partition: {name: MOVED if name in moved else version[name] for name in version}
            for partition, version in inputs.items()
        }


def _version(footer: Footer | None) -> str:
    return EMPTY if footer is None or footer.rows == 0 else footer.version


@cache
def _partition(name: str) -> tuple[str, Partition] | None:
    """The table and partition of a recorded input; None where it is a digest of several."""
    table, _, last = name.rpartition("/")
    if last[:1].isdigit():
        return table, date.fromisoformat(last)
    return (name, None) if table else None
