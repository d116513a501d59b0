"""Parquet files of the lake: what each says of itself, and those that cannot be read.

A footer tells rows, content, the versions of inputs and code. Of a damaged file it is told which
one it is, why, and what to do.
"""

import errno
import json
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from sys import intern
from threading import Lock

import numpy as np
import polars as pl

from netflix_pipeline.errors import DamagedFile, PipelineError, ends_one
from netflix_pipeline.lake.batch_ranges import PREFIX
from netflix_pipeline.lake.lake_files import Stamp, stamp_of

KEY = "netflix_pipeline"

SEED = 7
"""Of the hashes of rows: another one would give all that is stored another version."""
Hashes = np.ndarray[tuple[int], np.dtype[np.uint64]]

KEPT = 40_000
"""Footers that a process keeps, about a kilobyte each."""


@dataclass(frozen=True)
class Footer:
    """The footer of one partition of one table.

    `version` digests the rows, so that two builds with the same content have the same version
    (empty for bronze files, which never change under their name).
    `inputs` maps what it was built from (such as `bronze/watch_events/2026-01-31`) to the version
    that was read; `code` is the version of the code, or of bronze the digest of the rules by which
    all rows were judged (empty where nobody knows). `reach` is the latest instant that a row of the
    day extends to, where rows have a length.
    """

    version: str
    rows: int
    inputs: Mapping[str, str] = field(default_factory=dict)
    code: str = ""
    reach: datetime | None = None

    def encode(self) -> dict[str, str]:
        """As Parquet key-value metadata."""
        said = {
            "version": self.version,
            "rows": self.rows,
            "inputs": dict(self.inputs),
            "code": self.code,
            "reach": self.reach.isoformat() if self.reach else None,
        }
        return {KEY: json.dumps(said, sort_keys=True)}


def read_footer(path: Path) -> Footer | None:
    """The footer of a file; None when there is no file, or it is torn or not one of ours."""
    try:
        if not path.exists():
            return None  # as is mostly asked while all is built for the first time
        said = json.loads(pl.read_parquet_metadata(path, credential_provider=None)[KEY])
        said["reach"] = datetime.fromisoformat(said["reach"]) if said["reach"] else None
        # Many files name the same versions of the same days.
        said["inputs"] = {intern(name): intern(was) for name, was in said["inputs"].items()}
        return Footer(**said)
    except BaseException as error:
        # Torn bytes fail in many ways, a panic among them.
        if not isinstance(error, FileNotFoundError) and not tells_damage(error):
            raise
        return None


def kept_footer(path: Path) -> Footer | None:
    """The same, read once for as long as it is the same file."""
    try:
        stamp = stamp_of(path.stat())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        return read_footer(path)
    known = _kept.get(str(path))
    if known is not None and known[0] == stamp:
        return known[1]
    footer = read_footer(path)
    if footer is not None:  # what cannot be read may be let be read
        keep_footer(path, stamp, footer)
    return footer


def keep_footer(path: Path, stamp: Stamp, footer: Footer) -> None:
    """Keep what the file of that stamp says of itself; of too many the first go."""
    with _keeping:
        _kept[str(path)] = stamp, footer
        if len(_kept) > KEPT:
            _kept.popitem(last=False)


_kept = OrderedDict[str, tuple[Stamp, Footer]]()
_keeping = Lock()


def content_version(frame: pl.DataFrame) -> str:
    """A digest of the frame's rows in their order."""
    return version_of(digest_of_rows(frame), frame.height)


def content_versions(frames: Sequence[pl.DataFrame]) -> Iterator[str]:
    """The same of each of some frames of one schema, whose rows are digested together."""
    hashes = pl.concat(frames).hash_rows(seed=SEED).to_numpy()
    start = 0
    for frame in frames:
        of_frame = hashes[start : start + frame.height]
        yield version_of(_in_order(of_frame), frame.height)
        start += frame.height


def digest_of_rows(rows: pl.DataFrame, at: int = 0) -> int:
    """What rows add to the digest of a frame in which `at` others stand before them."""
    return _in_order(rows.hash_rows(seed=SEED).to_numpy(), at)


def _in_order(hashes: Hashes, at: int = 0) -> int:
    # Multiplying by an odd number that depends on the position keeps the order in the digest.
    odd = np.arange(2 * at + 1, 2 * (at + len(hashes)), 2, dtype=np.uint64)
    return int(hashes @ odd)


def version_of(digest: int, height: int) -> str:
    """The version of so many rows, of what all of them add to their digest."""
    return f"{digest % 2**64:016x}-{height}" if height else "empty"


OF_THE_SYSTEM = (errno.EMFILE, errno.ENFILE, errno.ENOMEM)
"""What the system lacks, whatever the file holds."""


class DamagedTable(DamagedFile):
    """A file of a table cannot be read: `path`."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path} cannot be read ({why}). {_remedy(path)}")
        self.path = path


@contextmanager
def telling_damage(files: Sequence[Path]) -> Iterator[None]:
    """Where reading Parquet files fails, raise DamagedTable with the one that cannot be read.

    What fails while each of several can be read is raised as it is.
    """
    try:
        yield
    except BaseException as error:
        if not tells_damage(error):
            raise
        if len(files) == 1:
            raise DamagedTable(files[0], reason(error)) from error
        for file in files:
            if why := damage(file):
                raise DamagedTable(file, why) from error
        raise


def tells_damage(error: BaseException) -> bool:
    """Whether an error that came while a file was read tells that it cannot be."""
    if isinstance(error, OSError) and error.errno in OF_THE_SYSTEM:
        return False
    return ends_one(error) and not isinstance(
        error, (PipelineError, FileNotFoundError, MemoryError)
    )


def damage(file: Path) -> str | None:
    """Why a Parquet file cannot be read; None when all of it can."""
    try:
        pl.read_parquet(file, hive_partitioning=False, glob=False)
    except BaseException as error:
        if not tells_damage(error):
            raise
        return reason(error)
    return None


def reason(error: BaseException) -> str:
    """What an error says, in one line."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _remedy(path: Path) -> str:
    if "bronze" not in path.parts[-4:]:
        return "Remove it; netflix-pipeline materialize then builds it again."
    batch = path.name.split(".", 1)[0]
    if batch.startswith(PREFIX):
        return (
            "Check the disk and restore it from the backup. Without a backup remove it: the "
            "ledger then tells its rows as missing."
        )
    return (
        "Check the disk and restore it from the backup. Without a backup remove it and "
        f"bronze/_batches/{batch}.json, and ingest the file again of which that tells."
    )
