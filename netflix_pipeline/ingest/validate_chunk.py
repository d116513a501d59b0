"""A part of a file, read and sorted out: good rows by their day, the others for quarantine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import polars as pl

from netflix_pipeline.ingest.dedup_lookup import identified
from netflix_pipeline.ingest.erasure_filter import theirs
from netflix_pipeline.ingest.plausibility import Measured, measure
from netflix_pipeline.ingest.staging import detached
from netflix_pipeline.ingest.validation_rules import bad, key, with_reasons
from netflix_pipeline.persons import Marked
from netflix_pipeline.sources import Chunk, Part


@dataclass(frozen=True)
class ValidatedChunk:
    """What a part holds: `received` rows, the `good` ones by event day (None without days).

    `bad` are the others with line, raw, identity and reasons, `titles` what events tell of titles.
    `erased` counts the rows of persons who are erased: nothing else is kept of them. `undecided`
    says that there are dates whose order is not decided yet. `measured` tells what its columns
    hold. `unparsable` counts the records that are no rows; `torn` is the line of the first, and
    why it is none.
    """

    received: int
    good: dict[date | None, pl.DataFrame]
    bad: list[pl.DataFrame]
    titles: pl.DataFrame | None
    erased: int = 0
    undecided: bool = False
    measured: Mapping[str, Measured] = field(default_factory=dict)
    unparsable: int = 0
    torn: tuple[int, str] | None = None


def validate_chunk(
    table: str,
    source: str,
    part: Part,
    received_at: datetime | pl.Expr,
    *,
    names_itself: bool = False,
    oldest: timedelta | None = None,
    erased: Marked | None = None,
    measured: float | None = None,
) -> ValidatedChunk:
    """Read a part of what comes to that bronze table, and judge its rows.

    `received_at` may tell of each row by itself; who `names_itself` must bring its own id, and may
    tell of nothing longer ago than `oldest`. Where a share of the rows is refused
    that is as large as `measured`, what the columns hold is measured.
    """
    chunk = part()
    received = chunk.frame.height + chunk.unparsable.height
    if erased:
        chunk = _without(chunk, erased)
    judged = bad(table, chunk.frame, received_at, names_itself=names_itself, oldest=oldest)
    parts, refused = _parted(chunk.frame, judged)
    reasons = with_reasons(table, refused, received_at, names_itself=names_itself, oldest=oldest)
    torn = chunk.unparsable.select("line", "detail")
    return ValidatedChunk(
        received,
        {day: identified(table, source, rows) for day, rows in parts.items()},
        _for_quarantine(table, chunk, reasons),
        chunk.titles,
        received - chunk.frame.height - chunk.unparsable.height,
        chunk.undecided,
        {}
        if measured is None or refused.height < measured * chunk.frame.height
        else measure(table, chunk, received_at),
        torn.height,
        torn.row(0) if torn.height else None,
    )


def _without(chunk: Chunk, erased: Marked) -> Chunk:
    """A chunk without the rows of persons who are erased."""
    frame, unparsable = chunk.frame, chunk.unparsable
    if "user_id" in frame.columns:
        frame = frame.filter(~theirs(erased, frame["user_id"]))
        # Who it is may stand where the reader did not look for it.
        unread = frame.filter(pl.col("user_id").is_null())["line"].to_list()
        raws = chunk.raw(unread) if unread else []
        lines = [line for line, raw in zip(unread, raws, strict=True) if erased.named_in(raw)]
        frame = frame.filter(~pl.col("line").is_in(lines))
    rows = [
        erased.named_in(raw) if chunk.whose is None else chunk.whose in erased
        for raw in unparsable["raw"]
    ]
    return replace(
        chunk, frame=frame, unparsable=unparsable.filter(~pl.Series(rows, dtype=pl.Boolean))
    )


def _parted(
    frame: pl.DataFrame, refused: pl.Series
) -> tuple[dict[date | None, pl.DataFrame], pl.DataFrame]:
    """The good rows by day, with `event_date` where there are days; and those that are refused."""
    if "event_time" not in frame.columns:
        return {None: frame.filter(~refused).drop("problems")}, frame.filter(refused)
    # In one go with the days, of which a row that is refused gets none.
    date_of_good = pl.when(~pl.lit(refused)).then(pl.col("event_time").dt.date())
    dated = frame.with_columns(event_date=date_of_good)
    parts = {day: rows for (day,), rows in dated.partition_by("event_date", as_dict=True).items()}
    none = parts.pop(None, dated.clear())
    for rows in parts.values():
        rows.drop_in_place("problems")  # where days are many, `drop` costs more than their rows
    return parts, none


def _for_quarantine(table: str, chunk: Chunk, refused: pl.DataFrame) -> list[pl.DataFrame]:
    rows = []
    if chunk.unparsable.height:
        rows.append(
            chunk.unparsable.select(
                "line", "raw", identity=pl.lit(None, pl.String), reasons=pl.lit(["unparsable_row"])
            )
        )
    if refused.height:
        rows.append(
            detached(
                refused.select(
                    "line",
                    raw=pl.Series(chunk.raw(refused["line"].to_list()), dtype=pl.String),
                    identity=pl.col(key(table)),
                    reasons="reasons",
                )
            )
        )
    return rows
