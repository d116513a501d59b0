"""One specification says how each table is made; what follows from it is derived."""

import inspect
from importlib import import_module

import pytest

from netflix_pipeline.contracts import contract, contracts, origin_tables
from netflix_pipeline.materialize.build_graph import (
    DIMENSIONS,
    GOLD_DAILY,
    GOLD_ROLLUPS,
    SILVER,
    TABLES,
    made_together,
)
from netflix_pipeline.transforms.sums import Sums


def test_every_silver_and_gold_contract_has_one() -> None:
    made = {table for table in contracts() if not table.startswith("bronze/")}
    made -= {*origin_tables()}
    assert set(TABLES) == made, (
        "a table has its contract in netflix_pipeline/contracts, and in TABLES of "
        "netflix_pipeline/materialize/build_graph.py how it is made"
    )
    assert sorted((*SILVER, *GOLD_DAILY, *GOLD_ROLLUPS)) == sorted(TABLES)


@pytest.mark.parametrize("table", TABLES)
def test_a_table_is_made_from_tables_of_its_stage_or_of_one_before(table: str) -> None:
    told = TABLES[table]
    stages = ("bronze", "silver", "gold")
    for source in told.inputs:
        stage = contract(source).stage
        assert stages.index(stage) <= stages.index(contract(table).stage)
    daily = contract(table).partition == "day"
    assert daily or (told.reads, told.days) == (None, None)
    # The first input of a daily table has its days.
    assert not daily or contract(told.inputs[0]).partition == "day"


@pytest.mark.parametrize("table", TABLES)
def test_its_builder_is_there_and_its_transform_takes_its_inputs(table: str) -> None:
    told = TABLES[table]
    module, name = told.builder(table)
    assert callable(getattr(import_module(module), name))
    if not isinstance(told.make, str):
        make = told.make.of if isinstance(told.make, Sums) else told.make
        assert len(inspect.signature(make).parameters) == len(told.inputs)
        if table not in DIMENSIONS:
            assert set(told.inputs[1:]) <= set(DIMENSIONS)


@pytest.mark.parametrize("table", TABLES)
def test_a_day_of_it_can_be_made_from_a_share_of_the_users_at_a_time(table: str) -> None:
    told = TABLES[table]
    if isinstance(told.make, str) or table in DIMENSIONS:
        return  # its builder does
    assert (
        isinstance(told.make, Sums)
        or "user_id" in contract(table).names
        or "user_id" not in contract(told.inputs[0]).names
    ), "it tells no users apart: make it `Sums` (netflix_pipeline/transforms/sums.py)"
    assert not isinstance(told.make, Sums) or told.make.table == table


def test_tables_are_made_together_where_one_pass_gives_them() -> None:
    groups = made_together(table for table in TABLES if table not in DIMENSIONS)
    assert {group for group in groups if len(group) > 1} == {
        (
            "gold/title_daily",
            "gold/user_daily",
            "gold/engagement_daily",
            "gold/activity",
            "gold/drop_off",
        ),
        ("gold/user_profile", "gold/retention_weekly", "gold/lifecycle_weekly"),
        ("gold/sitting_daily", "gold/sitting_quarters"),
        ("gold/search_daily", "gold/search_term_daily"),
    }
