"""Named Parquet tables below one folder (`layout`).

Bronze tables are append-only, one file a batch, and a batch counts once its manifest stands; silver
and gold tables have one file a partition, replaced as a whole: new file, fsync, rename, fsync of
the folder.
"""

import hashlib
import os
import re
import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple, Protocol, TypedDict

import numpy as np
import polars as pl

from netflix_pipeline.atomic_write import (
    Unsynced,
    inode,
    sync,
    telling_full,
    write_atomically,
    write_bytes,
    write_several,
)
from netflix_pipeline.contracts import contract
from netflix_pipeline.errors import BadInput
from netflix_pipeline.lake.batch_ranges import outermost
from netflix_pipeline.lake.kept_rows import FEW_ROWS, KEPT
from netflix_pipeline.lake.lake_files import LakeFile, Stamp, stamp_of
from netflix_pipeline.lake.layout import (
    CACHE,
    DRAFTS,
    FOLDERS,
    MANIFESTS,
    REVISED,
    STALE,
    Layout,
    Partition,
    listed,
)
from netflix_pipeline.lake.locks import exclusive
from netflix_pipeline.lake.parquet_files import (
    DamagedTable,
    Footer,
    content_version,
    content_versions,
    keep_footer,
    kept_footer,
    telling_damage,
)
from netflix_pipeline.lake.shares import WHOLE, Share, read_parquet
from netflix_pipeline.lake.sorted_parts import SortedParts
from netflix_pipeline.object_storage import Listed
from netflix_pipeline.object_storage.store import PATIENCE

DIGESTS = 2**96
"""Digests are added up below it."""

FEW_FILES = 50
"""The newest files among which those that came since are looked for."""

AT_ONCE = 48
"""Files that are written together at most."""


class Encoding(TypedDict):
    """How rows lie in a Parquet file, as Polars names it."""

    compression: Literal["zstd"]
    compression_level: int
    statistics: bool


ENCODING: Encoding = {"compression": "zstd", "compression_level": 1, "statistics": False}
"""Without least and largest value of each column: of a day, in the order of its users, they would
spare nobody a look, and they are a quarter of a small file."""

MERGED = ".c"
"""Stands in the name of a file before the digest of the files whose rows it holds."""

PIECE = re.compile(r"[0-9a-z-]{1,100}")
"""The name of rows that one process puts down for another, from which no path comes."""


class Home(Protocol):
    """What settings say of where the lake of a home lies."""

    @property
    def lake(self) -> Path:
        """Its folder; in it lies what is kept of a lake that is elsewhere."""

    @property
    def lake_address(self) -> str:
        """`s3://bucket/prefix`, or nothing where it lies in the folder."""

    @property
    def lake_cache_gigabytes(self) -> float:
        """How much is kept of a lake that is elsewhere, beside what is being read."""

    @property
    def lease_seconds(self) -> float:
        """How long a lease lasts that is not renewed."""


class Mended(NamedTuple):
    """Objects that were gone: `sent` again, `left_out` of their tables, or `lost`, by address."""

    sent: list[str]
    left_out: list[str]
    lost: list[str]


class Replacement(NamedTuple):
    """What takes the place of a partition; what it says of itself is as in `Footer`."""

    partition: Partition
    frame: pl.DataFrame
    inputs: Mapping[str, str]
    code: str
    reach: datetime | None = None


class Lake(Layout, ABC):
    """The tables below `root`, wherever they lie.

    What is written in a folder (`FolderLake`) counts at once; in a store (`ObjectLake`) it counts
    from a commit on: at the end of `writing`, `publishing` and `ingesting`, or before by `commit`.
    """

    @staticmethod
    def of(home: Home, patience: float = PATIENCE) -> "Lake":
        """The lake of a home, where its settings say that it lies.

        A store that does not answer is asked again for `patience` seconds.
        """
        if not home.lake_address:
            from netflix_pipeline.lake.folder_lake import FolderLake

            return FolderLake(home.lake)
        from netflix_pipeline.lake.object_lake import ObjectLake, cache_of

        most = int(home.lake_cache_gigabytes * 1e9)
        cache = cache_of(home.lake_address, home.lake / CACHE, most, patience)
        return ObjectLake(cache, home.lease_seconds)

    @abstractmethod
    def ingesting(self, waiting: Callable[[], None] | None = None) -> AbstractContextManager[None]:
        """Held by who changes bronze, together with the home's lock: one of all machines.

        `waiting` is called once where another has it.
        """

    @abstractmethod
    def commit(self, *, erasing: bool = False) -> None:
        """Let what was written until now count for others, within a longer change.

        `erasing`: bytes that it replaced are to be gone, too.
        """

    @abstractmethod
    def settle(self) -> None:
        """The same, unless it is within a longer change, which does it."""

    @abstractmethod
    def writing(self) -> AbstractContextManager[None]:
        """The lock that writers of partitions share."""

    @abstractmethod
    def publishing(self) -> AbstractContextManager[None]:
        """The same lock, taken alone: no partition changes meanwhile.

        What writers that were cut off left half-written is removed.
        """

    @abstractmethod
    def alone(self) -> AbstractContextManager[bool]:
        """The same lock, taken alone if nobody has it: gives whether it was."""

    @abstractmethod
    def purge_unnamed(self, *, dry_run: bool = False) -> list[Listed]:
        """Take away what dead writers left in a store; what went, or would go.

        Files of before a day that nothing names. Of a lake on a disk there are none: whoever writes
        next removes what was cut off.
        """

    @abstractmethod
    def mend_lost(self) -> Mended:
        """Put objects back that are gone from a store, as far as this machine keeps them.

        Of silver and gold the others are left out, so that they are built anew. On a disk files are
        missing by themselves.
        """

    def drop(self, name: str) -> None:
        """Remove a folder of tables, and all in it."""
        shutil.rmtree(self.root / name, ignore_errors=True)

    def found(self, pattern: str) -> list[Path]:
        """The files of bronze tables, by their names."""
        return sorted((self.root / "bronze").glob(f"*/**/{pattern}"))

    def files(self, table: str) -> list[str]:
        """The files that make up a table now, for other programs: paths, or addresses of S3."""
        if contract(table).stage == "bronze":
            parts = self.every_partition(table)
            return [str(file) for part in parts for file in self.batch_files(table, part)]
        paths = (self.path(table, part) for part in self.every_partition(table))
        return [str(path) for path in paths if path.exists()]

    @abstractmethod
    def every_file(self, *stages: str) -> Iterator[LakeFile]:
        """The files that some stages consist of now, manifests and marks among them."""

    @abstractmethod
    def take_over(self, files: Mapping[str, Path], gone: Iterable[str] = ()) -> None:
        """Put files of another lake in their places, as they are, and take others away.

        For who is `ingesting`, while nobody builds; they count at once, and are on disk.
        """

    # -- bronze: append-only, one file a batch ----------------------------------------------

    def committed_batches(self) -> set[str]:
        """The batches that count, with all their files.

        Their manifest stands, and they were not merged into another: its name tells by its range.
        """
        return outermost(self.standing_batches())

    def standing_batches(self) -> set[str]:
        """The batches whose manifest stands, also those that were merged into another."""
        return {
            entry.name.removesuffix(".json")
            for entry in listed(self.folder(f"bronze/{MANIFESTS}"))
            if entry.name.endswith(".json")
        }

    def batch_files(
        self, table: str, partition: Partition = None, committed: set[str] | None = None
    ) -> list[Path]:
        """The files of a bronze partition that count, by name.

        `committed` saves listing the manifests again.
        """
        if committed is None:
            committed = self.committed_batches()
        folder = self.folder(table, partition)
        folders = {entry.name: folder for entry in listed(folder)}
        # Looked at last: what is put in its place meanwhile is in the one or the other.
        if self.is_revised():
            revised = self.revised(folder)
            for entry in listed(revised):
                folders[entry.name] = revised
                with suppress(FileNotFoundError):
                    if not entry.stat().st_size:
                        del folders[entry.name]
        return [
            folders[name] / name
            for name in sorted(folders)
            # A batch's replays and compactions are named after it: `<batch>.<suffix>.parquet`.
            if name.endswith(".parquet") and name.split(".", 1)[0] in committed
        ]

    def revisions(self) -> tuple[int, int]:
        """What is another after a revision of bronze, and while it is put in place."""
        return inode(self.revision), inode(self.root / "bronze" / REVISED)

    def bronze_version(
        self, table: str, partition: Partition = None, committed: set[str] | None = None
    ) -> str:
        """The version of a bronze partition: the sum of digests of its files' names and sizes."""
        files = self.batch_files(table, partition, committed)
        return f"{sum(map(_digest, files)) % DIGESTS:024x}" if files else "empty"

    def files_added(
        self, table: str, partition: Partition, version: str, committed: set[str] | None = None
    ) -> list[Path] | None:
        """The files by which a bronze partition grew since it had a version.

        None where that is not all that happened to it, or they are many.
        """
        files = self.batch_files(table, partition, committed)
        files.sort(key=lambda path: path.stat().st_mtime_ns, reverse=True)
        missing = sum(map(_digest, files)) - (0 if version == "empty" else int(version, 16))
        for count, newest in enumerate(files[:FEW_FILES]):
            if missing % DIGESTS == 0:
                return files[:count]
            missing -= _digest(newest)
        return files[:FEW_FILES] if missing % DIGESTS == 0 else None

    def bronze_height(
        self, table: str, partition: Partition = None, committed: set[str] | None = None
    ) -> int:
        """How many rows a bronze partition has, its files' footers say; torn ones say nothing."""
        files = self.batch_files(table, partition, committed)
        return sum(footer.rows for file in files if (footer := kept_footer(file)))

    def bronze_reach(self, partition: date, committed: set[str] | None = None) -> datetime | None:
        """The latest instant that a watch event of the day reaches, its file's footer says."""
        reaches = []
        for path in self.batch_files("bronze/watch_events", partition, committed):
            footer = kept_footer(path)
            if footer is None and path.exists():
                raise DamagedTable(path, "its footer is torn")
            if footer is not None and footer.reach is not None:
                reaches.append(footer.reach)
        return max(reaches, default=None)

    def is_judged(
        self, table: str, partition: Partition, committed: set[str] | None = None
    ) -> bool:
        """Whether all rows of a bronze partition were judged by the rules as they are now."""
        rules = contract(table).rules
        footers = map(kept_footer, self.batch_files(table, partition, committed))
        return all(footer is not None and footer.code == rules for footer in footers)

    # -- reading ----------------------------------------------------------------------------

    def read(
        self,
        table: str,
        partition: Partition = None,
        columns: Sequence[str] | None = None,
        committed: set[str] | None = None,
        share: Share = WHOLE,
    ) -> pl.DataFrame:
        """One partition with the contract's columns, or those named; without rows if missing.

        Of a share of the users no more than their rows is held in memory.
        Raises DamagedTable, which names the file, where one cannot be read.
        """
        table_contract = contract(table)
        names = list(table_contract.names if columns is None else columns)
        before = self.revisions()
        if table_contract.stage == "bronze":
            files = self.batch_files(table, partition, committed)
        else:
            path = self.path(table, partition)
            if share == WHOLE and (kept := KEPT.get([path])) is not None:
                return kept[0].select(names)
            files = [path] if path.exists() else []
        if not files:
            return table_contract.empty().select(names)

        try:
            rows = pl.concat(self.read_file(table, file, names, share) for file in files)
            if table_contract.stage != "bronze" or self.revisions() == before:
                return rows
            return self.read(table, partition, columns, committed, share)
        except (FileNotFoundError, DamagedTable):
            # A file that is replaced between two looks at it is missing, or seems to be damaged.
            if table_contract.stage == "bronze" and self.revisions() != before:
                return self.read(table, partition, columns, committed, share)
            # Batches were merged since the files were looked for; who names the batches, or
            # writes, has a lock against that.
            if committed is not None or all(file.exists() for file in files):
                raise
            return self.read(table, partition, columns, share=share)

    def read_days(
        self,
        table: str,
        days: Sequence[date],
        columns: Sequence[str] | None = None,
        committed: set[str] | None = None,
    ) -> pl.DataFrame:
        """The same of several days, in order, and `event_date`, in one look at all their files.

        Raises where one cannot be read, or is older than a column: `read` tells of each.
        """
        told, before = contract(table), self.revisions()
        names = list(told.names if columns is None else columns)
        if told.stage == "bronze":
            counted = self.committed_batches() if committed is None else committed
            files = [file for day in days for file in self.batch_files(table, day, counted)]
        elif (kept := self.kept_days(table, days, names)) is not None:
            return kept
        else:
            files = [path for day in days if (path := self.path(table, day)).exists()]
        for file in files:
            if file.is_dir():  # of which all would be read that lies below it
                raise DamagedTable(file, "it is a folder")
        day = FOLDERS[told.partition]
        if not files:
            return told.empty().select(names).with_columns(pl.lit(None, pl.Date).alias(day))
        with telling_damage(files):
            # Raises where folders further up are named like that: their values are not ours.
            rows = pl.scan_parquet(
                files, hive_partitioning=True, hive_schema={day: pl.Date()}, glob=False
            )
            typed = (pl.col(name).cast(told.schema[name]) for name in names)
            read = rows.select(*typed, day).collect().rechunk()
        if told.stage == "bronze" and self.revisions() != before:
            return self.read_days(table, days, columns, committed)
        return read

    def kept_days(
        self, table: str, days: Sequence[date], columns: Sequence[str]
    ) -> pl.DataFrame | None:
        """The same of silver or gold, where this process wrote all of them, and has them still."""
        found = KEPT.get([self.path(table, day) for day in days])
        if found is None:
            return None
        rows, heights = found
        number = np.repeat(np.arange(len(days)), heights)
        day = pl.Series(FOLDERS[contract(table).partition], days, pl.Date).gather(number)
        return rows.select(*columns, day).rechunk()

    @staticmethod
    def read_file(
        table: str, file: Path, columns: Sequence[str], share: Share = WHOLE
    ) -> pl.DataFrame:
        """Some of the contract's columns of one file. Raises DamagedTable where it is damaged.

        Bronze files stay as they were written: a column that came to the contract later is null.
        """
        told = contract(table)
        read = partial(read_parquet, file, share)
        with telling_damage([file]):
            try:
                rows = read(columns=list(columns))
            except pl.exceptions.ColumnNotFoundError:
                if told.stage != "bronze":
                    raise
                rows = read()
                later = (name for name in columns if name not in rows.columns)
                rows = rows.with_columns(pl.lit(None).alias(n) for n in later if told[n].nullable)
            return rows.select(pl.col(name).cast(told.schema[name]) for name in columns)

    def footer(self, table: str, partition: Partition = None) -> Footer | None:
        """What a silver or gold partition says of itself; None when it was never built."""
        return kept_footer(self.path(table, partition))

    def is_stale(self, table: str, partition: Partition) -> bool:
        """Whether the partition was marked as no longer right."""
        return (self.folder(table, partition) / STALE).exists()

    def stale_reason(self, table: str, partition: Partition) -> str | None:
        """Why the partition was marked as no longer right; None when it was not."""
        try:
            return (self.folder(table, partition) / STALE).read_text(errors="replace")
        except FileNotFoundError:
            return None
        except OSError as error:
            return f"the mark {error.filename} cannot be read ({error.strerror})"

    # -- writing ----------------------------------------------------------------------------

    def replace(
        self,
        table: str,
        partition: Partition,
        frame: pl.DataFrame | SortedParts,
        *,
        inputs: Mapping[str, str],
        code: str,
        reach: datetime | None = None,
    ) -> Footer:
        """Replace one silver or gold partition atomically and durably; returns its new footer.

        The frame must already conform to the contract. Raises StorageFull when the disk is full;
        the last good file then stays.
        """
        if isinstance(frame, pl.DataFrame) and frame.height <= FEW_ROWS:
            few = Replacement(partition, frame, inputs, code, reach)
            (footer,) = self.replace_several(table, [few])
            return footer
        version = frame.version if isinstance(frame, SortedParts) else content_version(frame)
        footer = Footer(version, frame.height, dict(inputs), code, reach)
        write_parquet(self.path(table, partition), frame, footer, drafts=self.drafts(table))
        (self.folder(table, partition) / STALE).unlink(missing_ok=True)
        self.settle()
        return footer

    def replace_several(self, table: str, those: Sequence[Replacement]) -> list[Footer]:
        """The same of several partitions with few rows, which together cost little more than one.

        Where it raises, some of them may be replaced.
        """
        versions = content_versions([each.frame for each in those])
        files: dict[Path, tuple[pl.DataFrame, Footer]] = {}
        for each, version in zip(those, versions, strict=True):
            footer = Footer(version, each.frame.height, dict(each.inputs), each.code, each.reach)
            files[self.path(table, each.partition)] = each.frame, footer
        stamps = write_parquets(files, drafts=self.drafts(table))
        self._keep(table, files, stamps)
        for path in files:
            with suppress(FileNotFoundError):
                os.unlink(f"{path.parent}/{STALE}")  # noqa: PTH108  (many)
        self.settle()
        return [footer for _, footer in files.values()]

    def write_origin(
        self,
        table: str,
        origin: date,
        frame: pl.DataFrame,
        *,
        inputs: Mapping[str, str],
        code: str,
    ) -> tuple[Footer, bool]:
        """Store what a model said on a day, unless that was stored before; whether it was now.

        What was said stays, whatever is written later; only a file that cannot be read is replaced,
        and erasure takes persons out. To be called within `writing`.
        """
        with exclusive(self.root / ".origins.lock"):
            stands = self.footer(table, origin)
            if stands is not None:
                return stands, False
            return self.replace(table, origin, frame, inputs=inputs, code=code), True

    @staticmethod
    def _keep(
        table: str, files: Mapping[Path, tuple[pl.DataFrame, Footer]], stamps: Mapping[Path, Stamp]
    ) -> None:
        """Keep rows that were written for whoever reads them next, where they are few."""
        few = {path: frame for path, (frame, _) in files.items() if frame.height <= FEW_ROWS}
        if few and all(frame.schema == contract(table).schema for frame in few.values()):
            heights = {path: (stamps[path], frame.height) for path, frame in few.items()}
            KEPT.put(pl.concat(few.values(), rechunk=True), heights)

    def mark_stale(self, table: str, partition: Partition, reason: str) -> None:
        """Mark a partition as no longer right, until it is replaced; it stays readable."""
        marker = self.folder(table, partition) / STALE
        write_bytes(marker, reason.encode(), drafts=self.drafts(table))
        self.settle()

    def put_piece(self, name: str, rows: pl.DataFrame) -> None:
        """Put rows down for another process that builds, under a name that nobody else gives.

        They are in no table: whoever asked for them takes them away, else the next publish does.
        Raises StorageFull, and BadInput for what is no name.
        """
        path = self._piece(name)
        with telling_full(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            rows.write_ipc(path, compression="zstd")

    def take_piece(self, name: str) -> Path:
        """The file of such rows (Arrow's IPC), to be removed once it is read.

        Raises FileNotFoundError, or NoObject, where it went.
        """
        path = self._piece(name)
        path.stat()
        return path

    def _piece(self, name: str) -> Path:
        if not PIECE.fullmatch(name):
            raise BadInput(f"{name!r} is no name of a piece of a table")
        return self.root / DRAFTS / f"{name}.piece"

    def append(
        self,
        table: str,
        partition: Partition,
        batch: str,
        frame: pl.DataFrame,
        reach: datetime | None = None,
        later: Unsynced | None = None,
    ) -> None:
        """Write a batch's file of a bronze partition durably (again: the same file).

        With `later` it is durable once that is synced, which must be before its manifest stands.
        """
        footer = Footer("", frame.height, reach=reach)
        path = self.folder(table, partition) / f"{batch}.parquet"
        write_parquet(path, frame, footer, drafts=self.drafts(table), later=later)

    def append_several(
        self,
        table: str,
        batch: str,
        those: Mapping[Partition, tuple[pl.DataFrame, datetime | None]],
        later: Unsynced | None = None,
    ) -> None:
        """The same of several partitions, with the rows and the reach of each.

        Their rows were judged by the rules of the table as they are now.
        """
        judged = contract(table).rules
        files = {
            self.folder(table, partition) / f"{batch}.parquet": (
                frame,
                Footer("", frame.height, code=judged, reach=reach),
            )
            for partition, (frame, reach) in those.items()
        }
        write_parquets(files, drafts=self.drafts(table), later=later)

    def rewrite(
        self, table: str, file: Path, frame: pl.DataFrame, reach: datetime | None = None
    ) -> None:
        """Put other rows in the place of those of a bronze file, durably; without any it goes.

        The partition then has another version. To be called where nobody reads. Cut off on the
        way, the file holds what it did, and its version may be another already.
        """
        if frame.is_empty():
            file.unlink()
            sync(file.parent)
            return
        other = other_rows(file, frame)
        if other != file:
            file = file.rename(other)
            sync(file.parent)
        write = of_another_size(frame, reach, file.stat().st_size)
        write_atomically(file, write, drafts=self.drafts(table))


def merged_name(batch: str, files: Sequence[Path]) -> str:
    """The name of a batch's file that holds the rows of other files in their place.

    The version of their partition stays what it was, for its rows do.
    """
    return f"{batch}{MERGED}{sum(map(_digest, files)) % DIGESTS:024x}"


def _digest(file: Path) -> int:
    return digest_of(file.name, None if MERGED in file.name else file.stat().st_size)


def digest_of(name: str, size: int | None) -> int:
    """The part of a file of bronze in the version of its partition; a merged one's has no size."""
    _, merged, digest = name.removesuffix(".parquet").partition(MERGED)
    if merged:
        return int(digest, 16)
    text = f"{name}:{size}"
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=12).digest())


def other_rows(file: Path, frame: pl.DataFrame) -> Path:
    """Where a bronze file lies once it holds these rows: the name of a merged one tells of them."""
    batch, merged, digest = file.stem.partition(MERGED)
    if not merged:
        return file
    text = f"{digest}:{content_version(frame)}"
    other = hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
    return file.with_name(f"{batch}{MERGED}{other}.parquet")


def of_another_size(
    frame: pl.DataFrame, reach: datetime | None, size: int
) -> Callable[[Path], None]:
    """What writes rows of bronze to a file that is not of that size.

    What tells a version of files is their names and sizes.
    """
    footer = Footer("", frame.height, reach=reach).encode()

    def write(draft: Path) -> None:
        for padding in ({}, {"padding": ""}):
            frame.write_parquet(draft, **ENCODING, metadata={**footer, **padding})
            if draft.stat().st_size != size:
                return

    return write


def write_parquet(
    path: Path,
    frame: pl.DataFrame | SortedParts,
    footer: Footer,
    *,
    drafts: Path,
    later: Unsynced | None = None,
) -> None:
    """Write a Parquet file as `write_atomically` does; StorageFull when the disk is full."""
    write_atomically(
        path,
        lambda draft: frame.write_parquet(draft, **ENCODING, metadata=footer.encode()),
        drafts=drafts,
        later=later,
    )


def write_parquets(
    files: Mapping[Path, tuple[pl.DataFrame, Footer]],
    *,
    drafts: Path,
    later: Unsynced | None = None,
) -> dict[Path, Stamp]:
    """`write_parquet` of several files in one query.

    Gives the stamps of the files; their footers are kept, for whoever asks for them next.
    """
    stamps = list[Stamp]()

    def write(places: Sequence[Path]) -> None:
        written = [*zip(places, files.values(), strict=True)]
        for start in range(0, len(written), AT_ONCE):
            _sink(written[start : start + AT_ONCE])
        stamps.extend(stamp_of(place.stat()) for place in places)

    write_several([*files], write, drafts=drafts, later=later)
    stamp_by_path = dict(zip(files, stamps, strict=True))
    for path, (_, footer) in files.items():
        keep_footer(path, stamp_by_path[path], footer)
    return stamp_by_path


def _sink(drafts: Sequence[tuple[Path, tuple[pl.DataFrame, Footer]]]) -> None:
    sinks = [
        frame.lazy().sink_parquet(
            place,
            **ENCODING,
            metadata=footer.encode(),
            credential_provider=None,
            lazy=True,
        )
        for place, (frame, footer) in drafts
    ]
    pl.collect_all(sinks, engine="streaming")
