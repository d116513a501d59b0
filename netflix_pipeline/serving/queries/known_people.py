"""What is known of single people: their profile and how they watched so far.

Of as many people as the snapshot may keep, all of it is kept in memory, once it is made ready: to
look there takes microseconds, three questions to the snapshot take milliseconds.
"""

# Written into SQL are names out of contracts and metrics only; values are bound.
# ruff: noqa: S608
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

import numpy as np

from netflix_pipeline.serving.answers import User, Viewing
from netflix_pipeline.serving.queries import places
from netflix_pipeline.serving.snapshots import Row, Snapshot

KEPT = "people"

TOLD = ("viewing", "lifecycle", "recent_plays")
PROFILE = tuple(name for name in User.model_fields if name not in TOLD)
WATCHED = tuple(Viewing.model_fields)
OF_PROFILE = {"hours_viewed": "watch_seconds / 3600 AS hours_viewed"}
"""What the table of profiles has under another name."""
FROM_USERS = ", ".join(PROFILE)
FROM_PROFILES = ", ".join(OF_PROFILE.get(name, name) for name in WATCHED)

EVERYBODY = f"""
    SELECT c.name AS id, c.code, u.*, v.* EXCLUDE (watcher), v.watcher IS NOT NULL AS watched
    FROM codes.user_id AS c
    LEFT JOIN (SELECT {FROM_USERS} FROM users) AS u ON u.user_id = c.name
    LEFT JOIN (SELECT user_id AS watcher, {FROM_PROFILES} FROM user_profile) AS v
        ON v.watcher = c.name
"""


@dataclass(frozen=True)
class Known:
    """What is known of a person; None where no source describes them, or they played nothing."""

    code: int
    profile: Row | None
    viewing: Row | None


class People:
    """Everybody in a snapshot, in memory."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._rows = snapshot.frame(EVERYBODY)
        hashes = np.fromiter(map(hash, self._rows["id"].to_list()), np.int64, len(self._rows))
        self._order = np.argsort(hashes)
        self._hashes = hashes[self._order]

    def known(self, user_id: str) -> Known | None:
        """What is known of a person; None of an unknown one."""
        asked = hash(user_id)
        at = int(np.searchsorted(self._hashes, asked))
        while at < len(self._hashes) and self._hashes[at] == asked:
            row = self._rows.row(int(self._order[at]), named=True)
            if row["id"] == user_id:  # two ids may have the same hash
                return Known(
                    row["code"],
                    None if row["user_id"] is None else {name: row[name] for name in PROFILE},
                    {name: row[name] for name in WATCHED} if row["watched"] else None,
                )
            at += 1
        return None


def make_ready(snapshot: Snapshot) -> None:
    """Keep everybody in memory from now on, where they are not too many."""
    (told,) = snapshot.rows("SELECT count(*) AS people FROM codes.user_id")
    if told["people"] <= snapshot.people:
        snapshot.kept(KEPT, lambda: People(snapshot))


def known(snapshot: Snapshot, user_ids: Iterable[str]) -> dict[str, Known]:
    """What is known of people, by id; unknown ones are left out."""
    people: People | None = snapshot.held(KEPT)
    find = partial(_asked, snapshot) if people is None else people.known
    found = {user_id: find(user_id) for user_id in user_ids}
    return {user_id: told for user_id, told in found.items() if told is not None}


def code(snapshot: Snapshot, user_id: str) -> int | None:
    """The code of a person; None of an unknown one."""
    row = places.find(snapshot, "codes.user_id", "name", user_id, "code")
    return None if row is None else int(row["code"])


def _asked(snapshot: Snapshot, user_id: str) -> Known | None:
    """The same, asked of the snapshot; everybody whom a table names has a code."""
    found = code(snapshot, user_id)
    if found is None:
        return None
    # Short questions by themselves: joined into one they take twice as long.
    return Known(
        found,
        places.find(snapshot, "users", "user_id", user_id, FROM_USERS),
        places.find(snapshot, "user_profile", "user_id", user_id, FROM_PROFILES),
    )
