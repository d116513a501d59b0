"""The API, with code in it that panics where `/panics` is asked, and is slow where checks are."""

import time
from typing import Any

from fastapi import FastAPI

from api import app
from netflix_pipeline.serving.questions.quality import ChecksQuestion
from netflix_pipeline_tests.support.panics import panic

SLOW = 0.4
"""Seconds that the question takes besides."""

answer = ChecksQuestion.answer


def create_app() -> FastAPI:
    """As the API's own."""
    for name, code in (("answer", slowly),):
        setattr(ChecksQuestion, name, code)
    service = app.create_app()
    service.get("/panics")(panics)
    return service


def slowly(*given: Any) -> Any:
    """What it answers, later."""
    time.sleep(SLOW)
    return answer(*given)


async def panics() -> None:
    """Panic within the event loop."""
    panic()
