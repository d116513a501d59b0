"""Looking through a backup: every file of it is read back and compared with its digest."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from netflix_pipeline.backup.listing import Backup, StoredFile
from netflix_pipeline.backup.sending import AT_ONCE, Progress
from netflix_pipeline.backup.target import DamagedBackup, Target
from netflix_pipeline.errors import PipelineError
from netflix_pipeline.monitoring.backup_report import changing_backups, told_backups
from netflix_pipeline.settings import Settings


@dataclass(frozen=True)
class Verified:
    """What of some backups was read: files of so many bytes, and what is wrong, in sentences."""

    names: tuple[str, ...]
    files: int
    size: int
    problems: tuple[str, ...]


def verify(
    settings: Settings,
    address: str,
    name: str | None = None,
    *,
    every: bool = False,
    progress: Progress = lambda *_: None,
) -> Verified:
    """Read a backup back, the newest without a `name`, or `every` one; each file once.

    Where the home knows the target, it is noted there what was found: what is damaged is sent again
    with the next backup, where the home still has it. Raises NoBackup, and what the store raises.
    """
    target = Target(address)
    problems: list[str] = []
    backups: list[Backup] = []
    names: list[str | None] = [*target.names()] if every else [name]
    for one in names or [None]:  # which tells that none is there
        try:
            backups.append(target.backup(one))
        except DamagedBackup as error:
            problems.append(str(error))
    files = {file.digest: file for backup in backups for file in backup.files}
    damaged = []
    with (
        TemporaryDirectory(prefix="netflix-pipeline-") as folder,
        ThreadPoolExecutor(AT_ONCE) as pool,
    ):
        look = _looking(target, Path(folder))
        for count, (file, problem) in enumerate(pool.map(look, files.values()), 1):
            progress(file.name, count)
            if problem:
                damaged.append(file.digest)
                problems.append(problem)
    _note(settings, target.address, damaged, problems)
    return Verified(
        tuple(backup.name for backup in backups),
        len(files),
        sum(file.size for file in files.values()),
        tuple(problems),
    )


def _looking(target: Target, folder: Path) -> Callable[[StoredFile], tuple[StoredFile, str | None]]:
    def look(file: StoredFile) -> tuple[StoredFile, str | None]:
        copy = folder / uuid4().hex
        try:
            target.fetch(file, copy)
        except DamagedBackup as error:
            return file, str(error)
        finally:
            copy.unlink(missing_ok=True)
        return file, None

    return look


def _note(settings: Settings, address: str, damaged: list[str], problems: list[str]) -> None:
    """Take note in the home of what was found, where the target is one of its own."""
    if address not in told_backups(settings).targets:
        return
    # To look must be possible from a home that may only be read.
    with suppress(OSError, PipelineError), changing_backups(settings) as report:
        known, now = report.targets[address], datetime.now(UTC).timestamp()
        known.damaged = sorted({*known.damaged, *damaged})
        if problems:
            known.failed, known.problem = now, problems[0]
        else:
            known.verified, known.failed, known.problem = now, 0.0, ""
