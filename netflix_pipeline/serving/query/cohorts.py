"""Groups of people: by segment and cohort as of the last day with data, and by how they began.

Plays have no column of segments and cohorts. These are read from the profiles once for a snapshot
and kept in memory by the code of the user, because profiles know users by their names, which are
slow to compare.
"""

# Written into SQL are names of this module only; nothing is bound.
# ruff: noqa: S608

from threading import Lock
from typing import Literal

from netflix_pipeline.contracts.dimensions import COHORT, SEGMENT
from netflix_pipeline.serving.snapshot.open import Snapshot

DATABASE = "people"
PROFILES = f"{DATABASE}.profiles"

COLUMNS = {SEGMENT: "segment", COHORT: "date_trunc('week', first_day)::DATE"}
"""The groups that a user is in, in SQL over the profiles; a cohort is the Monday of its week."""

MADE = f"""
    CREATE TABLE IF NOT EXISTS {PROFILES} AS
    SELECT c.code AS user_id, first_day,
        {", ".join(f"{group} AS {name}" for name, group in COLUMNS.items())}
    FROM user_profile JOIN codes.user_id AS c ON c.name = user_profile.user_id
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

# Of plays that begin at the same time none is the first: of their values it is the least.
BEGINNINGS = """
    SELECT user_id, min({value}) AS id
    FROM {plays}
    JOIN (SELECT user_id, min(started_at) AS started_at FROM {plays} GROUP BY user_id)
        USING (user_id, started_at)
    JOIN codes.{column} AS c ON c.code = {column} {titles}
    GROUP BY user_id
"""

OF_SERIES = {
    "value": "coalesce(t.series_key, c.name)",
    "titles": "LEFT JOIN titles AS t ON t.title_id = c.name",
}

BEGUN_WITH: dict[Beginning, dict[str, str]] = {
    "first_title": {"column": "title_id", **OF_SERIES},
    "first_country": {"column": "country", "value": "c.name", "titles": ""},
    "first_device": {"column": "device", "value": "c.name", "titles": ""},
}


def beginnings(by: Beginning, plays: str = "coded.plays") -> str:
    """What each user began with, its `id` by `user_id`, in SQL over all of their plays.

    Their first ones are enough, in a table with the columns of `coded.plays`.
    """
    return BEGINNINGS.format(plays=plays, **BEGUN_WITH[by])
