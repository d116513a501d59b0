"""In which published numbers one play is counted."""

# Written into SQL are names out of contracts and metrics only; values are bound.
# ruff: noqa: S608
from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from netflix_pipeline.serving.draft import naive
from netflix_pipeline.serving.snapshots import Row, Snapshot

PLAY = """
    SELECT * FROM plays
    WHERE event_date = $day AND user_id = $user AND title_id = $title AND started_at = $at
"""
DIMENSIONS = ("country", "device", "plan", "content_type", "genre")
ROWS = {
    "engagement_daily": DIMENSIONS,
    "user_daily": ("user_id", *DIMENSIONS),
    "title_daily": ("title_id", "country"),
}
"""The tables by day in which a play is counted, and the columns by which."""
ENTRY = """
    SELECT t.* FROM top10_weekly AS t
    WHERE t.week = $week AND t.country IN ('all', $country)
        AND t.entry_id = (SELECT entry_id FROM titles WHERE title_id = $title)
    ORDER BY t.country <> 'all', t.rank
"""


def published(
    snapshot: Snapshot, user_id: str, title_id: str, started_at: datetime
) -> dict[str, list[dict[str, Any]]]:
    """The published rows that a play is counted in, by table.

    The tables are plays, engagement_daily, user_daily, title_daily, user_profile, title_profile
    and top10_weekly. A table has no rows where the play is in none of it, as with a film that is
    not in a Top 10.
    """
    at = naive(started_at)
    assert at is not None
    day = at.date()
    who: Row = {"user": user_id, "title": title_id}
    played = snapshot.rows(PLAY, who | {"day": day, "at": at})
    found: dict[str, list[dict[str, Any]]] = {"plays": played}
    for table, columns in ROWS.items():
        keys = [{name: play[name] for name in columns} for play in played[:1]]
        where = " AND ".join(f"{name} = ${name}" for name in columns)
        found[table] = [
            row
            for key in keys
            for row in snapshot.rows(
                f"SELECT * FROM {table} WHERE event_date = $day AND {where}", key | {"day": day}
            )
        ]
    found["user_profile"] = snapshot.rows("SELECT * FROM user_profile WHERE user_id = ?", [user_id])
    found["title_profile"] = snapshot.rows(
        "SELECT * FROM title_profile WHERE title_id = ?", [title_id]
    )
    found["top10_weekly"] = [
        row
        for play in played[:1]
        for row in snapshot.rows(
            ENTRY,
            {
                "week": day - timedelta(days=day.weekday()),
                "country": play["country"],
                "title": title_id,
            },
        )
    ]
    return found
