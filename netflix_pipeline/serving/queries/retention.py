"""Who comes back, by the week of their first play."""

from __future__ import annotations

from netflix_pipeline.metrics import METRICS
from netflix_pipeline.serving.answers import Period, Retention, RetentionRate, RetentionWeek
from netflix_pipeline.serving.errors import BadPeriod
from netflix_pipeline.serving.snapshots import Snapshot

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


def retention(snapshot: Snapshot, weeks: Period, most: int) -> Retention:
    """The cohorts of some whole weeks, each up to `most` weeks later. Raises BadPeriod."""
    if weeks.days > MOST_COHORTS * 7:
        raise BadPeriod(
            f"the period touches {weeks.days // 7} weeks, and at most {MOST_COHORTS} cohorts are "
            "answered at once: ask for a shorter one."
        )
    asked = {"from": weeks.from_, "to": weeks.to, "most": most}
    return Retention(
        rates=tuple(RetentionRate(**row) for row in snapshot.rows(RATES, asked)),
        cohorts=tuple(RetentionWeek(**row) for row in snapshot.rows(COHORTS, asked)),
    )
