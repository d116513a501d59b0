"""Every table of the contracts as a Dagster asset: what the UI shows of it."""

from collections.abc import Iterator, Mapping
from functools import cache

import dagster as dg
import polars as pl

from netflix_pipeline.contracts import Contract, contracts, origin_tables, served
from netflix_pipeline.defs.reload import first_day
from netflix_pipeline.intelligence.origins import MODELS
from netflix_pipeline.lake import Lake
from netflix_pipeline.materialize import (
    GOLD_DAILY,
    GOLD_ROLLUPS,
    SILVER,
    code_version,
    dependencies,
)

SNAPSHOT = "serving/snapshot"
"""The published DuckDB file, named like a table."""

BRONZE = tuple(
    name for name, table_contract in contracts().items() if table_contract.stage == "bronze"
)
INTELLIGENCE = "intelligence"
"""The group of the tables by origin, and the step that lets models speak."""

STAGES: Mapping[str, tuple[str, ...]] = {
    "bronze": BRONZE,
    "silver": SILVER,
    "gold": GOLD_DAILY,
    "rollups": GOLD_ROLLUPS,
    INTELLIGENCE: origin_tables(),
    "snapshot": (SNAPSHOT,),
}
"""The assets of each step of a run, in an order in which each follows those it is made from."""

BY_ARRIVAL = {"bronze/duplicates", "bronze/quarantine"} | {
    table for table, made_from in dependencies().items() if made_from[0] == "bronze/quarantine"
}
"""The tables by day whose day is that on which rows arrived."""

TOLD_BY_TYPE = ("null", "finite")
"""The rules of a column that its type and whether it may be null tell already."""

OWNER = "team:data-platform"


@cache
def key(table: str) -> dg.AssetKey:
    """The asset of a table: `silver/plays` is AssetKey(["silver", "plays"])."""
    return dg.AssetKey(table.split("/"))


def table_of(asset: dg.AssetKey) -> str:
    """The table of an asset."""
    return "/".join(asset.path)


@cache
def by_day(table: str) -> bool:
    """Whether the table is partitioned by day, that of an origin among them."""
    return table != SNAPSHOT and contracts()[table].partition in ("day", "origin")


def by_event_day(table: str) -> bool:
    """Whether the table is partitioned by the day on which something happened."""
    return by_day(table) and table not in BY_ARRIVAL and table not in origin_tables()


def daily(lake: Lake) -> dg.DailyPartitionsDefinition:
    """UTC days from the first with data to today, which is one of them."""
    return dg.DailyPartitionsDefinition(start_date=first_day(lake).isoformat(), end_offset=1)


def asset_specs(days: dg.DailyPartitionsDefinition) -> Iterator[dg.AssetSpec]:
    """One asset a table, in the groups bronze, silver, gold and serving, and the snapshot."""
    made_from: Mapping[str, tuple[str, ...]] = dependencies()
    for table in (*BRONZE, *made_from):
        contract = contracts()[table]
        yield dg.AssetSpec(
            key(table),
            deps=[key(source) for source in made_from.get(table, ())],
            description=contract.doc,
            group_name=contract.stage,
            kinds={"parquet"} if contract.stage == "bronze" else {"polars", "parquet"},
            owners=[OWNER],
            code_version=code_version(table) if table in made_from else None,
            # Weekly and whole tables have no partitions here, so that one run can hold them all.
            partitions_def=days if by_day(table) else None,
            metadata={
                "dagster/column_schema": column_schema(contract),
                "partition": contract.partition,
                "key": ", ".join(contract.key),
            },
        )
    for model in MODELS:
        for table in model.tables:
            contract = contracts()[table]
            yield dg.AssetSpec(
                key(table),
                deps=[key(source) for source in (*model.inputs, *model.whole)],
                description=f"{contract.doc} Written once for each origin, by {model.name}.",
                group_name=INTELLIGENCE,
                kinds={"polars", "parquet"},
                owners=[OWNER],
                partitions_def=days,
                metadata={
                    "dagster/column_schema": column_schema(contract),
                    "partition": contract.partition,
                    "key": ", ".join(contract.key),
                },
            )
    yield dg.AssetSpec(
        key(SNAPSHOT),
        deps=[*map(key, served())],
        description="The published DuckDB file that the API and the dashboard read.",
        group_name="serving",
        kinds={"duckdb"},
        owners=[OWNER],
    )


def column_schema(contract: Contract) -> dg.TableSchema:
    """The contract's columns with their types, meanings and units."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                column.name,
                type=type_name(column.dtype),
                description=f"{column.doc} [{column.unit}]" if column.unit else column.doc,
                constraints=dg.TableColumnConstraints(
                    nullable=column.nullable,
                    unique=contract.key == (column.name,),
                    other=[each.said for each in column.rules if each.kind not in TOLD_BY_TYPE],
                ),
            )
            for column in contract.columns
        ]
    )


def type_name(dtype: pl.DataType) -> str:
    """A type as Arrow and SQL name it: `int64`, `timestamp[us, UTC]`, `enum(main, promo)`."""
    match dtype:
        case pl.Enum():
            return f"enum({', '.join(dtype.categories)})"
        case pl.Datetime():
            return f"timestamp[{', '.join(filter(None, (dtype.time_unit, dtype.time_zone)))}]"
        case pl.List():
            return f"list[{type_name(dtype.inner)}]"  # type: ignore[arg-type]
    return str(dtype).lower()
