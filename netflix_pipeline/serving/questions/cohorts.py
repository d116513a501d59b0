"""Cohorts: who of those who began together, or with the same, comes back, by day or by week."""

# Written into SQL are names out of contracts and expressions of this module only; values are bound.
# ruff: noqa: S608

from dataclasses import KW_ONLY, dataclass
from datetime import timedelta
from typing import Literal

from pydantic import Field
from typing_extensions import override

from netflix_pipeline.serving.query import codes, periods
from netflix_pipeline.serving.query.cohorts import Beginning, beginnings, profiles
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

Step = Literal["day", "week"]
"""How it is counted how much later somebody comes back."""

DAYS: dict[Step, int] = {"day": 1, "week": 7}
"""The days of a step."""
MOST_COHORTS = 104
"""Days or weeks whose cohorts are answered at once: of weeks two years."""


class StepLater(AnswerModel):
    """How many people of a cohort play again some steps after their first one."""

    offset: int = Field(description="k: how many days or weeks after that of the first play")
    cohort_users: int = Field(description="people of whom it is over by then [users]")
    active_users: int = Field(description="those of them with a play in it [users]")
    retention: float = measure("cohort_retention")
    hours_viewed: float = Field(description="hours that they watched in it [h]")


class _OfCohort(AnswerModel):
    group: str | None = Field(
        description="the day of the first play, or the Monday of its week; by what people began "
        "with, its id, null for the rest"
    )
    name: str | None = Field(description="the name of the title or series, where it has one")
    rest: bool = Field(description="whether these are all other groups together")


class CohortStep(StepLater, _OfCohort):
    """One cohort, some steps later."""


class Cohorts(AnswerModel):
    """Cohorts of people, and how they come back."""

    step: Step
    by: Beginning | None = Field(
        description="what people of a cohort began with; null where they began at the same time"
    )
    groups: int = Field(
        serialization_alias="group_count",
        description="how many cohorts there are, all that are the rest included",
    )
    rates: tuple[StepLater, ...] = Field(description="all cohorts together, by k")
    cohorts: tuple[CohortStep, ...] = Field(
        description="each cohort by k: in the order of time, or most people first and the rest last"
    )


BEGINS: dict[Step, str] = {"day": "first_day", "week": "cohort"}
"""The first day of the step in which somebody began, of the table of profiles."""

MEMBERS = """
    WITH members AS MATERIALIZED (
        SELECT user_id, first_day, {begins} AS begins FROM {profiles}
        WHERE first_day BETWEEN $from AND $to AND {begins} + ($days::INTEGER - 1) <= $over
    ), grouped AS MATERIALIZED ({grouped}), ranked AS MATERIALIZED (
        SELECT id, row_number() OVER (ORDER BY {order})::INTEGER AS place
        FROM grouped GROUP BY id
    )
"""
"""The people of all cohorts, of each the `id` of the own one, and the places of these."""

BY_TIME = "SELECT user_id, begins::VARCHAR AS id FROM members"
BY_BEGINNING = "SELECT user_id, {by} AS id FROM members JOIN {begun} USING (user_id)"

# A step of somebody counts where it is over by the last day that is.
LATER = f"""
    {MEMBERS}, told AS MATERIALIZED (
        SELECT user_id, begins, CASE WHEN place <= $top THEN place END AS place
        FROM members JOIN grouped USING (user_id) JOIN ranked USING (id)
    ), steps AS (
        SELECT unnest(range($most::INTEGER + 1))::INTEGER AS k
    ), sizes AS (
        SELECT place, k, grouping(place) = 1 AS everybody, sum(users)::BIGINT AS cohort_users
        FROM (SELECT place, begins, count(*) AS users FROM told GROUP BY ALL)
        JOIN steps ON begins + ((k + 1) * $days::INTEGER - 1) <= $over
        GROUP BY GROUPING SETS ((k), (place, k))
    ), came AS (
        SELECT place, k, grouping(place) = 1 AS everybody, count(*) AS active_users,
            coalesce(sum(watch_seconds), 0) / 3600 AS hours_viewed
        FROM (
            SELECT user_id, place, begins, ((event_date - begins) // $days::INTEGER)::INTEGER AS k,
                sum(watch_seconds) AS watch_seconds
            FROM coded.plays JOIN told USING (user_id)
            WHERE event_date BETWEEN $from AND $last GROUP BY ALL
        )
        WHERE begins + ((k + 1) * $days::INTEGER - 1) <= $over
        GROUP BY GROUPING SETS ((k), (place, k))
    )
    SELECT r.id, (SELECT max(place) FROM ranked) AS groups, s.k AS "offset", s.everybody,
        s.cohort_users,
        coalesce(c.active_users, 0) AS active_users,
        coalesce(c.active_users, 0) / s.cohort_users AS retention,
        coalesce(c.hours_viewed, 0) AS hours_viewed
    FROM sizes AS s LEFT JOIN came AS c
        ON (c.k, c.everybody) = (s.k, s.everybody) AND c.place IS NOT DISTINCT FROM s.place
    LEFT JOIN ranked AS r ON r.place = s.place
    ORDER BY s.place NULLS LAST, s.k
"""


@dataclass(frozen=True, slots=True)
class CohortsQuestion(Question[Cohorts]):
    """Who comes back, by the day or the week of the first play, or by what people began with.

    The people whose first play ever fell in the days of the period, or in the weeks that it
    touches, each up to `most` steps later. Days and weeks that have not ended are left out. By what
    they began with, the `top` groups with most people, and the rest as one. Raises BadPeriod.
    """

    step: Step = "day"
    by: Beginning | None = None
    period: Period | None = None
    _: KW_ONLY
    most: int = 28
    top: int = 10

    metrics = ("cohort_retention",)
    rows = RowTable(CohortStep, lambda told: told.cohorts)

    @override
    def resolved(self, snapshot: Snapshot) -> Period:
        if self.step == "week":
            return periods.weeks(snapshot, self.period)
        return periods.resolve(snapshot, self.period)

    @override
    def answer(self, snapshot: Snapshot, period: Period) -> Cohorts:
        days, over = DAYS[self.step], snapshot.info.over
        if period.days > MOST_COHORTS * days:
            raise periods.BadPeriod(
                f"the period touches {period.days // days} {self.step}s, and at most "
                f"{MOST_COHORTS} cohorts are answered at once: ask for a shorter one."
            )
        if over is None:
            return Cohorts(step=self.step, by=self.by, groups=0, rates=(), cohorts=())
        query = LATER.format(
            begins=BEGINS[self.step],
            profiles=profiles(snapshot),
            grouped=BY_BEGINNING.format(by=self.by, begun=beginnings(snapshot))
            if self.by
            else BY_TIME,
            order="count(*) DESC, id" if self.by else "id",
        )
        bound: Row = {
            "from": period.from_,
            "to": period.to,
            "days": days,
            "over": over,
            "most": self.most,
            "last": min(over, period.to + timedelta(days=(self.most + 1) * days)),
            "top": self.top if self.by else MOST_COHORTS,
        }
        told = snapshot.rows(query, bound)
        return Cohorts(
            step=self.step,
            by=self.by,
            groups=told[0]["groups"] if told else 0,
            rates=tuple(StepLater(**_numbers(row)) for row in told if row["everybody"]),
            cohorts=self._cohorts(snapshot, [row for row in told if not row["everybody"]]),
        )

    def _cohorts(self, snapshot: Snapshot, rows: list[Row]) -> tuple[CohortStep, ...]:
        """The cohorts; rows are in their order, and by step."""
        names: dict[str, str | None] = {}
        if self.by == "first_title":
            ids = {row["id"] for row in rows} - {None}
            names = codes.title_names(snapshot, sorted(ids))
        return tuple(
            CohortStep(
                group=row["id"],
                name=names.get(row["id"]),
                rest=row["id"] is None,
                **_numbers(row),
            )
            for row in rows
        )

    example = (
        {"step": "day", "by": "first_device", "period": EXAMPLE_PERIOD},
        Cohorts(
            step="day",
            by="first_device",
            groups=8,
            rates=(
                StepLater(
                    offset=7,
                    cohort_users=1_480,
                    active_users=312,
                    retention=0.21081,
                    hours_viewed=402.5,
                ),
            ),
            cohorts=(
                CohortStep(
                    group="smart_tv",
                    name=None,
                    rest=False,
                    offset=7,
                    cohort_users=640,
                    active_users=166,
                    retention=0.25938,
                    hours_viewed=231.1,
                ),
            ),
        ),
    )


def _numbers(row: Row) -> Row:
    return {name: row[name] for name in StepLater.model_fields}
