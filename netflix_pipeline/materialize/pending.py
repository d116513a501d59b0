"""Which partitions must be built: those whose inputs or code are not what they were built from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, date, datetime, time, timedelta

from netflix_pipeline.contracts import contract
from netflix_pipeline.lake import Lake, Partition
from netflix_pipeline.materialize.tables import (
    DIMENSIONS,
    GOLD_DAILY,
    GOLD_ROLLUPS,
    MONTH,
    SILVER,
    WINDOW,
    code_version,
    dependencies,
)
from netflix_pipeline.materialize.versions import Versions
from netflix_pipeline.transforms.audience import known_days

DAY = timedelta(days=1)

KNOWN_DAYS = "known days"
"""The input of a day's audience that says over how many days back there are data."""


def midnight(day: date) -> datetime:
    """The instant at which a UTC day begins."""
    return datetime.combine(day, time.min, UTC)


def around(day: date) -> list[date]:
    """The days that can touch a day's chains without reaching far."""
    return [day + DAY * offset for offset in range(-WINDOW, WINDOW + 1)]


def days_between(first: date, last: date) -> list[date]:
    """Every day from first to last."""
    return [first + DAY * offset for offset in range((last - first).days + 1)]


def running_into(versions: Versions, day: date) -> list[date]:
    """The days, that one included, whose plays may run in it."""
    begins = midnight(day)
    return [
        earlier
        for earlier in versions.partitions("silver/plays")
        if earlier == day
        or (earlier < day and (reach := versions.plays_reach(earlier)) and reach > begins)
    ]


def _sessions(versions: Versions, day: date) -> dict[str, str]:
    reaching = running_into(versions, day - DAY * WINDOW)
    return versions.inputs("silver/plays", sorted({*reaching, *around(day)}))


def data_from(versions: Versions) -> date:
    """The first day with a play; the last that a calendar has where there is none."""
    return min(versions.filled("silver/plays"), default=date.max)


def _watched(versions: Versions) -> list[date]:
    """The days from the first with a play to the last with one, or into which one runs."""
    days = versions.filled("silver/plays")
    if not days:
        return []
    ends = max(versions.plays_reaches().values()) - timedelta(microseconds=1)
    return days_between(days[0], max(days[-1], ends.date()))


def _audience(versions: Versions, day: date) -> dict[str, str]:
    return {
        KNOWN_DAYS: str(known_days(day, data_from(versions))),
        **versions.inputs("gold/user_daily", days_between(day - DAY * (MONTH - 1), day)),
        **versions.inputs("silver/plays", running_into(versions, day)),
    }


def ledger_inputs(versions: Versions, day: date) -> dict[str, str]:
    """What the ledger of an arrival day is made from: its batches and their files."""
    batches = versions.arrivals().get(day, [])
    told = "\n".join(f"{batch.batch}:{batch.erased}" for batch in batches)
    return {
        "batches": hashlib.blake2b(told.encode(), digest_size=12).hexdigest(),
        **versions.inputs("bronze/quarantine", [day]),
        **versions.inputs("bronze/duplicates", [day]),
    }


def _same_day(table: str) -> Callable[[Versions, date], dict[str, str]]:
    source = next(name for name in dependencies()[table] if name not in DIMENSIONS)
    return lambda versions, day: versions.inputs(source, [day])


INPUTS: Mapping[str, Callable[[Versions, date], dict[str, str]]] = {
    table: _same_day(table) for table in (*SILVER, *GOLD_DAILY) if table not in DIMENSIONS
} | {
    "silver/plays": lambda versions, day: versions.inputs("bronze/watch_events", around(day)),
    "silver/sessions": _sessions,
    "gold/audience_daily": _audience,
    "gold/ledger_daily": ledger_inputs,
}
"""What a day of each daily table is made from at least, with its version now."""


def candidates(versions: Versions, table: str) -> list[date]:
    """The days that a daily table should have: those with rows below it, and those it has."""
    built = versions.partitions(table)
    match table:
        case "gold/audience_daily":
            below = _watched(versions)
        case "gold/ledger_daily":
            below = list(versions.arrivals())
        case _:
            source = next(name for name in dependencies()[table] if name not in DIMENSIONS)
            below = versions.filled(source)
    return sorted({*built, *below})


def is_pending(versions: Versions, table: str, day: date) -> bool:
    """Whether a day of a daily table is missing, stale, or made from something else."""
    footer = versions.footer(table, day)
    if footer is None or footer.code != code_version(table):
        return True
    if versions.lake.is_stale(table, day):
        return True
    return {**versions.current(footer.inputs), **INPUTS[table](versions, day)} != dict(
        footer.inputs
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
        told = before + repr(sorted(days.items()))
        before = hashlib.blake2b(told.encode(), digest_size=12).hexdigest()
    return inputs


def weeks(versions: Versions) -> list[date]:
    """The Mondays of the weeks from the first to the last day with plays, and of those stored."""
    days = versions.filled("gold/title_daily")
    found = set(versions.partitions("gold/top10_weekly"))
    if days:
        first = days[0] - DAY * days[0].weekday()
        found.update(days_between(first, days[-1])[::7])
    return sorted(found)


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
    found: dict[str, list[Partition]] = {}
    for table in tables:
        if table in DIMENSIONS or table in GOLD_ROLLUPS:
            found[table] = pending_rollup(versions, table)
        else:
            found[table] = [
                day for day in candidates(versions, table) if is_pending(versions, table, day)
            ]
    return {table: partitions for table, partitions in found.items() if partitions}


def pending_days(lake: Lake) -> list[date]:
    """The days of which a daily table is pending and that have begun, the newest last."""
    waiting, today = pending(Versions(lake)), datetime.now(UTC).date()
    daily = (days for table, days in waiting.items() if contract(table).partition == "day")
    return sorted({day for days in daily for day in days if day is not None and day <= today})
