"""The plays behind a number, page by page, newest first."""

# Written into SQL are names out of contracts and metrics only; values are bound.
# ruff: noqa: S608
from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from netflix_pipeline.contracts.measures import OF_PLAYS
from netflix_pipeline.errors import BadInput
from netflix_pipeline.serving.answers import Filters, Period, Play
from netflix_pipeline.serving.errors import BadCursor
from netflix_pipeline.serving.queries import codes
from netflix_pipeline.serving.queries.cursors import decode, encode
from netflix_pipeline.serving.queries.filtering import conditions
from netflix_pipeline.serving.snapshots import Row, Snapshot
from netflix_pipeline.state import Marked

Place = tuple[int, str, str]
"""Where a play stands: its start in microseconds, its user and its title."""

GONE = "the play at which the page before ended is gone: begin anew without it."
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FROM_PLACE = """
    AND event_date <= $at::DATE AND (started_at < $at OR (started_at = $at AND (
        user_id > $user_code OR (user_id = $user_code AND title_id >= $title_code))))
"""
NEWEST = "ORDER BY started_at DESC, user_id, title_id, rowid LIMIT $limit OFFSET $skip"
TOLD = ", ".join(name for name in Play.model_fields if name != "title")
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


COUNTED = {told.name: f" AND {told.sql}" for told in OF_PLAYS if told.counts}
"""Which plays each count is made of."""


@dataclass(frozen=True)
class HoursAsked:
    """Plays that began on a weekday (1 is Monday), or in an hour (0 to 23), of UTC."""

    weekday: int | None = None
    hour: int | None = None

    @property
    def given(self) -> dict[str, str]:
        """What is asked for, by name."""
        return {name: str(value) for name, value in vars(self).items() if value is not None}

    def condition(self, snapshot: Snapshot) -> tuple[str, Row]:
        """SQL that follows a condition on plays, and what it binds; BadInput."""
        if self.weekday not in (None, *range(1, 8)):
            raise BadInput(f"{self.weekday} is no weekday: 1 is Monday and 7 is Sunday.")
        if self.hour not in (None, *range(24)):
            raise BadInput(f"{self.hour} is no hour of a day: these are 0 to 23.")
        where, bound = "", Row()
        if self.weekday is not None:
            where, bound = " AND isodow(event_date) = $weekday", {"weekday": self.weekday}
        if self.hour is not None:
            # Of plays of which only the day is known, no hour is.
            where += " AND hour(started_at) = $hour AND time_precision = $second"
            second = codes.code(snapshot, "time_precision", "second")
            bound |= {"hour": self.hour, "second": second}
        return where, bound


def of_period(
    snapshot: Snapshot,
    period: Period,
    *,
    filters: Filters,
    hours: HoursAsked,
    of: str,
    limit: int,
    cursor: str | None,
    without: Marked,
) -> tuple[list[Play], str | None]:
    """A page of the plays that a count of the period is made of, newest first, and its next.

    Those of persons `without` are left out, and no cursor names one of them. Raises BadCursor, and
    BadInput when `of` is no count of plays, or there is no such hour.
    """
    if of not in COUNTED:
        raise BadInput(f"{of!r} is not a count of plays. These are: {', '.join(COUNTED)}.")
    narrowed, values = conditions(snapshot, filters)
    within, at = hours.condition(snapshot)
    values |= at
    where = f"event_date BETWEEN $from AND $to{COUNTED[of]}{narrowed}{within}"
    if left_out := codes.of_users(snapshot, without.pending.ids):
        where += " AND NOT list_contains($without::INTEGER[], user_id)"
        values |= {"without": left_out}
    begin = beginning(snapshot, cursor) if cursor is not None else None
    if begin and begin.place[1] in without:
        raise BadCursor(GONE)
    last = min(period.to, begin.day) if begin else period.to
    rows: list[Row] = []
    # A page comes from the newest days that fill it: the others are not even looked at.
    for first in _ever_further_back(last, period.from_):
        bound = values | {"from": first, "to": period.to}
        rows = _rows(snapshot, where, bound, limit, begin)
        if len(rows) > limit:
            break
    return _page(snapshot, rows, limit, begin)


def of_users(
    snapshot: Snapshot,
    users: Mapping[int, str],
    limit: int,
    cursor: str | None,
    period: Period | None = None,
) -> tuple[list[Play], str | None]:
    """A page of the plays of a few users, newest first, and the next one's cursor.

    The users are given by code and id; without a period, all plays are meant. Raises BadCursor.
    """
    begin = beginning(snapshot, cursor) if cursor is not None else None
    if begin and begin.place[1] not in users.values():
        raise BadCursor(GONE)  # of somebody else it is not told either whether they exist
    where, bound = "user_id = $who", Row(who=next(iter(users)))
    if len(users) > 1:
        where = "user_id BETWEEN $least AND $most AND list_contains($users::INTEGER[], user_id)"
        bound = {"least": min(users), "most": max(users), "users": list(users)}
    if period:
        where += " AND event_date BETWEEN $from AND $to"
        bound |= {"from": period.from_, "to": period.to}
    rows = _rows(snapshot, where, bound, limit, begin)
    return _page(snapshot, rows, limit, begin, users)


def newest_of_users(
    snapshot: Snapshot, users: Mapping[int, str], limit: int
) -> dict[str, list[Play]]:
    """The newest plays of users, given by code and id: by id, newest first."""
    if not users:
        return {}
    if len(users) == 1:
        (name,) = users.values()
        return {name: of_users(snapshot, users, limit, None)[0]}
    rows = snapshot.rows(NEWEST_OF_EACH, {"users": list(users), "limit": limit})
    found: dict[str, list[Play]] = {name: [] for name in users.values()}
    for play in _told(snapshot, rows, users):
        found[play.user_id].append(play)
    return found


def beginning(snapshot: Snapshot, cursor: str) -> Beginning:
    """Where a cursor's page begins, also in a later snapshot than its own. Raises BadCursor."""
    micros, user, title, skip = decode("plays", cursor, (int, str, str, int))
    found = codes.code(snapshot, "user_id", user), codes.code(snapshot, "title_id", title)
    try:
        at = (EPOCH + timedelta(microseconds=micros)).replace(tzinfo=None)
    except OverflowError:
        found = None, None
    if None in found:
        raise BadCursor(GONE)
    bound = {"at": at, "user_code": found[0], "title_code": found[1]}
    return Beginning((micros, user, title), skip, bound, at.date())


def _ever_further_back(last: date, first: date) -> Iterator[date]:
    """First days of ever longer periods that end with `last`, up to `first`."""
    reach = 1
    while last - timedelta(days=reach - 1) > first:
        yield last - timedelta(days=reach - 1)
        reach *= 4
    yield first


def _rows(
    snapshot: Snapshot, where: str, bound: Row, limit: int, begin: Beginning | None
) -> list[Row]:
    """One row more than the page shows, when there is one."""
    bound = bound | {"limit": limit + 1, "skip": begin.skip if begin else 0}
    if begin:
        where, bound = where + FROM_PLACE, bound | begin.bound
    return snapshot.rows(f"SELECT {TOLD} FROM coded.plays WHERE {where} {NEWEST}", bound)


def _page(
    snapshot: Snapshot,
    rows: list[Row],
    limit: int,
    begin: Beginning | None,
    users: Mapping[int, str] | None = None,
) -> tuple[list[Play], str | None]:
    more, rows = len(rows) > limit, rows[:limit]
    if not rows:
        return [], None
    users = users or codes.users(snapshot, (row["user_id"] for row in rows))
    told = _told(snapshot, rows, users)
    following = None
    if more:
        last = _place(rows[-1])
        equal = sum(_place(row) == last for row in rows)
        skipped = begin.skip if begin and begin.place == last else 0
        following = encode("plays", *last, equal + skipped)
    return told, following


def _told(snapshot: Snapshot, rows: list[Row], users: Mapping[int, str]) -> list[Play]:
    """Stored rows, in which names then stand in place of codes, as plays."""
    dimensions = codes.dimensions(snapshot)
    titles = codes.titles(snapshot, (row["title_id"] for row in rows))
    for row in rows:
        for column, names in dimensions.items():
            row[column] = names.get(row[column])
        row["user_id"] = users[row["user_id"]]
        row["title_id"], row["title"] = titles[row["title_id"]]
        row["started_at"] = row["started_at"].replace(tzinfo=UTC)
    return [Play(**row) for row in rows]


def _place(row: Row) -> Place:
    start: datetime = row["started_at"]
    return (start - EPOCH) // timedelta(microseconds=1), row["user_id"], row["title_id"]
