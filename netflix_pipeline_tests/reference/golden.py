"""The golden files, and what one process makes of them on a disk: other engines make the same.

They are generated and dirty. Half of the watch events come late, when the others were built.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from netflix_pipeline.generate import generate
from netflix_pipeline.ingest import differences, ledger, manifests
from netflix_pipeline.lake import Lake, Partition, content_version
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.reference.agreement import assert_agrees
from netflix_pipeline_tests.reference.home import TABLES, Home
from netflix_pipeline_tests.reference.strategies import Csv
from netflix_pipeline_tests.support.homes import made_once

DAYS = 10
END = date(2026, 1, 12)


@dataclass(frozen=True)
class Standing:
    """What stands in a home: a digest of each partition's rows, and the ledger, a row a batch."""

    tables: Mapping[tuple[str, Partition], str]
    batches: list[tuple[Any, ...]]


def standing(home: Settings) -> Standing:
    """What stands in a home; its ledger adds up."""
    lake = Lake.of(home)
    counted = ledger(lake, manifests(lake))
    assert differences(counted).is_empty()
    tables = {
        (table, partition): content_version(lake.read(table, partition))
        for table in TABLES
        for partition in lake.every_partition(table)
    }
    return Standing(tables, counted.sort("batch").rows())


@dataclass(frozen=True)
class Golden:
    """The files in the order in which they come, and a home on a disk that took them.

    `files` is where they lie, for every home: rows in quarantine name their file.
    """

    settings: Settings
    files: Path
    early: tuple[Csv, ...]
    late: tuple[Csv, ...]
    standing: Standing

    def at(self, folder: Path) -> "Golden":
        """The same of a copy of the home; the files stay where they are."""
        return replace(self, settings=Settings(home=folder / "home"))

    def home(self, root: Path, **told: Any) -> Home:
        """An empty home of these files."""
        return Home(root, files=self.files, **told)


def live(arrives: Home, builds: Home, early: tuple[Csv, ...], late: tuple[Csv, ...]) -> None:
    """Files arrive at one home and are built by another, which may be the same."""
    for files in (early, late):
        for file in files:
            arrives.arrive(file)
        builds.materialize()


@made_once
def golden(root: Path) -> Golden:
    """One process makes the tables of the definitions of them."""
    made = generate(
        root / "generated",
        events=1200,
        users=40,
        titles=60,
        days=DAYS,
        end=END,
        seed=11,
        dirty=True,
    )
    texts = {table: path.read_text() for table, path in made.paths.items()}
    header, *rows = texts.pop("watch_events").splitlines(keepends=True)
    first, late = (Csv("watch_events", "".join([header, *rows[half::2]])) for half in (0, 1))
    early = (first, *(Csv(table, text) for table, text in texts.items()))
    files = root / "files"
    files.mkdir()
    home = Home(root, files=files)
    live(home, home, early, (late,))
    assert_agrees(home)
    return Golden(home.settings, files, early, (late,), standing(home.settings))
