"""Batches: what arrived together, under one name, with a manifest that makes it count.

A batch's files lie in the bronze tables under its name; they count from the moment its manifest
stands on disk. A batch that was cut off before has files but no manifest: nobody reads them, and
the same command writes the same names again.

Small files that were written together are one batch, whose manifest tells of each. In rows the n-th
of them is `<batch>~<n>`, as if it were a batch of its own.

What an ingest was asked for stands in a journal from its begin until all of its files are taken.
Where it is found, that ingest was cut off or some failed, and the files that it had taken are known
by their manifests: taking them again would count their rows as duplicates. Anything else that is
asked begins anew.
"""

import hashlib
import json
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from netflix_pipeline.atomic_write import write_bytes
from netflix_pipeline.errors import DamagedFile
from netflix_pipeline.lake import Lake, Partition
from netflix_pipeline.lake.layout import DRAFTS, MANIFESTS
from netflix_pipeline.lake.parquet_files import reason
from netflix_pipeline.sources.files import open_bytes

FILE = "~"
"""Stands in rows behind the name of a batch of several files, before the number of their own."""


BATCH_OF_ROW = pl.col("batch").str.split(FILE).list.first()
"""The batch, of which files have their names, of a row that may have come in one of several."""


def file_name(batch: str, number: int) -> str:
    """What rows have as their batch that came in one of its files, numbered from 0."""
    return f"{batch}{FILE}{number + 1:03}"


def batch_of(name: str) -> str:
    """The same of the name that a row has as its batch."""
    return name.partition(FILE)[0]


@dataclass(frozen=True, kw_only=True)
class RowOutcomes:
    """What became of rows that came together: received = stored + duplicate + quarantined + erased.

    `note` says why reading stopped early, that there was nothing to read, or what failed; `dates`
    in which order day and month were read, where the file decided it; `left_out` how many fields of
    stored rows could not be understood, by column. `put_back` counts the users or titles that have
    an earlier state again by it.
    """

    source: str
    table: str
    received: int = 0
    stored: int = 0
    duplicate: int = 0
    quarantined: int = 0
    erased: int = 0
    note: str = ""
    dates: str = ""
    left_out: Mapping[str, int] = field(default_factory=dict)
    put_back: int = 0


@dataclass(frozen=True, kw_only=True)
class BatchFile(RowOutcomes):
    """One of the files that are a batch together, and what became of its rows when it came."""

    path: str
    sha256: str
    received_at: datetime


@dataclass(frozen=True, kw_only=True)
class Manifest(RowOutcomes):
    """What a batch was and what became of its rows.

    `header` is what reading one of its raw rows again needs; `days` the event days stored. Of
    several `files` that came together `path` is the folder, and `received_at` when the last came.
    """

    batch: str
    path: str
    sha256: str
    arrival: int
    received_at: datetime
    header: str
    days: tuple[date, ...] = ()
    files: tuple[BatchFile, ...] = ()

    def by_file(self) -> tuple["Manifest", ...]:
        """The same of each file that came, under the name that its rows have as their batch."""
        if not self.files:
            return (self,)
        told = [each.name for each in fields(BatchFile)]
        return tuple(
            replace(
                self,
                batch=file_name(self.batch, number),
                files=(),
                **{name: getattr(file, name) for name in told},
            )
            for number, file in enumerate(self.files)
        )

    def encode(self) -> bytes:
        """As JSON."""
        document = asdict(self)
        document["days"] = [day.isoformat() for day in self.days]
        for each in (document, *document["files"]):
            each["received_at"] = each["received_at"].isoformat()
        if not self.files:  # as earlier releases know it
            del document["files"]
        return json.dumps(document, indent=1, ensure_ascii=False).encode()

    @classmethod
    def decode(cls, path: Path) -> "Manifest":
        """The manifest in that file; DamagedFile when it is none."""
        try:
            document = json.loads(path.read_bytes())
            document["days"] = tuple(date.fromisoformat(day) for day in document["days"])
            files = document.pop("files", ())
            for each in (document, *files):
                each["received_at"] = datetime.fromisoformat(each["received_at"])
            if document["batch"] == path.stem and document["received_at"].tzinfo is not None:
                return cls(**document, files=tuple(BatchFile(**each) for each in files))
            why = "it tells of another batch, or of no time"
        except FileNotFoundError:
            raise
        except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
            why = reason(error)
        raise DamagedFile(
            f"{path} is not a manifest ({why}). Restore it from the backup; without one remove it: "
            "its batch then no longer counts, and its file can be ingested again."
        )


def _folder(lake: Lake) -> Path:
    return lake.folder(f"bronze/{MANIFESTS}")


def batch_name(lake: Lake, sha256: str) -> tuple[str, int]:
    """The name and arrival number of the next arrival of a content."""

    def is_free(arrival: int) -> bool:
        return not (_folder(lake) / f"{sha256[:16]}-{arrival}.json").exists()

    # By doubling, then halving: the same file may come a hundred thousand times.
    most = 1
    while not is_free(most):
        most *= 2
    free = bisect_left(range(most), True, lo=most // 2 + 1, hi=most, key=is_free)
    return f"{sha256[:16]}-{free}", free


def commit(lake: Lake, manifest: Manifest) -> None:
    """Write the manifest durably: from now on the batch counts."""
    write_bytes(_folder(lake) / f"{manifest.batch}.json", manifest.encode())
    lake.settle()


def manifests(
    lake: Lake,
    batches: Iterable[str] | None = None,
    damaged: Callable[[DamagedFile], None] | None = None,
) -> Iterator[Manifest]:
    """The manifests of all batches that count, by name; or of those of the named that stand.

    Raises DamagedFile at one that cannot be read, or tells it to `damaged` and goes on.
    """
    while batches is None:
        names = lake.committed_batches()
        bad: list[DamagedFile] = []
        known = list(manifests(lake, names, damaged and bad.append))
        # Else some were merged into another since they were listed.
        if len(known) + len(bad) == len(names):
            for each in bad:
                assert damaged is not None
                damaged(each)
            yield from known
            return
    for batch in sorted(batches):
        try:
            if (one := manifest(lake, batch)) is not None:
                yield one
        except DamagedFile as error:
            if damaged is None:
                raise
            damaged(error)


def latest_receipt(lake: Lake) -> datetime | None:
    """When the newest of the batches that count, and can be read, arrived; None before it.

    Times that lie ahead of the clock are of one that was set wrongly, and tell nothing.
    """
    known, now = manifests(lake, damaged=lambda _: None), datetime.now(UTC)
    come = (manifest.received_at for manifest in known)
    return max((moment for moment in come if moment <= now), default=None)


def manifest(lake: Lake, batch: str) -> Manifest | None:
    """The manifest of a batch, or what it tells of one of its files; None when there is none."""
    for _ in range(2):  # it may be put into another place meanwhile
        with suppress(FileNotFoundError):
            told = Manifest.decode(lake.manifest_path(batch_of(batch)))
            return next((each for each in (told, *told.by_file()) if each.batch == batch), None)
    return None


def remove_uncommitted(lake: Lake) -> None:
    """Remove half-written files, and those of batches without a manifest."""
    bronze = lake.root / "bronze"
    # Those that were merged into another are still being read, maybe.
    standing = lake.standing_batches()
    strays = [
        path for path in bronze.glob("*/**/*.parquet") if path.name.split(".", 1)[0] not in standing
    ]
    strays += [*(bronze / DRAFTS).glob("*"), *bronze.glob("_*/.*.tmp")]
    for path in strays:
        path.unlink(missing_ok=True)


def remove_merged(lake: Lake) -> None:
    """Remove the files and manifests of batches that were merged into another.

    Not while somebody builds, who may still read them: then the next call does.
    """
    if not merged_batches(lake):
        return
    with lake.alone() as alone:
        if alone:
            remove_batches(lake, merged_batches(lake))


def merged_batches(lake: Lake) -> list[str]:
    """The batches that were merged into another, and whose files are still there."""
    return sorted(lake.standing_batches() - lake.committed_batches())


def remove_batches(lake: Lake, batches: Iterable[str]) -> None:
    """Remove the files and manifests of batches; where nobody builds."""
    for batch in batches:
        gone = manifest(lake, batch)
        for table, partition in partitions(gone) if gone is not None else ():
            for path in lake.batch_files(table, partition, {batch}):
                path.unlink(missing_ok=True)
        (_folder(lake) / f"{batch}.json").unlink(missing_ok=True)


def partitions(manifest: Manifest) -> list[tuple[str, Partition]]:
    """Where files of a batch of events can lie."""
    arrived = manifest.received_at.date()
    return [
        *((f"bronze/{manifest.table}", day) for day in manifest.days),
        ("bronze/duplicates", arrived),
        ("bronze/quarantine", arrived),
        ("bronze/user_mentions", None),
        ("bronze/title_mentions", None),
    ]


JOURNALS = ("ingest.json", "drain.json")
"""What stands in a home from the beginning of an ingest, or of a drain, until its end."""


def was_cut_off(home: Path) -> bool:
    """Whether an ingest or a drain did not end: what it left half-written may lie in bronze."""
    return any((home / name).exists() for name in JOURNALS)


def begin(path: Path, lake: Lake, arguments: list[str], now: datetime) -> Mapping[str, Manifest]:
    """The manifests of the files that the same ingest took before it was cut off, by path."""
    began = _began(path, arguments)
    if began is not None:
        files = (file for manifest in manifests(lake) for file in manifest.by_file())
        return {file.path: file for file in files if file.received_at >= began}
    journal = {"asked": arguments, "began": now.isoformat()}
    write_bytes(path, json.dumps(journal, ensure_ascii=False).encode())
    return {}


def _began(path: Path, arguments: list[str]) -> datetime | None:
    """When the ingest that was cut off began, where it was asked for the same."""
    try:
        document = json.loads(path.read_bytes())
        return datetime.fromisoformat(document["began"]) if document["asked"] == arguments else None
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return None


def unchanged(file: Path, taken: Manifest) -> bool:
    """Whether the file still has the bytes that were taken."""
    with open_bytes(file) as content:
        return hashlib.file_digest(content, "sha256").hexdigest() == taken.sha256
