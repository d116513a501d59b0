"""One person: profile, engagement, lifecycle and history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from netflix_pipeline.metrics import METRICS
from netflix_pipeline.serving.answers import Period, Play, User, UserLifecycle, Viewing
from netflix_pipeline.serving.answers.people import Status
from netflix_pipeline.serving.errors import NotFound
from netflix_pipeline.serving.queries import plays
from netflix_pipeline.serving.queries.places import find, find_all
from netflix_pipeline.serving.queries.weeks import WEEK, last_full_week, monday, sunday
from netflix_pipeline.serving.snapshots import Row, Snapshot

MEASURES = (*(name for name in Viewing.model_fields if name in METRICS), "lifecycle")
"""The metrics of a user."""

TOLD = ("viewing", "lifecycle", "recent_plays")
PROFILE = tuple(name for name in User.model_fields if name not in TOLD)
WATCHED = ", ".join(
    "watch_seconds / 3600 AS hours_viewed" if name == "hours_viewed" else name
    for name in Viewing.model_fields
)
ACTIVE = """
    SELECT user_id, bool_or(event_date >= $week) AS this_week,
        bool_or(event_date < $week) AS week_before
    FROM coded.plays WHERE user_id IN (SELECT unnest($users::INTEGER[]))
        AND event_date BETWEEN $before AND $last GROUP BY user_id
"""


def user(snapshot: Snapshot, user_id: str, recent: int) -> User:
    """A user's profile, viewing, lifecycle and `recent` newest plays. Raises NotFound."""
    found = users(snapshot, [user_id], recent)
    if user_id not in found:
        raise not_found(user_id)
    return found[user_id]


def users(snapshot: Snapshot, user_ids: Sequence[str], recent: int) -> dict[str, User]:
    """The same of several users, by id; those that nothing names are left out."""
    # Short questions by themselves: joined into one they take twice as long.
    profiles = find_all(snapshot, "users", "user_id", user_ids, ", ".join(PROFILE))
    viewings = find_all(snapshot, "user_profile", "user_id", user_ids, WATCHED)
    rows = find_all(snapshot, "codes.user_id", "name", user_ids, "code")
    codes = {row["code"]: name for name, row in rows.items()}
    newest = plays.newest_of_users(snapshot, codes, recent) if codes else {}
    active = _active(snapshot, codes, newest, recent)
    found = {}
    for user_id in dict.fromkeys((*profiles, *viewings, *rows)):
        viewing = viewings.get(user_id)
        unknown: Row = dict.fromkeys(PROFILE) | {"user_id": user_id, "described": False}
        found[user_id] = User(
            **profiles.get(user_id, unknown),
            viewing=Viewing(**viewing) if viewing else None,
            lifecycle=_lifecycle(snapshot, viewing, *active.get(user_id, (False, False))),
            recent_plays=tuple(newest.get(user_id, ())),
        )
    return found


def history(
    snapshot: Snapshot, user_id: str, period: Period | None, limit: int, cursor: str | None
) -> tuple[list[Play], str | None]:
    """A page of what a user played, newest first, and the next one's cursor. Raises NotFound."""
    code = _code(snapshot, user_id)
    if code is None:
        raise not_found(user_id)
    return plays.of_user(snapshot, (code, user_id), limit, cursor, period)


def _active(
    snapshot: Snapshot, codes: Mapping[int, str], newest: Mapping[str, list[Play]], recent: int
) -> dict[str, tuple[bool, bool]]:
    """Whether users played in the last full week, and in the one before, by id.

    The newest plays mostly tell; the others are looked up.
    """
    week = last_full_week(snapshot)
    found, unclear = {}, []
    for code, user_id in codes.items():
        days = [play.event_date for play in newest[user_id]]
        if len(days) < recent or days[-1] < week - WEEK:
            found[user_id] = (
                any(week <= day <= sunday(week) for day in days),
                any(week - WEEK <= day < week for day in days),
            )
        else:
            unclear.append(code)
    if unclear:
        asked: Row = {"week": week, "before": week - WEEK, "last": sunday(week), "users": unclear}
        for row in snapshot.rows(ACTIVE, asked):
            found[codes[row["user_id"]]] = row["this_week"], row["week_before"]
    return found


def _lifecycle(
    snapshot: Snapshot, viewing: Row | None, this_week: bool, week_before: bool
) -> UserLifecycle:
    """What a user was in the last full week."""
    week = last_full_week(snapshot)
    first_day: date | None = viewing["first_day"] if viewing else None
    status: Status = "dormant" if week_before else "none"
    if this_week:
        began = first_day is not None and monday(first_day) == week
        status = "new" if began else "returning" if week_before else "resurrected"
    return UserLifecycle(week=week, status=status)


def _code(snapshot: Snapshot, user_id: str) -> int | None:
    row = find(snapshot, "codes.user_id", "name", user_id, "code")
    return None if row is None else int(row["code"])


def not_found(user_id: str) -> NotFound:
    """Nothing names that user."""
    return NotFound(f"no user {user_id!r} is known: look up how the id is written in its source.")
