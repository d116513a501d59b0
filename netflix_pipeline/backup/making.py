"""Making a backup: a list of files that are right together, made while everything runs.

Most of it is sent while nobody waits. Then nobody takes anything in for as long as it takes to send
what came meanwhile, and to copy the event log and what people put in: so bronze, its ledger and how
far the log was drained are of one moment. What is computed from them may be of another: it says of
itself what it was made of.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from netflix_pipeline.backup.contents import COPIES, OPTIONAL, Contents
from netflix_pipeline.backup.erasure_record import write_erasures
from netflix_pipeline.backup.listing import FORMAT, Backup, StoredFile
from netflix_pipeline.backup.sending import Progress, Sending
from netflix_pipeline.backup.target import MOMENT, NoBackup, Target
from netflix_pipeline.errors import BadInput, DamagedFile, PipelineError
from netflix_pipeline.lake import exclusive
from netflix_pipeline.lake.lake_files import STAGES
from netflix_pipeline.lake.layout import CACHE
from netflix_pipeline.monitoring.backup_report import BackupTarget, changing_backups, told_backups
from netflix_pipeline.settings import Settings, variable


@dataclass(frozen=True)
class Made:
    """A backup that was made: `sent` are the files that were not there yet, of so many bytes."""

    backup: Backup
    address: str
    sent: int
    sent_bytes: int


def make_backup(
    settings: Settings,
    address: str,
    *,
    without: tuple[str, ...] = (),
    waiting: Callable[[], None] | None = None,
    progress: Progress = lambda *_: None,
    keep_days: int | None = None,
) -> Made:
    """Back a home up to a folder or bucket, and note in the home how that went.

    `without` names parts of `OPTIONAL`; `waiting` is called once where an ingest or another backup
    must end first. `keep_days` is noted as how long backups are kept there. Raises BadInput for a
    home without anything, or a target within it, OtherHome, Busy, DamagedFile, and what the store
    raises; then the backups that were there are as they were.
    """
    begun = datetime.now(UTC)
    target = _target(settings, address)
    if unknown := set(without) - OPTIONAL.keys():
        raise BadInput(f"{', '.join(sorted(unknown))} is no part that can be left out.")
    _require_tables(settings)
    home = _home(settings)
    with _noting(settings, target.address, begun) as known:
        target.claim(home)
        with changing_backups(settings) as report:
            report.targets.setdefault(target.address, BackupTarget()).claimed = True
        with exclusive(settings.root / "backup.lock", waiting), target.alone(waiting) as lease:
            contents = Contents(settings, without)
            with contents.copying():
                sending = Sending(
                    target,
                    lease,
                    _files_before(target),
                    known.damaged,
                    settings.root / COPIES,
                    progress,
                )
                sending.send(contents.taken_in())
                with contents.of_one_moment(waiting):
                    files = sending.send(contents.taken_in())
                    files += sending.send(contents.logged())
                files += sending.send(contents.rest())
                files += sending.send(contents.recorded(sending.is_known))
            backup = Backup(
                format=FORMAT,
                name=begun.strftime(MOMENT),
                home=home,
                begun=begun,
                ended=datetime.now(UTC),
                release=metadata.version("netflix-pipeline"),
                settings=told_settings(settings),
                without=tuple(sorted(without)),
                elsewhere=contents.elsewhere(),
                files=tuple(sorted(files, key=lambda file: file.name)),
            )
            # Before it counts: no backup knows of anybody who is erased and the target does not.
            write_erasures(settings, target)
            lease.check(anew=True)  # who took it over may take away what was sent
            target.add(backup)
        known.made, known.name, known.verified = begun.timestamp(), backup.name, begun.timestamp()
        known.damaged, known.untold = [], False
        if keep_days is not None:
            known.keep_days = keep_days
    return Made(backup, target.address, sending.sent, sending.sent_bytes)


def _require_tables(settings: Settings) -> None:
    """Raise BadInput where the home has none, and the settings name no store that has them."""
    if settings.lake_address:
        return
    tables = [settings.lake / stage for stage in STAGES]
    if not any(folder.exists() for folder in (*tables, settings.state, settings.events)):
        raise BadInput(f"{settings.root} holds nothing to back up: is NETFLIX_HOME right?")
    if (settings.lake / CACHE).exists() and not tables[0].exists():
        raise BadInput(
            f"{settings.lake} has copies of tables that lie in a store, and no tables: set "
            f"NETFLIX_LAKE, or they are not backed up. Without such a store remove {CACHE} there."
        )


def _target(settings: Settings, address: str) -> Target:
    target = Target(address)
    place = Path(target.address)
    if "://" not in target.address and settings.root in (place, *place.parents):
        raise BadInput(
            f"{target.address} lies in the home itself, and would be lost with it: take a folder "
            "on another disk, or s3://BUCKET/PREFIX."
        )
    if settings.lake_address and _is_within(target.address, settings.lake_address):
        raise BadInput(
            f"{target.address} lies where the lake does: take another bucket, or a prefix beside "
            "that of NETFLIX_LAKE."
        )
    return target


def _is_within(address: str, of: str) -> bool:
    return f"{address}/".startswith(f"{of.rstrip('/')}/")


def _home(settings: Settings) -> str:
    """The number by which a target knows the home."""
    with changing_backups(settings) as report:
        report.home = report.home or secrets.token_hex(6)
        return report.home


@contextmanager
def _noting(settings: Settings, address: str, begun: datetime) -> Iterator[BackupTarget]:
    """What is known of a target, to be changed where all goes well.

    What fails is noted, unless the command itself was wrong.
    """
    known = told_backups(settings).targets.get(address, BackupTarget())
    try:
        yield known
    except Exception as error:
        if not isinstance(error, BadInput):
            with changing_backups(settings) as report:
                noted = report.targets.setdefault(address, BackupTarget())
                noted.failed, noted.problem = begun.timestamp(), _line(error)
        raise
    known.claimed, known.failed, known.problem = True, 0.0, ""
    with changing_backups(settings) as report:
        report.targets[address] = known


def _line(error: Exception) -> str:
    told = " ".join(str(error).split())
    return told if isinstance(error, PipelineError | OSError) else f"{type(error).__name__}: {told}"


def _files_before(target: Target) -> tuple[StoredFile, ...]:
    """The files of the newest backup; none where there is none that can be read."""
    try:
        return target.backup().files
    except (NoBackup, DamagedFile):
        return ()


def told_settings(settings: Settings) -> dict[str, str]:
    """The settings that are not as they come, by the names of their variables; no secret."""
    values = settings.model_dump(mode="json")
    return {
        variable(name): str(values[name])
        for name, field in Settings.model_fields.items()
        if field.repr and name != "home" and getattr(settings, name) != field.default
    }
