"""The gold tables that look over the whole history: patched where that can be, else made anew."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.lake import Partition
from netflix_pipeline.materialize.anew import tables_of_users, title_profile
from netflix_pipeline.materialize.patches import patched_tables_of_users, patched_title_profile
from netflix_pipeline.materialize.pending import rollup_inputs
from netflix_pipeline.materialize.storing import Draft, Job
from netflix_pipeline.materialize.top10_weeks import top10_of_weeks
from netflix_pipeline.materialize.versions import Versions

TOGETHER = (
    ("gold/title_profile",),
    ("gold/user_profile", "gold/retention_weekly", "gold/lifecycle_weekly"),
    ("gold/top10_weekly",),
)
"""The tables that one job makes; the longest first."""

Frames = Mapping[Partition, pl.DataFrame]


def rollup_jobs(
    versions: Versions, asked: Mapping[str, Sequence[Partition]], *, anew: bool
) -> Iterator[Job]:
    """Jobs that make the asked partitions; with `anew` nothing is taken from what is stored."""
    for together in TOGETHER:
        wanted = {table: asked[table] for table in together if asked[table]}
        if wanted:
            yield partial(_drafts, versions, wanted, anew=anew)


def _drafts(
    versions: Versions, wanted: Mapping[str, Sequence[Partition]], *, anew: bool
) -> list[Draft]:
    since = time.perf_counter()
    made = _made(versions, wanted, anew=anew)
    inputs = {table: versions.confirmed(rollup_inputs(versions, table)) for table in wanted}
    taken = (time.perf_counter() - since) / sum(map(len, wanted.values()))
    return [
        Draft(
            table,
            partition,
            made[table].get(partition, contract(table).empty()),
            inputs[table][partition],
            taken,
        )
        for table, partitions in wanted.items()
        for partition in partitions
    ]


def _made(versions: Versions, tables: Collection[str], *, anew: bool) -> Mapping[str, Frames]:
    """All partitions that have rows, of tables that one job makes."""
    if "gold/top10_weekly" in tables:
        return {"gold/top10_weekly": top10_of_weeks(versions, anew=anew)}
    if "gold/title_profile" in tables:
        profiles = None if anew else patched_title_profile(versions)
        if profiles is None:
            profiles = title_profile(versions)
        return {"gold/title_profile": {None: profiles}}
    made = {} if anew else patched_tables_of_users(versions, tables)
    if rest := [table for table in tables if table not in made]:
        made |= tables_of_users(versions, rest)
    return {table: {None: frame} for table, frame in made.items()}
