"""What is known of a home's backups, as whoever made or looked through one told it last.

It lies in the home itself, not among what is only told: by `home` a target knows whose its backups
are. Times are seconds since 1970, 0 of what never was.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import time

import msgspec

from netflix_pipeline.atomic_write import write_bytes
from netflix_pipeline.errors import DamagedFile, PipelineError
from netflix_pipeline.lake import exclusive
from netflix_pipeline.monitoring.numbers import Numbers
from netflix_pipeline.monitoring.told_files import told
from netflix_pipeline.settings import Settings


class BackupTarget(msgspec.Struct):
    """What is known of one place.

    `claimed` is whether the place is known to be of this home. `made` is when the newest backup was
    begun that is whole and was read back, `name` its name, `verified` when all of one was read back
    last. `failed` is when it went wrong last, unless it went well since, and `problem` says how.
    `damaged` are the digests of files that were found damaged there. `untold` is whether somebody
    was erased of whom the place does not know. `keep_days` is for how long backups are kept there,
    as it was last said.
    """

    claimed: bool = False
    made: float = 0.0
    name: str = ""
    verified: float = 0.0
    failed: float = 0.0
    problem: str = ""
    damaged: list[str] = msgspec.field(default_factory=list)
    untold: bool = False
    keep_days: int | None = None


class BackupReport(msgspec.Struct):
    """What is known of all places by their addresses, and since when one is set up."""

    home: str = ""
    set_up: float = 0.0
    targets: dict[str, BackupTarget] = msgspec.field(default_factory=dict)

    @property
    def made(self) -> float:
        """When the newest of all backups was begun; 0 where there is none."""
        return max((target.made for target in self.targets.values()), default=0.0)

    @property
    def failed(self) -> float:
        """When the last failure was that nothing made good since; 0 where there is none."""
        return max((target.failed for target in self.targets.values()), default=0.0)


def told_backups(settings: Settings) -> BackupReport:
    """What was told last; nothing of any place where nobody did."""
    return told(_path(settings), BackupReport) or BackupReport()


@contextmanager
def changing_backups(settings: Settings) -> Iterator[BackupReport]:
    """What is known, to be changed by one process at a time. Raises DamagedFile."""
    path = _path(settings)
    settings.root.mkdir(parents=True, exist_ok=True)
    with exclusive(path.with_suffix(".lock")):
        try:
            report = msgspec.json.decode(path.read_bytes(), type=BackupReport)
        except FileNotFoundError:
            report = BackupReport()
        except msgspec.MsgspecError as error:
            raise DamagedFile(
                f"{path}, by which backups know their home, is torn ({error}). Put back in it what "
                f'about.json at the backup says, such as {{"home": "0a1b2c"}}; without a backup '
                "remove it."
            ) from error
        yield report
        write_bytes(path, msgspec.json.encode(report))


def expose_backups(numbers: Numbers, settings: Settings) -> None:
    """Let Prometheus read it. Where a place is set up, take note since when that is so."""
    if settings.backup and not told_backups(settings).set_up:
        # A home that may only be read is told of without.
        with suppress(OSError, PipelineError), changing_backups(settings) as report:
            report.set_up = report.set_up or time()
    numbers.tell(
        "netflix_backup_verified_timestamp_seconds",
        "When the newest backup was begun that is whole and was read back; before the first, since "
        "when one is set up; left out where neither is so",
        lambda: (known := told_backups(settings)).made or known.set_up or None,
    )
    numbers.tell(
        "netflix_backup_failed_timestamp_seconds",
        "When a backup failed, or was found damaged; left out once one is well again",
        lambda: told_backups(settings).failed or None,
    )


def _path(settings: Settings) -> Path:
    return settings.root / "backups.json"
