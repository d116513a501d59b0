"""Files of bronze that no manifest names: left by what was cut off, or their manifest is lost.

Whoever takes something in leaves a journal until it ends, so what was written since one that stands
is of what was cut off: nobody has read it, and the next ingest writes it anew. Any other file did
count once, and only its manifest is missing: it is never taken away.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from netflix_pipeline.contracts import contracts
from netflix_pipeline.doctor.finding import Finding, bad, warn
from netflix_pipeline.ingest.batches import JOURNALS
from netflix_pipeline.lake import Lake, holding
from netflix_pipeline.settings import Settings

FEW = 5
"""Batches that are told one by one."""


@dataclass
class Orphans:
    """`left` are files of what was cut off; `lost` those whose manifest is gone, by batch."""

    left: list[Path] = field(default_factory=list)
    lost: dict[str, list[Path]] = field(default_factory=dict)


def orphans(settings: Settings) -> Orphans:
    """The files of bronze without a manifest; of use while nobody takes anything in."""
    found, lake = Orphans(), Lake.of(settings)
    begun, standing = _begun(settings), lake.standing_batches()
    for file in _files(lake):
        batch = file.name.split(".", 1)[0]
        if batch in standing:
            continue
        with suppress(FileNotFoundError):
            written = file.stat().st_mtime
            if begun is not None and written >= begun:
                found.left.append(file)
            else:
                found.lost.setdefault(batch, []).append(file)
    return found


def told_orphans(settings: Settings) -> Iterator[Finding]:
    """What is said of them, unless somebody takes something in just now."""
    # Of a store the check of that name tells what nothing names.
    if settings.lake_address or holding(settings.root / "ingest.lock"):
        return
    found, lake = orphans(settings), Lake.of(settings)
    if found.left:
        size = sum(file.stat().st_size for file in found.left if file.exists())
        yield warn(
            settings.lake / "bronze",
            f"{len(found.left)} files that no manifest names, of {size / 1e6:,.1f} MB: an ingest "
            "was cut off",
            "netflix-pipeline doctor --repair takes them away; the next ingest does, too",
        )
    for batch, files in islice(found.lost.items(), FEW):
        yield bad(
            lake.manifest_path(batch),
            f"it is gone, and {len(files)} files of its batch are there, such as {files[0]}: their "
            "rows no longer count",
            "restore it from the backup, then netflix-pipeline materialize; without a backup "
            "ingest its source again, then move these files away",
        )
    if (more := len(found.lost) - FEW) > 0:
        yield bad(settings.lake / "bronze", f"{more} more batches have lost theirs", "the same")


def _begun(settings: Settings) -> float | None:
    """Since when something was taken in that was cut off; None where nothing was."""
    began = []
    for name in JOURNALS:
        with suppress(FileNotFoundError):
            began.append((settings.root / name).stat().st_mtime)
    return min(began, default=None)


def _files(lake: Lake) -> Iterator[Path]:
    """The Parquet files of the bronze tables."""
    for table in (name for name, told in contracts().items() if told.stage == "bronze"):
        for partition in lake.every_partition(table):
            yield from lake.folder(table, partition).glob("*.parquet")
