"""Every silver and gold table from the bronze rows, partition by partition."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, TypeVar

from netflix_pipeline_tests.reference import daily, profiles, weekly
from netflix_pipeline_tests.reference.arrival import day_of, ledger
from netflix_pipeline_tests.reference.catalogue import dimension, titles, users
from netflix_pipeline_tests.reference.completeness import arrival_daily
from netflix_pipeline_tests.reference.plays import plays
from netflix_pipeline_tests.reference.rows import UNKNOWN, Row, first_known, grouped
from netflix_pipeline_tests.reference.sittings import sittings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Item = TypeVar("Item")
Tables = dict[str, dict[date | None, list[Row]]]
"""Rows by table and partition; partitions without rows may be missing."""


def searches(events: Iterable[Row], users: dict[str, Row]) -> list[Row]:
    """The rows of silver searches."""
    return [
        {
            **event,
            "country": first_known(event["country"], dimension(users[event["user_id"]], "country")),
            "device": first_known(event["device"], UNKNOWN),
        }
        for event in events
    ]


def recommendations(events: Iterable[Row]) -> list[Row]:
    """The rows of silver recommendations."""
    return [
        {
            **event,
            "algorithm": first_known(event["algorithm"], UNKNOWN),
            "device": first_known(event["device"], UNKNOWN),
        }
        for event in events
    ]


def quarantine(rows: Iterable[Row]) -> list[Row]:
    """The rows of silver quarantine."""
    return [{**row, "quarantine_id": f"{row['batch']}:{row['line']}"} for row in rows]


def _each(
    parts: Mapping[date, list[Item]], rows: Callable[[list[Item]], list[Row]]
) -> dict[date | None, list[Row]]:
    return {day: rows(part) for day, part in parts.items()}


def calendar_of(bronze: dict[str, list[Row]]) -> list[date]:
    """The days of which the audience is told."""
    known_users = users(bronze["users"], bronze["user_mentions"])
    known_titles = titles(bronze["titles"], bronze["title_mentions"])
    return daily.audience_days(plays(bronze["watch_events"], known_titles, known_users))


def expected(bronze: dict[str, list[Row]], audience_days: Iterable[date]) -> Tables:
    """Every silver and gold table; the audience of the days asked for."""
    known_users = users(bronze["users"], bronze["user_mentions"])
    known_titles = titles(bronze["titles"], bronze["title_mentions"])
    all_plays = plays(bronze["watch_events"], known_titles, known_users)
    all_sittings = sittings(all_plays, known_titles)
    by_day = grouped(all_plays, lambda play: play.day)
    sat = grouped(all_sittings, lambda sitting: sitting.day)
    searched = grouped(searches(bronze["search_events"], known_users), day_of)
    shown = grouped(recommendations(bronze["recommendation_events"]), day_of)
    reviews = bronze["reviews"]
    return {
        "silver/users": {None: list(known_users.values())},
        "silver/titles": {None: list(known_titles.values())},
        "silver/plays": _each(by_day, lambda part: [play.row() for play in part]),
        "silver/sessions": _each(sat, lambda part: [sitting.row() for sitting in part]),
        "silver/searches": _each(searched, list),
        "silver/recommendations": _each(shown, list),
        "silver/reviews": _each(grouped(reviews, day_of), list),
        "silver/quarantine": _each(
            grouped(quarantine(bronze["quarantine"]), lambda row: row["received_at"].date()), list
        ),
        "gold/title_daily": _each(by_day, lambda part: daily.title_daily(part, known_titles)),
        "gold/user_daily": _each(by_day, daily.user_daily),
        "gold/engagement_daily": _each(
            by_day, lambda part: daily.engagement_daily(part, known_titles)
        ),
        "gold/sitting_daily": _each(sat, daily.sitting_daily),
        "gold/sitting_quarters": _each(sat, daily.sitting_quarters),
        "gold/activity": _each(by_day, daily.activity),
        "gold/drop_off": _each(by_day, daily.drop_off),
        "gold/audience_daily": {day: daily.audience_daily(all_plays, day) for day in audience_days},
        "gold/search_daily": _each(searched, daily.search_daily),
        "gold/search_term_daily": _each(searched, daily.search_term_daily),
        "gold/recommendation_daily": _each(shown, daily.recommendation_daily),
        "gold/arrival_daily": _each(grouped(bronze["watch_events"], day_of), arrival_daily),
        "gold/ledger_daily": _each(ledger(bronze), list),
        "gold/top10_weekly": _each(weekly.top10_weekly(all_plays, known_titles), list),
        "gold/retention_weekly": {None: weekly.retention_weekly(all_plays)},
        "gold/lifecycle_weekly": {None: weekly.lifecycle_weekly(all_plays)},
        "gold/user_profile": {None: profiles.user_profile(all_plays)},
        "gold/title_profile": {None: profiles.title_profile(all_plays, reviews, known_titles)},
    }
