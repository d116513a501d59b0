"""Who comes back, by the week of their first play."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from netflix_pipeline.serving.answers.answer import Shape, column, measure

TABLE = "gold/retention_weekly"


class RetentionWeek(Shape):
    """How many of a cohort came back k weeks later."""

    cohort_week: date = column(TABLE, "cohort_week")
    cohort_users: int = column(TABLE, "cohort_users")
    week_offset: int = column(TABLE, "week_offset")
    active_users: int = column(TABLE, "active_users")
    retention: float | None = measure("retention", more="null while provisional")
    provisional: bool = column(TABLE, "provisional")


class RetentionRate(Shape):
    """How many of all cohorts together came back k weeks later."""

    week_offset: int = column(TABLE, "week_offset")
    cohorts: int = Field(description="cohorts in it: those of which week k has ended")
    cohort_users: int = Field(description="users of these cohorts [users]")
    active_users: int = column(TABLE, "active_users")
    retention: float | None = measure("retention")


class Retention(Shape):
    """The retention of the cohorts of some weeks."""

    rates: tuple[RetentionRate, ...] = Field(description="all cohorts together, by k")
    cohorts: tuple[RetentionWeek, ...] = Field(
        description="each cohort by k, oldest first; weeks that have not ended are provisional"
    )
