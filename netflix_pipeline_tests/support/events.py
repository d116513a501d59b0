"""A log of events in a home, as requests leave it, and what a drain made of it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import polars as pl

from netflix_pipeline.eventlog.sqlite import SqliteLog
from netflix_pipeline.ingest import FileResult, differences, drain, ledger, manifests
from netflix_pipeline.ingest.quarantine import quarantined
from netflix_pipeline.lake import Lake
from netflix_pipeline.settings import Settings

NOW = datetime(2026, 2, 1, 12, tzinfo=UTC)
LINEAGE = ["batch", "source", "received_at"]


def watch(event_id: str | None = "e1", **more: Any) -> bytes:
    """A report of viewing; None leaves a field out."""
    told = {
        "type": "watch",
        "event_id": event_id,
        "user_id": "ann",
        "title_id": "film",
        "event_time": "2026-02-01T10:00:00Z",
        "watch_seconds": 600.0,
        **more,
    }
    return json.dumps({name: value for name, value in told.items() if value is not None}).encode()


def search(event_id: str = "s1", **more: Any) -> bytes:
    told = {"event_id": event_id, "user_id": "ann", "event_time": "2026-02-01T10:00:00Z"}
    return json.dumps({"type": "search", **told, "query": "x", **more}).encode()


def recommendation(event_id: str = "r1", **more: Any) -> bytes:
    told = {"event_id": event_id, "user_id": "ann", "event_time": "2026-02-01T10:00:00Z"}
    told |= {"title_id": "film"}
    return json.dumps({"type": "recommendation", **told, "clicked": True, **more}).encode()


def review(event_id: str = "v1", **more: Any) -> bytes:
    told = {"event_id": event_id, "user_id": "ann", "event_time": "2026-02-01T10:00:00Z"}
    told |= {"title_id": "film"}
    return json.dumps({"type": "review", **told, "rating": 4, **more}).encode()


@dataclass(frozen=True)
class Events:
    """A home and its log."""

    settings: Settings
    log: SqliteLog

    @property
    def lake(self) -> Lake:
        return Lake.of(self.settings)

    def send(self, *lines: bytes, at: datetime = NOW) -> int:
        """A request that is in the log; returns its offset."""
        return self.log.append(at, lines).result()

    def drain(self, at: datetime = NOW) -> list[FileResult]:
        return drain(self.settings, self.log, now=lambda: at, steady=at.timestamp)

    def stored(self, table: str = "watch_events") -> pl.DataFrame:
        """All rows of a bronze table with their day."""
        name = f"bronze/{table}"
        days = [
            self.lake.read(name, day).with_columns(day=pl.lit(day))
            for day in self.lake.partitions(name)
        ]
        return pl.concat(days).sort("line") if days else self.lake.read(name)

    def reasons(self) -> dict[int, list[str]]:
        """The reasons of what waits in quarantine, by line."""
        return dict(quarantined(self.lake).select("line", "reasons").iter_rows())

    def ledger(self) -> dict[str, tuple[int, int, int, int]]:
        """Received, stored, duplicate and quarantined by table, which must add up."""
        counted = ledger(self.lake, manifests(self.lake))
        assert differences(counted).is_empty()
        names = ("received", "stored", "duplicate", "quarantined")
        sums = counted.group_by("table").agg(pl.sum(*names)).filter(pl.col("received") > 0)
        return {row[0]: row[1:] for row in sums.select("table", *names).iter_rows()}


@contextmanager
def opened(settings: Settings) -> Iterator[Events]:
    """The home with its log, which is closed in the end."""
    log = SqliteLog(settings.root / "events" / "log.db")
    try:
        yield Events(settings, log)
    finally:
        log.close()


def rows_of(events: Events) -> dict[str, pl.DataFrame]:
    """Every row that came out of the log, but for the batch that it lies in."""
    tables = (
        *("watch_events", "search_events", "recommendation_events", "reviews"),
        *("duplicates", "quarantine"),
    )
    lake = events.lake
    users = lake.read("bronze/user_mentions").select(pl.col("user_id").unique().sort())
    titles = lake.read("bronze/title_mentions").select(pl.col("title_id").unique().sort())
    return {table: events.stored(table).drop("batch") for table in tables} | {
        "users": users,
        "titles": titles,
    }
