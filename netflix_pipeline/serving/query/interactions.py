"""Searches and recommendations of a period, by day, under filters, split by a dimension."""

# Written into SQL are names out of contracts and metrics only; values are bound.
# ruff: noqa: S608

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import Field

from netflix_pipeline.metrics import Metric, metric
from netflix_pipeline.serving.answer import AnswerModel, Period
from netflix_pipeline.serving.errors import BadPeriod
from netflix_pipeline.serving.query import periods
from netflix_pipeline.serving.snapshot.open import Row, Snapshot

OTHERS = "(others)"
"""The group that stands for all but the largest."""

DAY = Field(description="UTC day")

GROUP = Field(
    description=f"value of the dimension that it is split by; `{OTHERS}`: all but the largest"
)

DAYS = Field(description="every day of the period in order; of each, every group where it is split")
GROUPS = Field(description="the whole period by group, largest first; none where it is not split")


class OfGroup(AnswerModel):
    """What is of one group."""

    group: str = GROUP


class OfDay(AnswerModel):
    """What is of one day, or of one group on it."""

    day: date = DAY
    group: str | None = GROUP


MOST_GROUPS = 20
"""Groups that are told apart; the others are one."""

MOST_SPLIT_DAYS = 366
"""The longest period that is answered by day and group."""


@dataclass(frozen=True)
class Kind:
    """One kind of interactions: its metric, and the columns of that metric's table it counts.

    The first of them counts all of its kind: groups are ranked by it.
    """

    share: Metric
    counts: tuple[str, ...]

    def measures(self) -> str:
        """The select list of all measures."""
        sums = [f"coalesce(sum({name}), 0)::BIGINT AS {name}" for name in self.counts]
        return ", ".join([*sums, f"{self.share.expression} AS {self.share.name}"])


COUNTED = """
    WITH asked AS (SELECT *, {split} AS split FROM {table} WHERE {where}),
    largest AS (
        SELECT split FROM asked GROUP BY split ORDER BY sum({whole}) DESC, split LIMIT {most}
    ),
    told AS (
        SELECT *, CASE WHEN split IN (FROM largest) THEN split
            WHEN split IS NOT NULL THEN $others END AS "group"
        FROM asked
    )
    SELECT event_date AS day, "group", {measures}
    FROM told GROUP BY GROUPING SETS ((), ("group"), (event_date, "group"))
    ORDER BY "group" = $others, {whole} DESC, "group"
"""
"""Where it is not split, `group` is null."""


SHARES = ("search_success", "recommendation_ctr")


def days(snapshot: Snapshot, *metrics: str) -> Period | None:
    """The first and the last day with what some metrics are of, of both where none is named.

    None where there is nothing.
    """
    tables = {metric(name).table for name in metrics or SHARES}
    rows = " UNION ALL ".join(f"SELECT event_date FROM {table}" for table in sorted(tables))
    name = f"days of {' and '.join(metrics) or 'interactions'}"
    return snapshot.kept(name, lambda: periods.span(snapshot, f"({rows})"))


def counted(
    snapshot: Snapshot,
    kind: Kind,
    period: Period,
    filters: Mapping[str, str],
    split_by: str | None,
) -> dict[str, Any]:
    """The measures of a kind, zeros included.

    `totals` of the period, its `groups`, and its `days` (and groups where it is split).
    """
    kind.share.check([*filters, *([split_by] if split_by else [])])
    if split_by and period.days > MOST_SPLIT_DAYS:
        raise BadPeriod(
            f"the period has {period.days} days, and at most {MOST_SPLIT_DAYS} are answered by "
            "group: ask for a shorter one, or leave `split_by` out."
        )
    where = ["event_date BETWEEN $from AND $to", *(f"{name} = ${name}" for name in filters)]
    query = COUNTED.format(
        split=split_by or "NULL",
        table=kind.share.table,
        where=" AND ".join(where),
        whole=kind.counts[0],
        most=MOST_GROUPS,
        measures=kind.measures(),
    )
    bound = {"from": period.from_, "to": period.to, "others": OTHERS, **filters}
    totals: Row = {}
    groups: list[Row] = []
    by_day: dict[tuple[date, str | None], Row] = {}
    for row in snapshot.rows(query, bound):
        day, group = row.pop("day"), row.pop("group")
        if day is not None:
            by_day[day, group] = row
        elif group is not None:
            groups.append({"group": group, **row})
        else:
            totals = row
    nothing = dict.fromkeys(kind.counts, 0) | {kind.share.name: None}
    names = [row["group"] for row in groups] if split_by else [None]
    days = [
        {"day": day, "group": name, **by_day.get((day, name), nothing)}
        for day in period.each
        for name in names
    ]
    return {"totals": totals, "groups": groups, "days": days}


def resolve(snapshot: Snapshot, period: Period | None, kind: Kind) -> Period:
    """The period asked for; without one, the 28 days that end with the last day with the kind."""
    known = days(snapshot, kind.share.name) if period is None else None
    return periods.resolve(snapshot, period, known.to if known else None)
