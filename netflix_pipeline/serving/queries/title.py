"""One title, or one series: what is known, how it was watched so far and in a period."""

# Written into SQL are names out of contracts and metrics only; values are bound.
# ruff: noqa: S608
from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from netflix_pipeline.contracts.measures import OF_ENTRIES, OF_PLAYS
from netflix_pipeline.metrics import METRICS, STEPS, STEPS_REACHED, metric
from netflix_pipeline.serving.answers import (
    DropOff,
    DropOffStep,
    Filters,
    NextEpisode,
    Period,
    Title,
    TitleDay,
    TitleDetail,
    TitleGroup,
    TitleWatching,
)
from netflix_pipeline.serving.errors import NotFound
from netflix_pipeline.serving.queries import codes
from netflix_pipeline.serving.queries.filtering import conditions
from netflix_pipeline.serving.snapshots import Row, Snapshot

WATCHING = tuple(TitleWatching.model_fields)
MEASURES = (*WATCHING, "rating", "drop_off", "next_episode_rate")
"""The metrics of a title."""


def _chosen(names: Iterable[str]) -> str:
    return ", ".join(f"{METRICS[name].expression} AS {name}" for name in names)


FACTS = tuple(
    name
    for name in (*Title.model_fields, "entry_id", "entry_name", "entry_runtime_minutes")
    if name not in (*METRICS, "reviews")
)
MEMBERS = f"""
    SELECT {", ".join(f"t.{name}" for name in FACTS)}, t.series_key, c.code
    FROM titles AS t LEFT JOIN codes.title_id AS c ON c.name = t.title_id
    WHERE t.title_id = $id OR t.series_key = $id ORDER BY t.title_id
"""
SO_FAR = f"""
    SELECT min(first_day) AS first_day, max(last_day) AS last_day,
        {_chosen(name for name in WATCHING if name != "viewers")},
        coalesce(sum(viewers), 0)::BIGINT AS viewers,
        coalesce(sum(reviews), 0)::BIGINT AS reviews, {METRICS["rating"].expression} AS rating,
        coalesce(sum(episode_completers), 0)::BIGINT AS episode_completers,
        coalesce(sum(next_episode_starters), 0)::BIGINT AS next_episode_starters,
        {METRICS["next_episode_rate"].expression} AS next_episode_rate
    FROM title_profile WHERE title_id IN (SELECT unnest($ids::VARCHAR[]))
"""
DIFFERENT_VIEWERS = """
    SELECT count(DISTINCT user_id) AS viewers FROM coded.plays
    WHERE starter AND title_id IN (SELECT unnest($codes::INTEGER[]))
"""
# Each play as a row of the table that the metrics' expressions are written for.
PLAYED = f"""
    WITH members AS (
        SELECT unnest($codes::INTEGER[]) AS title_id,
            unnest($runtimes::DOUBLE[]) AS entry_runtime_minutes
    ), played AS MATERIALIZED (
        SELECT event_date, country, device, user_id,
            {", ".join(told.added_sql for told in (*OF_PLAYS, *OF_ENTRIES))},
            CASE WHEN starter AND reached IS NOT NULL
                THEN greatest(least(floor(reached * {STEPS_REACHED!r}), {STEPS}), 0) END AS step
        FROM coded.plays JOIN members USING (title_id)
        WHERE event_date BETWEEN $from AND $to {{narrowed}}
    )
    SELECT event_date AS day, country, device, step::INTEGER AS step,
        grouping(event_date, country, device, step) AS by_others,
        {_chosen(WATCHING)}
    FROM played GROUP BY GROUPING SETS ((), (event_date), (country), (device), (step))
    ORDER BY hours_viewed DESC, plays DESC
"""
WHOLE, BY_DAY, BY_COUNTRY, BY_DEVICE, BY_STEP = 0b1111, 0b0111, 0b1011, 0b1101, 0b1110
"""By what rows are grouped: a bit for each of day, country, device and step that they are not."""


def title(snapshot: Snapshot, title_id: str, period: Period, filters: Filters) -> TitleDetail:
    """A title or a series with its numbers. Raises NotFound and FilterNotTaken."""
    for name in MEASURES:
        if name in WATCHING or name == "drop_off":
            metric(name).check(filters.given)
    members = snapshot.rows(MEMBERS, {"id": title_id})
    if not members:
        raise NotFound(f"no title {title_id!r} is known: look for its id with /titles?search=NAME.")
    facts = _facts(title_id, members)
    so_far = _so_far(snapshot, members)
    has_episodes = any(m["series_key"] and m["episode"] is not None for m in members)
    going_on = {name: so_far.pop(name) for name in NextEpisode.model_fields}
    return TitleDetail(
        **facts,
        **{name: so_far[name] for name in Title.model_fields if name in so_far},
        first_day=so_far["first_day"],
        last_day=so_far["last_day"],
        titles_counted=len(members),
        episodes_counted=sum(member["title_id"] != title_id for member in members) or None,
        next_episode=NextEpisode(**going_on) if has_episodes else None,
        **_watched(snapshot, members, period, filters),
    )


def _facts(title_id: str, members: list[Row]) -> Row:
    """What is known of the title itself; of a series that has no row, what its episodes tell."""
    for member in members:
        if member["title_id"] == title_id:
            return {name: member[name] for name in FACTS}
    same = {
        name: members[0][name]
        for name in FACTS
        if name not in ("title", "season", "episode", "series_id", "entry_name")
        and len({member[name] for member in members}) == 1
    }
    known = {"entry_id": title_id, "entry_name": title_id, "list": "tv"}
    return dict.fromkeys(FACTS) | known | same | {"title_id": title_id, "described": False}


def _so_far(snapshot: Snapshot, members: list[Row]) -> Row:
    (found,) = snapshot.rows(SO_FAR, {"ids": [member["title_id"] for member in members]})
    if len(members) > 1:  # who watched several episodes is one viewer of the series
        played = [member["code"] for member in members if member["code"] is not None]
        (different,) = snapshot.rows(DIFFERENT_VIEWERS, {"codes": played})
        found |= different
    return found


def _watched(
    snapshot: Snapshot, members: list[Row], period: Period, filters: Filters
) -> dict[str, Any]:
    """The fields of a title that are about a period."""
    narrowed, bound = conditions(snapshot, filters)
    played = [member for member in members if member["code"] is not None]
    bound |= {
        "from": period.from_,
        "to": period.to,
        "codes": [member["code"] for member in played],
        "runtimes": [member["entry_runtime_minutes"] for member in played],
    }
    groups: dict[int, dict[Any, Row]] = {n: {} for n in (WHOLE, BY_DAY, BY_COUNTRY, BY_DEVICE)}
    steps = dict.fromkeys(range(STEPS + 1), 0)
    for row in snapshot.rows(PLAYED.format(narrowed=narrowed), bound):
        keys = {name: row.pop(name) for name in ("day", "country", "device", "step")}
        by_others = row.pop("by_others")
        if by_others != BY_STEP:
            key = next((key for key in keys.values() if key is not None), None)
            groups[by_others][key] = row
        elif keys["step"] is not None:
            steps[keys["step"]] = row["plays"]
    nothing = dict.fromkeys(WATCHING, 0) | {"completion_rate": None}
    days = (period.from_ + timedelta(days=offset) for offset in range(period.days))
    return {
        "in_period": TitleWatching(**groups[WHOLE].get(None, nothing)),
        "days": tuple(TitleDay(day=day, **groups[BY_DAY].get(day, nothing)) for day in days),
        "countries": tuple(_named(snapshot, "country", groups[BY_COUNTRY])),
        "devices": tuple(_named(snapshot, "device", groups[BY_DEVICE])),
        "drop_off": drop_off(steps),
    }


def _named(snapshot: Snapshot, column: str, groups: dict[Any, Row]) -> Iterator[TitleGroup]:
    names = codes.dimensions(snapshot)[column]
    for code, row in groups.items():
        yield TitleGroup(name=names[code], **row)


def drop_off(steps: dict[int, int]) -> DropOff:
    """The curve, from how many starters came to each twentieth of a title and no further."""
    starters = sum(steps.values())
    curve = []
    for step in range(1, STEPS + 1):
        came = sum(count for reached, count in steps.items() if reached >= step)
        share = came / starters if starters else None
        curve.append(DropOffStep(reached=step / STEPS, starters=came, share=share))
    return DropOff(starters=starters, steps=tuple(curve))
