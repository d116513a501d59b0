"""When titles and series came to the service."""

# Written into SQL are names out of contracts and metrics only; values are bound.
# ruff: noqa: S608

from datetime import date

from netflix_pipeline.serving.snapshot.open import Snapshot

LAUNCHED = "coalesce(min(t.added_on), min(p.first_day))"
"""The launch day of titles `t`, of which `p` are the profiles."""

LAUNCH = f"""
    SELECT {LAUNCHED} AS day
    FROM titles AS t LEFT JOIN title_profile AS p USING (title_id)
    WHERE $id IN (t.title_id, t.series_key, t.entry_id)
"""


def launch_day(snapshot: Snapshot, title_id: str) -> date | None:
    """The day on which a title, or the first one of a series or season, was added.

    Where no source says it, the day of the first play; None where there is none either.
    """
    (row,) = snapshot.rows(LAUNCH, {"id": title_id})
    day: date | None = row["day"]
    return day
