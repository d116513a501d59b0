"""Which partitions must be built: those whose inputs or code are not what they were built from."""

import hashlib
from collections.abc import Collection
from datetime import UTC, date, datetime

from netflix_pipeline.contracts import contract
from netflix_pipeline.lake import Partition
from netflix_pipeline.materialize.build_graph import (
    DIMENSIONS,
    GOLD_ROLLUPS,
    TABLES,
    code_version,
    dependencies,
)
from netflix_pipeline.materialize.versions import EMPTY, Versions
from netflix_pipeline.materialize.windows import DAY, days_between


def inputs_of_day(versions: Versions, table: str, day: date) -> dict[str, str]:
    """What a day of a daily table is made from at least, with its version now."""
    spec = TABLES[table]
    if spec.reads is None:
        return versions.inputs(spec.inputs[0], [day])
    return spec.reads(versions, day)


def candidates(versions: Versions, table: str, asked: Collection[date] | None = None) -> list[date]:
    """The days that a daily table should have: those with rows below it, and those it has.

    With `asked` no others are looked at, unless the table has days of its own.
    """
    spec = TABLES[table]
    if spec.days is None and asked is not None:
        source = spec.inputs[0]
        return [
            day
            for day in sorted(asked)
            if versions.has(table, day) or versions.version(source, day) != EMPTY
        ]
    below = versions.filled(spec.inputs[0]) if spec.days is None else spec.days(versions)
    days = sorted({*versions.partitions(table), *below})
    return days if asked is None else [day for day in days if day in asked]


def is_pending(versions: Versions, table: str, day: date) -> bool:
    """Whether a day of a daily table is missing, stale, or made from something else."""
    footer = versions.footer(table, day)
    return (
        footer is None
        or footer.code != code_version(table)
        or versions.lake.is_stale(table, day)
        or {**versions.current(footer.inputs), **inputs_of_day(versions, table, day)}
        != dict(footer.inputs)
    )


def whole_inputs(versions: Versions, table: str) -> dict[str, str]:
    """What a table that is stored whole is made from."""
    inputs: dict[str, str] = {}
    for source in dependencies()[table]:
        whole = contract(source).partition == "whole"
        inputs |= versions.inputs(source, [None] if whole else versions.partitions(source))
    return inputs


def weekly_inputs(versions: Versions) -> dict[Partition, dict[str, str]]:
    """What the top 10 of each week, in order, is made from: its days, titles, all weeks before."""
    inputs: dict[Partition, dict[str, str]] = {}
    before = ""
    titles = versions.inputs("silver/titles", [None])
    for week in weeks(versions):
        days = versions.inputs("gold/title_daily", days_between(week, week + DAY * 6))
        inputs[week] = {**days, **titles, "before": before}
        text = before + repr(sorted(days.items()))
        before = hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
    return inputs


def weeks(versions: Versions) -> list[date]:
    """The Mondays of the weeks from the first to the last day with plays, and of those stored."""
    days = versions.filled("gold/title_daily")
    weeks_there = set(versions.partitions("gold/top10_weekly"))
    if days:
        first = days[0] - DAY * days[0].weekday()
        weeks_there.update(days_between(first, days[-1])[::7])
    return sorted(weeks_there)


def rollup_inputs(versions: Versions, table: str) -> dict[Partition, dict[str, str]]:
    """What each partition of a whole or weekly table is made from."""
    if contract(table).partition == "week":
        return weekly_inputs(versions)
    return {None: whole_inputs(versions, table)}


def pending_rollup(versions: Versions, table: str) -> list[Partition]:
    """The partitions of a whole or weekly table that must be built."""
    return [
        partition
        for partition, inputs in rollup_inputs(versions, table).items()
        if (footer := versions.footer(table, partition)) is None
        or footer.code != code_version(table)
        or dict(footer.inputs) != inputs
        or versions.lake.is_stale(table, partition)
    ]


def pending(
    versions: Versions, tables: Collection[str] = tuple(dependencies())
) -> dict[str, list[Partition]]:
    """The partitions of the named tables that must be built, by what lies in the lake now.

    What depends on a partition that is itself pending shows only once that is built.
    """
    by_table: dict[str, list[Partition]] = {}
    for table in tables:
        if table in DIMENSIONS or table in GOLD_ROLLUPS:
            by_table[table] = pending_rollup(versions, table)
        else:
            by_table[table] = [
                day for day in candidates(versions, table) if is_pending(versions, table, day)
            ]
    return {table: partitions for table, partitions in by_table.items() if partitions}


def pending_days(versions: Versions, tables: Collection[str] = tuple(dependencies())) -> list[date]:
    """The days of which a daily table is pending and that have begun, the newest last."""
    waiting, today = pending(versions, tables), datetime.now(UTC).date()
    daily = (days for table, days in waiting.items() if contract(table).partition == "day")
    return sorted({day for days in daily for day in days if day is not None and day <= today})
