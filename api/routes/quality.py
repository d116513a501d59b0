"""`/quality`: what arrived, what became of it, and what waits in quarantine."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.caching import answer
from api.erased import ErasedPersons
from api.examples import CHECKS, LEDGER, QUARANTINE, SNAPSHOTS, example
from api.parameters import Cursor, Limit, PeriodAsked
from api.tables import FORMATS, Table
from netflix_pipeline.serving import (
    Answer,
    ArrivalDay,
    Checks,
    KeptSnapshot,
    Ledger,
    Page,
    Quarantine,
    QuarantinedRow,
    TableCheck,
)

router = APIRouter(prefix="/quality", tags=["quality"])

DAYS = Table[Ledger](ArrivalDay, lambda ledger: ledger.days)
ROWS = Table[Quarantine](QuarantinedRow, lambda quarantine: quarantine.rows)
TABLES = Table[Checks](TableCheck, lambda checks: checks.tables)
KEPT = Table[tuple[KeptSnapshot, ...]](KeptSnapshot, lambda kept: kept)

Source = Annotated[
    str | None,
    Query(
        min_length=1, max_length=200, description="only rows of this source, such as public-reviews"
    ),
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

    Without a period: the 28 days that end with the newest arrival. Rows that name a person who is
    about to be erased are counted, and not told.
    """
    erased: ErasedPersons = request.app.state.erased
    return await answer(
        request,
        lambda queries: queries.quarantine(
            period,
            reason=reason,
            source=source,
            table=table,
            limit=limit,
            cursor=cursor,
            without=erased.persons,
        ),
        ROWS,
    )


@router.get(
    "/checks",
    response_model=Answer[Checks],
    responses=example(CHECKS, TABLES),
    dependencies=[FORMATS],
    summary="What was checked of all that is published",
)
async def checks(request: Request) -> Response:
    """By table, how many days or weeks of it keep its contract, and of which an older state stands.

    A day that breaks its contract is not published: its last good version stays, and is named here.
    """
    return await answer(request, lambda queries: queries.checks(), TABLES)


@router.get(
    "/snapshots",
    response_model=Answer[tuple[KeptSnapshot, ...]],
    responses=example(SNAPSHOTS, KEPT),
    dependencies=[FORMATS],
    summary="The snapshots that are kept",
)
async def snapshots(request: Request) -> Response:
    """The published states that are on disk, newest first."""
    return await answer(request, lambda queries: queries.kept_snapshots(), KEPT)
