"""A home put back from a backup, onto an empty place.

It is made beside the place where it will be, `.restoring` in the home, and moved there once all of
it is whole, who was erased since is gone, and a snapshot is published. Cut off anywhere, the same
call goes on; until it has ended, there is no home. Where settings name a store for the lake, its
tables are put there, whatever kind of lake the backup was made of: so a home moves from the one to
the other.
"""

import os
import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from itertools import count
from pathlib import Path
from typing import Literal

import msgspec

from netflix_pipeline.atomic_write import sync, write_bytes
from netflix_pipeline.backup import Backup, DamagedBackup, StoredFile, Target, reapply_erasures
from netflix_pipeline.backup.sending import AT_ONCE, Progress
from netflix_pipeline.backup.target import digest_of
from netflix_pipeline.defs.in_process_run import materialize
from netflix_pipeline.defs.resources import OnBuilt, ignore
from netflix_pipeline.errors import BadInput, DamagedFile, PipelineError, noted
from netflix_pipeline.ingest import differences, ledger, manifests
from netflix_pipeline.lake import Lake
from netflix_pipeline.lake.lake_files import STAGES, portions
from netflix_pipeline.lake.layout import REVISION
from netflix_pipeline.lake.table_manifests import read_head
from netflix_pipeline.monitoring.backup_report import BackupTarget, changing_backups
from netflix_pipeline.object_storage import ObjectStore
from netflix_pipeline.object_storage.proof import prove_once
from netflix_pipeline.settings import Settings, variable
from netflix_pipeline.state import Erasures, looked_up, state_file
from netflix_pipeline.state.copying import StateNotEmpty, copy_state

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
    """Which backup is put back, with its tables in which store if any, and how far that is.

    `step` is `fetch` until its files are all there and persons are marked, `build` until it is fit
    to be used, then `move`; `told` is what there is to tell by then.
    """

    address: str
    name: str
    lake: str = ""
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
    published. Raises HomeNotEmpty where something lies there, or tables in the store that settings
    name, NoBackup, DamagedBackup, NotRestored, and what the store raises; then nothing but
    `.restoring` is there, and what was put into that store.
    """
    target = Target(address)
    backup = target.backup(name)
    place = settings.root / FOLDER
    plan = _plan(settings, target.address, backup.name)
    staged = type(settings)(**(settings.model_dump() | {"home": place / "home"}))
    if plan.step == "fetch":
        _fetch(target, backup, staged, progress)
        _bring_state(staged)
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


def would_restore(
    settings: Settings, address: str, name: str | None = None
) -> tuple[Backup, tuple[str, ...]]:
    """The backup that `restore` would put back, and what would be changed besides the home.

    It changes nothing. Raises as `restore` does before it begins.
    """
    backup = Target(address).backup(name)
    _begun(settings, Target(address).address, backup.name)
    return backup, beside(settings)


def beside(settings: Settings) -> tuple[str, ...]:
    """What restoring changes besides the home, where settings name it, in sentences."""
    told = (
        (settings.lake_address, f"tables are put into NETFLIX_LAKE ({settings.lake_address})"),
        (settings.event_log, "events that wait in NETFLIX_EVENT_LOG are taken in here"),
        (
            settings.state_database,
            (
                "NETFLIX_STATE_DATABASE gets what people put in, where it is empty, and is told "
                "who is to be erased from what is restored"
            ),
        ),
        (
            settings.dagster_database,
            "the run that builds is recorded in NETFLIX_DAGSTER_DATABASE",
        ),
        (
            settings.snapshots,
            (
                "what was restored is published over what replicas serve, in NETFLIX_SNAPSHOTS "
                f"({settings.snapshots})"
            ),
        ),
    )
    return tuple(sentence for named, sentence in told if named)


def _bring_state(staged: Settings) -> None:
    """Put what people put in into the database that settings name, where nothing is there yet."""
    if staged.state_database and state_file(staged).exists():
        with suppress(StateNotEmpty):
            copy_state(staged, "database")
            state_file(staged).unlink()


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
            f"the command again, or remove {_all_of(staged)} and take another backup."
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


def _all_of(staged: Settings) -> str:
    """Where what was put back lies until it is whole."""
    place = str(staged.root.parent)
    return f"{place} and all at {staged.lake_address}" if staged.lake_address else place


def _plan(settings: Settings, address: str, name: str) -> _Plan:
    """What is to be done, where nothing lies there, or this was begun."""
    begun = _begun(settings, address, name)
    if begun is None:
        path = settings.root / FOLDER / PLAN
        shutil.rmtree(path.parent, ignore_errors=True)
        path.parent.mkdir(mode=0o700, parents=True)
        begun = _Plan(address, name, settings.lake_address)
        write_bytes(path, msgspec.json.encode(begun))
    return begun


def _begun(settings: Settings, address: str, name: str) -> _Plan | None:
    """What was begun; None where nothing was, and nothing lies there. Raises HomeNotEmpty."""
    root, lake = settings.root, settings.lake_address
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
        if lake and read_head(ObjectStore.of(lake))[0].tables:
            raise _others(lake)
    elif (begun.address, begun.name, begun.lake) != (address, name, lake):
        other_lake = f", NETFLIX_LAKE={begun.lake}" if begun.lake != lake else ""
        raise HomeNotEmpty(
            f"{root}: the backup {begun.name} of {begun.address} was being put back there, and it "
            f"was cut off. Go on with it (--backup {begun.name}{other_lake}), or remove "
            f"{path.parent} first."
        )
    return begun


def _others(lake: str) -> HomeNotEmpty:
    return HomeNotEmpty(
        f"{lake} holds tables: nothing is put back over them. Let NETFLIX_LAKE name a bucket or "
        "prefix that is empty."
    )


def _fetch(target: Target, backup: Backup, staged: Settings, progress: Progress) -> None:
    """All files of a backup, each compared with its digest; nothing else lies there then."""
    root, numbers = staged.root, count(1)
    try:
        places = {file.place(root): file for file in backup.files}
    except ValueError as error:
        raise DamagedBackup(f"{target.address}: backup {backup.name}: {error}.") from error
    tables: dict[str, StoredFile] = {}
    if staged.lake_address:
        for path in [path for path in places if path.is_relative_to(staged.lake)]:
            tables[path.relative_to(staged.lake).as_posix()] = places.pop(path)
    for folder, _, names in os.walk(root):
        for path in (Path(folder, name) for name in names):
            if path not in places:
                path.unlink()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for name in pool.map(partial(_fetch_one, target), places.items()):
            progress(name, next(numbers))
    if staged.lake_address:
        _fetch_tables(target, tables, staged, lambda name: progress(name, next(numbers)))


def _fetch_one(target: Target, wanted: tuple[Path, StoredFile]) -> str:
    path, file = wanted
    with suppress(FileNotFoundError), path.open("rb") as opened:
        if digest_of(opened) == file.digest:
            return file.name
    target.fetch(file, path)
    _, changed_at, _ = file.stamp
    os.utime(path, ns=(changed_at, changed_at))
    return file.name


def _fetch_tables(
    target: Target, files: Mapping[str, StoredFile], staged: Settings, tell: Callable[[str], None]
) -> None:
    """Tables by their paths below the lake, into the store that settings name.

    Some at a time are on this machine. Those that are there already were put there before this was
    cut off: their sizes and times are those of the backup.
    """
    prove_once(ObjectStore.of(staged.lake_address))
    lake, folder, wanted = Lake.of(staged), staged.root.parent / "tables", _in_place(files)
    with lake.ingesting(), ThreadPoolExecutor(AT_ONCE) as pool:
        there = {file.name: file.stamp[:2] for file in lake.every_file(*STAGES)}
        if there.keys() - wanted.keys():
            raise _others(staged.lake_address)
        missing = [each for each in wanted.items() if there.get(each[0]) != each[1].stamp[:2]]
        for portion in portions(missing, lambda each: each[1].size):
            paths = [folder / str(number) for number in range(len(portion))]
            places = zip(paths, (file for _, file in portion), strict=True)
            for name in pool.map(partial(_fetch_one, target), places):
                tell(name)
            lake.take_over(dict(zip((name for name, _ in portion), paths, strict=True)))
            shutil.rmtree(folder)


def _in_place(files: Mapping[str, StoredFile]) -> dict[str, StoredFile]:
    """The files as they are once a revision of bronze that was cut off is in its place."""
    inside = f"bronze/{REVISION}/"
    placed = {name: file for name, file in files.items() if not name.startswith(inside)}
    for name, file in files.items():
        if name.startswith(inside):
            place = f"bronze/{name.removeprefix(inside)}"
            placed[place] = file
            if not file.size:  # which says that it goes
                del placed[place]
    return placed


def _mark(target: Target, backup: Backup, staged: Settings) -> None:
    """Mark who was erased by now, as far as the place of the backups knows."""
    erased, _ = target.erased()
    if erased is None:
        raise DamagedBackup(
            f"{target.address}: erased.json is gone, so nobody knows who was erased since the "
            "backup was made, and nothing is put back. The next netflix-pipeline backup of the "
            "home that is backed up there writes it anew."
        )
    reapply_erasures(staged, erased, backup.begun)


def _remarks(settings: Settings, backup: Backup) -> list[str]:
    """What the backup does not hold, and which settings were others when it was made."""
    told = [
        f"the backup holds nothing of what {name} named: put that back by its own means"
        for name in backup.elsewhere
    ]
    if settings.state_database and state_file(settings).exists():
        told.append(
            "NETFLIX_STATE_DATABASE held something already: what people put in is not taken along, "
            f"and lies in {state_file(settings)}"
        )
    now = {variable(name): str(value) for name, value in settings.model_dump(mode="json").items()}
    others = [
        f"{name}={value}" for name, value in backup.settings.items() if now.get(name) != value
    ]
    if others:
        told.append(f"settings were others when it was made: {' '.join(others)}")
    return told
