"""Rows of what people did, page by page, newest first.

Of any table of the snapshot with `event_date`, `event_time` and `user_id`, whose rows are in codes.
"""

# Written into SQL are names out of contracts and metrics only; values are bound.

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from netflix_pipeline.serving.answer import Period
from netflix_pipeline.serving.query import codes, cursors, persons
from netflix_pipeline.serving.snapshot.open import Row, Snapshot

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
GONE = "the row at which the page before ended is gone: begin anew without it."

NEWEST = """
    SELECT {columns} FROM coded.{table} WHERE event_date BETWEEN $from AND $to{where}
    ORDER BY event_time DESC, user_id, rowid LIMIT $limit OFFSET $skip
"""
FROM_PLACE = """
    AND event_date <= $at::DATE
    AND (event_time < $at OR (event_time = $at AND user_id >= $user_code))
"""


@dataclass(frozen=True)
class _Beginning:
    """Where a page begins: at a moment and a user, leaving out `skip` rows of these."""

    micros: int
    user_id: str
    skip: int
    at: datetime
    user_code: int


@dataclass(frozen=True)
class NewestRows:
    """The rows of a table of the snapshot, with some of its columns; titles come with a name."""

    table: str
    columns: Sequence[str]

    def page(
        self,
        snapshot: Snapshot,
        period: Period,
        where: str,
        bound: Row,
        *,
        limit: int,
        cursor: str | None,
        without: persons.Unnamed,
    ) -> tuple[list[Row], str | None]:
        """A page of the rows of a period that fit a condition, and the cursor of the next one.

        Rows of persons `without` are left out, and no cursor names one of them. Raises BadCursor.
        """
        begin = self._beginning(snapshot, cursor) if cursor is not None else None
        if begin and begin.user_id in without:
            raise cursors.BadCursor(GONE)
        if left_out := codes.of_users(snapshot, without.pending.ids):
            where += " AND NOT list_contains($without::INTEGER[], user_id)"
            bound = bound | {"without": left_out}
        last = period.to
        if begin:
            where, last = where + FROM_PLACE, min(last, begin.at.date())
            bound = bound | {"at": begin.at, "user_code": begin.user_code}
        bound = bound | {"limit": limit + 1, "skip": begin.skip if begin else 0}
        query = NEWEST.format(columns=", ".join(self.columns), table=self.table, where=where)
        rows: list[Row] = []
        for first in ever_further_back(last, period.from_):
            rows = snapshot.rows(query, bound | {"from": first, "to": period.to})
            if len(rows) > limit:
                break
        more, rows = len(rows) > limit, rows[:limit]
        _name(snapshot, rows)
        following = self._following(rows, begin) if more else None
        # Who was marked meanwhile is left out, too.
        return [row for row in rows if row["user_id"] not in without], following

    def _beginning(self, snapshot: Snapshot, cursor: str) -> _Beginning:
        micros, user_id, skip = cursors.decode(self.table, cursor, (int, str, int))
        code = codes.code(snapshot, "user_id", user_id)
        try:
            at = (EPOCH + timedelta(microseconds=micros)).replace(tzinfo=None)
        except OverflowError:
            code = None
        if code is None:
            raise cursors.BadCursor(GONE)
        return _Beginning(micros, user_id, skip, at, code)

    def _following(self, rows: Sequence[Row], begin: _Beginning | None) -> str:
        """The cursor of what stands behind some rows."""
        place = _place(rows[-1])
        equal = sum(_place(row) == place for row in rows)
        skipped = begin.skip if begin and (begin.micros, begin.user_id) == place else 0
        return cursors.encode(self.table, *place, equal + skipped)


def ever_further_back(last: date, first: date) -> Iterator[date]:
    """First days of ever longer periods that end with `last`, up to `first`.

    A page comes from the newest days that fill it: the others are not even looked at.
    """
    reach = 1
    while last - timedelta(days=reach - 1) > first:
        yield last - timedelta(days=reach - 1)
        reach *= 4
    yield first


def _name(snapshot: Snapshot, rows: Sequence[Row]) -> None:
    """Put names in the place of codes, and the zone to times."""
    users = codes.users(snapshot, (row["user_id"] for row in rows))
    dimensions = codes.dimensions(snapshot)
    titles = codes.titles(snapshot, (row["title_id"] for row in rows if "title_id" in row))
    for row in rows:
        row["user_id"] = users[row["user_id"]]
        row["event_time"] = row["event_time"].replace(tzinfo=UTC)
        for column in dimensions.keys() & row.keys():
            row[column] = dimensions[column][row[column]]
        if "title_id" in row:
            row["title_id"], row["title"] = titles[row["title_id"]]


def _place(row: Row) -> tuple[int, str]:
    """Where a named row stands: its moment in microseconds, and its user."""
    moment: datetime = row["event_time"]
    return (moment - EPOCH) // timedelta(microseconds=1), row["user_id"]
