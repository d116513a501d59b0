"""Persons out of silver and gold, where building did not take them out.

A day that breaks its contract keeps its last good version, which may hold them: their rows are
removed from it, and it stays marked as it was. What was kept of replaced versions goes as a whole.
"""

from collections.abc import Collection

import polars as pl

from netflix_pipeline.contracts import contract, origin_tables
from netflix_pipeline.lake import Lake, Partition
from netflix_pipeline.materialize.build_graph import dependencies
from netflix_pipeline.materialize.retained_versions import FOLDER

QUARANTINE = "silver/quarantine"


LEARNED_OF_PERSONS = ("gold/similar_titles", "gold/popular_titles", "gold/what_next")
"""Tables by origin that name nobody, and were learned of everybody: what they say is learned anew,
without those who are gone, when models speak next."""


def erase_tables(lake: Lake, users: Collection[str]) -> int:
    """Take the rows of some persons out of silver and gold; returns how many were left there.

    To be called when bronze is without them and what follows was built.
    """
    with lake.publishing():
        lake.drop(FOLDER)
        for table in LEARNED_OF_PERSONS:
            lake.drop(table)
        left = sum(
            _erase(lake, table, partition, users)
            for table in (*dependencies(), *origin_tables())
            for partition in lake.every_partition(table)
            if lake.path(table, partition).exists()
        )
        lake.commit(erasing=True)
        return left


def _erase(lake: Lake, table: str, partition: Partition, users: Collection[str]) -> int:
    """The rows that were theirs; what is stored still says that it is made of what it was."""
    if table == QUARANTINE:
        rows = lake.read(table, partition)
        key = contract("bronze/quarantine").key
        waiting = lake.read("bronze/quarantine", partition, key)
        kept = rows.join(waiting, on=key, how="semi", maintain_order="left")
    elif "user_id" in contract(table).names:
        theirs = pl.col("user_id").is_in(list(users))
        if lake.read(table, partition, ["user_id"]).filter(theirs).is_empty():
            return 0
        rows = lake.read(table, partition)
        kept = rows.filter(~theirs)
    else:
        return 0
    footer = lake.footer(table, partition)
    if kept.height == rows.height or footer is None:
        return 0
    reason = lake.stale_reason(table, partition)
    lake.replace(table, partition, kept, inputs=footer.inputs, code=footer.code, reach=footer.reach)
    if reason is not None:
        lake.mark_stale(table, partition, reason)
    return rows.height - kept.height
