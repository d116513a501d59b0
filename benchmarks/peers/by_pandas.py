"""The four tables by pandas: `python -m benchmarks.peers.by_pandas RAW TARGET RECEIVED TABLE…`.

As its user guide advises: columns are read with their types, those of few values as categories,
work is done by vectorized and by group-wise methods without `apply`, and Parquet is written by
PyArrow, partitioned by day.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.peers.described import newest

KEY = ["user_id", "title_id", "playback_id", "time_precision"]
ACTIONS = ["started", "paused", "resumed", "stopped", "completed"]
FEW = ["time_precision", "action", "kind", "device", "quality", "country"]
DIMENSIONS = ["country", "device", "plan", "content_type", "genre"]
COUNTS = ["plays", "starters", "watchers", "completers"]
RARE = ["plays_without_duration", "starters_without_reach"]
MICROSECONDS = 1_000_000


def watch_events(raw: Path, received: pd.Timestamp) -> pd.DataFrame:
    """The good rows, each event once: the first to arrive stays."""
    path = raw / "watch_events.csv"
    read = pd.read_csv(
        path,
        dtype={
            "event_id": "string[pyarrow]",
            "user_id": "string[pyarrow]",
            "title_id": "string[pyarrow]",
            "event_time": "string[pyarrow]",
            "playback_id": "string[pyarrow]",
            "watch_seconds": "float64",
            "progress": "float64",
            "is_download": "string[pyarrow]",
            "rating": "float64",
            **dict.fromkeys(FEW, "category"),
        },
        keep_default_na=False,
        na_values=[""],
        on_bad_lines="skip",
    )
    read["event_time"] = pd.to_datetime(
        read["event_time"], format="%Y-%m-%dT%H:%M:%S.%fZ", errors="coerce"
    ).astype("datetime64[us]")
    time, seconds, progress = read["event_time"], read["watch_seconds"], read["progress"]
    good = (
        read[["event_id", "user_id", "title_id"]].notna().all(axis=1)
        & time.between(pd.Timestamp("2000-01-01"), received + pd.Timedelta(hours=1))
        & read["action"].isin(ACTIONS)
        & (seconds.isna() | seconds.between(0, 86_400))
        & (progress.isna() | progress.between(0, 1))
    )
    rows = read[good].copy()
    rows["event_date"] = rows["event_time"].dt.normalize()
    for name, usual in (("time_precision", "second"), ("kind", "main")):
        rows[name] = rows[name].astype("string[pyarrow]").fillna(usual).astype("category")
    return rows.drop_duplicates(["event_id", "event_date"], keep="first")


def titles(raw: Path) -> pd.DataFrame:
    """The newest row of each title, with the runtime of what a weekly list ranks of it."""
    rows = pd.DataFrame(newest(raw / "titles.csv"))
    numbers = ["runtime_minutes", "seasons", "episodes", "season", "episode"]
    rows[numbers] = rows[numbers].apply(pd.to_numeric)
    rows["runtime_minutes"] = rows["runtime_minutes"].where(rows["runtime_minutes"] > 0)
    is_series = rows[numbers[1:]].notna().any(axis=1) | rows["content_type"].isin(
        ["series", "limited_series"]
    )
    rows["series_key"] = rows["series_id"].fillna(rows["title_id"].where(is_series))
    entries = rows.groupby(["series_key", "season"], dropna=False)
    minutes = entries["runtime_minutes"].transform("mean") * entries["episodes"].transform("max")
    minutes = minutes.where(rows["series_key"].notna(), rows["runtime_minutes"])
    rows["entry_runtime_minutes"] = minutes.where(minutes > 0)
    return rows


def chain(rows: pd.DataFrame, group: Sequence[str]) -> pd.Series:
    """The number of the chain of each row, of rows in order with opens and reaches."""
    latest = rows.groupby(list(group), dropna=False, sort=False, observed=True)["reaches"].cummax()
    number = rows.groupby(list(group), dropna=False, sort=False, observed=True).ngroup()
    first = number.ne(number.shift())
    return (first | rows["opens"].gt(latest.shift())).cumsum()


def plays(events: pd.DataFrame, users: pd.DataFrame, titles: pd.DataFrame) -> pd.DataFrame:
    """One user's continuous viewing of one title."""
    rows = events[events["kind"].eq("main") & events["user_id"].ne("~canary")].copy()
    rows["opens"] = rows["event_time"].astype("int64")
    seconds = rows["watch_seconds"].fillna(0)
    rows["ends"] = rows["opens"] + (seconds * MICROSECONDS).round().astype("int64")
    gap = np.where(rows["playback_id"].isna(), 1800, 43_200) * MICROSECONDS
    day = rows["time_precision"].eq("day")
    rows["reaches"] = np.where(day, rows["opens"] - 1, rows["ends"] + gap)
    rows["completed"] = rows["action"].eq("completed")
    rows = rows.sort_values([*KEY, "opens", "event_id"])
    rows["chain"] = chain(rows, KEY)
    grouped = rows.groupby("chain", sort=False)
    made = grouped.agg(
        play_id=("event_id", "first"),
        user_id=("user_id", "first"),
        title_id=("title_id", "first"),
        playback_id=("playback_id", "first"),
        time_precision=("time_precision", "first"),
        opens=("opens", "first"),
        ends=("ends", "max"),
        events=("opens", "size"),
        progress=("progress", "max"),
        completed=("completed", "max"),
        quality=("quality", "first"),
        country=("country", "first"),
        device=("device", "first"),
    )
    made["watch_seconds"] = grouped["watch_seconds"].sum(min_count=1)
    made = made.merge(
        users[["user_id", "country", "plan"]].rename(columns={"country": "home"}),
        on="user_id",
        how="left",
    ).merge(
        titles[
            [
                *("title_id", "content_type", "genre", "runtime_minutes", "series_key"),
                *("season", "episode", "entry_runtime_minutes"),
            ]
        ],
        on="title_id",
        how="left",
    )
    made["country"] = made["country"].astype("string[pyarrow]").fillna(made["home"])
    for name in DIMENSIONS:
        made[name] = made[name].astype("string[pyarrow]").fillna("unknown").astype("category")
    made["started_at"] = made["opens"].astype("datetime64[us]")
    made["ended_at"] = made["ends"].astype("datetime64[us]")
    made["event_date"] = made["started_at"].dt.normalize()
    runtime = made["runtime_minutes"] * 60
    reached = made["progress"].fillna(made["watch_seconds"] / runtime)
    made["reached"] = reached.mask(made["completed"], 1.0)
    watched = made["watch_seconds"].fillna(made["reached"] * runtime)
    made["starter"] = watched >= 120 * (1 - 1e-6)
    made["watcher"] = made["starter"] & (made["reached"] >= 0.7 * (1 - 1e-6))
    made["completer"] = made["starter"] & (made["reached"] >= 0.9 * (1 - 1e-6))
    return made


def sessions(plays: pd.DataFrame) -> pd.DataFrame:
    """A user's plays of second precision without a pause of over 30 minutes."""
    rows = plays[plays["time_precision"].eq("second")].copy()
    rows["reaches"] = rows["ends"] + 1800 * MICROSECONDS
    rows = rows.sort_values(["user_id", "opens", "play_id"])
    rows["chain"] = chain(rows, ["user_id"])
    grouped = rows.groupby("chain", sort=False)
    made = grouped.agg(
        session_id=("play_id", "first"),
        user_id=("user_id", "first"),
        started_at=("started_at", "first"),
        ended_at=("ended_at", "max"),
        plays=("play_id", "size"),
        titles=("title_id", "nunique"),
        watch_seconds=("watch_seconds", "sum"),
        country=("country", "first"),
        device=("device", "first"),
        plan=("plan", "first"),
        event_date=("event_date", "first"),
    )
    episodes = rows[rows["starter"] & rows["series_key"].notna()]
    known = episodes["episode"].notna()
    different = (
        episodes[known]
        .drop_duplicates(["chain", "series_key", "season", "episode"])
        .groupby(["chain", "series_key"])
        .size()
        .add(episodes[~known].groupby(["chain", "series_key"]).size(), fill_value=0)
    )
    binges = different[different >= 3].index.get_level_values("chain")
    made["binge"] = made.index.isin(binges)
    return made


def sums(plays: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """What plays add up to, by some columns."""
    rows = plays.assign(
        plays=1,
        starters=plays["starter"],
        watchers=plays["watcher"],
        completers=plays["completer"],
        plays_without_duration=plays["watch_seconds"].isna(),
        starters_without_reach=plays["starter"] & plays["reached"].isna(),
        views=plays["watch_seconds"] / 60 / plays["entry_runtime_minutes"],
        seconds_without_runtime=plays["watch_seconds"].where(plays["entry_runtime_minutes"].isna()),
    )
    summed = [*COUNTS, *RARE, "watch_seconds", "views", "seconds_without_runtime"]
    return rows.groupby(list(by), observed=True)[summed].sum()


def title_daily(plays: pd.DataFrame) -> pd.DataFrame:
    """How each title was watched, by day and country."""
    by = ["event_date", "title_id", "country"]
    made = sums(plays, by)
    viewers = plays[plays["starter"]].groupby(by, observed=True)["user_id"].nunique()
    made["viewers"] = viewers.reindex(made.index, fill_value=0)
    return made.reset_index()


def engagement_daily(plays: pd.DataFrame) -> pd.DataFrame:
    """The additive measures of a day's plays, by all dimensions."""
    return sums(plays, ["event_date", *DIMENSIONS]).reset_index()


def run(raw: Path, target: Path, received: str, wanted: Sequence[str]) -> None:
    """Make the tables of the files in a folder, and write them below another."""
    users = pd.DataFrame(newest(raw / "users.csv"))
    played = plays(watch_events(raw, pd.Timestamp(received)), users, titles(raw))
    made = {
        "plays": lambda: played.drop(
            columns=[
                *("opens", "ends", "completed", "home", "runtime_minutes", "series_key"),
                *("season", "episode", "entry_runtime_minutes"),
            ]
        ),
        "sessions": lambda: sessions(played),
        "title_daily": lambda: title_daily(played),
        "engagement_daily": lambda: engagement_daily(played),
    }
    for name in wanted:
        table = made[name]()
        table["event_date"] = table["event_date"].dt.strftime("%Y-%m-%d")
        table.to_parquet(
            target / name, compression="zstd", index=False, partition_cols=["event_date"]
        )


if __name__ == "__main__":
    run(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4:])
