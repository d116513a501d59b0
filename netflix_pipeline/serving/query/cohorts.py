"""Groups of people: by segment and cohort as of the last day with data, and by how they began.

Plays have no column of any of it. Segments and cohorts are read from the profiles once for a
snapshot and kept in memory by the code of the user, because profiles know users by their names,
which are slow to compare. What people began with is told by the plays of their first days alone,
and kept beside them.
"""

# Written into SQL are names of this module only; nothing is bound.
# ruff: noqa: S608

from threading import Lock
from typing import Literal

from netflix_pipeline.contracts.dimensions import COHORT, SEGMENT
from netflix_pipeline.serving.snapshot.open import Snapshot

DATABASE = "people"
PROFILES = f"{DATABASE}.profiles"
BEGUN = f"{DATABASE}.begun"

COLUMNS = {SEGMENT: "segment", COHORT: "date_trunc('week', first_day)::DATE"}
"""The groups that a user is in, in SQL over the profiles; a cohort is the Monday of its week."""

MADE = f"""
    CREATE TABLE IF NOT EXISTS {PROFILES} AS
    SELECT c.code AS user_id, first_day,
        {", ".join(f"{group} AS {name}" for name, group in COLUMNS.items())}
    FROM user_profile JOIN codes.user_id AS c ON c.name = user_profile.user_id
"""

# Of plays that begin at the same time none is the first: of their values it is the least.
BEGINNINGS = f"""
    CREATE TABLE IF NOT EXISTS {BEGUN} AS
    WITH of_first_days AS MATERIALIZED (
        SELECT user_id, started_at, title_id, country, device
        FROM coded.plays JOIN {PROFILES} USING (user_id) WHERE event_date = first_day
    ), first_plays AS (
        FROM of_first_days SEMI JOIN (
            SELECT user_id, min(started_at) AS started_at FROM of_first_days GROUP BY user_id
        ) USING (user_id, started_at)
    )
    SELECT user_id, min(coalesce(t.series_key, n.name)) AS first_title,
        min(c.name) AS first_country, min(d.name) AS first_device
    FROM first_plays AS p JOIN codes.title_id AS n ON n.code = p.title_id
    LEFT JOIN titles AS t ON t.title_id = n.name
    JOIN codes.country AS c ON c.code = p.country JOIN codes.device AS d ON d.code = p.device
    GROUP BY user_id
"""

WEEKS = f"SELECT DISTINCT {COLUMNS[COHORT]}::VARCHAR AS week FROM user_profile ORDER BY week"

_making = Lock()
"""Held while a table is made: whoever needs it meanwhile waits for it."""


def profiles(snapshot: Snapshot) -> str:
    """The table of `first_day`, `segment` and `cohort` by the code of each who ever played."""

    def made() -> str:
        snapshot.attach_memory(DATABASE)
        snapshot.rows(MADE)
        return PROFILES

    with _making:
        return snapshot.kept("profiles of people", made)


def weeks(snapshot: Snapshot) -> tuple[str, ...]:
    """The Mondays of all weeks in which somebody played for the first time, in order."""
    return snapshot.kept(
        "weeks of cohorts", lambda: tuple(row["week"] for row in snapshot.rows(WEEKS))
    )


Beginning = Literal["first_title", "first_country", "first_device"]
"""What somebody began with: the series or film, the country, the device of the first play ever."""


def beginnings(snapshot: Snapshot) -> str:
    """The table of what each user began with, a column for each `Beginning`, by the user's code."""

    def made() -> str:
        snapshot.rows(BEGINNINGS)
        return BEGUN

    profiles(snapshot)
    with _making:
        return snapshot.kept("beginnings of people", made)


def begun_with(snapshot: Snapshot, by: str) -> tuple[str, ...]:
    """All that somebody began with, by the name of a `Beginning`, in order."""
    query = f"SELECT DISTINCT {by} AS id FROM {beginnings(snapshot)} ORDER BY id"
    return snapshot.kept(by, lambda: tuple(row["id"] for row in snapshot.rows(query)))
