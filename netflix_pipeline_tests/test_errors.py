from __future__ import annotations

import asyncio

import polars as pl
import pytest

from netflix_pipeline.errors import BadInput, ends_one


@pytest.mark.parametrize(
    "error", [ValueError(), BadInput(), MemoryError(), pl.exceptions.PanicException("on purpose")]
)
def test_exceptions_and_panics_end_what_they_came_at(error: BaseException) -> None:
    assert ends_one(error)


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), SystemExit(), GeneratorExit(), asyncio.CancelledError()]
)
def test_what_stops_the_process_is_let_through(error: BaseException) -> None:
    assert not ends_one(error)
