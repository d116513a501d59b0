"""Retention by cohort: who comes back, by the week of their first play."""

from dataclasses import dataclass
from datetime import date

from pydantic import Field
from typing_extensions import override

from netflix_pipeline.metrics import METRICS
from netflix_pipeline.serving.errors import BadPeriod
from netflix_pipeline.serving.query.weeks import weeks
from netflix_pipeline.serving.question import (
    AnswerModel,
    Period,
    Question,
    RowTable,
    Snapshot,
    column,
    measure,
)

TABLE = "gold/retention_weekly"


class RetentionWeek(AnswerModel):
    """How many of a cohort came back k weeks later."""

    cohort_week: date = column(TABLE, "cohort_week")
    cohort_users: int = column(TABLE, "cohort_users")
    week_offset: int = column(TABLE, "week_offset")
    active_users: int = column(TABLE, "active_users")
    retention: float | None = measure("retention", more="null while provisional")
    provisional: bool = column(TABLE, "provisional")


class RetentionRate(AnswerModel):
    """How many of all cohorts together came back k weeks later."""

    week_offset: int = column(TABLE, "week_offset")
    cohorts: int = Field(description="cohorts in it: those of which week k has ended")
    cohort_users: int = Field(description="users of these cohorts [users]")
    active_users: int = column(TABLE, "active_users")
    retention: float | None = measure("retention")


class Retention(AnswerModel):
    """The retention of the cohorts of some weeks."""

    rates: tuple[RetentionRate, ...] = Field(description="all cohorts together, by k")
    cohorts: tuple[RetentionWeek, ...] = Field(
        description="each cohort by k, oldest first; weeks that have not ended are provisional"
    )


MOST_COHORTS = 104
"""Cohorts that are answered at once: two years."""

COHORTS = """
    SELECT cohort_week, cohort_users, week_offset, active_users,
        CASE WHEN NOT provisional THEN retention END AS retention, provisional
    FROM retention_weekly
    WHERE cohort_week BETWEEN $from AND $to AND week_offset <= $most
    ORDER BY cohort_week, week_offset
"""

RATES = f"""
    SELECT week_offset, count(*) FILTER (WHERE NOT provisional) AS cohorts,
        coalesce(sum(cohort_users) FILTER (WHERE NOT provisional), 0)::BIGINT AS cohort_users,
        coalesce(sum(active_users) FILTER (WHERE NOT provisional), 0)::BIGINT AS active_users,
        {METRICS["retention"].expression} AS retention
    FROM retention_weekly
    WHERE cohort_week BETWEEN $from AND $to AND week_offset <= $most
    GROUP BY week_offset ORDER BY week_offset
"""  # noqa: S608  an expression of the metric layer; values are bound


@dataclass(frozen=True, slots=True)
class RetentionQuestion(Question[Retention]):
    """Who comes back, by the week of the first play.

    The cohorts of the weeks that the period touches, each up to `most` weeks later; without a
    period, of the 12 weeks that end with the last week with data. Raises BadPeriod.
    """

    period: Period | None = None
    most: int = 12

    metrics = ("retention",)
    rows = RowTable(RetentionWeek, lambda retention: retention.cohorts)

    @override
    def resolved(self, snapshot: Snapshot) -> Period:
        return weeks(snapshot, self.period)

    @override
    def answer(self, snapshot: Snapshot, period: Period) -> Retention:
        if period.days > MOST_COHORTS * 7:
            raise BadPeriod(
                f"the period touches {period.days // 7} weeks, and at most {MOST_COHORTS} cohorts "
                "are answered at once: ask for a shorter one."
            )
        bound = {"from": period.from_, "to": period.to, "most": self.most}
        return Retention(
            rates=tuple(RetentionRate(**row) for row in snapshot.rows(RATES, bound)),
            cohorts=tuple(RetentionWeek(**row) for row in snapshot.rows(COHORTS, bound)),
        )

    example = (
        {"period": Period(from_=date(2026, 2, 23), to=date(2026, 3, 1))},
        Retention(
            rates=(
                RetentionRate(
                    week_offset=0, cohorts=1, cohort_users=412, active_users=412, retention=1.0
                ),
                RetentionRate(
                    week_offset=1, cohorts=0, cohort_users=0, active_users=0, retention=None
                ),
            ),
            cohorts=(
                RetentionWeek(
                    cohort_week=date(2026, 2, 23),
                    cohort_users=412,
                    week_offset=0,
                    active_users=412,
                    retention=1.0,
                    provisional=False,
                ),
                RetentionWeek(
                    cohort_week=date(2026, 2, 23),
                    cohort_users=412,
                    week_offset=1,
                    active_users=241,
                    retention=None,
                    provisional=True,
                ),
            ),
        ),
    )
