"""Nothing is stored that breaks the contract of its table."""

from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netflix_pipeline.contracts import Column, contract
from netflix_pipeline.contracts.contract import UTC_MICROSECONDS
from netflix_pipeline.ingest.dedup_lookup import identified
from netflix_pipeline.ingest.validation_rules import judge, reasons
from netflix_pipeline.sources.formats.native import NEEDS

NOW = datetime(2026, 3, 6, 20, 0, tzinfo=UTC)
LINEAGE = {
    "source": pl.lit("s"),
    "received_at": pl.lit(NOW, UTC_MICROSECONDS),
    "batch": pl.lit("b"),
}


def values(column: Column) -> st.SearchStrategy[Any]:
    """What a reader may give for a column: anything of its type."""
    dtype = column.dtype
    told: st.SearchStrategy[Any]
    if isinstance(dtype, pl.Enum):
        told = st.sampled_from(dtype.categories.to_list())
    elif dtype == pl.Float64:
        told = st.floats() | st.sampled_from([-0.0, 1.0, 5.0, 86_400.0, 86_400.000001])
    elif dtype == pl.Int32:
        told = st.integers(-(2**31), 2**31 - 1) | st.integers(-1, 1)
    elif dtype == pl.Boolean:
        told = st.booleans()
    elif dtype == pl.Date:
        told = st.dates()
    elif dtype == UTC_MICROSECONDS:
        told = st.datetimes(datetime(1970, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))
    else:
        told = st.text(max_size=70) | st.just("") | st.sampled_from(["DE", "de", "D"])
    return told | st.none()


@st.composite
def frames(draw: st.DrawFn, table: str) -> pl.DataFrame:
    columns = contract(f"bronze/{table}").payload
    rows = draw(st.lists(st.fixed_dictionaries({c.name: values(c) for c in columns}), max_size=8))
    schema = {column.name: column.dtype for column in columns}
    return pl.DataFrame(rows, schema, strict=False).with_columns(
        line=pl.int_range(pl.len(), dtype=pl.Int64), problems=pl.lit(None, pl.List(pl.String))
    )


@pytest.mark.parametrize("table", NEEDS)
@given(data=st.data())
def test_what_is_taken_keeps_the_contract_and_the_rest_has_its_reasons(
    table: str, data: st.DataObject
) -> None:
    frame = data.draw(frames(table))
    good, refused = judge(table, frame, NOW)
    stored = identified(table, "s", good).with_columns(**LINEAGE)
    bronze = contract(f"bronze/{table}")
    stored = stored.unique(bronze.key[0], keep="first")
    (broken,) = bronze.violations(bronze.arrange(stored))
    assert broken.is_empty(), broken
    assert refused["reasons"].list.len().min() != 0
    assert good.height + refused.height == frame.height


def test_reasons_have_the_names_that_people_know() -> None:
    told = {name for table in NEEDS for name, _ in reasons(table, NOW)}
    assert {
        "missing_user_id",
        "missing_title_id",
        "user_id_too_long",
        "event_id_too_long",
        "bad_event_time",
        "event_time_in_future",
        "negative_watch_seconds",
        "watch_too_long",
        "progress_out_of_range",
        "unknown_action",
        "missing_clicked",
        "missing_rating",
        "rating_out_of_range",
        "negative_results_count",
        "bad_clicked_position",
    } <= told
    assert "missing_event_id" not in told
