"""The tables of a home copied as they are into a store, or back into files of this machine.

Every file keeps its name, its bytes and when it was written. So rows, footers, manifests of batches
and what each partition was made of are those of before, and nothing is pending that was not. What
is there already is not sent again: cut off anywhere, the same call goes on, and one later copies
what changed since.
"""

import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from netflix_pipeline.errors import BadInput, Busy, DamagedFile
from netflix_pipeline.lake import Lake, exclusive
from netflix_pipeline.lake.batch_ranges import outermost
from netflix_pipeline.lake.lake_files import STAGES, LakeFile, Stamp, portions
from netflix_pipeline.lake.layout import MANIFESTS
from netflix_pipeline.lake.revision import put_in_place
from netflix_pipeline.materialize.retained_versions import FOLDER as RETAINED
from netflix_pipeline.object_storage import ObjectStore
from netflix_pipeline.object_storage.proof import prove_once
from netflix_pipeline.settings import Settings

DISK = "disk"
"""Stands for the files below the home."""

AT_ONCE = 8
"""Files that are copied or compared side by side."""

FOLDER = "staging/lake"
"""Where in a home files lie that are being copied."""

Progress = Callable[[str, int], None]
"""Called with the name of a file that was looked at, and how many were."""


class OtherLake(BadInput):
    """What lies there is no copy of the lake."""


@dataclass(frozen=True)
class Copied:
    """A lake that has a copy now: its files, and of how many bytes they are.

    `sent` were not there, `removed` were there and are no part of it.
    """

    files: int
    size: int
    sent: int
    removed: int


def copy_lake(
    settings: Settings,
    target: str,
    *,
    waiting: Callable[[], None] | None = None,
    progress: Progress = lambda *_: None,
) -> Copied:
    """Copy the lake of a home to `s3://BUCKET/PREFIX` or `DISK`, and compare the two by digests.

    Nobody takes anything in meanwhile, on any machine; `waiting` is called once where another one
    does. Raises Busy where this machine does, or where tables were built meanwhile, OtherLake where
    batches lie there that the lake does not have, DamagedFile where the copy is another, and what
    the store raises.
    """
    there = _under(settings, target)
    source, copy = Lake.of(settings), Lake.of(there)
    try:
        with ExitStack() as held:
            held.enter_context(exclusive(settings.root / "ingest.lock", patience=0))
            held.enter_context(source.ingesting(waiting))
            put_in_place(source)
            held.enter_context(copy.ingesting(waiting))
            for lake in (source, copy):
                if not held.enter_context(lake.alone()):
                    raise Busy(f"{lake.root}: tables are being built. Wait for that to end.")
            _require_copy(source, copy, target)
            wanted = _files(source)
            sent, removed = _bring(wanted, copy, settings.root / FOLDER, progress)
        # Opened anew: a lake in a store is seen as it is now.
        if _stamps(_files(Lake.of(settings))) != _stamps(wanted):
            raise _went_on()
        _compare(wanted, _files(Lake.of(there)), target)
    except FileNotFoundError as error:
        raise _went_on() from error
    return Copied(len(wanted), sum(file.stamp[0] for file in wanted.values()), sent, removed)


def _went_on() -> Busy:
    return Busy(
        "tables were built while the lake was copied: stop what builds them, then run the command "
        "again, which copies what changed."
    )


def _under(settings: Settings, target: str) -> Settings:
    """The same home with its lake there."""
    address = "" if target == DISK else target.rstrip("/")
    if address == settings.lake_address.rstrip("/"):
        raise BadInput(
            f"{target} is where the lake lies already, as NETFLIX_LAKE says: name another place."
        )
    if address and not address.startswith("s3://"):
        raise BadInput(f"{target} is no place of a lake: write s3://BUCKET/PREFIX or {DISK}.")
    if address:
        prove_once(ObjectStore.of(address))
    return settings.model_copy(update={"lake_address": address})


def _require_copy(source: Lake, copy: Lake, target: str) -> None:
    """Raise OtherLake where batches lie there that the lake does not have.

    It may have merged them since.
    """
    known, there = source.standing_batches(), copy.standing_batches()
    if others := outermost(known | there) - known:
        raise OtherLake(
            f"{target}: {len(others)} batches lie there that the lake does not have, such as "
            f"{min(others)}: it is no copy of it, or was written to since. Nothing was changed; "
            "name another place, or remove what lies there."
        )


def _files(lake: Lake) -> dict[str, LakeFile]:
    return {file.name: file for file in lake.every_file(*STAGES)}


def _stamps(files: Mapping[str, LakeFile]) -> dict[str, Stamp]:
    return {name: file.stamp for name, file in files.items()}


def _bring(
    wanted: Mapping[str, LakeFile], copy: Lake, folder: Path, progress: Progress
) -> tuple[int, int]:
    """Copy what is not there as it should be, and take away what is no part of it; how many."""
    there = _files(copy)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        same = pool.map(_same, wanted.values(), map(there.get, wanted))
        looked = zip(wanted.values(), same, strict=True)
        missing = [file for file, is_there in looked if not is_there]
        # A batch counts once its manifest stands.
        missing.sort(key=lambda file: file.name.startswith(f"bronze/{MANIFESTS}/"))
        looked_at = len(wanted) - len(missing)
        try:
            for portion in portions(missing, lambda file: file.stamp[0]):
                shutil.rmtree(folder, ignore_errors=True)
                paths = [folder / str(number) for number in range(len(portion))]
                list(pool.map(lambda file, path: file.fetch(path), portion, paths))
                copy.take_over({file.name: path for file, path in zip(portion, paths, strict=True)})
                looked_at += len(portion)
                progress(portion[-1].name, looked_at)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    gone = there.keys() - wanted.keys()
    if gone:
        copy.take_over({}, gone)
    copy.drop(RETAINED)  # which nothing depends on, and the lake has other ones
    # What was there before, or was sent by a call that was cut off, goes with its bytes.
    copy.commit(erasing=True)
    return len(missing), len(gone)


def _same(file: LakeFile, other: LakeFile | None) -> bool:
    return (
        other is not None and file.stamp[:2] == other.stamp[:2] and file.digest() == other.digest()
    )


def _compare(wanted: Mapping[str, LakeFile], there: Mapping[str, LakeFile], target: str) -> None:
    """Raise DamagedFile unless the same files lie there, with the same bytes."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        same = pool.map(_same, wanted.values(), map(there.get, wanted))
        others = [name for name, is_there in zip(wanted, same, strict=True) if not is_there]
    others += sorted(there.keys() - wanted.keys())
    if others:
        raise DamagedFile(
            f"{target}: {len(others)} files are not those of the lake, such as {others[0]}: do not "
            "use it. Run the command again, which copies what differs."
        )
