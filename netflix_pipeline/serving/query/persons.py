"""Persons by their ids, and who is in a household.

The id of a profile out of a Netflix export is `household/profile`.
"""

# Written into SQL are names out of contracts and metrics only; values are bound.

from typing import Protocol

from netflix_pipeline.errors import BadInput
from netflix_pipeline.persons import Persons
from netflix_pipeline.serving.query import range_scan
from netflix_pipeline.serving.snapshot.open import Snapshot


class NotFound(BadInput):
    """No user or title has that id."""


class Unnamed(Protocol):
    """Persons of whom nothing is told any more, at the moment at which it is asked."""

    @property
    def pending(self) -> Persons:
        """Those of whom something may still be there."""

    def __contains__(self, user_id: str) -> bool:
        """Whether it is one of them."""


MEMBERS = "SELECT code, name FROM codes.user_id WHERE starts_with(name, $prefix) ORDER BY name"


def household_of(user_id: str) -> str | None:
    """The household of a profile; None for who is in none."""
    household, slash, profile = user_id.partition("/")
    return household if slash and household and profile else None


def members(snapshot: Snapshot, household: str, without: Unnamed) -> dict[int, str]:
    """The ids of the profiles of a household by their codes, but for some. Raises NotFound."""
    names = {
        code: name
        for code, name in snapshot.pairs(MEMBERS, {"prefix": f"{household}/"}).items()
        if household_of(name) == household and name not in without
    }
    if not names:
        raise NotFound(
            f"no household {household!r} is known: it is what --household named when the Netflix "
            "export was taken in, else the folder that the file lay in."
        )
    return names


def code(snapshot: Snapshot, user_id: str) -> int | None:
    """The code of a person; None of an unknown one."""
    row = range_scan.find(snapshot, "codes.user_id", "name", user_id, "code")
    return None if row is None else int(row["code"])


def person(snapshot: Snapshot, user_id: str) -> dict[int, str]:
    """The id of a user by its code. Raises NotFound."""
    who = code(snapshot, user_id)
    if who is None:
        raise not_found(user_id)
    return {who: user_id}


def not_found(user_id: str) -> NotFound:
    """Nothing names that user."""
    return NotFound(f"no user {user_id!r} is known: look up how the id is written in its source.")
