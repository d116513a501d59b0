"""Plays: one user's continuous viewing of one title, out of the events that report it.

The main events of one (user_id, title_id, playback_id), in the order of (event_time, event_id),
make up a play as long as the next begins no later than 30 minutes after the latest end so far, or
12 hours where the source names the playback. An event that only has a date is a play by itself.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
import pyarrow as pa

from netflix_pipeline.contracts import CANARY_USER, UTC_MICROSECONDS, contract
from netflix_pipeline.contracts.dimensions import DIMENSIONS, Dimension, Teller, told_by
from netflix_pipeline.metrics import COMPLETER_REACHED, STARTER_SECONDS, WATCHER_REACHED
from netflix_pipeline.transforms.dense_ids import Places
from netflix_pipeline.transforms.sessionize import (
    CHAIN,
    LATEST,
    ONE_DAY,
    OPENS,
    REACHES,
    START_DAY,
    Chaining,
    Positions,
    arrange,
    by_number,
    first_rows,
    how_many,
    largest_known,
    last_rows,
    lengths,
    link,
    microseconds,
    midnight,
    total_of_known,
    walk,
)
from netflix_pipeline.transforms.several_days import apart

GAP = timedelta(minutes=30)
PLAYBACK_GAP = timedelta(hours=12)

REACH_DAYS = 2
"""Days back from which an event of at most 24 hours and a gap of 12 can reach into a day."""

OF_EVENTS = tuple(dict.fromkeys(("quality", *told_by("event"))))
"""What the first event of a play that tells it says."""
COLUMNS = (
    "event_id",
    "user_id",
    "title_id",
    "event_time",
    "time_precision",
    "action",
    "watch_seconds",
    "progress",
    "playback_id",
    "kind",
    *OF_EVENTS,
)
"""The columns of bronze/watch_events that plays are made of."""

UNKNOWN = "unknown"
OF: Mapping[Teller, str] = {"event": "", "user": "user's ", "title": "title's "}
"""With what the columns begin that hold a dimension as each says it."""

# Precision is part of the key: what only has a date stands apart from what has a time.
GROUP = ("user_id", "title_id", "playback_id", "time_precision")
MINUTE = 60_000_000
PLACE = "place"


def _rows(events: pl.DataFrame) -> pl.DataFrame:
    """The main events, with when they begin and how far they reach, in microseconds.

    `gap` is how much further an event reaches than it lasts.
    """
    opens = pl.col("event_time").to_physical()
    ends = opens + (pl.col("watch_seconds").fill_null(0) * 1e6).round().cast(pl.Int64)
    # A date reaches nowhere, not even to another event of the same date.
    reaches = (
        pl.when(pl.col("time_precision") == "day")
        .then(opens - 1)
        .when(pl.col("playback_id").is_null())
        .then(ends + GAP // timedelta(microseconds=1))
        .otherwise(ends + PLAYBACK_GAP // timedelta(microseconds=1))
    )
    return (
        events.lazy()
        .filter(pl.col("kind") == "main", pl.col("user_id") != CANARY_USER)
        .select(
            *("event_id", *GROUP, "watch_seconds", "progress", *OF_EVENTS),
            (pl.col("action") == "completed").alias("completed"),
            opens.alias(OPENS),
            reaches.alias(REACHES),
            (reaches - ends).alias("gap"),
        )
        .collect()
    )


def _arrange(rows: pl.DataFrame) -> pl.DataFrame:
    return arrange(rows, GROUP, "event_id")


def chain(events: pl.DataFrame) -> pl.DataFrame:
    """The main events of bronze/watch_events rows, with `chain`: the number of their play.

    Events of a play stand together and in order; promos and canaries are left out.
    """
    return link(_arrange(_rows(events)), GROUP)


def _merge(events: pl.DataFrame) -> pl.DataFrame:
    """One row a play of the events that `chain` gives, in the order of their numbers."""
    firsts = first_rows(events)
    known = (
        events.lazy()
        .group_by(CHAIN, maintain_order=True)
        .agg(pl.col(OF_EVENTS).first(ignore_nulls=True))
        .drop(CHAIN)
        .collect()
    )
    return (
        events.select("event_id", *GROUP, OPENS, "gap")[firsts]
        .with_columns(
            *known,
            lengths(events, firsts).alias("events"),
            events.get_column(LATEST).gather(last_rows(events, firsts)),
            total_of_known(events.get_column("watch_seconds"), firsts),
            largest_known(events.get_column("progress"), firsts),
            how_many(events.get_column("completed"), firsts) > 0,
            _running(events, firsts),
        )
        .rename({"event_id": "play_id"})
    )


def _running(events: pl.DataFrame, firsts: Positions) -> pl.Series:
    """Of each play, the minutes in which it ran: first and one past the last of each stretch."""
    ends = pl.col(REACHES) - pl.col("gap")
    play = pl.col(CHAIN) * 2**32
    ran = (
        events.lazy()
        .filter(pl.col("time_precision") == "second", ends > pl.col(OPENS))
        .select(
            CHAIN,
            begin=pl.col(OPENS) // MINUTE,
            latest=(play + (ends - 1) // MINUTE + 1).cum_max(),
        )
        .with_columns(new=(play + pl.col("begin") > pl.col("latest").shift()).fill_null(value=True))
        .select(
            CHAIN,
            "begin",
            "new",
            last=pl.col("new").shift(-1, fill_value=True),
            until=pl.col("latest") - play,
        )
        .collect()
    )
    begins = ran.filter("new")
    chains = begins.get_column(CHAIN).to_numpy()
    base = events.get_column(OPENS).to_numpy()[firsts][chains] // MINUTE
    edges = np.empty((len(chains), 2), dtype=np.int32)
    edges[:, 0] = begins.get_column("begin").to_numpy() - base
    edges[:, 1] = ran.filter("last").get_column("until").to_numpy() - base
    offsets = np.zeros(len(firsts) + 1, dtype=np.int64)
    np.cumsum(2 * np.bincount(chains, minlength=len(firsts)), out=offsets[1:])
    lists = pa.LargeListArray.from_arrays(pa.array(offsets), pa.array(edges.reshape(-1)))
    return pl.Series("running", lists)


def _told(dimension: Dimension) -> pl.Expr:
    """What is said of a play: by the first who says it, of event, user and title."""
    said = (pl.col(OF[teller] + dimension.name) for teller in dimension.told_by)
    return pl.coalesce(*said).cast(pl.String).fill_null(UNKNOWN).alias(dimension.name)


class _Users:
    """What silver/users tells, and its users by their place in the order of their ids."""

    def __init__(self, users: pl.DataFrame) -> None:
        ids = users.get_column("user_id")
        self.told = users if ids.is_sorted() else users.sort("user_id")
        self.place = Places(self.told.get_column("user_id"))


def _in_order(merged: pl.DataFrame) -> pl.DataFrame:
    """Merged plays in canonical order; `place` is that of their user, null of one nobody knows."""
    if merged.get_column(PLACE).null_count():
        return merged.sort("user_id", OPENS, "play_id")
    return by_number(merged, PLACE, "play_id")


def _finish(
    merged: pl.DataFrame, titles: pl.DataFrame, users: _Users, *beside: str
) -> pl.DataFrame:
    """Merged plays as silver/plays rows, in canonical order, with the columns `beside`."""
    table_contract = contract("silver/plays")
    opens, ends = pl.col(OPENS), pl.col(LATEST) - pl.col("gap")
    watched, runtime, reached = (pl.col(n) for n in ("watch_seconds", "runtime", "reached"))
    far_enough = pl.col("starter") & reached.is_not_null()
    place = users.place(merged.get_column("user_id"))
    ordered = _in_order(merged.with_columns(place.alias(PLACE)))
    user = ordered.get_column(PLACE)
    described = titles.lazy().select(
        "title_id", "runtime_minutes", pl.col(told_by("title")).name.prefix(OF["title"])
    )
    return (
        ordered.with_columns(
            users.told.get_column(name).gather(user).alias(OF["user"] + name)
            for name in told_by("user")
        )
        .lazy()
        .join(described, on="title_id", how="left", maintain_order="left")
        .with_columns(
            opens.cast(UTC_MICROSECONDS).alias("started_at"),
            ends.cast(UTC_MICROSECONDS).alias("ended_at"),
            *map(_told, DIMENSIONS),
            runtime=pl.when(pl.col("runtime_minutes") > 0).then(pl.col("runtime_minutes") * 60),
        )
        .with_columns(
            reached=pl.when("completed")
            .then(1.0)
            .otherwise(pl.coalesce("progress", watched / runtime))
        )
        .with_columns(
            starter=(pl.coalesce(watched, reached * runtime) >= STARTER_SECONDS).fill_null(
                value=False
            )
        )
        .with_columns(
            watcher=far_enough & (reached >= WATCHER_REACHED),
            completer=far_enough & (reached >= COMPLETER_REACHED),
        )
        .select(*beside, *table_contract.names)
        .collect()
    )


def plays(chained: pl.DataFrame, titles: pl.DataFrame, users: pl.DataFrame) -> pl.DataFrame:
    """The silver/plays rows of events that `chain` gives, of whatever days they are.

    `titles` and `users` are silver/titles and silver/users.
    """
    return _finish(_merge(chained), titles, _Users(users))


def walk_plays(
    days: Sequence[date],
    read: Callable[[Sequence[date]], pl.DataFrame],
    height: Callable[[date], int],
    reach: Callable[[date], datetime | None],
    titles: pl.DataFrame,
    users: pl.DataFrame,
) -> Iterator[tuple[date, pl.DataFrame, list[date]]]:
    """Each day in order, as soon as it is final: the day, its silver/plays, the bronze days used.

    `read(days)` gives bronze/watch_events of days, one after the other, with `COLUMNS`;
    `height(day)` tells about how many a day has, `reach(day)` the latest end of its events, None
    when it has none: what cannot touch is not read. The plays of a day are the same whatever days
    are asked for with it. Besides titles and users they depend on the days from two before it to
    the last on which one of its plays could have gone on.
    """
    nothing = _rows(contract("bronze/watch_events").empty())
    of_users = _Users(users)

    def before(day: date) -> pl.DataFrame:
        walked = [nothing]
        for back in range(REACH_DAYS, 0, -1):
            earlier = day - back * ONE_DAY
            latest = reach(earlier)
            # A second more, whichever way the reach was rounded.
            if latest and latest + PLAYBACK_GAP + timedelta(seconds=1) >= midnight(day):
                reaching = pl.col(REACHES) >= microseconds(midnight(day))
                walked.append(_rows(read([earlier])).filter(reaching))
        return pl.concat(walked)

    chaining = Chaining(
        GROUP,
        has_rows=lambda day: reach(day) is not None,
        height=height,
        read=read,
        rows=_rows,
        nothing=nothing,
        before=before,
        arrange=_arrange,
        merge=_merge,
    )
    for final in walk(days, chaining):
        finished = _finish(final.chains, titles, of_users, START_DAY)
        for day, of_day in apart(finished, final.needed, START_DAY):
            first = day - REACH_DAYS * ONE_DAY
            used = [first + n * ONE_DAY for n in range((final.needed[day] - first).days + 1)]
            yield day, of_day, used
