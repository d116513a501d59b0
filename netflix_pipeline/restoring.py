"""A home put back from a backup, onto an empty place.

It is made beside the place where it will be, `.restoring` in the home, and moved there once all of
it is whole, who was erased since is gone, and a snapshot is published. Cut off anywhere, the same
call goes on; until it has ended, there is no home.
"""

import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Literal

import msgspec

from netflix_pipeline.backup import Backup, DamagedBackup, StoredFile, Target, mark_again
from netflix_pipeline.backup.sending import AT_ONCE, Progress
from netflix_pipeline.backup.target import digest_of
from netflix_pipeline.defs.in_process_run import materialize
from netflix_pipeline.defs.resources import OnBuilt, ignore
from netflix_pipeline.errors import BadInput, DamagedFile, PipelineError, noted
from netflix_pipeline.ingest import differences, ledger, manifests
from netflix_pipeline.lake import Lake, sync, write_bytes
from netflix_pipeline.monitoring.backup_report import BackupTarget, changing_backups
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import Erasures, looked_up

FOLDER, PLAN = ".restoring", "plan.json"
OF_THE_DISK = {"lost+found"}
"""What lies on an empty disk."""


class HomeNotEmpty(BadInput):
    """Something lies where a home is to be put back."""


class NotRestored(PipelineError):
    """The home could not be made fit to be used; nothing of it is in its place."""


class Told(msgspec.Struct, frozen=True):
    """What became of a backup that was put back.

    `erased` counts persons whom it held and who were erased since, `missing` rows that its ledger
    missed already; `snapshot` is what is served. `remarks` are for whoever goes on with the home.
    """

    erased: int = 0
    missing: int = 0
    snapshot: int | None = None
    remarks: tuple[str, ...] = ()


class _Plan(msgspec.Struct):
    """Which backup is put back, and how far that is.

    `step` is `fetch` until its files are all there and persons are marked, `build` until it is fit
    to be used, then `move`; `told` is what there is to tell by then.
    """

    address: str
    name: str
    step: Literal["fetch", "build", "move"] = "fetch"
    told: Told = msgspec.field(default_factory=Told)


def restore(
    settings: Settings,
    address: str,
    name: str | None = None,
    *,
    progress: Progress = lambda *_: None,
    on_built: OnBuilt = ignore,
    waiting: Callable[[], None] | None = None,
) -> tuple[Backup, Told]:
    """Put a home back from the newest backup at an address, or that of a name.

    Whoever was erased by then is taken out of it, pending tables are built, and a snapshot is
    published. Raises HomeNotEmpty where something lies there, NoBackup, DamagedBackup, NotRestored,
    and what the store raises; then nothing but `.restoring` is there.
    """
    if settings.lake_address:
        raise BadInput("NETFLIX_LAKE names a store: a backup is put back into files. Unset it.")
    target = Target(address)
    backup = target.backup(name)
    place = settings.root / FOLDER
    plan = _plan(settings.root, target.address, backup.name)
    staged = type(settings)(**(settings.model_dump() | {"home": place / "home"}))
    if plan.step == "fetch":
        _fetch(target, backup, staged.root, progress)
        _mark(target, backup, staged)
        _note(plan, place, "build")
    if plan.step == "build":
        plan.told = _built(staged, target, backup, on_built, waiting)
        _note(plan, place, "move")
    # Of what was moved before this was cut off nothing is left here.
    for entry in sorted(staged.root.iterdir()):
        entry.replace(settings.root / entry.name)
    sync(settings.root)
    shutil.rmtree(place)
    remarks = (*_remarks(settings, backup), *plan.told.remarks)
    return backup, msgspec.structs.replace(plan.told, remarks=remarks)


def _note(plan: _Plan, place: Path, step: Literal["build", "move"]) -> None:
    plan.step = step
    write_bytes(place / PLAN, msgspec.json.encode(plan))


def _built(
    staged: Settings,
    target: Target,
    backup: Backup,
    on_built: OnBuilt,
    waiting: Callable[[], None] | None,
) -> Told:
    """Make the home fit to be used: without who was erased, with its tables and a snapshot."""
    lake, torn, missing = Lake.of(staged), list[str](), 0
    # What was torn when the backup was made is put back as it was.
    with noted(torn, DamagedFile):
        missing = int(differences(ledger(lake, manifests(lake)))["missing"].abs().sum())
    outcome = materialize(staged, command="restore", progress=on_built, waiting=waiting)
    pending = looked_up(staged, lambda engine: Erasures(engine, staged).pending(), list[str]())
    if pending:
        raise NotRestored(
            f"{len(pending)} persons who were erased cannot be taken out of the backup "
            f"{backup.name} ({'; '.join(outcome.failures)}): it is not put back. Mend that and run "
            f"the command again, or remove {staged.root.parent} and take another backup."
        )
    # Only now: the target knows already who was erased here, and when that was.
    with changing_backups(staged) as report:
        report.home = backup.home
        at = backup.begun.timestamp()
        report.targets[target.address] = BackupTarget(
            claimed=True, made=at, name=backup.name, verified=at
        )
    return Told(
        len(outcome.erasure.users) if outcome.erasure else 0,
        missing,
        outcome.snapshot,
        (*torn, *outcome.violations, *outcome.failures),
    )


def _plan(root: Path, address: str, name: str) -> _Plan:
    """What is to be done, where nothing lies there, or this was begun."""
    path = root / FOLDER / PLAN
    begun: _Plan | None = None
    with suppress(FileNotFoundError, msgspec.MsgspecError):
        begun = msgspec.json.decode(path.read_bytes(), type=_Plan)
    if begun is None:
        there = sorted({entry.name for entry in root.iterdir()} if root.exists() else set())
        if found := [each for each in there if each not in {*OF_THE_DISK, FOLDER}]:
            raise HomeNotEmpty(
                f"{root} is not empty (it holds {', '.join(found[:3])}): nothing is put back over "
                "a home. Set NETFLIX_HOME to a folder that is empty or not there."
            )
        shutil.rmtree(path.parent, ignore_errors=True)
        path.parent.mkdir(mode=0o700, parents=True)
        begun = _Plan(address, name)
        write_bytes(path, msgspec.json.encode(begun))
    elif (begun.address, begun.name) != (address, name):
        raise HomeNotEmpty(
            f"{root}: the backup {begun.name} of {begun.address} was being put back there, and it "
            f"was cut off. Go on with it (--backup {begun.name}), or remove {path.parent} first."
        )
    return begun


def _fetch(target: Target, backup: Backup, root: Path, progress: Progress) -> None:
    """All files of a backup, each compared with its digest; nothing else lies there then."""
    try:
        places = {file.place(root): file for file in backup.files}
    except ValueError as error:
        raise DamagedBackup(f"{target.address}: backup {backup.name}: {error}.") from error
    for folder, _, names in os.walk(root):
        for path in (Path(folder, name) for name in names):
            if path not in places:
                path.unlink()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for count, name in enumerate(pool.map(partial(_fetch_one, target), places.items()), 1):
            progress(name, count)


def _fetch_one(target: Target, wanted: tuple[Path, StoredFile]) -> str:
    path, file = wanted
    with suppress(FileNotFoundError), path.open("rb") as opened:
        if digest_of(opened) == file.digest:
            return file.name
    target.fetch(file, path)
    _, changed_at, _ = file.stamp
    os.utime(path, ns=(changed_at, changed_at))
    return file.name


def _mark(target: Target, backup: Backup, staged: Settings) -> None:
    """Mark who was erased by now, as far as the place of the backups knows."""
    erased, _ = target.erased()
    if erased is None:
        raise DamagedBackup(
            f"{target.address}: erased.json is gone, so nobody knows who was erased since the "
            "backup was made, and nothing is put back. The next netflix-pipeline backup of the "
            "home that is backed up there writes it anew."
        )
    mark_again(staged, erased, backup.begun)


def _remarks(settings: Settings, backup: Backup) -> list[str]:
    """What the backup does not hold, and which settings were others when it was made."""
    told = [
        f"the backup holds nothing of what {name} named: put that back by its own means"
        for name in backup.elsewhere
    ]
    now = {
        f"NETFLIX_{name.upper()}": str(value)
        for name, value in settings.model_dump(mode="json").items()
    }
    others = [
        f"{name}={value}" for name, value in backup.settings.items() if now.get(name) != value
    ]
    if others:
        told.append(f"settings were others when it was made: {' '.join(others)}")
    return told
