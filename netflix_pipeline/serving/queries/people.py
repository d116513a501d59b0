"""One person: profile, engagement and history."""

# Written into SQL are names out of contracts and metrics only; values are bound.
# ruff: noqa: S608
from __future__ import annotations

from netflix_pipeline.metrics import METRICS
from netflix_pipeline.serving.answers import Play, User, Viewing
from netflix_pipeline.serving.errors import NotFound
from netflix_pipeline.serving.queries import plays
from netflix_pipeline.serving.snapshots import Row, Snapshot

MEASURES = tuple(name for name in Viewing.model_fields if name in METRICS)
"""The metrics of a user."""

PROFILE = tuple(name for name in User.model_fields if name not in ("viewing", "recent_plays"))
WATCHED = tuple(name for name in Viewing.model_fields if name != "hours_viewed")

# One question for all that is stored of a person: each table is looked into by its own order.
KNOWN = f"""
    SELECT {", ".join(f"u.{name}" for name in PROFILE)},
        {", ".join(f"v.{name}" for name in WATCHED)}, v.watch_seconds / 3600 AS hours_viewed, c.code
    FROM (SELECT 1)
    LEFT JOIN (SELECT * FROM users WHERE user_id = $who) AS u ON true
    LEFT JOIN (SELECT * FROM user_profile WHERE user_id = $who) AS v ON true
    LEFT JOIN (SELECT * FROM codes.user_id WHERE name = $who) AS c ON true
"""


def user(snapshot: Snapshot, user_id: str, recent: int) -> User:
    """A user's profile, viewing and `recent` newest plays. Raises NotFound."""
    known = _known(snapshot, user_id)
    profile = {name: known[name] for name in PROFILE}
    viewing = {name: known[name] for name in Viewing.model_fields}
    return User(
        **profile | {"user_id": user_id, "described": bool(known["described"])},
        viewing=None if known["plays"] is None else Viewing(**viewing),
        recent_plays=tuple(plays.of_user(snapshot, (known["code"], user_id), recent, None)[0]),
    )


def history(
    snapshot: Snapshot, user_id: str, limit: int, cursor: str | None
) -> tuple[list[Play], str | None]:
    """A page of what a user played, newest first, and the next one's cursor. Raises NotFound."""
    who = _known(snapshot, user_id)["code"], user_id
    return plays.of_user(snapshot, who, limit, cursor)


def _known(snapshot: Snapshot, user_id: str) -> Row:
    row = snapshot.row(KNOWN, {"who": user_id})
    assert row is not None
    if row["user_id"] is None and row["plays"] is None and row["code"] is None:
        raise NotFound(
            f"no user {user_id!r} is known: look up how the id is written in its source."
        )
    return row
