"""When titles and series came to the service."""

from datetime import date

from netflix_pipeline.serving.snapshot.open import Snapshot

LAUNCH = """
    SELECT coalesce(min(added_on), min(first_day)) AS day
    FROM titles LEFT JOIN title_profile USING (title_id)
    WHERE title_id = $id OR series_key = $id
"""


def launch_day(snapshot: Snapshot, title_id: str) -> date | None:
    """The day on which a title, or the first one of a series, was added.

    Where no source says it, the day of the first play; None where there is none either.
    """
    (row,) = snapshot.rows(LAUNCH, {"id": title_id})
    day: date | None = row["day"]
    return day
