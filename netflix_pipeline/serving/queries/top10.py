"""The most viewed films, and seasons and series, of a week."""

from __future__ import annotations

from datetime import date

from netflix_pipeline.contracts.gold.top10_weekly import OVERALL
from netflix_pipeline.serving.answers import RankedEntry, Top10
from netflix_pipeline.serving.queries.weeks import sunday
from netflix_pipeline.serving.snapshots import Snapshot

ENTRIES = """
    SELECT t.* EXCLUDE (week), p.rank AS previous_rank
    FROM top10_weekly AS t LEFT JOIN top10_weekly AS p
        ON p.week = t.week - 7 AND p.list = t.list AND p.country = t.country
        AND p.entry_id = t.entry_id
    WHERE t.week = $week AND t.country = $country AND ($list IS NULL OR t.list = $list)
    ORDER BY t.list, t.rank
"""
COUNTRIES = """
    SELECT DISTINCT country FROM top10_weekly
    WHERE week = $week AND country <> $overall ORDER BY country
"""
SPAN = "SELECT min(week) AS first_week, max(week) AS last_week FROM top10_weekly"


def top10(snapshot: Snapshot, week: date, which: str | None, country: str) -> Top10:
    """The lists of the week that begins on a Monday, or one of them; empty where there are none."""
    (span,) = snapshot.rows(SPAN)
    countries = snapshot.rows(COUNTRIES, {"week": week, "overall": OVERALL})
    entries = snapshot.rows(ENTRIES, {"week": week, "country": country, "list": which})
    last_day = snapshot.info.data_to
    return Top10(
        week=week,
        provisional=last_day is None or sunday(week) > last_day,
        countries=tuple(row["country"] for row in countries),
        entries=tuple(RankedEntry(**row) for row in entries),
        **span,
    )
