"""The additive measures say the same in Polars and in SQL, whatever the rows are."""

from collections.abc import Iterator
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netflix_pipeline.contracts.measures import COUNTS, OF_ENTRIES, OF_PLAYS, made_of

MEASURES = (*OF_PLAYS, *OF_ENTRIES)
SCHEMA = {
    "starter": pl.Boolean,
    "watcher": pl.Boolean,
    "completer": pl.Boolean,
    "reached": pl.Float64,
    "watch_seconds": pl.Float64,
    "entry_runtime_minutes": pl.Float64,
}
FLAG = st.booleans()
UNKNOWN = st.none()
ROWS = st.lists(
    st.tuples(
        FLAG,
        FLAG,
        FLAG,
        UNKNOWN | st.floats(0, 2),
        UNKNOWN | st.integers(0, 86_400_000).map(lambda thousandths: thousandths / 1000),
        UNKNOWN | st.floats(0.5, 600),
    ),
    max_size=30,
)


@pytest.fixture(scope="module")
def sql() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as sql:
        yield sql


def found_by(sql: duckdb.DuckDBPyConnection, select: list[str]) -> list[tuple[Any, ...]]:
    return sql.execute(f"SELECT {', '.join(select)} FROM plays").fetchall()


@given(ROWS)
def test_both_expressions_agree(
    sql: duckdb.DuckDBPyConnection, rows: list[tuple[Any, ...]]
) -> None:
    frame = pl.DataFrame(rows, SCHEMA, orient="row")
    sql.register("plays", frame.to_arrow())
    expected = frame.select(measure.summed for measure in MEASURES).row(0)
    (found,) = found_by(sql, [measure.summed_sql for measure in MEASURES])
    assert found == pytest.approx(expected)
    # What a row adds, for queries that sum by themselves.
    added = found_by(sql, [measure.added_sql for measure in MEASURES])
    sums = [sum(value or 0 for value in column) for column in zip(*added, strict=True)]
    assert (sums or [0] * len(MEASURES)) == pytest.approx(expected)


def test_the_measures_have_names_of_their_own_and_are_made_of_columns_of_plays() -> None:
    names = [measure.name for measure in MEASURES]
    assert len(names) == len(set(names))
    assert set(made_of(OF_PLAYS)) < set(SCHEMA)
    assert set(COUNTS) < set(names)
