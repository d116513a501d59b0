"""Plays page by page, newest first."""

# Written into SQL are names out of contracts and metrics only; values are bound.
# ruff: noqa: S608

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from pydantic import Field

from netflix_pipeline.contracts.dimensions import OF_PLAYS
from netflix_pipeline.serving.answer import AnswerModel, Period, by_dimension
from netflix_pipeline.serving.query import codes, cursors
from netflix_pipeline.serving.query.local_plays import PLAYS
from netflix_pipeline.serving.snapshot.open import Row, Snapshot


@by_dimension(lambda dimension: (str, Field(description=dimension.doc)))
class Play(AnswerModel):
    """One play: one user's continuous viewing of one title."""

    event_date: date = Field(description="UTC day on which it started")
    user_id: str = Field(description="id of the person")
    title_id: str = Field(description="id of the title")
    title: str | None = Field(description="name of the title")
    started_at: datetime = Field(description="UTC")
    time_precision: str = Field(description="second, or day where only the date is known")
    events: int = Field(description="events that it is made of")
    watch_seconds: float | None = Field(description="time watched [s]; null where unknown")
    reached: float | None = Field(
        serialization_alias="reached_share", description="share of the title that was reached"
    )
    starter: bool = Field(description="whether it counts as one of the starters")
    watcher: bool = Field(description="whether it counts as one of the watchers")
    completer: bool = Field(description="whether it counts as one of the completers")
    quality: str | None = Field(description="of the picture")
    if TYPE_CHECKING:  # it does not see the fields of dimensions

        def __getattr__(self, name: str) -> str: ...


Place = tuple[int, str, str]
"""Where a play stands: its start in microseconds, its user and its title."""

GONE = "the play at which the page before ended is gone: begin anew without it."
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

FROM_PLACE = """
    AND event_date <= $at::DATE AND (started_at < $at OR (started_at = $at AND (
        user_id > $user_code OR (user_id = $user_code AND title_id >= $title_code))))
"""

NEWEST = "ORDER BY started_at DESC, user_id, title_id, rowid LIMIT $limit OFFSET $skip"
TOLD = ", ".join("NULL AS title" if name == "title" else name for name in Play.model_fields)
"""All fields of a play, with codes in place of names."""

AT_HAND = 10
"""The newest plays of a person of which it may be known where they are stored."""
PLACES = f"""
    SELECT user_id, max_by(rowid, (started_at, -title_id, -rowid), {AT_HAND}) AS newest
    FROM coded.plays GROUP BY user_id
"""
"""Where they are, newest first, in the order of `NEWEST`."""
STORED = f"""
    SELECT {TOLD} FROM coded.plays WHERE rowid IN (SELECT unnest($rows::BIGINT[]))
    ORDER BY started_at DESC, user_id, title_id, rowid
"""

NEWEST_OF_EACH = f"""
    SELECT {TOLD} FROM coded.plays WHERE user_id IN (SELECT unnest($users::INTEGER[]))
    QUALIFY row_number() OVER (
        PARTITION BY user_id ORDER BY started_at DESC, title_id, rowid) <= $limit
    ORDER BY started_at DESC, user_id, title_id, rowid
"""


@dataclass(frozen=True)
class Beginning:
    """Where a page begins: at a play, leaving out `skip` plays that are equal to it."""

    place: Place
    skip: int
    bound: Row
    day: date


def of_users(
    snapshot: Snapshot,
    users: Mapping[int, str],
    limit: int,
    cursor: str | None,
    period: Period | None = None,
) -> tuple[tuple[Play, ...], str | None]:
    """A page of the plays of a few users, newest first, and the next one's cursor.

    The users are given by code and id; without a period, all plays are meant. Raises BadCursor.
    """
    begin = beginning(snapshot, cursor) if cursor is not None else None
    if begin and begin.place[1] not in users.values():
        raise cursors.BadCursor(GONE)  # of somebody else it is not told either whether they exist
    where, bound = "user_id = $who", Row(who=next(iter(users)))
    if len(users) > 1:
        where = "user_id BETWEEN $least AND $most AND list_contains($users::INTEGER[], user_id)"
        bound = {"least": min(users), "most": max(users), "users": list(users)}
    if period:
        where += " AND event_date BETWEEN $from AND $to"
        bound |= {"from": period.from_, "to": period.to}
    return page_of(snapshot, page_rows(snapshot, where, bound, limit, begin), limit, begin, users)


def newest_of_users(
    snapshot: Snapshot, users: Mapping[int, str], limit: int
) -> dict[str, list[Play]]:
    """The newest plays of users, given by code and id: by id, newest first."""
    if not users:
        return {}
    if len(users) == 1:
        (name,) = users.values()
        return {name: list(of_users(snapshot, users, limit, None)[0])}
    rows = snapshot.rows(NEWEST_OF_EACH, {"users": list(users), "limit": limit})
    return _by_user(_told(snapshot, rows, users), users)


def stored_at(
    snapshot: Snapshot, users: Mapping[int, str], places: Sequence[int]
) -> dict[str, list[Play]]:
    """The plays of users, given by code and id, that are stored there: by id, newest first."""
    rows = snapshot.rows(STORED, {"rows": places}) if places else []
    return _by_user(_told(snapshot, rows, users), users)


def _by_user(told: Iterable[Play], users: Mapping[int, str]) -> dict[str, list[Play]]:
    found: dict[str, list[Play]] = {name: [] for name in users.values()}
    for play in told:
        found[play.user_id].append(play)
    return found


def beginning(snapshot: Snapshot, cursor: str) -> Beginning:
    """Where a cursor's page begins, also in a later snapshot than its own. Raises BadCursor."""
    micros, user, title, skip = cursors.decode("plays", cursor, (int, str, str, int))
    pair = codes.code(snapshot, "user_id", user), codes.code(snapshot, "title_id", title)
    try:
        at = (EPOCH + timedelta(microseconds=micros)).replace(tzinfo=None)
    except OverflowError:
        pair = None, None
    if None in pair:
        raise cursors.BadCursor(GONE)
    bound = {"at": at, "user_code": pair[0], "title_code": pair[1]}
    return Beginning((micros, user, title), skip, bound, at.date())


def page_rows(
    snapshot: Snapshot,
    where: str,
    bound: Row,
    limit: int,
    begin: Beginning | None,
    plays: str = PLAYS,
) -> list[Row]:
    """One row more than the page shows, when there is one; of `plays`, what follows FROM."""
    bound = bound | {"limit": limit + 1, "skip": begin.skip if begin else 0}
    if begin:
        where, bound = where + FROM_PLACE, bound | begin.bound
    return snapshot.rows(f"SELECT {TOLD} FROM {plays} WHERE {where} {NEWEST}", bound)


def page_of(
    snapshot: Snapshot,
    rows: list[Row],
    limit: int,
    begin: Beginning | None,
    users: Mapping[int, str] | None = None,
) -> tuple[tuple[Play, ...], str | None]:
    """The plays of such rows, but for one that is more, and the cursor of the next page."""
    more, rows = len(rows) > limit, rows[:limit]
    if not rows:
        return (), None
    users = users or codes.users(snapshot, (row["user_id"] for row in rows))
    told = _told(snapshot, rows, users)
    following = None
    if more:
        last = _place(rows[-1])
        equal = sum(_place(row) == last for row in rows)
        skipped = begin.skip if begin and begin.place == last else 0
        following = cursors.encode("plays", *last, equal + skipped)
    return tuple(told), following


def _told(snapshot: Snapshot, rows: list[Row], users: Mapping[int, str]) -> list[Play]:
    """Stored rows, in which names then stand in place of codes, as plays."""
    dimensions = tuple(codes.dimensions(snapshot).items())
    titles = codes.titles(snapshot, (row["title_id"] for row in rows))
    for row in rows:
        for column, names in dimensions:
            row[column] = names.get(row[column])
        row["user_id"] = users[row["user_id"]]
        row["title_id"], row["title"] = titles[row["title_id"]]
        row["started_at"] = row["started_at"].replace(tzinfo=UTC)
    return [Play.of_row(row) for row in rows]


def _place(row: Row) -> Place:
    start: datetime = row["started_at"]
    return (start - EPOCH) // timedelta(microseconds=1), row["user_id"], row["title_id"]


EXAMPLE_PLAY = Play.model_validate(
    dict.fromkeys(OF_PLAYS, "unknown")
    | {
        "event_date": date(2026, 3, 5),
        "user_id": "u-17",
        "title_id": "t-204",
        "title": "The Long Night",
        "started_at": datetime(2026, 3, 5, 19, 2, 11, tzinfo=UTC),
        "time_precision": "second",
        "events": 3,
        "watch_seconds": 6_540,
        "reached": 0.97,
        "starter": True,
        "watcher": True,
        "completer": True,
        "quality": "UHD",
        "country": "DE",
        "device": "smart_tv",
        "plan": "Premium",
        "content_type": "film",
        "genre": "drama",
    }
)
