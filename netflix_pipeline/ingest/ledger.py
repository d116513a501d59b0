"""What became of every row that arrived, counted from the files themselves.

received = stored + duplicate + quarantined + erased for every batch; a difference means that a
file was lost or changed behind the platform's back.
"""

from collections.abc import Iterable

import polars as pl

from netflix_pipeline.contracts import CANARY_USER, ROW_COUNTS, contract, missing_rows
from netflix_pipeline.ingest.batches import Manifest
from netflix_pipeline.lake import Lake, Partition, kept_footer, telling_damage

LEDGER = pl.Schema(
    dict.fromkeys(("batch", "source", "table"), pl.String())
    | dict.fromkeys((*ROW_COUNTS, "promo", "canary", "left_out"), pl.Int64())
)


def _rows(lake: Lake, table: str, partition: Partition, batch: str) -> int:
    """Rows that the batch's files hold in a partition, their footers say."""
    return sum(
        footer.rows
        for path in lake.batch_files(table, partition, {batch})
        if (footer := kept_footer(path)) is not None
    )


def _apart(lake: Lake, batch: Manifest) -> tuple[int, int]:
    """The batch's watch events that make no plays: promos, and the platform's own canaries."""
    files = [
        file
        for day in batch.days
        for file in lake.batch_files("bronze/watch_events", day, {batch.batch})
    ]
    if not files:
        return 0, 0
    canary, promo = pl.col("user_id") == CANARY_USER, pl.col("kind") == "promo"
    with telling_damage(files):
        counts = pl.scan_parquet(files, hive_partitioning=False, glob=False).select(
            promo=(promo & ~canary).sum(), canary=canary.sum()
        )
        return counts.collect().row(0)


def ledger(lake: Lake, batches: Iterable[Manifest]) -> pl.DataFrame:
    """One row a batch: `LEDGER`. Received comes from its manifest, the rest from its files."""
    rows = []
    for batch in batches:
        table = f"bronze/{batch.table}"
        days: Iterable[Partition] = batch.days if contract(table).partition == "day" else (None,)
        arrived = batch.received_at.date()
        promo = canary = 0
        if batch.table == "watch_events":
            promo, canary = _apart(lake, batch)
        rows.append(
            (
                batch.batch,
                batch.source,
                batch.table,
                batch.received,
                sum(_rows(lake, table, day, batch.batch) for day in days),
                _rows(lake, "bronze/duplicates", arrived, batch.batch),
                _rows(lake, "bronze/quarantine", arrived, batch.batch),
                batch.erased,
                promo,
                canary,
                sum(batch.left_out.values()),
            )
        )
    return pl.DataFrame(rows, LEDGER, orient="row")


def differences(counted: pl.DataFrame) -> pl.DataFrame:
    """The rows of a ledger that do not add up, with how many rows are `missing` (or too many)."""
    return counted.with_columns(missing=missing_rows()).filter(pl.col("missing") != 0)
