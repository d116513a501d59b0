"""A small lake made by hand: plays, and the tables that follow from them."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.lake import Partition
from netflix_pipeline.lake.folder_lake import FolderLake

TITLES = {
    "t-amelie": ("Le Fabuleux Destin d'Amélie", "film", "comedy", 120.0),
    "t-dark": ("Dark", "series", "drama", 60.0),
    "t-night": ("Night, 100 % of it", "film", "drama", None),
    "t-zoo": ("Zoo", "documentary", "nature", 90.0),
}
"""Name, content type, genre and runtime in minutes of each title."""

SERIES = "saga"
EPISODES = {"saga-1": (1, 1), "saga-2": (1, 2), "saga-3": (2, 1)}
"""Season and number of each episode of a series, which is there where somebody watches it."""
COMPLETED = ("saga-1", "saga-2")
"""Those after which people went on."""
EPISODE = ("Episode", "series", "drama", 50.0)

MEASURES = (
    pl.len().cast(pl.Int64).alias("plays"),
    *(pl.col(f"{name}er").sum().cast(pl.Int64).alias(f"{name}ers") for name in ("start", "watch")),
    pl.col("completer").sum().cast(pl.Int64).alias("completers"),
    pl.col("watch_seconds").sum().cast(pl.Float64),
    pl.col("watch_seconds").null_count().cast(pl.Int64).alias("plays_without_duration"),
    (pl.col("starter") & pl.col("reached").is_null())
    .sum()
    .cast(pl.Int64)
    .alias("starters_without_reach"),
)
ROW = contract("gold/audience_daily").schema
VIEWERS = pl.col("user_id").filter("starter").n_unique().cast(pl.Int64)
DIMENSIONS = ("country", "device", "plan", "content_type", "genre")
DAILY = (
    "plays",
    "engagement_daily",
    "user_daily",
    "title_daily",
    "sitting_daily",
    "sitting_quarters",
    "audience_daily",
    "activity",
)


@dataclass(frozen=True)
class Watched:
    """One play; `minutes` None is a play without a duration."""

    user_id: str
    title_id: str
    hour: float
    minutes: float | None = 60.0
    reached: float | None = 0.5
    country: str = "DE"
    device: str = "mobile"
    plan: str = "Basic"
    playback: int = 0


class World:
    """A lake below `root`, and the days that were written to it."""

    def __init__(self, root: Path) -> None:
        self.lake = FolderLake(root)
        self.days: dict[date, pl.DataFrame] = {}

    def at(self, folder: Path) -> World:
        """The same days of a copy of the lake."""
        world = World(folder)
        world.days = dict(self.days)
        return world

    def put(self, table: str, partition: Partition, frame: pl.DataFrame) -> None:
        """Write one partition."""
        conformed = contract(table).conform(frame)
        self.lake.replace(table, partition, conformed, inputs={}, code="by hand")

    def watch(self, day: date, plays: Sequence[Watched], peak: int = 1) -> None:
        """Write a day: its plays and the gold tables that follow from them."""
        frame = self.days[day] = _plays(day, plays)
        self.put("silver/plays", day, frame)
        views = (pl.col("watch_seconds").fill_null(0) / 60 / pl.col("runtime")).fill_null(0)
        unknown = pl.col("watch_seconds").filter(pl.col("runtime").is_null()).sum()
        of_entries = {"views": views.sum(), "seconds_without_runtime": unknown.cast(pl.Float64)}
        self.put(
            "gold/engagement_daily",
            day,
            frame.group_by(DIMENSIONS).agg(*MEASURES, **of_entries),
        )
        self.put(
            "gold/title_daily",
            day,
            frame.group_by("title_id", "country").agg(*MEASURES, **of_entries, viewers=VIEWERS),
        )
        self.put("gold/user_daily", day, frame.group_by("user_id", *DIMENSIONS).agg(*MEASURES))
        quarter = (pl.col("started_at").dt.hour().cast(pl.Int32) * 4).alias("quarter")
        sat = {
            "sittings": pl.len().cast(pl.Int64),
            "binge_sittings": (pl.col("title_id") == "t-dark").sum().cast(pl.Int64),
            "plays": pl.len().cast(pl.Int64),
            "watch_seconds": pl.col("watch_seconds").sum().cast(pl.Float64),
        }
        who = DIMENSIONS[:3]
        self.put("gold/sitting_daily", day, frame.group_by(who).agg(**sat))
        self.put("gold/sitting_quarters", day, frame.group_by(quarter, *who).agg(**sat))
        self.put(
            "gold/activity",
            day,
            frame.group_by(quarter, *DIMENSIONS[:2]).agg(
                plays=pl.len().cast(pl.Int64), watch_seconds=pl.col("watch_seconds").sum()
            ),
        )
        windows = {
            name: self._viewers(day, days) for name, days in (("dau", 1), ("wau", 7), ("mau", 30))
        }
        self.put("gold/audience_daily", day, pl.DataFrame(windows | {"peak_concurrent": peak}, ROW))

    def forget(self, day: date) -> None:
        """Remove a day's partitions."""
        del self.days[day]
        for name in DAILY:
            stage = "silver" if name == "plays" else "gold"
            shutil.rmtree(self.lake.folder(f"{stage}/{name}", day))

    def describe(self) -> None:
        """Write users, titles and their profiles."""
        played = pl.concat(self.days.values()) if self.days else _plays(date.min, [])
        users = played.group_by("user_id").agg(pl.col("country", "plan").first())
        self.put("silver/users", None, _filled("silver/users", users, described=True))
        titles = pl.DataFrame(
            [(key, *told) for key, told in TITLES.items()],
            ["title_id", "title", "content_type", "genre", "runtime_minutes"],
            orient="row",
        )
        entry = {"entry_id": pl.col("title_id"), "entry_name": pl.col("title"), "list": "films"}
        entry["entry_runtime_minutes"] = pl.col("runtime_minutes")
        known = _filled("silver/titles", titles, described=True, **entry)
        if not played.filter(pl.col("title_id").is_in(list(EPISODES))).is_empty():
            known = pl.concat([contract("silver/titles").conform(known), _series()])
        self.put("silver/titles", None, known)
        day = pl.col("started_at").dt.date()
        span = {"first_day": day.min(), "last_day": day.max()}
        self.put(
            "gold/user_profile",
            None,
            played.group_by("user_id").agg(
                *MEASURES,
                **span,
                active_days=day.n_unique().cast(pl.Int64),
                active_days_28=pl.lit(1, pl.Int64),
                hours_28=pl.lit(2.0),
                starters_without_reach_28=pl.lit(0, pl.Int64),
                completion_rate_28=pl.lit(0.5),
                engagement_score=pl.lit(20.5),
                segment=pl.lit("casual"),
                favourite_genres=pl.col("genre").unique().sort(),
            ),
        )
        self.put(
            "gold/title_profile",
            None,
            _filled(
                "gold/title_profile",
                _with_viewers_together(
                    played.group_by("title_id").agg(*MEASURES, **span, viewers=VIEWERS),
                    played,
                    known,
                ),
                views=1.5,
                seconds_without_runtime=0.0,
                reviews=2,
                rating=4.5,
                episode_completers=4 * pl.col("title_id").is_in(COMPLETED).cast(pl.Int64),
                next_episode_starters=3 * pl.col("title_id").is_in(COMPLETED).cast(pl.Int64),
            ),
        )

    def _viewers(self, last: date, days: int) -> list[int | None]:
        first = last - timedelta(days=days - 1)
        if days > 1 and first < min(self.days):
            return [None]
        seen = {
            user
            for day, frame in self.days.items()
            if first <= day <= last
            for user in frame.filter("starter")["user_id"]
        }
        return [len(seen)]


def noon(day: date, hour: float = 12) -> datetime:
    """A moment of a day."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=hour)


def _plays(day: date, plays: Sequence[Watched]) -> pl.DataFrame:
    rows: list[dict[str, Any]] = []
    described = TITLES | dict.fromkeys(EPISODES, EPISODE)
    for number, watched in enumerate(plays):
        _, content_type, genre, runtime = described[watched.title_id]
        seconds = None if watched.minutes is None else watched.minutes * 60
        starter = (seconds or 0) >= 120
        reached = watched.reached
        rows.append(
            asdict(watched)
            | {
                "play_id": f"{day}-{number}",
                "playback_id": f"{watched.playback}",
                "started_at": noon(day, watched.hour),
                "ended_at": noon(day, watched.hour + (watched.minutes or 0) / 60),
                "time_precision": "second",
                "events": 1,
                "watch_seconds": seconds,
                "progress": reached,
                "starter": starter,
                "watcher": starter and (reached or 0) >= 0.7,
                "completer": starter and (reached or 0) >= 0.9,
                "quality": None if number % 2 else "HD",
                "content_type": content_type,
                "genre": genre,
                "runtime": runtime,
                "running": [],
            }
        )
    schema = dict(contract("silver/plays").schema) | {"runtime": pl.Float64()}
    return pl.DataFrame(rows, schema=schema)


def _series() -> pl.DataFrame:
    """The series and its episodes, as silver titles."""
    name, content_type, genre, runtime = EPISODE
    common = {"content_type": content_type, "genre": genre, "series_key": SERIES, "list": "tv"}
    rows: list[dict[str, Any]] = [
        {"title_id": SERIES, "title": "The Saga", "entry_id": SERIES, "entry_name": "The Saga"}
    ]
    rows += [
        {
            "title_id": title_id,
            "title": f"The Saga: {name} {season}.{episode}",
            "runtime_minutes": runtime,
            "series_id": SERIES,
            "season": season,
            "episode": episode,
            "entry_id": f"{SERIES}:S{season}",
            "entry_name": f"The Saga: Season {season}",
        }
        for title_id, (season, episode) in EPISODES.items()
    ]
    schema = dict(contract("silver/titles").schema)
    return pl.DataFrame([row | common | {"described": True} for row in rows], schema=schema)


def _with_viewers_together(
    profiles: pl.DataFrame, played: pl.DataFrame, titles: pl.DataFrame
) -> pl.DataFrame:
    """The profiles with the different viewers of their seasons and series."""
    for of, key in (("season", "entry_id"), ("series", "series_key")):
        groups = titles.select("title_id", pl.coalesce(key, "title_id").alias(of))
        seen = played.join(groups, on="title_id").group_by(of)
        viewers = seen.agg(VIEWERS.alias(f"{of}_viewers"))
        profiles = profiles.join(groups, on="title_id").join(viewers, on=of).drop(of)
    return profiles


def _filled(table: str, frame: pl.DataFrame, **values: Any) -> pl.DataFrame:
    """The frame with the table's other columns: as given, else null."""
    frame = frame.with_columns(
        **{name: v if isinstance(v, pl.Expr) else pl.lit(v) for name, v in values.items()}
    )
    schema = contract(table).schema
    return frame.with_columns(
        pl.lit(None, dtype).alias(name) for name, dtype in schema.items() if name not in frame
    )
