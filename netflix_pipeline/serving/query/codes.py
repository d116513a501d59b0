"""Dictionary encoding: between names and the codes under which a snapshot stores them."""

# Written into SQL are names out of contracts and metrics only; values are bound.
# ruff: noqa: S608

from collections.abc import Collection, Iterable, Sequence

from netflix_pipeline.serving.snapshot.layout import CODED
from netflix_pipeline.serving.snapshot.open import Snapshot

NAMES = """
    SELECT title_id, title FROM titles WHERE $all OR title_id IN (SELECT unnest($ids::VARCHAR[]))
    UNION ALL
    SELECT entry_id, min(entry_name) FROM titles
    WHERE season IS NOT NULL AND ($all OR entry_id IN (SELECT unnest($ids::VARCHAR[])))
    GROUP BY entry_id
"""
FEW = tuple(name for name in CODED if name not in ("user_id", "title_id"))
"""Columns with so few names that all of them are kept at hand."""

MOST_AT_HAND = 100_000
"""Titles up to which all names are kept at hand: some megabytes."""


def code(snapshot: Snapshot, column: str, name: str) -> int | None:
    """The code of a user, title or dimension; None when the snapshot has no such name."""
    return codes_of(snapshot, column, [name]).get(name)


def codes_of(snapshot: Snapshot, column: str, names: Collection[str]) -> dict[str, int]:
    """The codes of those users, titles or values of a dimension that the snapshot has, by name."""
    assert column in CODED
    if column in FEW:
        known = snapshot.kept(
            "codes of dimensions",
            lambda: {
                column: {name: code for code, name in names.items()}
                for column, names in dimensions(snapshot).items()
            },
        )[column]
        return {name: known[name] for name in names if name in known}
    if len(names) == 1:  # in half the time of a list of one
        query, bound = f"SELECT name, code FROM codes.{column} WHERE name = ?", [*names]
        return snapshot.pairs(query, bound)
    query = f"SELECT name, code FROM codes.{column} WHERE name IN (SELECT unnest(?::VARCHAR[]))"
    return snapshot.pairs(query, [sorted(names)])


def dimensions(snapshot: Snapshot) -> dict[str, dict[int, str]]:
    """The names of all codes of the columns that have few."""
    return snapshot.kept(
        "dimensions",
        lambda: {
            column: snapshot.pairs(f"SELECT code, name FROM codes.{column}") for column in FEW
        },
    )


def number(snapshot: Snapshot, column: str) -> int:
    """How many codes a column has; of one that is not coded two, as of what is so or not."""
    if column in FEW:
        return len(dimensions(snapshot)[column])
    if column not in CODED:
        return 2

    def count() -> int:
        (row,) = snapshot.rows(f"SELECT count(*) AS codes FROM codes.{column}")
        return int(row["codes"])

    return snapshot.kept(f"codes of {column}", count)


def of_users(snapshot: Snapshot, names: Collection[str]) -> list[int]:
    """The codes of those users that the snapshot has."""
    return list(codes_of(snapshot, "user_id", names).values()) if names else []


def users(snapshot: Snapshot, codes: Iterable[int]) -> dict[int, str]:
    """The ids of users by their codes."""
    return snapshot.pairs(
        "SELECT code, name FROM codes.user_id WHERE code IN (SELECT unnest(?::INTEGER[]))",
        [sorted(set(codes))],
    )


def titles(snapshot: Snapshot, codes: Iterable[int]) -> dict[int, tuple[str, str | None]]:
    """The ids and names of titles by their codes; those asked for once are kept at hand.

    All of them are, where they are few: one look-up takes as long as reading them all.
    """
    known: dict[int, tuple[str, str | None]] = snapshot.kept("titles", dict)
    missing = set(codes) - known.keys()
    if missing:
        rows = snapshot.rows(
            "SELECT code, name, title FROM codes.title_id LEFT JOIN titles ON title_id = name "
            "WHERE $all OR code IN (SELECT unnest($codes::INTEGER[]))",
            {"all": number(snapshot, "title_id") <= MOST_AT_HAND, "codes": sorted(missing)},
        )
        known.update((row["code"], (row["name"], row["title"])) for row in rows)
    return known


def title_names(snapshot: Snapshot, title_ids: Sequence[str]) -> dict[str, str | None]:
    """The names of titles, series and seasons, by id; those that nobody told of are left out.

    All of them are kept at hand, where they are few.
    """
    known = snapshot.kept("names of titles", lambda: _all_names(snapshot))
    if known is None:
        return snapshot.pairs(NAMES, {"all": False, "ids": list(title_ids)})
    return {each: known[each] for each in title_ids if each in known}


def _all_names(snapshot: Snapshot) -> dict[str, str | None] | None:
    """All of them; None where they are too many."""
    (counted,) = snapshot.rows("SELECT count(*) AS titles FROM titles")
    if counted["titles"] > MOST_AT_HAND:
        return None
    return snapshot.pairs(NAMES, {"all": True, "ids": []})
