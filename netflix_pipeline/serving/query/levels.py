"""Levels: what a title counts as, an episode of its season and its series, by id and by code.

A film is its own season and its own series; what tells no season counts as its series instead.
"""

# Written into SQL are expressions of this module only; values are bound.
# ruff: noqa: S608

from collections.abc import Collection
from threading import Lock
from zoneinfo import ZoneInfo

from netflix_pipeline.serving.answer import Period
from netflix_pipeline.serving.query import codes
from netflix_pipeline.serving.query.local_plays import plays_of
from netflix_pipeline.serving.snapshot.open import Row, Snapshot

DATABASE = "levels"
IDS = {
    "title": "name",
    "season": "coalesce(titles.entry_id, name)",
    "series": "coalesce(titles.series_key, name)",
}
"""The id that a title has at each level, in SQL over `TITLES`; a season's is that of the Top 10."""

OF_SEVERAL = ("season", "series")
"""The levels at which several titles count as one."""

SO_FAR = {level: f"{level}_viewers" for level in OF_SEVERAL}
"""The columns of title_profile that tell the viewers so far of all titles of a title's group."""

TITLES = "codes.title_id LEFT JOIN titles ON titles.title_id = name"
"""What follows FROM: every title that has a code, and what is known of it."""

MEMBERS = f"""
    SELECT id, list(DISTINCT code) AS codes
    FROM (SELECT code, {{ids}} AS id FROM {TITLES})
    WHERE $all OR id IN (SELECT unnest($ids::VARCHAR[])) GROUP BY id
"""

MOST_AT_HAND = 20_000
"""Titles up to which those of every id are kept at hand: some megabytes."""


def members(snapshot: Snapshot, level: str, ids: Collection[str]) -> dict[str, list[int]]:
    """The codes of the titles that count as each of these ids; without those that none has.

    By the id of a series or of a season a `title` is all of its episodes.
    """
    of_title = f"unnest([{', '.join(IDS.values())}])" if level == "title" else IDS[level]
    query = MEMBERS.format(ids=of_title)
    if codes.number(snapshot, "title_id") > MOST_AT_HAND:
        return snapshot.pairs(query, {"all": False, "ids": list(ids)})
    every: dict[str, list[int]] = snapshot.kept(
        f"members of each {level}", lambda: snapshot.pairs(query, {"all": True, "ids": []})
    )
    return {own: every[own] for own in ids if own in every}


GROUPS = f"""
    CREATE TABLE IF NOT EXISTS {DATABASE}.{{level}} AS
    SELECT *, min(title_id) OVER (PARTITION BY id) AS code
    FROM (SELECT code AS title_id, {{ids}} AS id FROM {TITLES}) ORDER BY title_id
"""
_making = Lock()
"""Held while a table is made: whoever needs it meanwhile waits for it."""


def groups(snapshot: Snapshot, level: str) -> str:
    """The titles by code (`title_id`) with the `id` of their group at a level, and its `code`.

    That is the first of the codes of its titles. A table in memory, made once for a snapshot:
    their ids are texts, which take longer to compare than all else that is asked of groups.
    """

    def made() -> str:
        snapshot.attach_memory(DATABASE)
        snapshot.rows(GROUPS.format(level=level, ids=IDS[level]))
        return f"{DATABASE}.{level}"

    with _making:
        return snapshot.kept(f"groups of titles by {level}", made)


def with_groups(snapshot: Snapshot, rows: str, level: str) -> str:
    """Rows, what follows FROM, with the code of their title's group in a column called as it is."""
    return f"""(
        SELECT r.*, g.code AS {level}
        FROM (SELECT * FROM {rows}) AS r JOIN {groups(snapshot, level)} AS g USING (title_id)
    )"""


def names(snapshot: Snapshot, level: str) -> str:
    """The ids of groups, called `name`, by the codes that `with_groups` gives them."""
    return f"(SELECT code, id AS name FROM {groups(snapshot, level)} WHERE title_id = code)"


VIEWERS = """
    WITH members AS MATERIALIZED (
        FROM {groups} WHERE $all OR id IN (SELECT unnest($ids::VARCHAR[]))
    )
    SELECT id, viewers
    FROM (
        SELECT code, count(DISTINCT user_id) AS viewers
        FROM {plays} JOIN members USING (title_id)
        WHERE starter AND event_date BETWEEN $from AND $to GROUP BY code
    ) JOIN (SELECT DISTINCT code, id FROM members) USING (code)
"""


def viewers(
    snapshot: Snapshot,
    level: str,
    period: Period,
    ids: Collection[str] | None = None,
    clock: ZoneInfo | None = None,
) -> dict[str, int]:
    """The different viewers of groups of titles in a period, by id: of these, or of all.

    Those that have none may be left out. Days are those of the clock, or of UTC without one.
    """
    plays, placed = plays_of(snapshot, clock, period)
    bound: Row = {"all": ids is None, "ids": list(ids or ())}
    bound |= placed | {"from": period.from_, "to": period.to}
    return snapshot.pairs(VIEWERS.format(groups=groups(snapshot, level), plays=plays), bound)
