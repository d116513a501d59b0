"""Segments and cohorts: the groups that people are in as of the last day with data.

Plays have no column of them. They are read from the profiles once for a snapshot and kept in memory
by the code of the user, because profiles know users by their names, which are slow to compare.
"""

# Written into SQL are names of this module only; nothing is bound.
# ruff: noqa: S608

from threading import Lock

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
