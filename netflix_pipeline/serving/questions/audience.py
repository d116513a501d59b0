"""The audience: how many watch, who comes back, what they did before, and how engaged they are."""

from dataclasses import dataclass
from datetime import date, timedelta

from pydantic import Field
from typing_extensions import override

from netflix_pipeline.contracts.gold import SEGMENTS
from netflix_pipeline.metrics import METRICS
from netflix_pipeline.serving.query import measures, periods
from netflix_pipeline.serving.question import (
    AnswerModel,
    Period,
    Question,
    Row,
    RowTable,
    Snapshot,
    column,
    measure,
)


class AudienceDay(AnswerModel):
    """How many people watch, as of one day."""

    day: date = Field(description="UTC day")
    dau: int = measure("dau")
    wau: int | None = measure("wau")
    mau: int | None = measure("mau")
    stickiness: float | None = measure("stickiness", more="null without monthly viewers, too")


class Audience(AnswerModel):
    """How many people watch: what a period shows, and each of its days."""

    last_day: AudienceDay = Field(
        serialization_alias="on_last_day",
        description="what the period shows: its last day's values",
    )
    days: tuple[AudienceDay, ...] = Field(description="every day of the period, in order")


EXAMPLE_DAY = AudienceDay(day=date(2026, 3, 6), dau=1_204, wau=3_811, mau=6_240, stickiness=0.19295)


@dataclass(frozen=True, slots=True)
class AudienceQuestion(Question[Audience]):
    """Daily, weekly and monthly viewers and stickiness: of the period's last day, and by day."""

    period: Period | None = None

    metrics = measures.AUDIENCE
    rows = RowTable(AudienceDay, lambda audience: audience.days)

    @override
    def answer(self, snapshot: Snapshot, period: Period) -> Audience:
        known = measures.last_days(snapshot, period.each)
        days = tuple(AudienceDay(day=day, **known[day]) for day in period.each)
        return Audience(last_day=days[-1], days=days)

    example = (
        {"period": Period(from_=EXAMPLE_DAY.day, to=EXAMPLE_DAY.day)},
        Audience(last_day=EXAMPLE_DAY, days=(EXAMPLE_DAY,)),
    )


RETENTION = "gold/retention_weekly"


class RetentionWeek(AnswerModel):
    """How many of a cohort came back k weeks later."""

    cohort_week: date = column(RETENTION, "cohort_week")
    cohort_users: int = column(RETENTION, "cohort_users")
    week_offset: int = column(RETENTION, "week_offset")
    active_users: int = column(RETENTION, "active_users")
    retention: float | None = measure("retention", more="null while provisional")
    provisional: bool = column(RETENTION, "provisional")


class RetentionRate(AnswerModel):
    """How many of all cohorts together came back k weeks later."""

    week_offset: int = column(RETENTION, "week_offset")
    cohorts: int = Field(
        serialization_alias="cohort_count",
        description="cohorts in it: those of which week k has ended",
    )
    cohort_users: int = Field(description="users of these cohorts [users]")
    active_users: int = column(RETENTION, "active_users")
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
        return periods.weeks(snapshot, self.period)

    @override
    def answer(self, snapshot: Snapshot, period: Period) -> Retention:
        if period.days > MOST_COHORTS * 7:
            raise periods.BadPeriod(
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


LIFECYCLE = "gold/lifecycle_weekly"


class LifecycleWeek(AnswerModel):
    """The users of one week, by what they did before."""

    week: date = column(LIFECYCLE, "week")
    active_users: int = column(LIFECYCLE, "active_users")
    new_users: int = column(LIFECYCLE, "new_users")
    returning_users: int = column(LIFECYCLE, "returning_users")
    resurrected_users: int = column(LIFECYCLE, "resurrected_users")
    dormant_users: int = column(LIFECYCLE, "dormant_users")
    provisional: bool = column(LIFECYCLE, "provisional")


WEEKS = "SELECT * FROM lifecycle_weekly WHERE week BETWEEN $from AND $to ORDER BY week"


@dataclass(frozen=True, slots=True)
class LifecycleQuestion(Question[tuple[LifecycleWeek, ...]]):
    """New, returning, resurrected and dormant users by week.

    Of the weeks that the period touches; without one, of the 12 weeks that end with the last week
    with data. Weeks before the first play and after the last one are left out.
    """

    period: Period | None = None

    metrics = ("lifecycle",)

    @override
    def resolved(self, snapshot: Snapshot) -> Period:
        return periods.weeks(snapshot, self.period)

    @override
    def answer(self, snapshot: Snapshot, period: Period) -> tuple[LifecycleWeek, ...]:
        bound: Row = {"from": period.from_, "to": period.to}
        return tuple(LifecycleWeek(**row) for row in snapshot.rows(WEEKS, bound))

    example = (
        {"period": Period(from_=date(2026, 2, 23), to=date(2026, 3, 1))},
        (
            LifecycleWeek(
                week=date(2026, 2, 23),
                active_users=3_702,
                new_users=412,
                returning_users=2_980,
                resurrected_users=310,
                dormant_users=645,
                provisional=False,
            ),
        ),
    )


class Segment(AnswerModel):
    """The users of one segment."""

    segment: str = column("gold/user_profile", "segment")
    users: int = Field(description="users in it [users]")
    share: float | None = Field(description="users ÷ all who ever played; null without any")
    engagement_score: float | None = measure("engagement_score", more="their mean; null without")


class Segments(AnswerModel):
    """All who ever played, by how much they watched in the last 28 days with data."""

    users: int = Field(description="all who ever played [users]")
    engagement_score: float | None = measure("engagement_score", more="their mean; null without")
    segments: tuple[Segment, ...] = Field(description="all four, the most engaged first")


SCORED_DAYS = 28
"""Days that a score looks back over, as the metric says."""

COUNTED = f"""
    SELECT segment, count(*) AS users, {METRICS["engagement_score"].expression} AS engagement_score
    FROM user_profile GROUP BY GROUPING SETS ((), (segment))
"""  # noqa: S608  an expression of the metric layer; nothing is bound

NO_USERS: Row = {"users": 0, "engagement_score": None}


@dataclass(frozen=True, slots=True)
class SegmentsQuestion(Question[Segments]):
    """How many people are core, regular, casual and at risk, by their engagement score.

    Of all who ever played, by the last 28 days with data, which are its period.
    """

    metrics = ("engagement_score",)
    rows = RowTable(Segment, lambda segments: segments.segments)

    @override
    def resolved(self, snapshot: Snapshot) -> Period | None:
        last = snapshot.info.data_to
        return Period(from_=last - timedelta(days=SCORED_DAYS - 1), to=last) if last else None

    @override
    def answer(self, snapshot: Snapshot, period: Period | None) -> Segments:
        found = {row.pop("segment"): row for row in snapshot.rows(COUNTED)}
        everybody = found[None]
        whole = everybody["users"]
        return Segments(
            **everybody,
            segments=tuple(
                Segment(segment=name, share=row["users"] / whole if whole else None, **row)
                for name, row in ((name, found.get(name, NO_USERS)) for name in SEGMENTS)
            ),
        )

    example = (
        {},
        Segments(
            users=8_000,
            engagement_score=31.4,
            segments=(
                Segment(segment="core", users=480, share=0.06, engagement_score=77.2),
                Segment(segment="regular", users=2_160, share=0.27, engagement_score=52.8),
                Segment(segment="casual", users=3_600, share=0.45, engagement_score=26.1),
                Segment(segment="at_risk", users=1_760, share=0.22, engagement_score=3.4),
            ),
        ),
    )
