"""What was checked of all that is published."""

# Written into SQL are names out of contracts and metrics only; values are bound.
# ruff: noqa: S608

from collections import Counter
from dataclasses import dataclass
from datetime import date

from pydantic import Field
from typing_extensions import override

from netflix_pipeline.contracts.outcomes import OUTCOMES, PROCESSING_FAILED
from netflix_pipeline.serving.question import AnswerModel, Question, RowTable, Snapshot


class TableCheck(AnswerModel):
    """What the contract of a published table checked: only what keeps it is published."""

    table: str = Field(description="its stage and name, such as gold/activity")
    parts: int = Field(description="its days or weeks, each checked; 1 for a table stored whole")
    rows: int
    stale: int = Field(description="parts of which the last good version is shown")


class StalePart(AnswerModel):
    """A part of a table that is due to be built anew; its last good version is shown meanwhile."""

    table: str
    day: date | None = Field(description="its day, or its week's Monday; null for a whole table")
    reason: str = Field(description="why: its contract was broken, or what it is made of changed")


class Checks(AnswerModel):
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


CHECKED = """
    SELECT "table", count(*) AS parts, sum(rows)::BIGINT AS rows
    FROM held.partitions GROUP BY ALL ORDER BY "table"
"""

HAS_STALE = "SELECT 1 FROM duckdb_tables() WHERE schema_name = 'held' AND table_name = 'stale'"

STALE = """
    SELECT "table", "partition" AS day, reason
    FROM held.stale ORDER BY day DESC NULLS FIRST, "table"
"""

FINDINGS = f"""
    SELECT
        (SELECT count(*) FROM ledger_daily
            WHERE received <> {" + ".join(OUTCOMES)}) = 0 AS ledger_adds_up,
        (SELECT count(*) FROM quarantine
            WHERE list_contains(reasons, '{PROCESSING_FAILED}')) AS failed_rows,
        (SELECT count(*) FROM users WHERE NOT described) AS undescribed_users,
        (SELECT count(*) FROM titles WHERE NOT described) AS undescribed_titles
"""


@dataclass(frozen=True, slots=True)
class ChecksQuestion(Question[Checks]):
    """What was checked of all that is published, and of which days an older state stands."""

    rows = RowTable(TableCheck, lambda checks: checks.tables)
    scope = "ops:read"

    @override
    def answer(self, snapshot: Snapshot, period: None) -> Checks:
        # A snapshot of before it was told has no such table.
        marked = snapshot.rows(STALE) if snapshot.row(HAS_STALE) else []
        stale = tuple(StalePart(**row) for row in marked)
        by_table = Counter(part.table for part in stale)
        (found,) = snapshot.rows(FINDINGS)
        return Checks(
            passed=found["ledger_adds_up"] and not stale and not found["failed_rows"],
            tables=tuple(
                TableCheck(**row, stale=by_table[row["table"]]) for row in snapshot.rows(CHECKED)
            ),
            stale=stale,
            **found,
        )

    example = (
        {},
        Checks(
            passed=False,
            ledger_adds_up=True,
            tables=(
                TableCheck(table="gold/activity", parts=365, rows=34_812, stale=1),
                TableCheck(table="silver/plays", parts=365, rows=4_120_339, stale=0),
            ),
            stale=(
                StalePart(
                    table="gold/activity", day=date(2026, 3, 6), reason="its contract was broken"
                ),
            ),
            failed_rows=0,
            undescribed_users=3,
            undescribed_titles=0,
        ),
    )
