"""How one person, or a household, watched: days, hours of the week, sittings and favourites.

All of it comes from their plays, which lie together in the snapshot: it costs what they watched,
not how many people there are.
"""

# Written into SQL are names out of contracts and metrics only; values are bound.
# ruff: noqa: S608
from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date
from itertools import product
from typing import Any

from netflix_pipeline.contracts.measures import OF_PLAYS
from netflix_pipeline.metrics import BINGE_EPISODES, METRICS, SITTING_GAP
from netflix_pipeline.serving.answers import (
    Binge,
    Favourite,
    HourOfWeek,
    Period,
    PersonalViewing,
    ViewingDay,
    ViewingDevice,
    ViewingInPeriod,
    ViewingMonth,
    ViewingPerson,
    ViewingYear,
)
from netflix_pipeline.serving.queries import codes, plays
from netflix_pipeline.serving.queries.rows import chosen
from netflix_pipeline.serving.snapshots import Row, Snapshot

WATCHED = ("plays", "starters", "hours_viewed", "plays_without_duration")
SAT = ("sittings", "avg_sitting_minutes", "binge_rate")
MEASURES = (*WATCHED, *SAT)
"""The metrics of a person's viewing."""

# Each play as a row of the table that the metrics' expressions are written for.
PLAYED = f"""
    WITH played AS MATERIALIZED (
        SELECT event_date, user_id, title_id, device, started_at, ended_at, starter, watch_seconds,
            {", ".join(told.added_sql for told in OF_PLAYS if told.name in WATCHED)},
            time_precision = $second AS timed
        FROM coded.plays
        WHERE user_id BETWEEN $least AND $most AND list_contains($users::INTEGER[], user_id)
    )
"""
WATCHING = chosen([METRICS[name] for name in WATCHED])
SPAN = "min(event_date) AS first_day, max(event_date) AS last_day"
DAYS = "count(DISTINCT event_date) AS active_days"

EVER = f"""{PLAYED}
    SELECT user_id, year(event_date) AS year, {SPAN}, {DAYS}, {WATCHING}
    FROM played GROUP BY GROUPING SETS ((), (user_id), (year))
"""
IN_PERIOD = f"""{PLAYED}
    SELECT grouping(user_id, device, weekday, hour) AS by_others, user_id, device, weekday, hour,
        {SPAN}, {DAYS}, count(*) FILTER (NOT timed) AS without_time, {WATCHING}
    FROM (
        SELECT *, CASE WHEN timed THEN isodow(event_date) END AS weekday,
            CASE WHEN timed THEN hour(started_at) END AS hour
        FROM played WHERE event_date BETWEEN $from AND $to
    )
    GROUP BY GROUPING SETS ((), (user_id), (device), (weekday, hour))
    ORDER BY hours_viewed DESC, plays DESC, user_id, device
"""
WHOLE, BY_PERSON, BY_DEVICE, BY_HOUR = 0b1111, 0b0111, 0b1011, 0b1100
"""By what rows are grouped: a bit for each of person, device, weekday, hour they are not."""

KNOWN = """known AS (
    SELECT c.code AS title_id, coalesce(t.series_key, c.name) AS key,
        t.series_key IS NOT NULL AS is_series, t.season, t.episode, t.title_id AS id,
        t.title_id <> t.series_key OR t.episode IS NOT NULL AS is_episode
    FROM codes.title_id AS c LEFT JOIN titles AS t ON t.title_id = c.name
    WHERE c.code IN (SELECT title_id FROM played)
)"""
VARIETY = """count(DISTINCT key) AS titles,
    count(DISTINCT id) FILTER (is_series AND id <> key) AS episodes_played"""
STRETCHES = f"""{PLAYED}, {KNOWN}
    SELECT grouping(event_date) = 0 AS is_day, event_date AS day, month, {DAYS}, {VARIETY},
        {WATCHING}
    FROM (SELECT *, date_trunc('month', event_date)::DATE AS month FROM played)
        JOIN known USING (title_id)
    WHERE event_date BETWEEN $from AND $to
    GROUP BY GROUPING SETS ((), (event_date), (month)) ORDER BY day, month
"""
OF_FAVOURITES = (
    "title_id",
    "title",
    "episodes",
    "episodes_played",
    "season",
    "episode",
    "last_day",
)
FURTHEST = """max({'season': coalesce(season, 0), 'episode': coalesce(episode, 0)})
    FILTER (id <> key)"""
FAVOURITES = f"""{PLAYED}, {KNOWN}
    SELECT f.* EXCLUDE furthest, t.title, nullif(furthest.season, 0) AS season,
        nullif(furthest.episode, 0) AS episode
    FROM (
        SELECT key AS title_id, is_series, max(event_date) AS last_day, {FURTHEST} AS furthest,
            CASE WHEN is_series AND bool_or(is_episode) THEN
                count(DISTINCT (season, episode))
                    FILTER (starter AND is_episode AND episode IS NOT NULL)
                + count(DISTINCT id) FILTER (starter AND is_episode AND episode IS NULL)
            END AS episodes,
            nullif(count(DISTINCT id) FILTER (id <> key), 0) AS episodes_played, {WATCHING}
        FROM played JOIN known USING (title_id)
        WHERE event_date BETWEEN $from AND $to GROUP BY key, is_series
    ) AS f LEFT JOIN titles AS t USING (title_id)
    ORDER BY CASE WHEN $by_plays THEN plays ELSE hours_viewed END DESC, plays DESC, title_id
"""
SITTINGS = f"""{PLAYED}, {KNOWN}, reached AS (
    SELECT *, max(ended_at) OVER (PARTITION BY user_id ORDER BY started_at, title_id
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS so_far
    FROM played WHERE timed
), chained AS (
    SELECT *, count(*) FILTER (so_far IS NULL OR started_at > so_far + $gap)
        OVER (PARTITION BY user_id ORDER BY started_at, title_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS chain
    FROM reached
), sat AS (
    SELECT user_id, chain, min(started_at) AS began, max(ended_at) AS ended, count(*) AS plays,
        coalesce(sum(watch_seconds), 0) AS watch_seconds
    FROM chained GROUP BY user_id, chain
), binged AS (
    SELECT user_id, chain, key, count(DISTINCT (season, episode)) FILTER (episode IS NOT NULL)
        + count(*) FILTER (episode IS NULL) AS episodes
    FROM chained JOIN known USING (title_id) WHERE starter AND is_series
    GROUP BY user_id, chain, key HAVING episodes >= $binge
    QUALIFY row_number() OVER (PARTITION BY user_id, chain ORDER BY episodes DESC, key) = 1
), told AS MATERIALIZED (
    SELECT s.*, b.key AS series_id, b.episodes, 1 AS sittings,
        (b.key IS NOT NULL)::INTEGER AS binge_sittings
    FROM sat AS s LEFT JOIN binged AS b USING (user_id, chain)
    WHERE began::DATE BETWEEN $from AND $to
)
"""
# In order of their starts, a play has for itself what goes beyond the latest end so far.
MANNER = f"""{SITTINGS}, stretches AS (
    SELECT c.user_id, c.chain, c.watch_seconds, c.ended_at, greatest(c.started_at,
        max(c.ended_at) OVER (PARTITION BY c.user_id, c.chain ORDER BY c.started_at, c.title_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) AS begins
    FROM chained AS c JOIN known AS k USING (title_id)
    JOIN told AS b ON (b.user_id, b.chain, b.series_id) = (c.user_id, c.chain, k.key)
    WHERE c.watch_seconds IS NOT NULL
), alone AS (
    SELECT user_id, chain, sum(least(watch_seconds,
        greatest(epoch_us(ended_at) - epoch_us(begins), 0) / 1e6)) / 3600 AS hours_viewed
    FROM stretches GROUP BY user_id, chain
), best AS (
    SELECT told.user_id, began AS started_at, ended AS ended_at, told.plays,
        coalesce(hours_viewed, 0) AS hours_viewed, told.series_id, t.title AS series, told.episodes
    FROM told LEFT JOIN alone USING (user_id, chain)
    LEFT JOIN titles AS t ON t.title_id = told.series_id WHERE binge_sittings = 1
    ORDER BY hours_viewed DESC, told.episodes DESC, began DESC, told.user_id LIMIT $top
)
    SELECT {chosen([METRICS[name] for name in SAT])},
        coalesce(sum(binge_sittings), 0)::BIGINT AS binge_sittings,
        (SELECT list(best ORDER BY hours_viewed DESC, episodes DESC, started_at DESC, user_id)
            FROM best) AS binges
    FROM told
"""


def viewing(
    snapshot: Snapshot, users: Mapping[int, str], period: Period | None, *, top: int, recent: int
) -> tuple[PersonalViewing, Period | None]:
    """The viewing of people, given by code and id, in a period; and the period.

    A period that is left out is all of their days; it stays None for who never played anything.
    `top` favourites of a kind and binge sittings are listed, and `recent` plays.
    """
    bound: Row = {
        "users": list(users),
        "least": min(users),
        "most": max(users),
        "second": codes.code(snapshot, "time_precision", "second"),
    }
    ever = snapshot.rows(EVER, bound)
    whole = next(row for row in ever if row["user_id"] is None and row["year"] is None)
    if period is None and whole["first_day"] is not None:
        period = Period(from_=whole["first_day"], to=whole["last_day"])
    # Of who never played anything, no day has anything either.
    asked = period or Period(from_=date.min, to=date.min)
    bound |= {"from": asked.from_, "to": asked.to}
    by_plays = 2 * whole["plays_without_duration"] > whole["plays"]
    grouped: dict[int, list[Row]] = {}
    for row in snapshot.rows(IN_PERIOD, bound):
        grouped.setdefault(row["by_others"], []).append(row)
    stretches = snapshot.rows(STRETCHES, bound)
    (variety,) = (row for row in stretches if not row["is_day"] and row["month"] is None)
    favourites = snapshot.rows(FAVOURITES, bound | {"by_plays": by_plays})
    sat = bound | {"gap": SITTING_GAP, "binge": BINGE_EPISODES, "top": top}
    (manner,) = snapshot.rows(MANNER, sat)
    binges = manner.pop("binges") or ()
    (total,) = grouped[WHOLE]
    told = PersonalViewing(
        measure="plays" if by_plays else "hours_viewed",
        people=_people(users, ever, grouped.get(BY_PERSON, ()), by_plays=by_plays),
        first_day=whole["first_day"],
        last_day=whole["last_day"],
        years=_years(ever),
        in_period=ViewingInPeriod(
            **_watched(total, "active_days", "first_day", "last_day"),
            **manner,
            **{name: variety[name] for name in ("titles", "episodes_played")},
        ),
        days=tuple(
            ViewingDay(**_watched(row, "day", "titles", "episodes_played"))
            for row in stretches
            if row["is_day"]
        ),
        months=tuple(
            ViewingMonth(**_watched(row, "month", "active_days", "titles", "episodes_played"))
            for row in stretches
            if row["month"] is not None
        ),
        hours_of_week=_hours(grouped.get(BY_HOUR, ())),
        plays_without_time=total["without_time"],
        series=tuple(_favourites(favourites, top, is_series=True)),
        films=tuple(_favourites(favourites, top, is_series=False)),
        devices=tuple(
            ViewingDevice(
                device=codes.dimensions(snapshot)["device"][row["device"]], **_watched(row)
            )
            for row in sorted(
                grouped.get(BY_DEVICE, ()), key=lambda row: -row["plays"] if by_plays else 0
            )
        ),
        binges=tuple(
            Binge(
                **row
                | {
                    "user_id": users[row["user_id"]],
                    "started_at": row["started_at"].replace(tzinfo=UTC),
                    "ended_at": row["ended_at"].replace(tzinfo=UTC),
                }
            )
            for row in binges
        ),
        recent_plays=tuple(plays.of_users(snapshot, users, recent, None, period)[0]),
    )
    return told, period


def _watched(row: Row, *others: str) -> dict[str, Any]:
    return {name: row[name] for name in (*WATCHED, *others)}


def _people(
    users: Mapping[int, str], ever: Iterable[Row], in_period: Iterable[Row], *, by_plays: bool
) -> tuple[ViewingPerson, ...]:
    """Everybody asked for, also who watched nothing, who watched most first."""
    nothing = dict.fromkeys(WATCHED, 0)
    spans = {row["user_id"]: row for row in ever if row["user_id"] is not None}
    watched = {row["user_id"]: _watched(row) for row in in_period}
    people = [
        ViewingPerson(
            user_id=user_id,
            first_day=spans[code]["first_day"] if code in spans else None,
            last_day=spans[code]["last_day"] if code in spans else None,
            **watched.get(code, nothing),
        )
        for code, user_id in users.items()
    ]
    people.sort(key=lambda one: (-one.hours_viewed, -one.plays, one.user_id))
    return tuple(sorted(people, key=lambda one: -one.plays) if by_plays else people)


def _years(ever: Iterable[Row]) -> tuple[ViewingYear, ...]:
    """Every year from the first to the last."""
    found = {row["year"]: row for row in ever if row["year"] is not None}
    if not found:
        return ()
    nothing = dict.fromkeys((*WATCHED, "active_days"), 0)
    return tuple(
        ViewingYear(year=year, **_watched(found.get(year, nothing), "active_days"))
        for year in range(min(found), max(found) + 1)
    )


def _hours(rows: Iterable[Row]) -> tuple[HourOfWeek, ...]:
    known = {(row["weekday"], row["hour"]): row for row in rows}
    nothing = {"plays": 0, "hours_viewed": 0}
    return tuple(
        HourOfWeek(
            weekday=weekday,
            hour=hour,
            **{name: known.get((weekday, hour), nothing)[name] for name in nothing},
        )
        for weekday, hour in product(range(1, 8), range(24))
    )


def _favourites(rows: Iterable[Row], top: int, *, is_series: bool) -> list[Favourite]:
    listed = [row for row in rows if row["is_series"] == is_series][:top]
    return [Favourite(**_watched(row, *OF_FAVOURITES)) for row in listed]
