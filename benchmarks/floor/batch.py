"""The least that a pipeline of viewing records must do, in Polars at its best.

    CSV ─parse─reject─dedupe─> events ─sort by user and time─> sessions
                                      └─join titles─> title_daily, engagement_daily ─> zstd Parquet

Run as `python -m benchmarks.floor.batch RAW TARGET` over what `netflix-pipeline generate` writes;
it prints how many rows each table has, as JSON. Every platform of this kind does this much. It
keeps no lineage and no quarantine, sees no late row, knows no users and no searches, cuts sessions
at midnight and publishes nothing: what a platform has beyond this is what it adds.

Frozen: the ratios of all releases are to this work. A faster way to do the same replaces it, and
the ratios are measured anew.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl

GAP = pl.duration(minutes=30)
"""Between the end of one event and the next of a session at most."""
ACTIONS = ("started", "resumed", "paused", "stopped", "completed")
SCHEMA = {
    "event_id": pl.String,
    "user_id": pl.String,
    "title_id": pl.String,
    "event_time": pl.String,
    "action": pl.String,
    "watch_seconds": pl.Float64,
    "progress": pl.Float64,
    "device": pl.String,
    "country": pl.String,
}
"""The columns that are read."""


def events(raw: Path) -> pl.DataFrame:
    """The good rows of the file with their day, each event once."""
    path = raw / "watch_events.csv"
    with path.open(encoding="utf-8") as file:
        header = file.readline().strip().split(",")
    seconds, progress = pl.col("watch_seconds"), pl.col("progress")
    return (
        pl.scan_csv(
            path,
            schema={name: SCHEMA.get(name, pl.String) for name in header},
            ignore_errors=True,
            truncate_ragged_lines=True,
        )
        .select(*SCHEMA)
        .with_columns(pl.col("event_time").str.to_datetime("%Y-%m-%dT%H:%M:%S%.fZ", strict=False))
        .filter(
            pl.col("event_id", "user_id", "title_id").is_not_null(),
            pl.col("event_time") < pl.datetime(2100, 1, 1),
            pl.col("action").is_in(ACTIONS),
            seconds.is_null() | seconds.is_between(0, 86_400),
            progress.is_null() | progress.is_between(0, 1),
        )
        .with_columns(
            pl.col("device", "country").cast(pl.Categorical),
            day=pl.col("event_time").dt.date(),
        )
        .unique("event_id", keep="any")
        .collect(engine="streaming")
    )


def tables(day: pl.DataFrame, titles: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    """The tables of one day, each with its name."""
    time, seconds = pl.col("event_time"), pl.col("watch_seconds")
    ordered = day.sort("user_id", "event_time").with_columns(
        end=time + pl.duration(seconds=seconds.fill_null(0))
    )
    yield "events", ordered
    begins = (pl.col("user_id") != pl.col("user_id").shift()) | (time > pl.col("end").shift() + GAP)
    yield (
        "sessions",
        ordered.lazy()
        .group_by(begins.fill_null(value=True).cum_sum().alias("session"), maintain_order=True)
        .agg(
            pl.col("user_id", "device", "country").first(),
            time.first().alias("started_at"),
            pl.col("end").max().alias("ended_at"),
            pl.len().alias("events"),
            seconds.sum(),
        )
        .collect(),
    )
    described = ordered.lazy().join(titles.lazy(), on="title_id", how="left")
    sums = pl.len().alias("events"), pl.col("user_id").n_unique().alias("viewers"), seconds.sum()
    for name, by in (
        ("title_daily", ("title_id", "country")),
        ("engagement_daily", ("country", "device", "genre")),
    ):
        yield name, described.group_by(by).agg(sums).collect()


def write(table: pl.DataFrame, target: Path, name: str, day: date) -> None:
    """Write a table of a day as Parquet."""
    folder = target / name / f"date={day}"
    folder.mkdir(parents=True)
    table.write_parquet(folder / "part.parquet", compression="zstd")


def run(raw: Path, target: Path) -> dict[str, int]:
    """Do it all; how many rows each table has."""
    titles = pl.read_csv(raw / "titles.csv", columns=["title_id", "genre"]).unique("title_id")
    rows: Counter[str] = Counter()
    days = events(raw).partition_by("day", as_dict=True, include_key=False)
    while days:
        (day,), found = days.popitem()
        for name, table in tables(found, titles):
            write(table, target, name, day)
            rows[name] += table.height
    return dict(rows)


if __name__ == "__main__":
    print(json.dumps(run(Path(sys.argv[1]), Path(sys.argv[2]))))
