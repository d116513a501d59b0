"""Searches and recommendations, and what became of them: two kinds of interactions, asked alike."""

# Written into SQL are names out of contracts and metrics only; values are bound.
# ruff: noqa: S608

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import TYPE_CHECKING, ClassVar, TypeVar

from pydantic import Field
from typing_extensions import override

from netflix_pipeline.metrics import metric
from netflix_pipeline.serving.query import measures, periods
from netflix_pipeline.serving.query.filters import (
    Choice,
    Chosen,
    check_known,
    choices,
    condition,
)
from netflix_pipeline.serving.question import (
    ALL,
    AnswerModel,
    Filters,
    Period,
    Question,
    Row,
    RowTable,
    Snapshot,
    column,
    data_of,
    measure,
)

OTHERS = "(others)"
"""The group that stands for all but the largest."""

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

    day: date = Field(description="UTC day")
    group: str | None = GROUP


MOST_GROUPS = 20
"""Groups that are told apart; the others are one."""

MOST_SPLIT_DAYS = 366
"""The longest period that is answered by day and group."""


COUNTED = """
    WITH asked AS (SELECT *, {split} AS split FROM {table}
        WHERE event_date BETWEEN $from AND $to{where}),
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
"""What tells of each kind how many were clicked."""
TABLES = frozenset(metric(name).table for name in SHARES)
"""The tables of the metrics of interactions."""


def days(snapshot: Snapshot, *metrics: str) -> Period | None:
    """The first and the last day with what some metrics are of, of both where none is named.

    None where there is nothing.
    """
    tables = {metric(name).table for name in metrics or SHARES}
    rows = " UNION ALL ".join(f"SELECT event_date FROM {table}" for table in sorted(tables))
    name = f"days of {' and '.join(metrics) or 'interactions'}"
    return snapshot.kept(name, lambda: periods.span(snapshot, f"({rows})"))


def known_values(snapshot: Snapshot, table: str, name: str) -> tuple[str, ...]:
    """All values of a column of these tables, in order."""

    def read() -> tuple[str, ...]:
        rows = snapshot.rows(f"SELECT DISTINCT {name} FROM {table} ORDER BY 1")
        return tuple(row[name] for row in rows)

    return snapshot.kept(f"{name} of {table}", read)


T = TypeVar("T")
SEARCHES, RECOMMENDATIONS = "gold/search_daily", "gold/recommendation_daily"
EXAMPLE_DAY = date(2026, 3, 6)


class SearchMeasures(AnswerModel):
    """Searches, and how they went."""

    searches: int = column(SEARCHES, "searches")
    clicked: int = column(SEARCHES, "clicked")
    without_results: int = column(SEARCHES, "without_results")
    search_success: float | None = measure("search_success", more="null without searches")


class SearchGroup(SearchMeasures, OfGroup):
    """The searches of one group."""


class SearchDay(SearchMeasures, OfDay):
    """The searches of one day, or of one group on it."""


class Searches(AnswerModel):
    """The searches of a period."""

    totals: SearchMeasures
    groups: tuple[SearchGroup, ...] = GROUPS
    days: tuple[SearchDay, ...] = DAYS


class RecommendationMeasures(AnswerModel):
    """Recommendations shown, and how they went."""

    shown: int = column(RECOMMENDATIONS, "shown")
    clicked: int = column(RECOMMENDATIONS, "clicked")
    recommendation_ctr: float | None = measure("recommendation_ctr", more="null where none shown")


class RecommendationGroup(RecommendationMeasures, OfGroup):
    """The recommendations of one group."""


class RecommendationDay(RecommendationMeasures, OfDay):
    """The recommendations of one day, or of one group on it."""


class Recommendations(AnswerModel):
    """The recommendations of a period."""

    totals: RecommendationMeasures
    groups: tuple[RecommendationGroup, ...] = GROUPS
    days: tuple[RecommendationDay, ...] = DAYS


class RecommendationFilters(Filters):
    """What recommendations can be narrowed to besides."""

    algorithm: Chosen = Field(default=None, description="the recommender, or `unknown`")

    if TYPE_CHECKING:  # it does not see the fields of dimensions

        def __init__(self, **given: Choice | Sequence[str] | None) -> None: ...


ALL_RECOMMENDATIONS = RecommendationFilters()


@dataclass(frozen=True, slots=True)
class InteractionsQuestion(Question[T]):
    """Interactions of a kind and their clicks, of the period and by day: zeros included.

    A period that is left out is the 28 days that end with the last day with some. Raises
    FilterNotTaken and BadPeriod.
    """

    period: Period | None = None
    filters: Filters = ALL
    split_by: str | None = None

    counts: ClassVar[tuple[str, ...]]
    """The columns of its metric's table that it counts; groups are ranked by the first, all."""

    settles = False

    @override
    def resolved(self, snapshot: Snapshot) -> Period:
        known = None if self.period else days(snapshot, *self.metrics)
        return periods.resolve(snapshot, self.period, known)

    @override
    def known(self, snapshot: Snapshot) -> Period | None:
        return days(snapshot, *self.metrics)

    @override
    def answer(self, snapshot: Snapshot, period: Period) -> T:
        share = metric(self.metrics[0])
        share.check([*self.filters.given, *([self.split_by] if self.split_by else [])])
        if self.split_by and period.days > MOST_SPLIT_DAYS:
            raise periods.BadPeriod(
                f"the period has {period.days} days, and at most {MOST_SPLIT_DAYS} are answered by "
                "group: ask for a shorter one, or leave `split_by` out."
            )
        sums = (f"coalesce(sum({name}), 0)::BIGINT AS {name}" for name in self.counts)
        where, bound = "", Row()
        for name, choice in self.filters.given.items():
            known = known_values(snapshot, share.table, name)
            # What plays have is known also where nobody searched, or was recommended something.
            check_known(name, choice, {*known, *choices(snapshot).get(name, ())}, known)
            more, values = condition(name, choice, choice.values)
            where, bound = where + more, bound | values
        query = COUNTED.format(
            split=self.split_by or "NULL",
            table=share.table,
            where=where,
            whole=self.counts[0],
            most=MOST_GROUPS,
            measures=", ".join((*sums, measures.chosen(self.metrics))),
        )
        bound |= {"from": period.from_, "to": period.to, "others": OTHERS}
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
        nothing = dict.fromkeys(self.counts, 0) | {share.name: None}
        named = [row["group"] for row in groups] if self.split_by else [None]
        of_days = [
            {"day": day, "group": name, **by_day.get((day, name), nothing)}
            for day, name in product(period.each, named)
        ]
        data: T = data_of(type(self)).model_validate(
            {"totals": totals, "groups": groups, "days": of_days}
        )
        return data


EXAMPLE_SEARCHED = SearchMeasures(
    searches=2_104, clicked=1_306, without_results=88, search_success=0.62072
)


@dataclass(frozen=True, slots=True)
class SearchesQuestion(InteractionsQuestion[Searches]):
    """Searches and their success, of the period and by day."""

    metrics = ("search_success",)
    rows = RowTable(SearchDay, lambda searches: searches.days)
    counts = ("searches", "clicked", "without_results")

    example = (
        {"period": Period(from_=EXAMPLE_DAY, to=EXAMPLE_DAY), "split_by": "device"},
        Searches(
            totals=EXAMPLE_SEARCHED,
            groups=(SearchGroup(group="smart_tv", **EXAMPLE_SEARCHED.model_dump()),),
            days=(SearchDay(day=EXAMPLE_DAY, group="smart_tv", **EXAMPLE_SEARCHED.model_dump()),),
        ),
    )


EXAMPLE_SHOWN = RecommendationMeasures(shown=9_410, clicked=1_129, recommendation_ctr=0.11998)


@dataclass(frozen=True, slots=True)
class RecommendationsQuestion(InteractionsQuestion[Recommendations]):
    """Recommendations and their clicks, of the period and by day."""

    filters: Filters = ALL_RECOMMENDATIONS

    metrics = ("recommendation_ctr",)
    rows = RowTable(RecommendationDay, lambda recommendations: recommendations.days)
    counts = ("shown", "clicked")

    example = (
        {"period": Period(from_=EXAMPLE_DAY, to=EXAMPLE_DAY)},
        Recommendations(
            totals=EXAMPLE_SHOWN,
            groups=(),
            days=(RecommendationDay(day=EXAMPLE_DAY, group=None, **EXAMPLE_SHOWN.model_dump()),),
        ),
    )
