"""Which files the tables of a lake in an object store have, as objects tell it.

Objects are written once. A table's manifest names its files; the head names the manifest of each
table, and is the one object that is replaced: a commit is one compare-and-swap of it, whatever
number of tables it changes. Readers start from the head and never list.
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any
from uuid import uuid4

import zstandard

from netflix_pipeline.errors import DamagedFile
from netflix_pipeline.object_storage import NoObject, ObjectStore

HEAD = "lake.json"
MANIFESTS = "manifests"


def place(path: PurePosixPath) -> tuple[str, str]:
    """The table whose manifest names the file at a path below the lake, and its name there.

    Folders such as `bronze/_batches` count as tables; what lies in a stage itself is the stage's.
    """
    parts = path.parts
    cut = min(2, len(parts) - 1)
    return "/".join(parts[:cut]), "/".join(parts[cut:])


@dataclass(frozen=True)
class Entry:
    """A file of a table: the digest of its bytes, their number, when they were written (ns).

    `sent` is another each time that it is sent, so that nobody takes away what another just sent.
    `footer` is what its footer tells, where it is a Parquet file of the platform.
    """

    digest: str
    size: int
    written: int
    sent: str
    footer: Mapping[str, Any] | None = None

    def key(self, table: str, name: str) -> str:
        """The key of its object, in Hive layout."""
        file = PurePosixPath(table, name)
        return str(file.with_name(f"{self.digest}-{self.sent}{file.suffix}"))


class Files:
    """The files of a table by their names, such as `event_date=2026-01-31/part.parquet`."""

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        self.entries = entries

    @cached_property
    def by_folder(self) -> Mapping[str, Mapping[str, Entry]]:
        """The same by folder, "" for the table's own, and by the name in it."""
        folders: dict[str, dict[str, Entry]] = defaultdict(dict)
        for name, entry in self.entries.items():
            folder, _, file = name.rpartition("/")
            folders[folder][file] = entry
        return dict(folders)

    def encode(self) -> bytes:
        """As compressed JSON, the same for the same files."""
        document = {
            name: [entry.digest, entry.size, entry.written, entry.sent, entry.footer]
            for name, entry in sorted(self.entries.items())
        }
        text = json.dumps({"files": document}, separators=(",", ":"))
        return zstandard.ZstdCompressor().compress(text.encode())

    @classmethod
    def decode(cls, data: bytes, where: str) -> "Files":
        """The files that a manifest names; `where` it lies. Raises DamagedFile."""
        try:
            text = zstandard.ZstdDecompressor().decompress(data)
            files = json.loads(text)["files"]
            return cls({name: Entry(*told) for name, told in files.items()})
        except (zstandard.ZstdError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise DamagedFile(
                f"{where} is no manifest of a table ({error}): restore it from the backup, or from "
                "a version that the bucket keeps."
            ) from error


def manifest_key(table: str) -> str:
    """The key of another manifest of a table."""
    return f"{MANIFESTS}/{table}/{uuid4().hex}.json.zst"


@dataclass(frozen=True)
class Head:
    """What the lake is at one moment.

    `generation` counts commits, `erasures` those that took persons out. `tables` names the key of
    each table's manifest, `fences` the newest epoch that was seen of each lease. `writer` is whose
    commit it was.
    """

    generation: int = 0
    erasures: int = 0
    tables: Mapping[str, str] = field(default_factory=dict)
    fences: Mapping[str, int] = field(default_factory=dict)
    writer: str = ""

    def next(self, writer: str, **changed: Any) -> "Head":
        """The head of the commit after it."""
        return replace(self, generation=self.generation + 1, writer=writer, **changed)

    def encode(self) -> bytes:
        """As JSON; no two commits have the same."""
        document = {
            "generation": self.generation,
            "erasures": self.erasures,
            "writer": self.writer,
            "fences": dict(self.fences),
            "tables": dict(sorted(self.tables.items())),
        }
        return json.dumps(document, indent=1).encode()

    @classmethod
    def decode(cls, data: bytes, where: str) -> "Head":
        """The head in an object's bytes. Raises DamagedFile."""
        try:
            return cls(**json.loads(data))
        except (ValueError, TypeError) as error:
            raise DamagedFile(
                f"{where}/{HEAD} is not the head of a lake ({error}): restore it from the backup."
            ) from error


def read_head(store: ObjectStore) -> tuple[Head, str | None]:
    """What a lake is now, and the etag of its head; None where nothing was committed yet.

    Raises DamagedFile.
    """
    try:
        there = store.get(HEAD)
    except NoObject:
        return Head(), None
    return Head.decode(there.data, store.address), there.etag


def read_files(store: ObjectStore, key: str | None) -> Files:
    """The files that a manifest names; none of a table that has none.

    Raises DamagedFile, NoObject.
    """
    return Files({}) if key is None else Files.decode(store.get(key).data, f"{store.address}/{key}")
