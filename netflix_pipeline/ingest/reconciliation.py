"""Whether what was counted as it came in is what was stored: the log against bronze.

Of the records that the log still holds and bronze has taken over, each main watch event counts
once, by its identity, as who looks at the log counts it. It must be stored with the same seconds,
or be known as a duplicate or conflict of one that was stored before.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl

from netflix_pipeline.contracts import CANARY_USER
from netflix_pipeline.eventlog import EventLog, Record
from netflix_pipeline.ingest.drain import drained
from netflix_pipeline.ingest.log_batches import Portion, portions, validate_lines
from netflix_pipeline.lake import Lake, ranges
from netflix_pipeline.persons import Marked

TABLE = "watch_events"
STEP = 2_000
"""Requests by which the look goes back in the log."""
MOST_EVENTS = 200_000
"""Events from which it goes back no further."""

EVENTS = {"line": pl.Int64, "event_date": pl.Date, "watch_seconds": pl.Float64}
SECONDS_OF_HOUR = 3600


@dataclass(frozen=True)
class Agreement:
    """Events that arrived on a day and the hours of those that have any.

    `explained` are those that were stored before they came, `unexplained` what differs.
    """

    live_events: int = 0
    live_hours: float = 0.0
    batch_events: int = 0
    batch_hours: float = 0.0
    explained: int = 0
    unexplained: int = 0


def agreement(
    lake: Lake,
    log: EventLog,
    now: datetime,
    marked: Marked | None = None,
    oldest: timedelta | None = None,
) -> dict[date, Agreement]:
    """What the newest drained records of the log tell, by their day of arrival.

    But for persons who are marked as erased.
    """
    name, first, last = log.id, log.first(), drained(lake, log.id)
    counts = [_counted(portion, marked, oldest) for portion in _newest(log, first, last, now)]
    if not counts:
        return {}
    live = pl.concat(counts).unique(["event_date", "event_id"], keep="first", maintain_order=True)
    with lake.writing():  # nothing that is merged meanwhile is removed
        batches = _batches(lake, name)
        stored, known = _stored(lake, batches, live), _known(lake, batches, live)
    judged = live.join(stored, on="line", how="left").with_columns(
        same=(
            pl.col("stored").is_not_null()
            & pl.col("watch_seconds").eq_missing(pl.col("stored_seconds"))
        ),
        known=pl.col("line").is_in(known.implode()),
    )
    return {day: _agreement(rows) for (day,), rows in judged.group_by("arrived")}


def _agreement(rows: pl.DataFrame) -> Agreement:
    explained = pl.col("known") & pl.col("stored").is_null()
    sums = rows.select(
        live_events=pl.len(),
        live_hours=pl.sum("watch_seconds") / SECONDS_OF_HOUR,
        batch_events=pl.col("stored").count(),
        batch_hours=pl.sum("stored_seconds") / SECONDS_OF_HOUR,
        explained=explained.sum(),
        unexplained=(~pl.col("same") & ~explained).sum(),
    )
    return Agreement(**sums.row(0, named=True))


def _newest(log: EventLog, first: int, last: int, now: datetime) -> list[Portion]:
    """The newest records up to `last`, in order."""
    after, events = last, 0
    newest: list[Portion] = []
    while after >= first and events < MOST_EVENTS:
        upto, after = after, max(first - 1, after - STEP)
        step = list(portions(log, after, upto, now))
        events += sum(
            len(request.lines)
            for portion in step
            for request in portion.requests
            if isinstance(request, Record)
        )
        newest = step + newest
    return newest


def _counted(portion: Portion, marked: Marked | None, oldest: timedelta | None) -> pl.DataFrame:
    """The main watch events of a portion that are readable, but for canaries."""
    receipt = portion.receipt()
    judged, _, _ = validate_lines(TABLE, portion.by_table()[TABLE], receipt, marked, oldest)
    frames = [] if judged is None else list(judged.good.values())
    none = pl.DataFrame(schema={**EVENTS, "event_id": pl.String, "arrived": pl.Date})
    rows = [
        frame.filter(pl.col("kind") == "main", pl.col("user_id") != CANARY_USER).select(
            *EVENTS, "event_id", receipt.dt.date().alias("arrived")
        )
        for frame in frames
    ]
    return pl.concat([none, *rows]).sort("line")


def _stored(lake: Lake, batches: set[str], live: pl.DataFrame) -> pl.DataFrame:
    """Line and seconds of what bronze holds from those lines of the log."""
    rows = [
        lake.read(f"bronze/{TABLE}", day, ["line", "watch_seconds"], batches)
        for day in live["event_date"].unique().sort()
    ]
    none = pl.DataFrame(schema={"line": pl.Int64, "watch_seconds": pl.Float64})
    return pl.concat([none, *rows]).select(
        "line", stored_seconds="watch_seconds", stored=pl.lit(value=True)
    )


def _known(lake: Lake, batches: set[str], live: pl.DataFrame) -> pl.Series:
    """The lines that are known as duplicates or conflicts of what was stored before."""
    lines = [pl.Series("line", [], pl.Int64)]
    for day in live["arrived"].unique().sort():
        lines.append(lake.read("bronze/duplicates", day, ["line"], batches)["line"])
        waiting = lake.read("bronze/quarantine", day, ["line", "reasons"], batches)
        conflicts = pl.col("reasons").list.contains("conflicting_duplicate")
        lines.append(waiting.filter(conflicts)["line"])
    return pl.concat(lines)


def _batches(lake: Lake, log: str) -> set[str]:
    """The batches of watch events that came out of the log."""
    return {
        batch.name
        for batch in ranges(lake.committed_batches())
        if (batch.log, batch.table) == (log, TABLE)
    }
