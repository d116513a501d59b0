"""Viewing by groups of people: by engagement, by what they did before, by how they began."""

# Written into SQL are names out of contracts and metrics and expressions of this module only;
# values are bound.
# ruff: noqa: S608

from dataclasses import KW_ONLY, dataclass
from typing import Any, Literal

from pydantic import Field
from typing_extensions import override

from netflix_pipeline.contracts.measures import OF_PLAYS
from netflix_pipeline.metrics import metric
from netflix_pipeline.serving.query import codes, cohorts, measures
from netflix_pipeline.serving.query.comparisons import (
    Against,
    Beside,
    MetricComparedWith,
    beside,
    other_side,
    rows_compared_with,
)
from netflix_pipeline.serving.query.filters import ALL, Filters, conditions
from netflix_pipeline.serving.question import (
    EXAMPLE_PERIOD,
    AnswerModel,
    Period,
    Question,
    Row,
    RowTable,
    Snapshot,
    measure,
)

PeopleGroup = Literal["segment", "lifecycle", "first_title", "first_country", "first_device"]
"""What people are told apart by."""

WATCHED = ("plays", "starters", "hours_viewed", "viewers", "completion_rate")
COMPARED = "hours_viewed"
"""The one of them that is compared: by it groups are sorted."""


class PeopleWatching(AnswerModel):
    """How people watched in a period."""

    people: int = Field(description="people with a play [users]")
    plays: int = measure("plays")
    starters: int = measure("starters")
    hours_viewed: float = measure("hours_viewed")
    viewers: int = measure("viewers")
    completion_rate: float | None = measure("completion_rate")


class _Group(AnswerModel):
    group: str | None = Field(
        description="segment, status, or id of what they began with; null for the rest"
    )
    name: str | None = Field(description="the name of the title or series, where it has one")
    rest: bool = Field(description="whether these are all other groups together")
    share_of_hours: float | None = Field(description="hours viewed ÷ those of all; null without")


class _GroupAlone(PeopleWatching, _Group):
    """How a group of people watched, beside nothing."""


class GroupWatching(Beside, _GroupAlone):
    """How a group of people watched."""


class PeopleByGroup(AnswerModel):
    """How people watched in a period, and each group of them."""

    by: PeopleGroup
    total: PeopleWatching = Field(serialization_alias="totals", description="all people")
    groups: tuple[GroupWatching, ...] = Field(
        description="most hours first, then the rest; a person may be in several by `lifecycle`, "
        "which is told week by week, and is in one otherwise"
    )
    number: int = Field(serialization_alias="group_count", description="how many groups there are")
    compared_with: MetricComparedWith | None = rows_compared_with()


STATUSES = """
    SELECT user_id, week, CASE
        WHEN lag(week) OVER of_user IS NULL THEN 'new'
        WHEN lag(week) OVER of_user = week - 7 THEN 'returning'
        ELSE 'resurrected' END AS id
    FROM (
        SELECT DISTINCT user_id, date_trunc('week', event_date)::DATE AS week FROM coded.plays
        WHERE event_date <= $to
    ) WINDOW of_user AS (PARTITION BY user_id ORDER BY week)
"""


def groups(snapshot: Snapshot, by: PeopleGroup) -> str:
    """The group of each user, and of each week where it may change with these, in SQL."""
    if by == "segment":
        return f"SELECT user_id, segment AS id FROM {cohorts.profiles(snapshot)}"
    if by == "lifecycle":
        return STATUSES
    return f"SELECT user_id, {by} AS id FROM {cohorts.beginnings(snapshot)}"


PLAYED = f"""
    WITH grouped AS ({{groups}}), played AS (
        SELECT user_id, id, {", ".join(each.added_sql for each in OF_PLAYS)}
        FROM coded.plays JOIN grouped USING (user_id)
        WHERE event_date BETWEEN $from AND $to {{of_week}} {{narrowed}}
    )
"""

WATCHING = f"""
    {PLAYED}, told AS (
        SELECT id, grouping(id) = 1 AS everybody, count(DISTINCT user_id) AS people,
            {measures.chosen(WATCHED)}
        FROM played GROUP BY GROUPING SETS ((), (id))
    )
    SELECT * FROM told ORDER BY everybody DESC, hours_viewed DESC, plays DESC, id
"""

OF_WEEK = "AND week = date_trunc('week', event_date)::DATE"

REST = f"""
    {PLAYED}
    SELECT count(DISTINCT user_id) AS people, {measures.chosen(WATCHED)} FROM played
    WHERE NOT list_contains($leading::VARCHAR[], id)
"""

THERE = f"""
    {PLAYED}
    SELECT CASE WHEN list_contains($leading::VARCHAR[], id) THEN id END AS id,
        {measures.chosen((COMPARED,))}
    FROM played GROUP BY 1
"""
"""What is compared of each of the leading groups, and of all others together, whose id is null."""


@dataclass(frozen=True, slots=True)
class PeopleByGroupQuestion(Question[PeopleByGroup]):
    """Hours and viewers by segment, lifecycle, or how people began: first title, country, device.

    With `compare` stands beside the hours of each group what the same group watched on the other
    side, and beside those of the rest what all other groups did there. Raises FilterNotTaken and
    UnknownValues.
    """

    by: PeopleGroup
    period: Period | None = None
    filters: Filters = ALL
    top: int = 10
    _: KW_ONLY
    compare: Against | None = None

    metrics = WATCHED
    rows = RowTable(_GroupAlone, lambda people: people.groups)

    @property
    @override
    def row_table(self) -> RowTable[Any] | None:
        return RowTable(GroupWatching, lambda people: people.groups) if self.compare else self.rows

    @override
    def answer(self, snapshot: Snapshot, period: Period) -> PeopleByGroup:
        parts, bound = self._played(snapshot, period, self.filters)
        everybody, *found = snapshot.rows(WATCHING.format(**parts), bound)
        leading, others = found[: self.top], found[self.top :]
        ids = [one["id"] for one in leading]
        if others:
            (rest,) = snapshot.rows(REST.format(**parts), bound | {"leading": ids})
            leading.append(rest | {"id": None})
        compared_with = None
        if self.compare:
            other = other_side(snapshot, self.compare, period, self.filters)
            parts, bound = self._played(snapshot, other.period, other.filters)
            there = snapshot.pairs(THERE.format(**parts), bound | {"leading": ids})
            for row in leading:
                row.update(beside(row[COMPARED], there.get(row["id"], 0)))
            compared_with = MetricComparedWith.by_metric(
                COMPARED, snapshot, self.compare, period, other
            )
        names = self._names(snapshot, ids)
        return PeopleByGroup(
            by=self.by,
            total=PeopleWatching(**{name: everybody[name] for name in PeopleWatching.model_fields}),
            groups=tuple(_group(row, everybody, names) for row in leading),
            number=len(found),
            compared_with=compared_with,
        )

    def _played(
        self, snapshot: Snapshot, period: Period, filters: Filters
    ) -> tuple[dict[str, str], Row]:
        """The parts of `PLAYED` for some days under filters, and what it binds."""
        for name in WATCHED:
            metric(name).check(filters.given)
        narrowed, bound = conditions(snapshot, filters)
        parts = {
            "groups": groups(snapshot, self.by),
            "of_week": OF_WEEK if self.by == "lifecycle" else "",
            "narrowed": narrowed,
        }
        return parts, bound | {"from": period.from_, "to": period.to}

    def _names(self, snapshot: Snapshot, ids: list[str]) -> dict[str, str | None]:
        if self.by != "first_title":
            return {}
        return codes.title_names(snapshot, ids)

    example = (
        {"by": "segment", "period": EXAMPLE_PERIOD},
        PeopleByGroup(
            by="segment",
            total=PeopleWatching(
                people=6_480,
                plays=96_200,
                starters=81_000,
                hours_viewed=60_400.5,
                viewers=6_240,
                completion_rate=0.61,
            ),
            groups=(
                GroupWatching(
                    group="core",
                    name=None,
                    rest=False,
                    share_of_hours=0.35,
                    people=480,
                    plays=30_110,
                    starters=27_300,
                    hours_viewed=21_140.2,
                    viewers=480,
                    completion_rate=0.74,
                ),
            ),
            number=4,
        ),
    )


def _group(row: Row, everybody: Row, names: dict[str, str | None]) -> GroupWatching:
    hours: Any = everybody["hours_viewed"]
    told = (*PeopleWatching.model_fields, *Beside.model_fields)
    return GroupWatching(
        group=row["id"],
        name=names.get(row["id"]),
        rest=row["id"] is None,
        share_of_hours=row["hours_viewed"] / hours if hours else None,
        **{name: row[name] for name in told if name in row},
    )
