"""Files of the lake that cannot be read: which one it is, why, and what to do."""

import errno
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from netflix_pipeline.errors import DamagedFile, PipelineError, ends_one
from netflix_pipeline.lake.batch_ranges import PREFIX

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
