"""An event's way: from file and line to its play, its sitting and the published numbers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from netflix_pipeline.contracts import contract, contracts
from netflix_pipeline.errors import DamagedFile, noted
from netflix_pipeline.ids import trimmed
from netflix_pipeline.ingest.batches import manifest
from netflix_pipeline.ingest.quarantine import quarantined
from netflix_pipeline.lake import Lake

Row = dict[str, Any]


@dataclass
class Trace:
    """Where an identity stands: every arrival of it, and what it became part of.

    `arrivals` tell batch, file, line and what became of the row; `play` and `sitting` are rows of
    the silver tables. A `promo` is in neither. `problems` are files that cannot be read: what they
    hold of it is missing.
    """

    identity: str
    arrivals: list[Row] = field(default_factory=list)
    promo: bool = False
    play: Row | None = None
    play_day: date | None = None
    sitting: Row | None = None
    problems: list[str] = field(default_factory=list)


def trace(lake: Lake, identity: str) -> Trace:
    """Follow one identity through the lake; without arrivals it was never seen."""
    result = Trace(trimmed(identity))
    identity, arrivals, problems = result.identity, result.arrivals, result.problems
    event: Row | None = None
    for table, table_contract in contracts().items():
        if table_contract.stage == "bronze" and "event_time" in table_contract.names:
            for day, row in _find(lake, table, table_contract.key[0], identity, problems):
                arrivals.append(_arrival(lake, table, "stored", row, day))
                if table == "bronze/watch_events":
                    event = row
    for day in lake.partitions("bronze/duplicates"):
        with noted(problems, DamagedFile):
            frame = lake.read("bronze/duplicates", day).filter(pl.col("identity") == identity)
            arrivals += [
                _arrival(lake, f"bronze/{row['table']}", "duplicate", row, row["identity_date"])
                for row in frame.iter_rows(named=True)
            ]
    with noted(problems, DamagedFile):
        waiting = quarantined(lake).filter(pl.col("identity") == identity)
        arrivals += [
            {
                **_arrival(lake, f"bronze/{row['table']}", "quarantined", row, None),
                "reasons": row["reasons"],
                "raw": row["raw"],
            }
            for row in waiting.iter_rows(named=True)
        ]
    arrivals.sort(key=lambda arrival: (arrival["received_at"], arrival["batch"], arrival["line"]))
    result.promo = event is not None and event["kind"] == "promo"
    if event is not None and not result.promo:
        with noted(problems, DamagedFile):
            result.play_day, result.play = _play(lake, event)
            if result.play is not None and result.play_day is not None:
                result.sitting = _sitting(lake, result.play_day, result.play)
    return result


def _find(
    lake: Lake, table: str, key: str, identity: str, problems: list[str]
) -> Iterator[tuple[date, Row]]:
    committed = lake.committed_batches()
    for day in lake.partitions(table):
        with noted(problems, DamagedFile):
            keys = lake.read(table, day, [key], committed)[key]
            if (keys == identity).any():
                rows = lake.read(table, day, None, committed).filter(pl.col(key) == identity)
                yield from ((day, row) for row in rows.iter_rows(named=True))


def _arrival(lake: Lake, table: str, became: str, row: Row, day: date | None) -> Row:
    batch = manifest(lake, row["batch"])
    return {
        "table": table,
        "became": became,
        "file": batch.path if batch else row.get("path", ""),
        "line": row["line"],
        "batch": row["batch"],
        "source": row["source"],
        "received_at": row["received_at"],
        "event_date": day,
    }


def _play(lake: Lake, event: Row) -> tuple[date | None, Row | None]:
    """The play that the event is part of: its chain's, begun on its day or before."""
    started: datetime = event["event_time"]
    theirs = [
        pl.col("user_id") == event["user_id"],
        pl.col("title_id") == event["title_id"],
        pl.col("playback_id").eq_missing(pl.lit(event["playback_id"], pl.String)),
        pl.col("time_precision") == event["time_precision"],
        pl.col("started_at") <= started,
    ]
    if event["time_precision"] == "day":
        theirs.append(pl.col("play_id") == event["event_id"])
    # An event may begin up to the playback gap after the latest end so far.
    return _newest(lake, "silver/plays", started.date(), started - timedelta(hours=12), theirs)


def _sitting(lake: Lake, play_day: date, play: Row) -> Row | None:
    if play["time_precision"] == "day":
        return None
    around = [
        pl.col("user_id") == play["user_id"],
        pl.col("started_at") <= play["started_at"],
        pl.col("ended_at") >= play["ended_at"],
    ]
    return _newest(lake, "silver/sessions", play_day, play["ended_at"], around)[1]


def _newest(
    lake: Lake, table: str, last: date, reached: datetime, fitting: Sequence[pl.Expr]
) -> tuple[date | None, Row | None]:
    """The row that began last of those that fit, of a day or before; and its day.

    Days of which no row reached that moment are passed over.
    """
    for day in reversed([day for day in lake.partitions(table) if day <= last]):
        footer = lake.footer(table, day)
        if footer and (footer.reach is None or footer.reach < reached):
            continue
        rows = lake.read(table, day).filter(*fitting)
        if rows.height:
            return day, rows.sort(*contract(table).order[1:]).row(-1, named=True)
    return None, None
