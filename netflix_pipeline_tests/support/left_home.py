"""A made-up home whose people leave, long enough to learn from, with its plays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from netflix_pipeline.generate import Behaviour, generate
from netflix_pipeline.lake import Lake
from netflix_pipeline.materialize import build
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.command import Command
from netflix_pipeline_tests.support.homes import made_once

if TYPE_CHECKING:
    from pathlib import Path

END = date(2026, 6, 30)
DAYS = 154
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


@made_once
def left_home(folder: Path) -> LeftHome:
    """Made once a run, and copied."""
    made = generate(
        folder.with_name("files"),
        events=16_000,
        users=260,
        titles=60,
        days=DAYS,
        end=END,
        seed=5,
        format="parquet",
        dirty=False,
        behaviour=Behaviour(leaving=0.2, taste=0.6),
    )
    taken = (made.paths[table] for table in ("users", "titles", "watch_events"))
    Command(folder).ok("ingest", *taken)
    home = LeftHome(folder)
    home.build()
    return home
