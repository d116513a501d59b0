import asyncio
import errno
import sqlite3

import polars as pl
import pytest

from netflix_pipeline import errors
from netflix_pipeline.errors import (
    BadInput,
    Busy,
    Panicked,
    StorageFull,
    ends_one,
    may_pass,
    panics_raised,
)
from netflix_pipeline_tests.support import error_tree
from netflix_pipeline_tests.support.panics import panic


def test_the_tree_of_errors_is_drawn_as_it_is() -> None:
    tree = "\n".join((error_tree.TOP, *error_tree.drawing(error_tree.errors())))
    assert tree in (errors.__doc__ or ""), f"draw it so:\n{tree}"


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


@pytest.mark.parametrize(
    "error",
    [
        StorageFull(),
        Busy(),
        MemoryError(),
        OSError(errno.EIO, "the disk"),
        sqlite3.OperationalError("database is locked"),
        pl.exceptions.ComputeError("Input/output error (os error 5)"),
    ],
)
def test_what_may_pass_is_tried_again(error: BaseException) -> None:
    assert may_pass(error)


@pytest.mark.parametrize(
    "error", [ValueError(), BadInput(), pl.exceptions.PanicException("on purpose")]
)
def test_what_comes_again_does_not_pass(error: BaseException) -> None:
    assert not may_pass(error)


def test_a_panic_is_raised_as_an_exception_and_all_else_as_it_is() -> None:
    with pytest.raises(Panicked, match="assertion failed"), panics_raised():
        panic()
    for error in (ValueError(), KeyboardInterrupt(), asyncio.CancelledError()):
        with pytest.raises(type(error)) as raised, panics_raised():
            raise error
        assert raised.value is error
