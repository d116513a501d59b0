"""What arrived, and what became of it."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from netflix_pipeline.serving.answers.answer import Shape, column

LEDGER = "gold/ledger_daily"


class Arrived(Shape):
    """What arrived, and what became of it."""

    batches: int = column(LEDGER, "batches")
    received: int = column(LEDGER, "received")
    stored: int = column(LEDGER, "stored")
    duplicate: int = column(LEDGER, "duplicate")
    quarantined: int = column(LEDGER, "quarantined")
    erased: int = column(LEDGER, "erased")
    in_plays: int = column(LEDGER, "in_plays")
    promo: int = column(LEDGER, "promo")
    canary: int = column(LEDGER, "canary")
    field_left_out: int = column(LEDGER, "field_left_out")
    missing: int = Field(
        description="received − stored − duplicate − quarantined − erased: 0, or rows were lost "
        "(below 0: are there twice) [rows]"
    )


class ArrivalDay(Arrived):
    """What arrived on one day from one source for one table."""

    day: date = Field(description="UTC day of arrival")
    source: str = column(LEDGER, "source")
    table: str = column(LEDGER, "table")


class Ledger(Shape):
    """The ledger of a period: every row that arrived is accounted for."""

    adds_up: bool = Field(description="whether nothing is missing in any row of it")
    totals: Arrived = Field(description="all rows of it together")
    days: tuple[ArrivalDay, ...] = Field(description="newest day first")


class TableCheck(Shape):
    """What the contract of a published table checked: only what keeps it is published."""

    table: str = Field(description="its stage and name, such as gold/activity")
    parts: int = Field(description="its days or weeks, each checked; 1 for a table stored whole")
    rows: int
    stale: int = Field(description="parts of which the last good version is shown")


class StalePart(Shape):
    """A part of a table that is due to be built anew; its last good version is shown meanwhile."""

    table: str
    day: date | None = Field(description="its day, or its week's Monday; null for a whole table")
    reason: str = Field(description="why: its contract was broken, or what it is made of changed")


class Checks(Shape):
    """What the checks of everything that is published found."""

    passed: bool = Field(
        description="whether the ledger adds up, nothing is stale and code failed at no row"
    )
    ledger_adds_up: bool = Field(description="whether no row is missing on any day of arrival")
    tables: tuple[TableCheck, ...]
    stale: tuple[StalePart, ...] = Field(description="newest day first")
    failed_rows: int = Field(
        description="rows that wait in quarantine because code failed at them (`processing_failed`)"
    )
    undescribed_users: int = Field(description="users whom events name and no source describes")
    undescribed_titles: int = Field(description="titles that events name and no source describes")


class KeptSnapshot(Shape):
    """A snapshot that is kept on disk."""

    version: int
    published_at: datetime = Field(description="when its file was written")
    bytes: int = Field(description="its size [B]")
    current: bool = Field(description="whether it is the one that answers")


class ReasonCount(Shape):
    """How many rows are in quarantine for one reason."""

    reason: str
    rows: int = Field(description="rows for which it holds; a row may have several reasons")


class QuarantinedRow(Shape):
    """A row that waits in quarantine."""

    id: str = Field(description="`<batch>:<line>`, by which it is shown in full and replayed")
    table: str = Field(description="the bronze table that it was meant for")
    reasons: tuple[str, ...] = Field(description="every reason that holds")
    identity: str | None = Field(description="its identity, where it has a readable one")
    raw: str = Field(description="the row as it came, cut at 1 000 characters")
    path: str = Field(description="the file that it came in, or the request")
    source: str = Field(description="the adapter that read it")
    received_at: datetime = Field(description="when the platform received it")


class Quarantine(Shape):
    """The rows in quarantine that arrived in a period."""

    waiting: int = Field(description="rows that fit the question, on all pages")
    reasons: tuple[ReasonCount, ...] = Field(description="of all of them, most first")
    rows: tuple[QuarantinedRow, ...] = Field(description="this page's, newest arrival first")
