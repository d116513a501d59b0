"""The rows that wait in quarantine."""

# Written into SQL are names out of contracts and metrics only; values are bound.
# ruff: noqa: S608

from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import Field
from typing_extensions import override

from netflix_pipeline.persons import Persons
from netflix_pipeline.serving.query import cursors, periods, persons
from netflix_pipeline.serving.query.filters import check_one
from netflix_pipeline.serving.question import (
    EXAMPLE_PERIOD,
    AnswerModel,
    PagedQuestion,
    Period,
    Row,
    RowTable,
    Snapshot,
)
from netflix_pipeline.state import NOBODY


class ReasonCount(AnswerModel):
    """How many rows are in quarantine for one reason."""

    reason: str
    rows: int = Field(description="rows for which it holds; a row may have several reasons")


class QuarantinedRow(AnswerModel):
    """A row that waits in quarantine."""

    id: str = Field(description="`<batch>:<line>`, by which it is shown in full and replayed")
    table: str = Field(description="the bronze table that it was meant for")
    reasons: tuple[str, ...] = Field(description="every reason that holds")
    identity: str | None = Field(description="its identity, where it has a readable one")
    raw: str = Field(description="the row as it came, cut at 1 000 characters")
    path: str = Field(description="the file that it came in, or the request")
    source: str = Field(description="the adapter that read it")
    received_at: datetime = Field(description="when the platform received it")


class Quarantine(AnswerModel):
    """The rows in quarantine that arrived in a period."""

    waiting: int = Field(description="rows that fit the question, on all pages")
    reasons: tuple[ReasonCount, ...] = Field(description="of all of them, most first")
    rows: tuple[QuarantinedRow, ...] = Field(description="this page's, newest arrival first")


PLACE = ("micros", "batch", "line", "table")
"""Where a row stands, and the same in SQL."""
PLACED = '(epoch_us(received_at), batch, line, "table")'

WAITING = """
    SELECT batch, line, "table", reasons, identity, raw, path, source, received_at,
        epoch_us(received_at) AS micros
    FROM quarantine WHERE {where}
    ORDER BY received_at DESC, batch DESC, line DESC, "table" DESC LIMIT $limit
"""

BY_REASON = """
    SELECT reason, count(*) AS rows
    FROM (SELECT unnest(reasons) AS reason FROM quarantine WHERE {where})
    GROUP BY reason ORDER BY rows DESC, reason
"""


@dataclass(frozen=True, slots=True)
class QuarantineQuestion(PagedQuestion[Quarantine]):
    """The rows that wait in quarantine, and their reasons counted.

    Those that arrived in the period, newest first; without one, in the 28 days that end with the
    newest arrival. Rows that name one of the persons `without` are counted, and not told. Raises
    BadCursor.
    """

    period: Period | None = None
    reason: str | None = None
    source: str | None = None
    table: str | None = None
    limit: int = 50
    cursor: str | None = None
    without: persons.Unnamed = NOBODY

    narrowing = ("reason", "source", "table")
    rows = RowTable(QuarantinedRow, lambda quarantine: quarantine.rows)
    scope = "ops:read"
    personal = True
    settles = False

    @override
    def resolved(self, snapshot: Snapshot) -> Period:
        return periods.of_arrivals(snapshot, self.period)

    @override
    def known(self, snapshot: Snapshot) -> Period | None:
        return periods.arrivals(snapshot)

    @override
    def page(self, snapshot: Snapshot, period: Period) -> tuple[Quarantine, str | None]:
        where, bound = periods.fitting(period, self.source, self.table)
        if self.reason is not None:
            check_one("reason", self.reason)
            where += " AND list_contains(reasons, $reason)"
            bound["reason"] = self.reason
        counts = snapshot.rows(BY_REASON.format(where=where), bound)
        (total,) = snapshot.rows(f"SELECT count(*) AS rows FROM quarantine WHERE {where}", bound)
        if self.cursor is not None:
            place = cursors.decode("quarantine", self.cursor, (int, str, int, str))
            bound |= {f"last_{name}": value for name, value in zip(PLACE, place, strict=True)}
            where += f" AND {PLACED} < ({', '.join(f'$last_{name}' for name in PLACE)})"
        rows = snapshot.rows(WAITING.format(where=where), bound | {"limit": self.limit + 1})
        more, rows = len(rows) > self.limit, rows[: self.limit]
        following = (
            cursors.encode("quarantine", *(rows[-1][name] for name in PLACE)) if more else None
        )
        return Quarantine(
            waiting=total["rows"],
            reasons=tuple(ReasonCount(**row) for row in counts),
            rows=tuple(_row(row) for row in rows if not _names(row, self.without.pending)),
        ), following

    example = (
        {"period": EXAMPLE_PERIOD},
        Quarantine(
            waiting=22,
            reasons=(
                ReasonCount(reason="watch_too_long", rows=19),
                ReasonCount(reason="missing_user_id", rows=4),
            ),
            rows=(
                QuarantinedRow(
                    id="6f1d2c9a4be07d35-1:1207",
                    table="watch_events",
                    reasons=("missing_user_id", "watch_too_long"),
                    identity="e-90211",
                    raw="e-90211,,t-204,2026-03-06T20:00:00Z,stopped,90000,0.4",
                    path="exports/watch_events.csv",
                    source="native-watch-events",
                    received_at=datetime(2026, 3, 7, 5, 59, 58, tzinfo=UTC),
                ),
            ),
        ),
    )


def _names(row: Row, untold: Persons) -> bool:
    text = "\n".join(row[column] or "" for column in ("raw", "path", "identity"))
    return untold.in_text(text.encode(errors="surrogatepass"))


def _row(row: Row) -> QuarantinedRow:
    shown = {name: row[name] for name in QuarantinedRow.model_fields if name != "id"}
    shown["received_at"] = row["received_at"].replace(tzinfo=UTC)
    return QuarantinedRow(id=f"{row['batch']}:{row['line']}", **shown)
