"""Made-up services for the tests of this folder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from netflix_pipeline.generate import GeneratedFiles, generate

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from netflix_pipeline.generate import Format

DAYS = 42
END = date(2026, 2, 1)
"""A Sunday: the period is six whole weeks."""


def service(
    directory: Path,
    *,
    dirty: bool,
    file_format: Format = "csv",
    seed: int = 1,
    events: int = 20_000,
) -> GeneratedFiles:
    return generate(
        directory,
        events=events,
        users=600,
        titles=400,
        days=DAYS,
        end=END,
        seed=seed,
        format=file_format,
        dirty=dirty,
    )


@dataclass(frozen=True)
class Clean:
    files: GeneratedFiles
    tables: dict[str, pl.DataFrame]

    @property
    def events(self) -> pl.DataFrame:
        return self.tables["watch_events"]
