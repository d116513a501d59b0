"""Whether a table that another engine wrote is ours, row by row.

Floats may differ by a billionth of their size (`TOLERANCE`), because engines add in other orders;
all else is the same.
"""

from pathlib import Path

import polars as pl
from polars.testing import assert_frame_equal

from netflix_pipeline.contracts import contract
from netflix_pipeline.lake import Lake

TOLERANCE = 1e-9
LEFT_OUT = {"silver/plays": ("running",)}
"""Columns that nothing but our own next step is made of."""
PARTITIONS = {"day": "event_date", "week": "week"}


def table_of(name: str) -> str:
    """The table of the lake that a peer's table is compared with."""
    return f"{'silver' if name in ('plays', 'sessions') else 'gold'}/{name}"


def ours(lake: Lake, table: str) -> pl.DataFrame:
    """All rows of a table, with the column that names their partition."""
    partition = PARTITIONS.get(contract(table).partition)
    columns = columns_of(table)
    parts = [
        lake.read(table, part, columns).with_columns(
            *([pl.lit(part).alias(partition)] if partition else [])
        )
        for part in lake.every_partition(table)
    ]
    return in_order(pl.concat(parts), table)


def theirs(folder: Path, table: str) -> pl.DataFrame:
    """The same of the files that another engine wrote below a folder, in our types."""
    schema = contract(table).schema
    partition = PARTITIONS.get(contract(table).partition)
    names = [*columns_of(table), *([partition] if partition else [])]
    if next(folder.rglob("*.parquet"), None):
        scanned = pl.scan_parquet(folder / "**/*.parquet", hive_partitioning=True)
    else:
        scanned = _csv(folder, table)
    rows = scanned.select(names).collect()
    return in_order(
        rows.select(
            _plain(rows[name]).cast(schema.get(name, pl.Date()), strict=True) for name in names
        ),
        table,
    )


def _csv(folder: Path, table: str) -> pl.LazyFrame:
    """Files without heads, of days that their folders name; times are whole microseconds."""
    types = {name: contract(table).schema[name] for name in columns_of(table)}
    return pl.scan_csv(
        folder / "*/part-*",
        has_header=False,
        schema={
            name: kind if kind.is_numeric() or kind == pl.Boolean else pl.String()
            for name, kind in types.items()
        },
        include_file_paths="path",
    ).select(
        *(
            pl.col(name).cast(pl.Int64).cast(kind) if kind.is_temporal() else pl.col(name)
            for name, kind in types.items()
        ),
        event_date=pl.col("path").str.extract(r"event_date=([\d-]+)").str.to_date(),
    )


def _plain(column: pl.Series) -> pl.Series:
    """Times without a zone are of UTC; words that are held as codes are words."""
    if isinstance(column.dtype, pl.Datetime) and column.dtype.time_zone is None:
        return column.dt.replace_time_zone("UTC")
    return column.cast(pl.String) if column.dtype == pl.Categorical else column


def columns_of(table: str) -> list[str]:
    """The columns that are compared."""
    return [name for name in contract(table).names if name not in LEFT_OUT.get(table, ())]


def in_order(rows: pl.DataFrame, table: str) -> pl.DataFrame:
    """The rows by partition and key."""
    partition = PARTITIONS.get(contract(table).partition)
    return rows.sort(*([partition] if partition else []), *contract(table).key)


def assert_equal(lake: Lake, folder: Path, name: str) -> None:
    """Raises AssertionError, which tells the column, where a table is not ours."""
    table = table_of(name)
    expected, found = ours(lake, table), theirs(folder / name, table)
    try:
        assert_frame_equal(expected, found, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    except AssertionError as error:
        raise AssertionError(f"{name}: {error}") from None
