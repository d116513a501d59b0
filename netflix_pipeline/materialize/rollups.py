"""The gold tables that look over the whole history: patched where that can be, else made anew."""

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.lake import Partition, SortedParts
from netflix_pipeline.materialize.full_rebuild import tables_of_users, title_profile
from netflix_pipeline.materialize.incremental import patched_tables_of_users, patched_title_profile
from netflix_pipeline.materialize.pending import rollup_inputs
from netflix_pipeline.materialize.versions import Versions
from netflix_pipeline.materialize.writer import ComputedPartition, Failed, Outcome, ends_partition

Frames = Mapping[Partition, pl.DataFrame | SortedParts]


Make = Callable[..., Mapping[str, Frames]]
"""Makes all partitions that have rows, of tables that are made together; `anew` from scratch."""


def rollup_drafts(
    versions: Versions, wanted: Mapping[str, Sequence[Partition]], make: Make, *, anew: bool
) -> Iterator[Outcome]:
    """The wanted partitions of tables that `make` makes together."""
    since = time.perf_counter()
    tables = [table for table in wanted if wanted[table]]
    try:
        made = make(versions, tables, anew=anew)
        inputs = {table: versions.confirmed(rollup_inputs(versions, table)) for table in tables}
    except BaseException as error:
        if not ends_partition(error):
            raise
        for table in tables:
            for partition in wanted[table]:
                yield Failed(table, partition, error)
        return
    taken = (time.perf_counter() - since) / sum(map(len, wanted.values()))
    for table in tables:
        for partition in wanted[table]:
            frame = made[table].get(partition, contract(table).empty())
            yield ComputedPartition(table, partition, frame, inputs[table][partition], taken)


def profiles_of_titles(
    versions: Versions, tables: Collection[str], *, anew: bool
) -> Mapping[str, Frames]:
    """The profiles of all titles."""
    profiles = None if anew else patched_title_profile(versions)
    if profiles is None:
        profiles = title_profile(versions)
    return {table: {None: profiles} for table in tables}


def tables_by_users(
    versions: Versions, tables: Collection[str], *, anew: bool
) -> Mapping[str, Frames]:
    """The named ones of the tables that are made from what each user did by day."""
    made: dict[str, pl.DataFrame | SortedParts] = {}
    if not anew:
        made |= patched_tables_of_users(versions, tables)
    if rest := [table for table in tables if table not in made]:
        made |= tables_of_users(versions, rest)
    return {table: {None: frame} for table, frame in made.items()}
