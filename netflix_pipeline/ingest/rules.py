"""Why a row cannot be taken: every reason of every row in one pass.

A reason is a name and an expression that is true for the rows it holds for. The frame that is
judged has the payload columns of its bronze contract, typed, and `problems`: what its adapter
found while reading (null for nearly all rows).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl

from netflix_pipeline.contracts import contract

Reason = tuple[str, pl.Expr]

FUTURE = timedelta(hours=1)
"""How far after its receipt an event may lie before it counts as in the future."""

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""No service streamed before: an earlier event_time is a broken clock or a wrong format."""


def _missing(column: str) -> Reason:
    return f"missing_{column}", pl.col(column).is_null()


def _too_long(column: str) -> Reason:
    return f"{column}_too_long", pl.col(column).str.len_chars() > 64


def _outside(reason: str, column: str, low: float, high: float) -> Reason:
    return reason, pl.col(column).is_not_null() & ~pl.col(column).is_between(low, high)


def _event(received_at: datetime | pl.Expr) -> tuple[Reason, ...]:
    time = pl.col("event_time")
    return (
        _missing("user_id"),
        _too_long("user_id"),
        ("bad_event_time", time.is_null() | (time < EARLIEST)),
        ("event_time_in_future", time > received_at + FUTURE),
    )


def _title() -> tuple[Reason, ...]:
    return _missing("title_id"), _too_long("title_id")


def reasons(
    table: str,
    received_at: datetime | pl.Expr,
    *,
    names_itself: bool = False,
    oldest: timedelta | None = None,
) -> tuple[Reason, ...]:
    """The reasons that can hold for a row of a bronze table received at that time.

    Who `names_itself` must bring its own id, as an event over HTTP must: none is derived for it.
    `oldest` is how long before its receipt an event may have happened.
    """
    if names_itself:
        missing = ("missing_event_id", pl.col(key(table)).is_null())
        return missing, *reasons(table, received_at, oldest=oldest)
    if oldest is not None:
        too_old = ("event_time_too_old", pl.col("event_time") < received_at - oldest)
        return too_old, *reasons(table, received_at)
    match table:
        case "watch_events":
            seconds = pl.col("watch_seconds")
            return (
                *_event(received_at),
                *_title(),
                _too_long("event_id"),
                ("negative_watch_seconds", seconds < 0),
                ("watch_too_long", seconds > 86_400),
                _outside("progress_out_of_range", "progress", 0, 1),
                ("unknown_action", pl.col("action").is_null()),
            )
        case "search_events":
            return (
                *_event(received_at),
                _too_long("search_id"),
                ("negative_results_count", pl.col("results_count") < 0),
                ("bad_clicked_position", pl.col("clicked_position") < 1),
            )
        case "recommendation_events":
            return (
                *_event(received_at),
                *_title(),
                _too_long("recommendation_id"),
                ("missing_clicked", pl.col("clicked").is_null()),
            )
        case "reviews":
            return (
                *_event(received_at),
                *_title(),
                _too_long("review_id"),
                ("missing_rating", pl.col("rating").is_null()),
                _outside("rating_out_of_range", "rating", 1, 5),
            )
        case "users":
            return _missing("user_id"), _too_long("user_id")
        case "titles":
            return _title()
    raise KeyError(f"no rules for the table {table!r}")


def bad(
    table: str,
    frame: pl.DataFrame,
    received_at: datetime | pl.Expr,
    *,
    names_itself: bool = False,
    oldest: timedelta | None = None,
) -> pl.Series:
    """Which rows cannot be taken."""
    rules = reasons(table, received_at, names_itself=names_itself, oldest=oldest)
    found = pl.any_horizontal(pl.col("problems").is_not_null(), *(expr for _, expr in rules))
    return frame.select(found.fill_null(value=False)).to_series()


def with_reasons(
    table: str,
    rejected: pl.DataFrame,
    received_at: datetime | pl.Expr,
    *,
    names_itself: bool = False,
    oldest: timedelta | None = None,
) -> pl.DataFrame:
    """Rows that cannot be taken with every one of their `reasons` (List[String])."""
    found = pl.concat_list(
        pl.when(expr.fill_null(value=False)).then(pl.lit(name))
        for name, expr in reasons(table, received_at, names_itself=names_itself, oldest=oldest)
    ).list.drop_nulls()
    return rejected.with_columns(
        reasons=pl.concat_list(pl.col("problems").fill_null([]), found).list.unique(
            maintain_order=True
        )
    )


def judge(
    table: str,
    frame: pl.DataFrame,
    received_at: datetime | pl.Expr,
    *,
    names_itself: bool = False,
    oldest: timedelta | None = None,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows that can be taken, and the others with `reasons` (List[String]), in their order."""
    refused = bad(table, frame, received_at, names_itself=names_itself, oldest=oldest)
    rejected = frame.filter(refused)
    return (
        frame.filter(~refused).drop("problems"),
        with_reasons(table, rejected, received_at, names_itself=names_itself, oldest=oldest),
    )


def key(table: str) -> str:
    """The column that identifies a row of a bronze table."""
    return contract(f"bronze/{table}").key[0]


def payload(table: str) -> list[str]:
    """The columns of a bronze table that the source tells: all but the lineage."""
    lineage = {"source", "received_at", "batch", "line"}
    return [name for name in contract(f"bronze/{table}").names if name not in lineage]
