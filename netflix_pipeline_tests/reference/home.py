"""A real home and the reference side by side: the same files arrive in both."""

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.ingest import ingest_paths
from netflix_pipeline.lake import Lake, Sharding
from netflix_pipeline.materialize import GOLD_DAILY, GOLD_ROLLUPS, SILVER, build
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.reference.arrival import Arrivals
from netflix_pipeline_tests.reference.native import read_csv
from netflix_pipeline_tests.reference.strategies import RECEIVED, Csv

Frames = dict[str, Mapping[Any, pl.DataFrame]]
"""Frames by table and partition: a day, a Monday, or None."""

TABLES = (*SILVER, *GOLD_DAILY, *GOLD_ROLLUPS)


class Home:
    """A platform's home into which files arrive, and the reference, to which the same arrive.

    The home is `root/home`, `told` its further settings; files lie in `files` (`root`). `sharding`
    says how days are cut that are built.
    """

    def __init__(
        self,
        root: Path,
        *,
        files: Path | None = None,
        sharding: Sharding | None = None,
        **told: Any,
    ) -> None:
        self.settings = Settings(home=root / "home", **told)
        self.lake = Lake.of(self.settings)
        self.arrivals = Arrivals()
        self.files = files or root
        self.sharding = sharding
        self.clock = RECEIVED

    def arrive(self, file: Csv) -> None:
        """Take a file in: real rows into bronze, and its text to the reference."""
        self.clock += timedelta(minutes=20)
        path = self.files / f"{file.table}-{self.clock:%d%H%M}.csv"
        if not path.exists():  # files may be shared by homes
            path.write_text(file.text)
        (result,) = ingest_paths(self.settings, [path], now=lambda: self.clock)
        lineage = {
            "source": result.source,
            "received_at": self.clock,
            "batch": result.batch,
        }
        assert result.table == file.table
        before = self.count()
        for row in read_csv(path, file.table, lineage):
            self.arrivals.take(file.table, row)
        stored, duplicate, quarantined = (
            now - then for now, then in zip(self.count(), before, strict=True)
        )
        assert (result.stored, result.duplicate, result.quarantined) == (
            stored,
            duplicate,
            quarantined,
        )

    def count(self) -> tuple[int, int, int]:
        """How many rows the reference has stored, known as duplicates, and quarantined."""
        told = self.arrivals
        stored = sum(map(len, told.stored.values()))
        return stored, len(told.duplicates), len(told.quarantined)

    def materialize(self, days: list[date] | None = None, *, only_pending: bool = True) -> None:
        for built in build(
            self.lake, TABLES, days, only_pending=only_pending, sharding=self.sharding
        ):
            assert built.violations.is_empty(), built

    def tables(self) -> Frames:
        """Everything that lies in silver and gold."""
        return {
            table: {
                partition: self.lake.read(table, partition)
                for partition in (
                    [None] if contract(table).partition == "whole" else self.lake.partitions(table)
                )
            }
            for table in TABLES
        }
