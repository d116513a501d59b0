"""A lake in a folder of this machine: what is written counts at once."""

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path

from typing_extensions import override

from netflix_pipeline.atomic_write import Unsynced, write_atomically
from netflix_pipeline.lake.lake import Lake, Mended
from netflix_pipeline.lake.lake_files import LakeFile, files_in
from netflix_pipeline.lake.layout import DRAFTS
from netflix_pipeline.lake.locks import at_once, exclusive, shared
from netflix_pipeline.object_storage import Listed


class FolderLake(Lake):
    """The tables below `root`; the processes of one machine share it by locks on its files."""

    @override
    def ingesting(self, waiting: Callable[[], None] | None = None) -> AbstractContextManager[None]:
        return nullcontext()  # the home's lock is that of this machine

    @override
    def commit(self, *, erasing: bool = False) -> None:
        pass

    @override
    def settle(self) -> None:
        pass

    @override
    def writing(self) -> AbstractContextManager[None]:
        return shared(self.root / ".lock")

    @override
    @contextmanager
    def publishing(self) -> Iterator[None]:
        with exclusive(self.root / ".lock"):
            for draft in (self.root / DRAFTS).glob("*"):
                draft.unlink()
            yield

    @override
    def alone(self) -> AbstractContextManager[bool]:
        return at_once(self.root / ".lock")

    @override
    def purge_unnamed(self, *, dry_run: bool = False) -> list[Listed]:
        return []

    @override
    def mend_lost(self) -> Mended:
        return Mended([], [], [])

    @override
    def every_file(self, *stages: str) -> Iterator[LakeFile]:
        return files_in(self.root, stages)

    @override
    def take_over(self, files: Mapping[str, Path], gone: Iterable[str] = ()) -> None:
        later = Unsynced()
        for name, path in files.items():
            write_atomically(self.root / name, partial(shutil.copy2, path), later=later)
        later.sync()
        for name in gone:
            (self.root / name).unlink(missing_ok=True)
            with suppress(OSError):  # others are in it
                (self.root / name).parent.rmdir()
