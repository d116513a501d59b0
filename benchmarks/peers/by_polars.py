"""The four tables by Polars over the whole range at once, lazily.

`python -m benchmarks.peers.by_polars RAW TARGET RECEIVED TABLE…`, as its guide advises: scans,
expressions and window functions in one lazy query, whose sinks share what they have in common, by
the streaming engine.
"""

import sys
import warnings
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from benchmarks.peers.described import newest

KEY = ("user_id", "title_id", "playback_id", "time_precision")
ACTIONS = ("started", "paused", "resumed", "stopped", "completed")
TYPES = {"watch_seconds": pl.Float64, "progress": pl.Float64}
SURPLUS = ("surplus_1", "surplus_2")
"""Columns that the file has not: a line that fills them has too many."""
MICROSECONDS = 1_000_000
COUNTED = (
    pl.len().cast(pl.Int64).alias("plays"),
    pl.col("starter").sum().cast(pl.Int64).alias("starters"),
    pl.col("watcher").sum().cast(pl.Int64).alias("watchers"),
    pl.col("completer").sum().cast(pl.Int64).alias("completers"),
    pl.col("watch_seconds").sum(),
    pl.col("watch_seconds").null_count().cast(pl.Int64).alias("plays_without_duration"),
    (pl.col("starter") & pl.col("reached").is_null())
    .sum()
    .cast(pl.Int64)
    .alias("starters_without_reach"),
)


def watch_events(raw: Path, received: datetime) -> pl.LazyFrame:
    """The good rows, each event once: the first to arrive stays."""
    path = raw / "watch_events.csv"
    with path.open(encoding="utf-8") as file:
        header = file.readline().strip().split(",")
    seconds, progress, time = (pl.col(n) for n in ("watch_seconds", "progress", "event_time"))
    return (
        pl.scan_csv(
            path,
            has_header=False,
            skip_rows=1,
            schema={name: TYPES.get(name, pl.String()) for name in (*header, *SURPLUS)},
            ignore_errors=True,
            missing_columns="insert",
            truncate_ragged_lines=True,
        )
        .filter(pl.all_horizontal(pl.col(name).is_null() for name in SURPLUS))
        .with_columns(time.str.to_datetime("%Y-%m-%dT%H:%M:%S%.3fZ", time_unit="us", strict=False))
        .filter(
            pl.col("event_id", "user_id", "title_id").is_not_null(),
            time.is_between(datetime(2000, 1, 1), received + timedelta(hours=1)),  # noqa: DTZ001
            pl.col("action").is_in(ACTIONS),
            seconds.is_null() | seconds.is_between(0, 86_400),
            progress.is_null() | progress.is_between(0, 1),
        )
        .with_columns(
            pl.col("time_precision").fill_null("second"),
            pl.col("kind").fill_null("main"),
            event_date=time.dt.date(),
        )
        .unique(["event_id", "event_date"], keep="first")
    )


def users(raw: Path) -> pl.LazyFrame:
    """The newest row of each user: user_id, home, plan."""
    rows = pl.LazyFrame(newest(raw / "users.csv"), infer_schema_length=None)
    return rows.select("user_id", "plan", home="country")


def titles(raw: Path) -> pl.LazyFrame:
    """The newest row of each title, with the runtime of what a weekly list ranks of it."""
    numbers = {
        "runtime_minutes": pl.Float64,
        **dict.fromkeys(("seasons", "episodes", "season", "episode"), pl.Int32),
    }
    every = pl.LazyFrame(newest(raw / "titles.csv"), infer_schema_length=None)
    runtime, episodes = pl.col("runtime_minutes"), pl.col("episodes")
    is_series = pl.any_horizontal(
        pl.col("seasons", "episodes", "season", "episode").is_not_null()
    ) | pl.col("content_type").is_in(["series", "limited_series"]).fill_null(value=False)
    entry = ("series_key", "entry_season")
    minutes = (
        pl.when(pl.col("series_key").is_null())
        .then(runtime)
        .otherwise(runtime.mean().over(entry) * episodes.max().over(entry))
    )
    return (
        every.with_columns(pl.col(name).cast(dtype) for name, dtype in numbers.items())
        .with_columns(
            pl.when(runtime > 0).then(runtime),
            series_key=pl.coalesce(
                pl.col("series_id").cast(pl.String), pl.when(is_series).then("title_id")
            ),
            entry_season=pl.col("season"),
        )
        .select(
            *("title_id", "content_type", "genre", "runtime_minutes", "series_key"),
            *("season", "episode"),
            entry_runtime_minutes=pl.when(minutes > 0).then(minutes),
        )
    )


def chained(rows: pl.LazyFrame, group: Sequence[str], tie: str) -> pl.LazyFrame:
    """Rows with opens and reaches in order, and the number of the chain that each belongs to."""
    other = pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift()) for name in group)
    return (
        rows.sort(*group, "opens", tie)
        .with_columns(group=(other | (pl.int_range(pl.len()) == 0)).cum_sum())
        .with_columns(latest=pl.col("reaches").cum_max().shift().over("group"))
        .with_columns(chain=(pl.col("opens") > pl.col("latest")).fill_null(value=True).cum_sum())
    )


def plays(events: pl.LazyFrame, users: pl.LazyFrame, titles: pl.LazyFrame) -> pl.LazyFrame:
    """One user's continuous viewing of one title."""
    seconds, reached = pl.col("watch_seconds"), pl.col("reached")
    opens = pl.col("event_time").to_physical()
    ends = opens + (seconds.fill_null(0) * MICROSECONDS).round().cast(pl.Int64)
    seconds_apart = pl.when(pl.col("playback_id").is_null()).then(1800).otherwise(43_200)
    gap = seconds_apart.cast(pl.Int64) * MICROSECONDS
    starter = pl.coalesce(seconds, reached * pl.col("runtime")) >= 120 * (1 - 1e-6)
    return (
        events.filter(pl.col("kind") == "main", pl.col("user_id") != "~canary")
        .with_columns(opens=opens, ends=ends)
        .with_columns(
            reaches=pl.when(pl.col("time_precision") == "day")
            .then(pl.col("opens") - 1)
            .otherwise(pl.col("ends") + gap)
        )
        .pipe(chained, KEY, "event_id")
        .group_by("chain")
        .agg(
            pl.col("event_id").first().alias("play_id"),
            pl.col(KEY).first(),
            pl.col("opens").first(),
            pl.col("ends").max(),
            pl.len().cast(pl.Int32).alias("events"),
            pl.when(seconds.count() > 0).then(seconds.sum()),
            pl.col("progress").max(),
            (pl.col("action") == "completed").any().alias("completed"),
            pl.col("quality", "country", "device").first(ignore_nulls=True),
        )
        .join(users, on="user_id", how="left")
        .join(titles, on="title_id", how="left")
        .with_columns(
            pl.coalesce("country", "home", pl.lit("unknown")).alias("country"),
            pl.col("device", "plan", "content_type", "genre").fill_null("unknown"),
            started_at=pl.col("opens").cast(pl.Datetime("us")),
            ended_at=pl.col("ends").cast(pl.Datetime("us")),
            runtime=pl.col("runtime_minutes") * 60,
        )
        .with_columns(
            reached=pl.when("completed")
            .then(1.0)
            .otherwise(pl.coalesce("progress", seconds / pl.col("runtime")))
        )
        .with_columns(
            starter=starter.fill_null(value=False), event_date=pl.col("started_at").dt.date()
        )
        .with_columns(
            watcher=pl.col("starter") & (reached >= 0.7 * (1 - 1e-6)).fill_null(value=False),
            completer=pl.col("starter") & (reached >= 0.9 * (1 - 1e-6)).fill_null(value=False),
        )
    )


def sessions(plays: pl.LazyFrame) -> pl.LazyFrame:
    """A user's plays of second precision without a pause of over 30 minutes."""
    rows = (
        plays.filter(pl.col("time_precision") == "second")
        .with_columns(reaches=pl.col("ends") + 1800 * MICROSECONDS)
        .pipe(chained, ["user_id"], "play_id")
    )
    known = pl.col("episode").is_not_null()
    different = pl.struct("season", "episode").filter(known).n_unique() + (~known).sum()
    binges = (
        rows.filter(pl.col("starter"), pl.col("series_key").is_not_null())
        .group_by("chain", "series_key")
        .agg(different=different)
        .filter(pl.col("different") >= 3)
        .select("chain")
        .unique()
        .with_columns(binge=pl.lit(value=True))
    )
    return (
        rows.group_by("chain")
        .agg(
            pl.col("play_id").first().alias("session_id"),
            pl.col("user_id", "started_at", "country", "device", "plan", "event_date").first(),
            pl.col("ended_at").max(),
            pl.len().cast(pl.Int32).alias("plays"),
            pl.col("title_id").n_unique().cast(pl.Int32).alias("titles"),
            pl.col("watch_seconds").sum(),
        )
        .join(binges, on="chain", how="left")
        .with_columns(pl.col("binge").fill_null(value=False))
        .drop("chain")
    )


def tables(raw: Path, received: datetime) -> Mapping[str, pl.LazyFrame]:
    """The lazy tables, by name."""
    described = titles(raw)
    played = plays(watch_events(raw, received), users(raw), described)
    seconds, runtime = pl.col("watch_seconds"), pl.col("entry_runtime_minutes")
    views = (seconds / 60 / runtime).alias("views")
    without = pl.when(runtime.is_null()).then(seconds).alias("seconds_without_runtime")
    viewers = pl.col("user_id").filter("starter").n_unique().cast(pl.Int64).alias("viewers")
    return {
        "plays": played.drop(
            *("chain", "opens", "ends", "completed", "home", "runtime", "runtime_minutes"),
            *("series_key", "season", "episode", "entry_runtime_minutes"),
        ),
        "sessions": sessions(played),
        "title_daily": played.group_by("event_date", "title_id", "country")
        .agg(*COUNTED, viewers, runtime.first())
        .with_columns(views.fill_null(0), without.fill_null(0))
        .drop("entry_runtime_minutes"),
        "engagement_daily": played.group_by(
            "event_date", "country", "device", "plan", "content_type", "genre"
        ).agg(*COUNTED, views.sum(), without.sum()),
    }


def run(raw: Path, target: Path, received: str, wanted: Sequence[str]) -> None:
    """Make the tables of the files in a folder, and write them below another."""
    warnings.simplefilter("ignore")  # partitioned sinks may change in a later release
    made = tables(raw, datetime.fromisoformat(received))
    pl.collect_all(
        [
            made[name].sink_parquet(
                pl.PartitionBy(target / name, key="event_date", include_key=False),
                compression="zstd",
                mkdir=True,
                lazy=True,
            )
            for name in wanted
        ],
        engine="streaming",
    )


if __name__ == "__main__":
    run(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4:])
