"""All that the lake holds of one person, as they may ask for it: rows as they came, and plays."""

from collections.abc import Iterator
from typing import Any

import polars as pl

from netflix_pipeline.ids import trimmed
from netflix_pipeline.ingest.erasing import OF_USERS
from netflix_pipeline.ingest.quarantine import quarantined
from netflix_pipeline.lake import Lake
from netflix_pipeline.persons import Persons

TABLES = (*(f"bronze/{name}" for name in OF_USERS), "silver/plays", "silver/sessions")
"""What holds rows of single persons; everything else is counted from it."""

Row = dict[str, Any]


def rows_of(lake: Lake, user_id: str) -> Iterator[tuple[str, Row]]:
    """Each row of a person with its table, a day in memory at a time; then what waits of theirs.

    Rows in quarantine are theirs when they hold the id as a whole value. A person of whom nothing
    is there gets nothing.
    """
    committed = lake.committed_batches()
    user_id = trimmed(user_id)
    theirs = pl.col("user_id") == user_id
    for table in TABLES:
        for day in lake.every_partition(table):
            # Most days hold nothing of theirs, and one column tells.
            if lake.read(table, day, ["user_id"], committed).filter(theirs).is_empty():
                continue
            rows = lake.read(table, day, None, committed).filter(theirs)
            yield from ((table, row) for row in rows.iter_rows(named=True))
    person = Persons([user_id])
    yield from (
        ("bronze/quarantine", row)
        for row in quarantined(lake).iter_rows(named=True)
        if person.in_text(row["raw"].encode(errors="surrogatepass"))
    )
