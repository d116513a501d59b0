"""A disk that forgets what was not forced to it, and can be full: `disk.c` before any program."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).with_name("disk.c")
FORCE_ALL = """
import os, sys
for folder, folders, files in os.walk(sys.argv[1]):
    for path in (folder, *(os.path.join(folder, name) for name in files)):
        if not os.path.islink(path):
            handle = os.open(path, os.O_RDONLY)
            os.fsync(handle)
            os.close(handle)
"""


class Disk:
    """The disk of a home, for programs that are started in its `environment`.

    Raises RuntimeError where there is no C compiler to make it, or the system takes none in.
    """

    def __init__(self, home: Path, folder: Path) -> None:
        self.home = home.resolve()
        self._durable, self._full = folder / "durable", folder / "full"
        for name in ("files", "folders"):
            (self._durable / name).mkdir(parents=True)
        self.environment = {
            **os.environ,
            "NETFLIX_HOME": str(self.home),
            "LD_PRELOAD": str(_built(folder)),
            "DISK_HOME": str(self.home),
            "DISK_DURABLE": str(self._durable),
            "DISK_FULL": str(self._full),
        }
        # What is there at the beginning has been on disk for long.
        words = [sys.executable, "-c", FORCE_ALL, str(self.home)]
        subprocess.run(words, env=self.environment, check=True)
        if not (self._durable / "home").exists():
            raise RuntimeError("this system does not let a library take part in a program")

    def is_full(self, full: bool) -> None:
        """Have no more room from now on, or room again."""
        if full:
            self._full.touch()
        else:
            self._full.unlink()

    def after_power_loss(self, to: Path) -> Path:
        """The home as it would be found after the power was lost now, in a new folder."""
        to.mkdir(parents=True)
        entries = list(self._entries((self._durable / "home").read_text(), to))
        listed = {of for kind, of, _, _ in entries if kind == "f"}
        for kind, of, target, path in entries:
            if kind == "d":
                path.mkdir()
            elif kind == "l":
                path.symlink_to(target)
            elif kind == "f" or of not in listed:  # else it was renamed, and that is kept
                content = self._durable / "files" / of
                # A file whose name alone was kept is there, and empty.
                shutil.copyfile(content, path) if content.exists() else path.touch()
        return to

    def _entries(self, key: str, to: Path) -> Iterator[tuple[str, str, str, Path]]:
        """What a folder and all below it hold: kind, key, where it leads as a link, path."""
        listed = self._durable / "folders" / key
        lines = listed.read_text().splitlines() if listed.exists() else []
        # The last word on a name counts: names of files that were forced come after the list.
        entries = {name: told for *told, name in (line.split("\t", 3) for line in lines)}
        for name, (kind, of, target) in entries.items():
            yield kind, of, target, to / name
            if kind == "d":
                yield from self._entries(of, to / name)


def _built(folder: Path) -> Path:
    compiler = shutil.which("cc")
    if compiler is None:
        raise RuntimeError("no C compiler (cc) on the PATH, of which the failing disk is made")
    library = folder / "disk.so"
    words = [compiler, "-O2", "-shared", "-fPIC", "-o", str(library), str(SOURCE), "-ldl"]
    subprocess.run(words, check=True)
    return library
