"""What each stored file says of itself: rows, content, the versions of its inputs and code."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl

from netflix_pipeline.lake.damage import tells_damage

KEY = "netflix_pipeline"


@dataclass(frozen=True)
class Footer:
    """The footer of one partition of one table.

    `version` digests the rows, so that two builds with the same content have the same version
    (empty for bronze files, which never change under their name).
    `inputs` maps what it was built from (such as `bronze/watch_events/2026-01-31`) to the version
    that was read; `code` is the version of the code. `reach` is the latest instant that a row of
    the day extends to, where rows have a length.
    """

    version: str
    rows: int
    inputs: Mapping[str, str] = field(default_factory=dict)
    code: str = ""
    reach: datetime | None = None

    def encode(self) -> dict[str, str]:
        """As Parquet key-value metadata."""
        said = asdict(self)
        said["reach"] = self.reach.isoformat() if self.reach else None
        return {KEY: json.dumps(said, sort_keys=True)}


def read_footer(path: Path) -> Footer | None:
    """The footer of a file; None when there is no file, or it is torn or not one of ours."""
    try:
        said = json.loads(pl.read_parquet_metadata(path)[KEY])
        said["reach"] = datetime.fromisoformat(said["reach"]) if said["reach"] else None
        return Footer(**said)
    except BaseException as error:
        # Torn bytes fail in many ways, a panic among them.
        if not isinstance(error, FileNotFoundError) and not tells_damage(error):
            raise
        return None


def content_version(frame: pl.DataFrame) -> str:
    """A digest of the frame's rows in their order."""
    if frame.is_empty():
        return "empty"
    # Multiplying by an odd number that depends on the position keeps the order in the digest.
    odd = np.arange(1, 2 * frame.height, 2, dtype=np.uint64)
    total = int(frame.hash_rows(seed=7).to_numpy() @ odd)
    return f"{total:016x}-{frame.height}"
