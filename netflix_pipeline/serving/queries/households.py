"""Who is in a household, and whose id fits a search.

The id of a profile out of a Netflix export is `household/profile`.
"""

# Written into SQL are names out of contracts and metrics only; values are bound.
# ruff: noqa: S608
from __future__ import annotations

from netflix_pipeline.serving.answers import PeopleFound, PersonFound
from netflix_pipeline.serving.errors import NotFound
from netflix_pipeline.serving.snapshots import Row, Snapshot
from netflix_pipeline.state import Marked

SLASH = "/"
MEMBERS = "SELECT code, name FROM codes.user_id WHERE starts_with(name, $prefix) ORDER BY name"
IS_PROFILE = "name LIKE '_%/_%'"
FITS = "contains(strip_accents(lower(name)), strip_accents(lower($search)))"
FOUND = f"""
    SELECT name FROM codes.user_id WHERE {{where}}
    ORDER BY {IS_PROFILE} DESC, name = $search DESC, name LIMIT $limit
"""


def household_of(user_id: str) -> str | None:
    """The household of a profile; None for who is in none."""
    household, slash, profile = user_id.partition(SLASH)
    return household if slash and household and profile else None


def members(snapshot: Snapshot, household: str, without: Marked) -> dict[int, str]:
    """The ids of the profiles of a household by their codes, but for some. Raises NotFound."""
    rows = snapshot.rows(MEMBERS, {"prefix": household + SLASH})
    found = {
        row["code"]: row["name"]
        for row in rows
        if household_of(row["name"]) == household and row["name"] not in without
    }
    if not found:
        raise NotFound(
            f"no household {household!r} is known: it is what --household named when the Netflix "
            "export was taken in, else the folder that the file lay in."
        )
    return found


def people(snapshot: Snapshot, search: str | None, limit: int) -> PeopleFound:
    """The people whose id contains a text; without one, profiles of households only.

    Case and accents do not matter. Profiles come first, then who has just that id.
    """
    where = FITS if search else IS_PROFILE
    asked: Row = {"search": search, "limit": limit + 1}
    names = [row["name"] for row in snapshot.rows(FOUND.format(where=where), asked)]
    found = (PersonFound(user_id=name, household=household_of(name)) for name in names[:limit])
    return PeopleFound(people=tuple(found), more=len(names) > limit)
