"""Every contract is documented, and its gate lets through just what keeps it."""

import polars as pl
import pytest

from netflix_pipeline.contracts import Contract, contract, contracts

NUMBERS = (pl.Float64, pl.Int32, pl.Int64)


@pytest.mark.parametrize("told", contracts().values(), ids=contracts())
def test_every_column_says_what_it_means_and_numbers_have_a_unit(told: Contract) -> None:
    assert told.doc
    twice = {name for name in told.names if told.names.count(name) > 1}
    assert not twice, f"{told.table} has these columns twice: leave out one of each"
    for column in told.columns:
        assert column.doc, column.name
        if isinstance(column.dtype, NUMBERS):
            assert column.unit, f"{column.name} has no unit"


@pytest.mark.parametrize("told", contracts().values(), ids=contracts())
def test_key_and_order_name_columns_of_the_table(told: Contract) -> None:
    assert {*told.key, *told.order} <= set(told.names)


@pytest.mark.parametrize("told", contracts().values(), ids=contracts())
def test_a_frame_without_rows_keeps_its_contract(told: Contract) -> None:
    assert told.violations(told.empty())[0].is_empty()


def drop_off(**changes: list[object]) -> pl.DataFrame:
    rows: dict[str, list[object]] = {"title_id": ["a", "b"], "step": [0, 20], "starters": [3, 1]}
    return pl.DataFrame({**rows, **changes}, schema=contract("gold/drop_off").schema)


def test_a_good_frame_passes_the_gate() -> None:
    assert contract("gold/drop_off").violations(drop_off())[0].is_empty()


@pytest.mark.parametrize(
    ("changes", "column", "check", "failures", "example"),
    [
        ({"step": [0, 21]}, "step", "≤ 20", 1, "21"),
        ({"step": [-1, -2]}, "step", "≥ 0", 2, "-1"),
        ({"starters": [None, 1]}, "starters", "not null", 1, "None"),
        ({"title_id": ["", "b"]}, "title_id", "1 to 64 characters", 1, ""),
        ({"title_id": ["a", "a"], "step": [0, 0]}, "title_id, step", "unique key", 2, "('a', 0)"),
    ],
    ids=["above", "below", "null", "length", "key"],
)
def test_the_gate_tells_what_is_wrong_with_an_example(
    changes: dict[str, list[object]], column: str, check: str, failures: int, example: str
) -> None:
    found = contract("gold/drop_off").violations(drop_off(**changes))[0]
    assert found.rows() == [(column, check, failures, example)]


def test_a_million_bad_rows_give_one_line_a_rule() -> None:
    many = pl.DataFrame({"title_id": "a", "step": -1, "starters": pl.Series(range(10**6))})
    found = contract("gold/drop_off").violations(many.cast(contract("gold/drop_off").schema))[0]
    assert found.height == 2
    assert found["failures"].to_list() == [10**6, 10**6]


def test_a_frame_with_other_columns_or_types_does_not_pass() -> None:
    gate = contract("gold/drop_off")
    assert gate.violations(drop_off().drop("step"))[0].height
    assert gate.violations(drop_off().with_columns(extra=1))[0].height
    assert gate.violations(drop_off().cast({"starters": pl.Float64}))[0].height


def test_days_that_are_checked_together_are_told_apart() -> None:
    gate = contract("gold/drop_off")
    good, bad = drop_off(), drop_off(step=[0, 21])
    assert [found.height for found in gate.violations(good, bad, good)] == [0, 1, 0]
    assert [found.height for found in gate.violations(good, good)] == [0, 0]


def test_not_a_number_does_not_pass() -> None:
    gate = contract("gold/top10_weekly")
    row = {
        "list": "films",
        "country": "all",
        "rank": 1,
        "entry_id": "a",
        "entry_name": "A",
        "hours_viewed": float("nan"),
        "views": None,
        "runtime_hours": None,
        "plays": 1,
        "starters": 1,
        "weeks_in_list": 1,
    }
    found = gate.violations(pl.DataFrame([row], schema=gate.schema))[0]
    assert found["column"].to_list() == ["hours_viewed"]


def test_an_unknown_table_names_those_there_are() -> None:
    with pytest.raises(KeyError, match="silver/plays"):
        contract("silver/playz")
