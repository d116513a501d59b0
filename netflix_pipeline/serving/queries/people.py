"""One person: profile, engagement, lifecycle and history."""

from __future__ import annotations

from datetime import date

from netflix_pipeline.metrics import METRICS
from netflix_pipeline.serving.answers import Period, Play, User, UserLifecycle, Viewing
from netflix_pipeline.serving.answers.people import Status
from netflix_pipeline.serving.errors import NotFound
from netflix_pipeline.serving.queries import plays
from netflix_pipeline.serving.queries.places import find
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
    SELECT coalesce(bool_or(event_date >= $week), false) AS this_week,
        coalesce(bool_or(event_date < $week), false) AS week_before
    FROM coded.plays WHERE user_id = $who AND event_date BETWEEN $before AND $last
"""


def user(snapshot: Snapshot, user_id: str, recent: int) -> User:
    """A user's profile, viewing, lifecycle and `recent` newest plays. Raises NotFound."""
    # Three short questions: joined into one they take twice as long.
    profile = find(snapshot, "users", "user_id", user_id, ", ".join(PROFILE))
    viewing = find(snapshot, "user_profile", "user_id", user_id, WATCHED)
    code = _code(snapshot, user_id)
    if profile is None and viewing is None and code is None:
        raise _not_found(user_id)
    newest, more = plays.of_user(snapshot, (code, user_id), recent, None)
    unknown: Row = dict.fromkeys(PROFILE) | {"user_id": user_id, "described": False}
    return User(
        **(profile or unknown),
        viewing=Viewing(**viewing) if viewing else None,
        lifecycle=_lifecycle(snapshot, code, viewing, newest, whole=more is None),
        recent_plays=tuple(newest),
    )


def history(
    snapshot: Snapshot, user_id: str, period: Period | None, limit: int, cursor: str | None
) -> tuple[list[Play], str | None]:
    """A page of what a user played, newest first, and the next one's cursor. Raises NotFound."""
    code = _code(snapshot, user_id)
    if code is None:
        raise _not_found(user_id)
    return plays.of_user(snapshot, (code, user_id), limit, cursor, period)


def _lifecycle(
    snapshot: Snapshot,
    code: int | None,
    viewing: Row | None,
    newest: list[Play],
    *,
    whole: bool,
) -> UserLifecycle:
    """What a user was in the last full week; the newest plays mostly tell."""
    week = last_full_week(snapshot)
    if whole or newest[-1].event_date < week - WEEK:
        days = [play.event_date for play in newest]
        this_week = any(week <= day <= sunday(week) for day in days)
        week_before = any(week - WEEK <= day < week for day in days)
    else:
        asked: Row = {"who": code, "week": week, "before": week - WEEK, "last": sunday(week)}
        (active,) = snapshot.rows(ACTIVE, asked)
        this_week, week_before = active["this_week"], active["week_before"]
    first_day: date | None = viewing["first_day"] if viewing else None
    status: Status = "dormant" if week_before else "none"
    if this_week:
        began = first_day is not None and monday(first_day) == week
        status = "new" if began else "returning" if week_before else "resurrected"
    return UserLifecycle(week=week, status=status)


def _code(snapshot: Snapshot, user_id: str) -> int | None:
    row = find(snapshot, "codes.user_id", "name", user_id, "code")
    return None if row is None else int(row["code"])


def _not_found(user_id: str) -> NotFound:
    return NotFound(f"no user {user_id!r} is known: look up how the id is written in its source.")
