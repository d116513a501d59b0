"""When titles and series came to the service, and those that came before or beside one of them."""

# Written into SQL are names out of contracts and metrics only; values are bound.
# ruff: noqa: S608

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from netflix_pipeline.contracts.measures import OF_PLAYS
from netflix_pipeline.serving.query.codes import title_names
from netflix_pipeline.serving.query.filters import (
    Choice,
    Filters,
    UnknownValues,
    check_known,
    conditions,
)
from netflix_pipeline.serving.query.persons import NotFound
from netflix_pipeline.serving.snapshot.open import Row, Snapshot

LAUNCHED = "coalesce(min(t.added_on), min(p.first_day))"
"""The launch day of titles `t`, of which `p` are the profiles."""

LAUNCH = f"""
    SELECT {LAUNCHED} AS day
    FROM titles AS t LEFT JOIN title_profile AS p USING (title_id)
    WHERE $id IN (t.title_id, t.series_key, t.entry_id)
"""

MEMBERS = """
    SELECT t.title_id, t.series_key, t.content_type, t.added_on, c.code
    FROM titles AS t LEFT JOIN codes.title_id AS c ON c.name = t.title_id
    WHERE $id IN (t.title_id, t.series_key, t.entry_id) ORDER BY t.title_id
"""

KNOWN = """
    SELECT DISTINCT unnest([title_id, series_key]) AS id FROM titles
    WHERE list_has_any([title_id, series_key], $ids::VARCHAR[])
"""

DAYS = f"""
    SELECT event_date - $launch::DATE AS day,
        {", ".join(f"{each.summed_sql} AS {each.name}" for each in OF_PLAYS)}
    FROM coded.plays
    WHERE list_contains($codes::INTEGER[], title_id)
        AND event_date BETWEEN $launch AND $launch::DATE + $longest::INTEGER - 1 {{narrowed}}
    GROUP BY ALL ORDER BY day
"""

UNITS = f"""
    SELECT {{unit}} AS unit, {LAUNCHED} AS launched,
        coalesce(min(t.content_type) = $content_type, false) AS of_type,
        list(c.code) FILTER (WHERE c.code IS NOT NULL) AS codes
    FROM titles AS t LEFT JOIN title_profile AS p USING (title_id)
    LEFT JOIN codes.title_id AS c ON c.name = t.title_id
    WHERE {{unit}} IS NOT NULL GROUP BY {{unit}}
"""
"""What is launched is a series or season with all its episodes, or an episode or film by itself."""

BESIDE = f"""
    WITH units AS ({UNITS}), launches AS MATERIALIZED (
        SELECT unit, launched, of_type AND launched < $launch AS earlier, codes FROM units
        WHERE unit <> $id AND launched BETWEEN $first AND $last
            AND ((of_type AND launched < $launch) OR list_contains($against::VARCHAR[], unit))
    ), members AS (SELECT unit, launched, unnest(codes) AS title_id FROM launches), by_day AS (
        SELECT m.unit, event_date - m.launched AS day, {{columns}}
        FROM coded.{{table}} JOIN members AS m USING (title_id)
        WHERE event_date BETWEEN $first AND $last
            AND event_date BETWEEN m.launched AND m.launched + $longest::INTEGER - 1 {{narrowed}}
        GROUP BY ALL
    )
"""

EARLIER = f"""
    SELECT unit, launched FROM ({UNITS})
    WHERE unit <> $id AND of_type AND launched < $launch AND launched >= $first
    ORDER BY launched DESC, unit LIMIT $most
"""

SEASON = "CASE WHEN t.season IS NOT NULL THEN t.entry_id END"
"""The season of an episode, as the Top 10 has it."""

COMPARED = ("starters", "watchers", "completers", "hours_viewed")
"""The measures by which launches are compared."""
SUMMED = tuple(each for each in OF_PLAYS if each.name in (*COMPARED, "watch_seconds"))
"""What these measures are made of."""


@dataclass(frozen=True, slots=True)
class Launched:
    """A title, a season or a series as a whole, as it came to the service.

    The `day` is the first on which it was added, else that of its first play, as `by` tells; None
    where there is neither. `codes` are those of its titles in plays, and `unit` is the expression
    of what is launched as it is.
    """

    id: str
    title: str | None
    content_type: str | None
    day: date | None
    by: Literal["added_on", "first_day"] | None
    codes: tuple[int, ...]
    unit: str


def launch_day(snapshot: Snapshot, title_id: str) -> date | None:
    """The day on which a title, or the first one of a series or season, was added.

    Where no source says it, the day of the first play; None where there is none either.
    """
    (row,) = snapshot.rows(LAUNCH, {"id": title_id})
    day: date | None = row["day"]
    return day


def launch_of(snapshot: Snapshot, title_id: str) -> Launched:
    """The launch of a title, season or series. Raises NotFound."""
    members = snapshot.rows(MEMBERS, {"id": title_id})
    if not members:
        raise NotFound(f"no title {title_id!r} is known: look for its id with /titles?search=NAME.")
    day, unit = launch_day(snapshot, title_id), SEASON
    added = any(member["added_on"] for member in members)
    if any(member["series_key"] == title_id for member in members):
        unit = "t.series_key"
    elif any(member["title_id"] == title_id for member in members):
        unit = "t.title_id"
    types = (member["content_type"] for member in members)
    return Launched(
        id=title_id,
        title=title_names(snapshot, [title_id]).get(title_id),
        content_type=min(filter(None, types), default=None),
        day=day,
        by=None if day is None else "added_on" if added else "first_day",
        codes=tuple(member["code"] for member in members if member["code"] is not None),
        unit=unit,
    )


def of_days(
    snapshot: Snapshot, launched: Launched, filters: Filters, longest: int
) -> dict[int, Row]:
    """What the plays of its first days add, by days since the launch; only those with plays."""
    narrowed, bound = conditions(snapshot, filters)
    bound |= {"codes": list(launched.codes), "launch": launched.day, "longest": longest}
    return {row.pop("day"): row for row in snapshot.rows(DAYS.format(narrowed=narrowed), bound)}


def beside(
    snapshot: Snapshot, launched: Launched, against: Sequence[str], filters: Filters, longest: int
) -> tuple[str, Row]:
    """What a query of launches beside one begins with, and binds; of a launch within the data.

    It knows `launches` (`unit`, `launched`, `earlier`), those before it of its type and those of
    `against`; and `by_day` (`unit`, `day` and the sums of plays), their first days with plays.
    """
    days = snapshot.info.days
    assert days
    narrowed, bound = conditions(snapshot, filters)
    by_country = set(filters.given) <= {"country"}  # title_daily knows it
    query = BESIDE.format(
        unit=launched.unit,
        columns=", ".join(
            f"{f'sum({each.name})' if by_country else each.summed_sql} AS {each.name}"
            for each in SUMMED
        ),
        table="title_daily" if by_country else "plays",
        narrowed=narrowed,
    )
    return query, bound | {
        "id": launched.id,
        "content_type": launched.content_type,
        "launch": launched.day,
        "against": list(against),
        "first": days.from_,
        "last": days.to,
        "longest": longest,
    }


def check_against(snapshot: Snapshot, against: Sequence[str]) -> None:
    """Raise UnknownValues where a title or series to compare with is not known."""
    if against:
        known = [row["id"] for row in snapshot.rows(KNOWN, {"ids": list(against)})]
        check_known("against", Choice(values=tuple(against)), known, None)


def check_found(against: Sequence[str], found: Collection[str]) -> None:
    """Raise UnknownValues where no launch to compare with was found under an id."""
    if missing := sorted(set(against) - set(found)):
        remedy = (
            "Compare with a launch that is in the data, a series with series, a season with "
            "seasons and a title with titles."
        )
        raise UnknownValues("against", missing, remedy)


def earlier_launches(snapshot: Snapshot, title_id: str, most: int) -> list[tuple[str, date]]:
    """The last launches before one, of its type and in the data: id and day, newest first.

    Raises NotFound.
    """
    launched, days = launch_of(snapshot, title_id), snapshot.info.days
    if days is None or launched.day is None:
        return []
    bound: Row = {
        "id": title_id,
        "content_type": launched.content_type,
        "launch": launched.day,
        "first": days.from_,
        "most": most,
    }
    rows = snapshot.rows(EARLIER.format(unit=launched.unit), bound)
    return [(row["unit"], row["launched"]) for row in rows]
