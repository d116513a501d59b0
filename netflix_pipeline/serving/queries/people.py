"""One person: profile, engagement, lifecycle and history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from netflix_pipeline.metrics import METRICS
from netflix_pipeline.serving.answers import Period, Play, User, UserLifecycle, Viewing
from netflix_pipeline.serving.answers.people import Status
from netflix_pipeline.serving.errors import NotFound
from netflix_pipeline.serving.queries import plays
from netflix_pipeline.serving.queries.known_people import PROFILE, code, known
from netflix_pipeline.serving.queries.weeks import WEEK, last_full_week, monday, sunday
from netflix_pipeline.serving.snapshots import Row, Snapshot

MEASURES = (*(name for name in Viewing.model_fields if name in METRICS), "lifecycle")
"""The metrics of a user."""

ACTIVE = """
    SELECT user_id, bool_or(event_date >= $week) AS this_week,
        bool_or(event_date < $week) AS week_before
    FROM coded.plays WHERE user_id IN (SELECT unnest($users::INTEGER[]))
        AND event_date BETWEEN $before AND $last GROUP BY user_id
"""


def users(snapshot: Snapshot, user_ids: Sequence[str], recent: int) -> dict[str, User]:
    """Users' profiles, viewing, lifecycle and `recent` newest plays, by id.

    Those that nothing names are left out.
    """
    told = known(snapshot, user_ids)
    names = {one.code: user_id for user_id, one in told.items()}
    newest = plays.newest_of_users(snapshot, names, recent)
    active = _active(snapshot, names, newest, recent)
    found = {}
    for user_id, one in told.items():
        unknown: Row = dict.fromkeys(PROFILE) | {"user_id": user_id, "described": False}
        found[user_id] = User(
            **(one.profile or unknown),
            viewing=Viewing(**one.viewing) if one.viewing else None,
            lifecycle=_lifecycle(snapshot, one.viewing, *active.get(one.code, (False, False))),
            recent_plays=tuple(newest[user_id]),
        )
    return found


def history(
    snapshot: Snapshot, user_id: str, period: Period | None, limit: int, cursor: str | None
) -> tuple[list[Play], str | None]:
    """A page of what a user played, newest first, and the next one's cursor. Raises NotFound."""
    return plays.of_users(snapshot, person(snapshot, user_id), limit, cursor, period)


def person(snapshot: Snapshot, user_id: str) -> dict[int, str]:
    """The id of a user by its code. Raises NotFound."""
    who = code(snapshot, user_id)
    if who is None:
        raise not_found(user_id)
    return {who: user_id}


def _active(
    snapshot: Snapshot, users: Mapping[int, str], newest: Mapping[str, list[Play]], recent: int
) -> dict[int, tuple[bool, bool]]:
    """Whether users played in the last full week, and in the one before, by code.

    The newest plays mostly tell; the others are looked up.
    """
    week = last_full_week(snapshot)
    found, unclear = {}, []
    for who, user_id in users.items():
        days = [play.event_date for play in newest[user_id]]
        if len(days) < recent or (days and days[-1] < week - WEEK):
            found[who] = (
                any(week <= day <= sunday(week) for day in days),
                any(week - WEEK <= day < week for day in days),
            )
        else:
            unclear.append(who)
    if unclear:
        asked: Row = {"week": week, "before": week - WEEK, "last": sunday(week), "users": unclear}
        for row in snapshot.rows(ACTIVE, asked):
            found[row["user_id"]] = row["this_week"], row["week_before"]
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


def not_found(user_id: str) -> NotFound:
    """Nothing names that user."""
    return NotFound(f"no user {user_id!r} is known: look up how the id is written in its source.")
