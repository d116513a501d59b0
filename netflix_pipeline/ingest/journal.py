"""What an ingest was asked for, so that the same command goes on after it was cut off.

The journal stands from an ingest's begin until all of its files are taken. Where it is found, that
ingest was cut off or some failed, and the files that it had taken are known by their manifests:
taking them again would count their rows as duplicates. Anything else that is asked begins anew.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from netflix_pipeline.ingest.batches import Manifest, manifests
from netflix_pipeline.lake import Lake
from netflix_pipeline.lake.atomic_write import write_bytes
from netflix_pipeline.sources.files import open_bytes


def was_cut_off(home: Path) -> bool:
    """Whether an ingest or a drain did not end: what it left half-written may lie in bronze."""
    return (home / "ingest.json").exists() or (home / "drain.json").exists()


def begin(path: Path, lake: Lake, arguments: list[str], now: datetime) -> Mapping[str, Manifest]:
    """The manifests of the files that the same ingest took before it was cut off, by path."""
    began = _began(path, arguments)
    if began is not None:
        return {
            manifest.path: manifest for manifest in manifests(lake) if manifest.received_at >= began
        }
    manifest = {"asked": arguments, "began": now.isoformat()}
    write_bytes(path, json.dumps(manifest, ensure_ascii=False).encode())
    return {}


def _began(path: Path, arguments: list[str]) -> datetime | None:
    """When the ingest that was cut off began, where it was asked for the same."""
    try:
        document = json.loads(path.read_bytes())
        return datetime.fromisoformat(document["began"]) if document["asked"] == arguments else None
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return None


def unchanged(file: Path, taken: Manifest) -> bool:
    """Whether the file still has the bytes that were taken."""
    with open_bytes(file) as content:
        return hashlib.file_digest(content, "sha256").hexdigest() == taken.sha256
