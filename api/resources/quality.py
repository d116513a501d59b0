"""`/quality`: what arrived, what became of it, and what waits in quarantine."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from api.parameters import Cursor, Limit, PeriodQuery
from api.resource import answer, resource
from api.service import service_of
from netflix_pipeline.serving.questions.completeness import CompletenessQuestion
from netflix_pipeline.serving.questions.quality import (
    ChecksQuestion,
    KeptSnapshotsQuestion,
    LedgerQuestion,
)
from netflix_pipeline.serving.questions.quarantine import QuarantineQuestion

router = APIRouter(prefix="/quality", tags=["quality"])


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


@resource(router, "/ledger", LedgerQuestion, "What arrived and what became of it")
async def ledger(
    request: Request,
    period: PeriodQuery,
    source: Source = None,
    table: BronzeTable = None,
    only: Annotated[
        Literal["missing"] | None,
        Query(description="only lines in which rows are missing, or there twice"),
    ] = None,
) -> Response:
    """Rows received, stored, known as duplicates, quarantined and erased, by day of arrival.

    Without a period: the 28 days that end with the newest arrival.
    """
    return await answer(request, LedgerQuestion(period, source, table, only))


@resource(router, "/completeness", CompletenessQuestion, "Which days are complete")
async def completeness(request: Request, period: PeriodQuery) -> Response:
    """How late rows usually come, and whether each day of viewing is settled, provisional or late.

    Lateness is measured over 28 days that ended at least 7 days ago, by the watch events that are
    part of plays; rows that a file brought more than 7 days after the event are left out of it.
    """
    return await answer(request, CompletenessQuestion(period))


@resource(router, "/quarantine", QuarantineQuestion, "The rows in quarantine")
async def quarantine(
    request: Request,
    period: PeriodQuery,
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
    return await answer(
        request,
        QuarantineQuestion(
            period, reason, source, table, limit, cursor, without=service_of(request).erased
        ),
    )


@resource(router, "/checks", ChecksQuestion, "What was checked of all that is published")
async def checks(
    request: Request,
    table: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=200,
            description="only this table, by stage and name, such as gold/activity",
        ),
    ] = None,
) -> Response:
    """By table, how many days or weeks of it keep its contract, and of which an older state stands.

    A day that breaks its contract is not published: its last good version stays, and is named here.
    """
    return await answer(request, ChecksQuestion(table))


@resource(router, "/snapshots", KeptSnapshotsQuestion, "The snapshots that are kept")
async def snapshots(request: Request) -> Response:
    """The published states that are on disk, newest first."""
    return await answer(request, KeptSnapshotsQuestion())
