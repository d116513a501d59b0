"""Rows found where they lie: one stretch of a sorted table is read, or one row, not all of it."""

# Written into SQL are names out of contracts and metrics only; values are bound.
# ruff: noqa: S608
from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt

from netflix_pipeline.serving.snapshots import Row, Snapshot

STRETCH = 512
"""Rows between two names that are kept at hand."""
NOWHERE = -1


def find(snapshot: Snapshot, table: str, column: str, name: str, select: str = "*") -> Row | None:
    """The row of a table whose column has the name; None when there is none.

    Of names that came later than the table was sorted, which are few, the whole table is asked.
    """
    marks = snapshot.kept(f"marks of {table}", lambda: _marks(snapshot, table, column))
    first = max(bisect_right(marks, name) - 1, 0) * STRETCH
    asked: Row = {"name": name, "first": first, "last": first + STRETCH - 1}
    query = f"SELECT {select} FROM {table} WHERE {column} = $name"
    found = snapshot.row(f"{query} AND rowid BETWEEN $first AND $last", asked)
    return found or snapshot.row(query, {"name": name})


def codes_of(snapshot: Snapshot, users: Sequence[str]) -> dict[str, int]:
    """The codes of users, by id; those who have none are left out."""
    if len(users) == 1:
        row = find(snapshot, "codes.user_id", "name", users[0], "code")
        return {} if row is None else {users[0]: row["code"]}
    hashes, places = snapshot.kept("places of users", lambda: _hashed(snapshot))
    asked = snapshot.columns(
        "SELECT hash(unnest($users::VARCHAR[])) AS hash", {"users": list(users)}
    )
    first = np.searchsorted(hashes, asked["hash"], "left")
    last = np.searchsorted(hashes, asked["hash"], "right")
    found = [
        int(places[at]) for begin, end in zip(first, last, strict=True) for at in range(begin, end)
    ]
    rows = snapshot.rows(
        "SELECT name, code FROM codes.user_id WHERE rowid IN (SELECT unnest($places::BIGINT[]))",
        {"places": found},
    )
    wanted = set(users)  # two names may have the same hash
    return {row["name"]: row["code"] for row in rows if row["name"] in wanted}


def _hashed(snapshot: Snapshot) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
    """The hashes of all users' ids, sorted, and where the names and codes of each lie."""
    found = snapshot.columns(
        "SELECT hash(name) AS hash, rowid AS place FROM codes.user_id ORDER BY hash", {}
    )
    return found["hash"], found["place"]


def rows_of(snapshot: Snapshot, table: str, codes: Collection[int], select: str) -> dict[int, Row]:
    """The rows of users, given by code, in a table with a row for each; by code."""
    places = snapshot.kept(f"places in {table}", lambda: _places(snapshot, table))
    wanted = {int(places[code]): code for code in codes if places[code] != NOWHERE}
    query = f"SELECT rowid AS place, {select} FROM {table} WHERE rowid"
    if len(wanted) == 1:
        rows = snapshot.rows(f"{query} = $place", {"place": next(iter(wanted))})
    elif wanted:
        asked: Row = {"places": list(wanted)}
        rows = snapshot.rows(f"{query} IN (SELECT unnest($places::BIGINT[]))", asked)
    else:
        rows = []
    return {wanted[row.pop("place")]: row for row in rows}


def _places(snapshot: Snapshot, table: str) -> npt.NDArray[np.int32]:
    """Where in a table each user's row lies, by code: to look there is cheaper than by name."""
    found = snapshot.columns(
        "SELECT code, coalesce(t.rowid, $nowhere)::INTEGER AS place FROM codes.user_id "
        f"LEFT JOIN {table} AS t ON t.user_id = name",
        {"nowhere": NOWHERE},
    )
    places = np.full(int(found["code"].max(initial=-1)) + 1, NOWHERE, np.int32)
    places[found["code"]] = found["place"]
    return places


def _marks(snapshot: Snapshot, table: str, column: str) -> list[str]:
    """The first name of each stretch, as far as the table is sorted."""
    rows = snapshot.rows(
        f"SELECT {column} AS name FROM {table} WHERE rowid % {STRETCH} = 0 ORDER BY rowid"
    )
    marks: list[str] = []
    for row in rows:
        if marks and row["name"] < marks[-1]:
            break
        marks.append(row["name"])
    return marks
