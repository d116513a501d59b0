"""The gate that a table passes before it is published: its contract as a Pandera model.

Pandera runs all bounds of the contract as one vectorised check: a check a column would cost a pass
and milliseconds each. Columns, order and types are compared as a whole, and what differs is told by
Pandera column by column. Only a frame that fails is looked
at rule by rule, and what is wrong is counted: a million bad rows give one line a rule.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import pandera.polars as pa
import polars as pl
from pandera.api.polars.types import PolarsData
from pandera.config import ValidationDepth, config_context
from pandera.errors import SchemaErrors

from netflix_pipeline.contracts.contract import VIOLATIONS, Contract


def _rules(contract: Contract) -> list[tuple[str, str, pl.Expr]]:
    return [
        (column.name, rule.said, rule.kept) for column in contract.columns for rule in column.rules
    ]


PARTITION = "partition"
"""Column that numbers the partitions of a frame that holds several."""

UNIQUE = "unique key"
"""The check that no two rows of a partition have one key."""

LIMIT = 20
"""Lines that are told at most of what breaks a contract."""


def pandera_model(contract: Contract) -> pa.DataFrameSchema:
    """The contract as a strict, ordered Pandera schema for Polars frames."""
    return pa.DataFrameSchema(
        {
            column.name: pa.Column(
                column.dtype,
                nullable=True,
                description=f"{column.doc} [{column.unit}]" if column.unit else column.doc,
            )
            for column in contract.columns
        },
        checks=_checks(contract, contract.key),
        strict=True,
        ordered=True,
        name=contract.table,
        description=contract.doc,
    )


def model_of_rows(contract: Contract, *, several: bool = False) -> pa.DataFrameSchema:
    """The same for frames that are known to have the table's columns, order and types.

    Pandera looks at each column by itself, which takes as long as all rows of a small day. With
    `several`, for frames of several partitions, numbered in a further column `partition`.
    """
    key = (*contract.key, PARTITION) if several and contract.key else contract.key
    return pa.DataFrameSchema(checks=_checks(contract, key), name=contract.table)


def _checks(contract: Contract, key: tuple[str, ...]) -> list[pa.Check]:
    keeps_all = pl.all_horizontal([kept for _, _, kept in _rules(contract)] or [pl.lit(value=True)])

    def keeps_rules(data: PolarsData) -> bool:
        return bool(data.lazyframe.select(keeps_all.all()).collect().item())

    def has_unique_keys(data: PolarsData) -> bool:
        keys = data.lazyframe.select(key).collect()
        # Keys of different hashes are different: only where hashes agree are they compared.
        return keys.hash_rows().n_unique() == keys.height or not keys.is_duplicated().any()

    bounds = pa.Check(keeps_rules, name="bounds")
    return [bounds, pa.Check(has_unique_keys, name=UNIQUE)] if key else [bounds]


def violations(contract: Contract, frame: pl.DataFrame, limit: int = LIMIT) -> pl.DataFrame:
    """What in the frame breaks the contract: column, check, failures (rows), example.

    At most `limit` lines, most failures first; empty when the frame passes.
    """
    try:
        model = contract.model_of_rows if frame.schema == contract.schema else contract.model
        with config_context(validation_depth=ValidationDepth.SCHEMA_AND_DATA):
            model.validate(frame, lazy=True)
    except SchemaErrors as errors:
        if frame.schema == contract.schema:
            failures = _row_failures(contract, frame)
        else:
            failures = errors.failure_cases.select(
                pl.col("column").cast(pl.String),
                pl.col("check").cast(pl.String),
                pl.lit(1, pl.Int64).alias("failures"),
                pl.col("failure_case").cast(pl.String).alias("example"),
            )
        return _most_first(failures).head(limit)
    return VIOLATIONS.to_frame()


def violations_of_each(contract: Contract, frames: Sequence[pl.DataFrame]) -> list[pl.DataFrame]:
    """The `violations` of each of several partitions, checked together: one pass for small days."""
    nothing = VIOLATIONS.to_frame()
    if len(frames) > 1 and all(frame.schema == contract.schema for frame in frames):
        heights = [frame.height for frame in frames]
        numbers = np.repeat(np.arange(len(frames), dtype=np.uint32), heights)
        numbered = pl.concat(frames).with_columns(pl.Series(PARTITION, numbers))
        try:
            with config_context(validation_depth=ValidationDepth.SCHEMA_AND_DATA):
                contract.model_of_several.validate(numbered, lazy=True)
        except SchemaErrors:
            pass
        else:
            return [nothing] * len(frames)
    return [violations(contract, frame) for frame in frames]


def violations_of_parts(
    contract: Contract, parts: Iterable[pl.DataFrame], keys: Iterable[pl.DataFrame]
) -> pl.DataFrame:
    """The `violations` of a partition that comes in parts, of which one is held at a time.

    All rows of a user are in one part. `keys` are the key's columns of all rows in other parts,
    with all rows of a key in one: asked for where a key may be in two parts.
    """
    found = [violations(contract, part) for part in parts]
    if "user_id" not in contract.key:
        found = [told.filter(pl.col("check") != UNIQUE) for told in found]
        found += [
            pl.DataFrame(_repeated(contract, part), VIOLATIONS, orient="row") for part in keys
        ]
    together = pl.concat([VIOLATIONS.to_frame(), *found]).group_by("column", "check")
    return _most_first(together.agg(pl.col("failures").sum(), pl.col("example").first())).head(
        LIMIT
    )


def _most_first(failures: pl.DataFrame) -> pl.DataFrame:
    return failures.sort(["failures", "column", "check"], descending=[True, False, False])


def _row_failures(contract: Contract, frame: pl.DataFrame) -> pl.DataFrame:
    broken = []
    for column, said, kept in _rules(contract):
        bad = frame.filter(~kept)[column]
        if bad.len():
            broken.append((column, said, bad.len(), str(bad[0])))
    broken += _repeated(contract, frame)
    return pl.DataFrame(broken, VIOLATIONS, orient="row")


def _repeated(contract: Contract, frame: pl.DataFrame) -> list[tuple[str, str, int, str]]:
    """The line that tells of keys which several rows have; none where there are none."""
    if not contract.key:
        return []
    again = frame.filter(pl.struct(contract.key).is_duplicated())
    if again.is_empty():
        return []
    return [(", ".join(contract.key), UNIQUE, again.height, str(again.select(contract.key).row(0)))]
