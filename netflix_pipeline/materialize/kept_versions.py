"""Versions of code, kept where Python keeps the modules that it compiled.

To read the package's syntax takes half a second, in each command, run and service. As of compiled
modules, sizes and times of the files tell whether any of them changed.
"""

import hashlib
import json
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib.util import cache_from_source
from pathlib import Path

NAME = "code_versions"
NOT_KEPT = (OSError, ValueError, TypeError, KeyError)
"""What comes of a file that is missing, or that somebody damaged."""


def kept(package: Path, make: Callable[[], Mapping[str, str]]) -> Mapping[str, str]:
    """What `make` gives, until a module in the folder of the package is another.

    Where nothing can be written, it is made each time.
    """
    path = Path(cache_from_source(str(package / f"{NAME}.py"))).with_suffix(".json")
    modules = _stamp(package)
    with suppress(*NOT_KEPT):
        told = json.loads(path.read_text(encoding="utf-8"))
        if told["modules"] == modules:
            return dict(told["versions"])
    versions = make()
    if not sys.dont_write_bytecode:
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_suffix(f".{os.getpid()}")
            text = json.dumps({"modules": modules, "versions": versions})
            draft.write_text(text, encoding="utf-8")
            draft.replace(path)
    return versions


def _stamp(package: Path) -> str:
    """A digest of the modules' names, sizes and times."""
    digest = hashlib.blake2b(digest_size=16)
    for module in sorted(package.rglob("*.py")):
        told = module.stat()
        digest.update(f"{module.relative_to(package)} {told.st_size} {told.st_mtime_ns}\n".encode())
    return digest.hexdigest()
