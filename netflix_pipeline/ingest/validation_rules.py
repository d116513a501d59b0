"""Why a row cannot be taken: every reason of every row in one pass.

A reason is a name and an expression that is true for the rows it holds for. The frame that is
judged has the payload columns of its bronze contract, typed, and `problems`: what its adapter
found while reading (null for nearly all rows).
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import polars as pl

from netflix_pipeline.contracts import Column, contract

Reason = tuple[str, pl.Expr]

FUTURE = timedelta(hours=1)
"""How far after its receipt an event may lie before it counts as in the future."""

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""No service streamed before: an earlier event_time is a broken clock or a wrong format."""


BROKEN = {
    "null": "missing_{}",
    "lengths": "{}_too_long",
    "ge": "{}_out_of_range",
    "le": "{}_out_of_range",
}
"""What it is called that a value breaks a rule of its column; `bad_…` otherwise."""

NAMED = {
    ("watch_seconds", "ge"): "negative_watch_seconds",
    ("watch_seconds", "le"): "watch_too_long",
    ("results_count", "ge"): "negative_results_count",
    ("clicked_position", "ge"): "bad_clicked_position",
    ("action", "null"): "unknown_action",
    ("event_time", "null"): "bad_event_time",
}
"""The same where it has a name of its own."""


def _of_contract(table: str) -> Iterator[Reason]:
    """Why a row would break the contract of its bronze table. An event without a key gets one."""
    columns = contract(f"bronze/{table}")
    derived = key(table) if "event_time" in columns.names else None
    for name in payload(table):
        for kind, _, kept in columns[name].rules:
            if (kind, name) != ("null", derived):
                reason = BROKEN.get(kind, "bad_{}").format(name)
                yield NAMED.get((name, kind), reason), ~kept


def reasons(
    table: str,
    received_at: datetime | pl.Expr,
    *,
    names_itself: bool = False,
    oldest: timedelta | None = None,
) -> Iterator[Reason]:
    """The reasons that can hold for a row of a bronze table received at that time.

    Who `names_itself` must bring its own id, as an event over HTTP must: none is derived for it.
    `oldest` is how long before its receipt an event may have happened.
    """
    time = pl.col("event_time")
    if names_itself:
        yield "missing_event_id", pl.col(key(table)).is_null()
    if oldest is not None:
        yield "event_time_too_old", time < received_at - oldest
    yield from _of_contract(table)
    if "event_time" in contract(f"bronze/{table}").names:
        yield "bad_event_time", time < EARLIEST
        yield "event_time_in_future", time > received_at + FUTURE


def keeps(column: Column, received_at: datetime | pl.Expr) -> pl.Expr:
    """True where a row has a value of the column that can be taken."""
    value = pl.col(column.name)
    kept = [value.is_not_null(), *(rule.kept for rule in column.rules)]
    if column.name == "event_time":
        kept += [value >= EARLIEST, value <= received_at + FUTURE]
    return pl.all_horizontal(kept)


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
    broken = pl.any_horizontal(pl.col("problems").is_not_null(), *(expr for _, expr in rules))
    return frame.select(broken.fill_null(value=False)).to_series()


def with_reasons(
    table: str,
    rejected: pl.DataFrame,
    received_at: datetime | pl.Expr,
    *,
    names_itself: bool = False,
    oldest: timedelta | None = None,
) -> pl.DataFrame:
    """Rows that cannot be taken with every one of their `reasons` (List[String])."""
    reasons_of_row = pl.concat_list(
        pl.when(expr.fill_null(value=False)).then(pl.lit(name))
        for name, expr in reasons(table, received_at, names_itself=names_itself, oldest=oldest)
    ).list.drop_nulls()
    return rejected.with_columns(
        reasons=pl.concat_list(pl.col("problems").fill_null([]), reasons_of_row).list.unique(
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
    return [column.name for column in contract(f"bronze/{table}").payload]


def compared(table: str) -> list[str]:
    """Those of them by which events of one id, and events without one, are told apart."""
    return [column.name for column in contract(f"bronze/{table}").payload if not column.later]
