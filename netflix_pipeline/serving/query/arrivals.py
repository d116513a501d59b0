"""The days on which something arrived, and what came in on them."""

from netflix_pipeline.serving.answer import Period
from netflix_pipeline.serving.query.periods import resolve, span
from netflix_pipeline.serving.snapshot.open import Row, Snapshot


def arrivals(snapshot: Snapshot) -> Period | None:
    """The first and the last day on which something arrived; None when nothing ever did."""
    return span(snapshot, "ledger_daily")


def of_arrivals(snapshot: Snapshot, period: Period | None) -> Period:
    """The period asked for; without one, the 28 days that end with the newest arrival."""
    known = arrivals(snapshot) if period is None else None
    return resolve(snapshot, period, known.to if known else None)


def fitting(period: Period, source: str | None, table: str | None) -> tuple[str, Row]:
    """Which rows a question is about, and what is bound in that."""
    asked = {"source": source, "table": table}
    given: Row = {name: value for name, value in asked.items() if value is not None}
    where = ["event_date BETWEEN $from AND $to", *(f'"{name}" = ${name}' for name in given)]
    return " AND ".join(where), given | {"from": period.from_, "to": period.to}
