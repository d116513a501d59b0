"""Replaced versions of partitions, kept for as long as a table over the whole history counts them.

Such a table's footer names the version of each day that it was made from. When one of these is
replaced, its file stays reachable as `_replaced/<table>/<version>` (a second link to the same
bytes), so that the change can be told from the two versions, and only that change be made above.
Nothing depends on it: where a version is not found, the table above is built from all days.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.lake import DamagedTable, Footer, Lake, Partition, read_footer, telling_damage
from netflix_pipeline.lake.layout import listed
from netflix_pipeline.materialize.build_graph import GOLD_ROLLUPS, code_version, dependencies
from netflix_pipeline.materialize.versions import EMPTY, Versions, input_name, partitions_of
from netflix_pipeline.transforms.rollup_deltas import differing

FOLDER = "_replaced"

# Top 10 lists are made anew week by week: of what they are made from, only titles are compared.
COMPARED = frozenset(source for table in GOLD_ROLLUPS for source in dependencies()[table]) - {
    "gold/title_daily"
}
"""The tables of which replaced versions are kept."""

FEW_DAYS, SHARE_OF_DAYS = 3, 0.1
"""Where more days changed, comparing them costs more than it saves."""


def _path(lake: Lake, table: str, version: str) -> Path:
    return lake.folder(f"{FOLDER}/{table}") / version


def keep(versions: Versions, table: str, partition: Partition) -> None:
    """Keep the version of a partition that is about to be replaced, if a table above counts it."""
    if table not in COMPARED:
        return
    footer = versions.footer(table, partition)
    name = input_name(table, partition)
    if footer is None or all(inputs.get(name) != footer.version for inputs in _counted(versions)):
        return
    path = _path(versions.lake, table, footer.version)
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError, FileNotFoundError):
        path.hardlink_to(versions.lake.path(table, partition))


def drop_unneeded(versions: Versions) -> None:
    """Drop the kept versions that no table above counts any more."""
    needed = {
        version
        for inputs in _counted(versions)
        for _, version in inputs.items() - versions.current(inputs).items()
    }
    for table in COMPARED:
        for entry in listed(versions.lake.folder(f"{FOLDER}/{table}")):
            if entry.name not in needed:
                with suppress(IsADirectoryError):  # whose folder it is, we do not know
                    Path(entry.path).unlink(missing_ok=True)


def _counted(versions: Versions) -> list[Mapping[str, str]]:
    """What the tables over the whole history were made from."""
    footers = [
        versions.footer(table, partition)
        for table in GOLD_ROLLUPS
        for partition in (
            versions.partitions(table) if contract(table).partition == "week" else [None]
        )
    ]
    return [footer.inputs for footer in footers if footer is not None]


def _read(lake: Lake, table: str, version: str, columns: Sequence[str]) -> pl.DataFrame | None:
    """The columns of a version that was kept and made by the code of now; else None."""
    if version == EMPTY:
        return contract(table).empty().select(columns)
    path = _path(lake, table, version)
    footer = read_footer(path)
    # Another process may have replaced the file just before it was linked under this name.
    if footer is None or footer.version != version or footer.code != code_version(table):
        return None
    with suppress(FileNotFoundError, DamagedTable), telling_damage([path]):
        return pl.read_parquet(path, columns=list(columns), hive_partitioning=False, glob=False)
    return None


@dataclass(frozen=True)
class TableChange:
    """What became of a table since one above it was made.

    `before` are the changed partitions as they were; `rows` those that only one version has.
    """

    before: Mapping[Partition, pl.DataFrame]
    rows: pl.DataFrame


def recorded(versions: Versions, table: str, footer: Footer) -> dict[Partition, str]:
    """The version of each partition of a table, had now or then, that a footer records."""
    partitions: set[Partition] = {None}
    if contract(table).partition == "day":
        then = (name.rpartition("/")[2] for name in partitions_of(table, footer.inputs))
        partitions = {*versions.filled(table), *map(date.fromisoformat, then)}
    return {
        partition: footer.inputs.get(input_name(table, partition), EMPTY)
        for partition in partitions
    }


def change_since(
    versions: Versions, table: str, was: Mapping[Partition, str], columns: Sequence[str]
) -> TableChange | None:
    """The change of a table's partitions from the versions that they had, in the named columns.

    The columns of the table's key come with them. None where it cannot be told, or is large.
    """
    table_contract = contract(table)
    changed = {
        partition: version
        for partition, version in was.items()
        if version != versions.version(table, partition)
    }
    if len(changed) > max(FEW_DAYS, SHARE_OF_DAYS * len(was)):
        return None
    names = list(dict.fromkeys((*table_contract.key, *columns)))
    before: dict[Partition, pl.DataFrame] = {}
    rows = [table_contract.empty().select(names)]
    for partition, version in changed.items():
        old = _read(versions.lake, table, version, names)
        if old is None:
            return None
        before[partition] = old
        rows.append(differing(old, versions.lake.read(table, partition, names)))
    return TableChange(before, pl.concat(rows))
