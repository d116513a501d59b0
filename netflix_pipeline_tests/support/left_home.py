"""A made-up home whose people leave, long enough to learn from, with its plays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from netflix_pipeline.generate import Behaviour, generate
from netflix_pipeline.ingest import ingest_paths
from netflix_pipeline.lake import Lake
from netflix_pipeline.materialize import build
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.homes import made_once

END = date(2026, 6, 30)
DAYS = 182
TABLES = ("silver/users", "silver/titles", "silver/plays")


@dataclass(frozen=True)
class LeftHome:
    """A home with plays until `END`."""

    root: Path

    def at(self, folder: Path) -> LeftHome:
        return LeftHome(folder)

    @property
    def lake(self) -> Lake:
        return Lake.of(Settings(home=self.root))

    def build(self) -> None:
        """Bring plays up to date."""
        assert all(built.good for built in build(self.lake, TABLES, None, only_pending=True))


def made_files(folder: Path, without: str | None = None) -> Mapping[str, Path]:
    """The files of the service, as if somebody had never been there."""
    made = generate(
        folder,
        events=18_000,
        users=260,
        titles=60,
        days=DAYS,
        end=END,
        seed=5,
        format="parquet",
        dirty=False,
        behaviour=Behaviour(leaving=0.2, taste=0.6),
    )
    files = {table: made.paths[table] for table in ("users", "titles", "watch_events")}
    for table in ("users", "watch_events"):
        if without is not None:
            rows = pl.read_parquet(files[table]).filter(pl.col("user_id") != without)
            rows.write_parquet(files[table])
    return files


def taken_in(folder: Path, files: Mapping[str, Path]) -> LeftHome:
    """A home of some files, with its plays."""
    ingest_paths(Settings(home=folder), [*files.values()])
    home = LeftHome(folder)
    home.build()
    return home


@made_once
def left_home(folder: Path) -> LeftHome:
    """Made once a run, and copied."""
    return taken_in(folder, made_files(folder.with_name("files")))
