"""The API, with code in it that panics: where the ledger is asked for, and at one of the events."""

from typing import Any

import polars as pl
from fastapi import FastAPI

from api import app
from api.delivery import batch_loader
from netflix_pipeline.ingest.validation_rules import judge
from netflix_pipeline.receiving import validate_events
from netflix_pipeline.serving.questions.quality import LedgerQuestion
from netflix_pipeline_tests.support.panics import panic

POISON = "poison"


def create_app() -> FastAPI:
    """As the API's own."""
    for room, name, code in (
        (validate_events, "judge", judged),
        (LedgerQuestion, "answer", lambda *_, **__: panic()),
        (batch_loader, "users", lambda *_, **__: panic()),
    ):
        setattr(room, name, code)
    service = app.create_app()
    service.get("/panics")(panics)
    return service


def judged(table: str, rows: pl.DataFrame, *given: Any, **more: Any) -> Any:
    """Judge rows, or panic."""
    if POISON in rows["user_id"]:
        panic()
    return judge(table, rows, *given, **more)


async def panics() -> None:
    """Panic within the event loop."""
    panic()
