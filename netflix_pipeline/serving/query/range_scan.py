"""Range scan: a name is found in a table sorted by it by reading one stretch of it."""

# Written into SQL are names out of contracts and metrics only; values are bound.
# ruff: noqa: S608

from bisect import bisect_right

from netflix_pipeline.serving.snapshot.open import Row, Snapshot

STRETCH = 512
"""Rows between two names that are kept at hand."""


def find(snapshot: Snapshot, table: str, column: str, name: str, select: str = "*") -> Row | None:
    """The row of a table whose column has the name; None when there is none.

    Of names that came later than the table was sorted, which are few, the whole table is asked.
    """
    marks = snapshot.kept(f"marks of {table}", lambda: _marks(snapshot, table, column))
    first = max(bisect_right(marks, name) - 1, 0) * STRETCH
    parameters: Row = {"name": name, "first": first, "last": first + STRETCH - 1}
    query = f"SELECT {select} FROM {table} WHERE {column} = $name"
    row = snapshot.row(f"{query} AND rowid BETWEEN $first AND $last", parameters)
    return row or snapshot.row(query, {"name": name})


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
