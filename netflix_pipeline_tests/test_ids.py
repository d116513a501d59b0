import math
import uuid

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netflix_pipeline.ids import BLANKS, NAMESPACE, derived_id, digits, id_of, trimmed
from netflix_pipeline.sources.column_mapping import as_text
from netflix_pipeline.sources.missing_values import plain_id


@given(st.tuples(st.text(BLANKS), st.text(), st.text(BLANKS)).map("".join))
def test_a_text_is_trimmed_for_whoever_asks_as_on_the_way_in(text: str) -> None:
    stored = pl.select(plain_id(pl.lit(text))).item()
    assert stored in (None, trimmed(text))
    assert id_of(text) == trimmed(text) == trimmed(trimmed(text))


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers())
def test_a_number_is_told_by_its_digits(number: float) -> None:
    told = digits(number)
    assert set(told) <= set("-.0123456789")
    assert not told.endswith(".0")
    assert type(number)(told) == number
    assert id_of(number) == told


@given(st.lists(st.floats() | st.none(), min_size=1))
def test_columns_of_numbers_are_told_alike(numbers: list[float | None]) -> None:
    told = as_text(pl.Series("a", numbers, pl.Float64)).to_list()
    assert told == [None if each is None or math.isnan(each) else digits(each) for each in numbers]


@pytest.mark.parametrize("value", [None, True, [77], {"id": 77}, b"77"])
def test_nothing_else_is_an_id(value: object) -> None:
    assert id_of(value) is None


@given(st.text(), st.text())
def test_a_derived_id_is_a_name_based_uuid(source: str, content: str) -> None:
    assert derived_id(source, content) == str(uuid.uuid5(NAMESPACE, f"{source}\n{content}"))
