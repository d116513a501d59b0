"""`/quality`: what arrived, what became of it, and what waits in quarantine."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.caching import answer
from api.examples import LEDGER, QUARANTINE, example
from api.parameters import Cursor, Limit, PeriodAsked
from api.tables import FORMATS, Table
from netflix_pipeline.serving import (
    Answer,
    ArrivalDay,
    Ledger,
    Page,
    Quarantine,
    QuarantinedRow,
)

router = APIRouter(prefix="/quality", tags=["quality"])

DAYS = Table[Ledger](ArrivalDay, lambda ledger: ledger.days)
ROWS = Table[Quarantine](QuarantinedRow, lambda quarantine: quarantine.rows)

Source = Annotated[
    str | None,
    Query(min_length=1, max_length=200, description="only what this adapter read"),
]
BronzeTable = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=200,
        description="only what was meant for this bronze table, such as watch_events",
    ),
]


@router.get(
    "/ledger",
    response_model=Answer[Ledger],
    responses=example(LEDGER, DAYS),
    dependencies=[FORMATS],
    summary="What arrived and what became of it",
)
async def ledger(
    request: Request, period: PeriodAsked, source: Source = None, table: BronzeTable = None
) -> Response:
    """Rows received, stored, known as duplicates, quarantined and erased, by day of arrival.

    Without a period: the 28 days that end with the newest arrival.
    """
    return await answer(request, lambda queries: queries.ledger(period, source, table), DAYS)


@router.get(
    "/quarantine",
    response_model=Page[Quarantine],
    responses=example(QUARANTINE, ROWS),
    dependencies=[FORMATS],
    summary="The rows in quarantine",
)
async def quarantine(
    request: Request,
    period: PeriodAsked,
    reason: Annotated[
        str | None,
        Query(min_length=1, max_length=200, description="only rows for which this reason holds"),
    ] = None,
    source: Source = None,
    table: BronzeTable = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """The rows that wait in quarantine by day of arrival, in pages, and their reasons counted.

    Without a period: the 28 days that end with the newest arrival.
    """
    return await answer(
        request,
        lambda queries: queries.quarantine(
            period, reason=reason, source=source, table=table, limit=limit, cursor=cursor
        ),
        ROWS,
    )
