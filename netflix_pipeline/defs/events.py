"""What a run tells Dagster: a materialization for each stored partition, and its check.

Only what was built is recorded, as soon as it is stored. A table's plain output would count every
day of the run's range as materialized, also those whose contract is broken.
"""

from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from typing import Any

import dagster as dg
import polars as pl
from dagster._core.definitions.data_version import (
    CODE_VERSION_TAG,
    DATA_VERSION_TAG,
    DEFAULT_DATA_VERSION,
    NULL_EVENT_POINTER,
    get_input_data_version_tag,
    get_input_event_pointer_tag,
)

from netflix_pipeline.defs.asset_specs import by_day, key
from netflix_pipeline.materialize import Built

Event = dg.AssetMaterialization | dg.AssetCheckEvaluation

CONTRACT = "contract"

ROW_COUNT = "dagster/row_count"
PARTITION_ROW_COUNT = "dagster/partition_row_count"
UNKNOWN = DEFAULT_DATA_VERSION.value

VALUES: Mapping[type, Callable[[Any], dg.MetadataValue]] = {
    bool: dg.BoolMetadataValue,
    float: dg.FloatMetadataValue,
    int: dg.IntMetadataValue,
    str: dg.TextMetadataValue,
}
"""How a value is told, by its type."""


def partition_key(table: str, day: date | None) -> str | None:
    """The partition of an asset; None for a table that has none in Dagster."""
    return day.isoformat() if day is not None and by_day(table) else None


def materialized(
    table: str,
    day: date | None,
    *,
    rows: int,
    version: str = "",
    code: str = "",
    inputs: Mapping[str, str] | None = None,
    **more: float | str | bool,
) -> dg.AssetMaterialization:
    """A partition that was stored, with its rows and the versions of content, code and inputs."""
    partition = partition_key(table, day)
    tags = {DATA_VERSION_TAG: version, CODE_VERSION_TAG: code, **(inputs or {})}
    told = {PARTITION_ROW_COUNT if partition else ROW_COUNT: rows, **more}
    # Of years there are tens of thousands: what Dagster looks at anew in each is known here.
    return _nothing_told(table)._replace(
        partition=partition,
        metadata={name: VALUES[type(value)](value) for name, value in told.items()},
        tags={name: value for name, value in tags.items() if value},
    )


@cache
def _nothing_told(table: str) -> dg.AssetMaterialization:
    return dg.AssetMaterialization(key(table))


def made_from(versions: Mapping[str, str]) -> dict[str, str]:
    """Tags that tell Dagster the inputs, each with its version; by it the UI knows what is stale.

    Of inputs by day no version is told: which of them changed, the lake knows better.
    """
    return {
        tag: values
        for table, version in versions.items()
        for tag, values in (
            (get_input_data_version_tag(key(table)), version or UNKNOWN),
            (get_input_event_pointer_tag(key(table)), NULL_EVENT_POINTER),
        )
    }


def checked(
    table: str,
    name: str,
    day: date | None,
    *,
    passed: bool,
    metadata: Mapping[str, dg.MetadataValue | float | str],
    warn: bool = False,
) -> dg.AssetCheckEvaluation:
    """What a check found."""
    return dg.AssetCheckEvaluation(
        asset_key=key(table),
        check_name=name,
        passed=passed,
        metadata=metadata,
        severity=dg.AssetCheckSeverity.WARN if warn else dg.AssetCheckSeverity.ERROR,
        partition=partition_key(table, day),
    )


def name_of(built: Built) -> str:
    """A partition, as people are told of it."""
    return f"{built.table} {built.partition or ''}".rstrip()


def why_not_stored(built: Built) -> str:
    """What kept a partition from being stored; without examples, which may be of anybody's rows."""
    if built.problem:
        return built.problem
    worst = built.violations.row(0, named=True)
    return f"{worst['column']} breaks {worst['check']} in {worst['failures']} rows"


def violation_table(violations: pl.DataFrame) -> dg.MetadataValue:
    """What broke a contract, for people: column, check, failures, example."""
    lines = ["| column | check | failures | example |", "|---|---|--:|---|"]
    for row in violations.head(10).iter_rows(named=True):
        cells = (str(row[name] or "").replace("|", "\\|") for name in violations.columns)
        lines.append(f"| {' | '.join(cells)} |")
    return dg.MetadataValue.md("\n".join(lines))
