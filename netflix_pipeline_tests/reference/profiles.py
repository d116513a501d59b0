"""Gold tables over all days: what is known of each user and of each title."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from netflix_pipeline_tests.reference.daily import (
    completion_rate,
    measures,
    seconds_without_runtime,
    viewers,
    views,
)
from netflix_pipeline_tests.reference.rows import UNKNOWN, Row, grouped, total

if TYPE_CHECKING:
    from netflix_pipeline_tests.reference.plays import Play

NEXT_EPISODE_WITHIN = timedelta(days=7)


def user_profile(plays: list[Play]) -> list[Row]:
    """Every user who ever played, as of the last day with a play."""
    if not plays:
        return []
    data_to = max(play.day for play in plays)
    found = []
    for user_id, own in grouped(plays, lambda play: play.user_id).items():
        last_28 = [play for play in own if play.day > data_to - timedelta(days=28)]
        last_90 = [play for play in own if play.day > data_to - timedelta(days=90)]
        active_days = len({play.day for play in last_28})
        hours = total(play.watch_seconds for play in last_28) / 3600
        completion = completion_rate(last_28)
        score = 40 * min(1, hours / 20) + 30 * min(1, active_days / 20) + 30 * (completion or 0)
        found.append(
            {
                "user_id": user_id,
                "first_day": min(play.day for play in own),
                "last_day": max(play.day for play in own),
                "active_days": len({play.day for play in own}),
                **measures(own),
                "active_days_28": active_days,
                "hours_28": hours,
                "starters_without_reach_28": measures(last_28)["starters_without_reach"],
                "completion_rate_28": completion,
                "engagement_score": score,
                "segment": _segment(score),
                "favourite_genres": _favourite_genres(last_90),
            }
        )
    return found


BEGINNINGS = {"first_title": "series", "first_country": "country", "first_device": "device"}
"""What a play tells of what its user began with, where it is the first."""


def begun_with(plays: list[Play], name: str) -> dict[str, str]:
    """By user, what the first play ever is of; of several that begin at once the least."""
    found = {}
    for user_id, own in grouped(plays, lambda play: play.user_id).items():
        began = min(play.started_at for play in own)
        found[user_id] = min(getattr(play, name) for play in own if play.started_at == began)
    return found


def knowing_people(plays: list[Play]) -> list[Play]:
    """The same plays, each knowing the profile of its user, and what the user began with."""
    people = {row["user_id"]: row for row in user_profile(plays)}
    for name, of_play in BEGINNINGS.items():
        for user_id, first in begun_with(plays, of_play).items():
            people[user_id][name] = first
    return [replace(play, whose=people[play.user_id]) for play in plays]


def _segment(score: float) -> str:
    if score >= 70:
        return "core"
    if score >= 40:
        return "regular"
    if score >= 10:
        return "casual"
    return "at_risk"


def _favourite_genres(plays: list[Play]) -> list[str]:
    known = [play for play in plays if play.genre != UNKNOWN]
    hours = {
        genre: total(play.watch_seconds for play in group)
        for genre, group in grouped(known, lambda play: play.genre).items()
    }
    viewed = [genre for genre in hours if hours[genre] > 0]
    return sorted(viewed, key=lambda genre: (-hours[genre], genre))[:5]


def title_profile(plays: list[Play], reviews: list[Row], titles: dict[str, Row]) -> list[Row]:
    """Every title that was ever played or reviewed."""
    found = []
    for title_id in {play.title_id for play in plays} | {row["title_id"] for row in reviews}:
        own = [play for play in plays if play.title_id == title_id]
        ratings = [row["rating"] for row in reviews if row["title_id"] == title_id]
        completers, went_on = next_episode(title_id, plays, titles)
        found.append(
            {
                "title_id": title_id,
                "first_day": min((play.day for play in own), default=None),
                "last_day": max((play.day for play in own), default=None),
                **measures(own),
                "views": views(own, titles),
                "seconds_without_runtime": seconds_without_runtime(own, titles),
                "viewers": len(viewers(own)),
                "season_viewers": viewers_together(title_id, "entry_id", plays, titles),
                "series_viewers": viewers_together(title_id, "series_key", plays, titles),
                "completion_rate": completion_rate(own),
                "reviews": len(ratings),
                "rating": sum(ratings) / len(ratings) if ratings else None,
                "episode_completers": len(completers),
                "next_episode_starters": len(went_on),
            }
        )
    return found


def viewers_together(title_id: str, key: str, plays: list[Play], titles: dict[str, Row]) -> int:
    """The different viewers of all titles that are of the same season, or series."""
    group = titles[title_id][key] or title_id
    together = {one for one, told in titles.items() if (told[key] or one) == group}
    return len(viewers([play for play in plays if play.title_id in together]))


def next_episode(
    title_id: str, plays: list[Play], titles: dict[str, Row]
) -> tuple[set[str], set[str]]:
    """The users who completed an episode, and those of them who soon started the next one.

    `plays` are all there are. Nobody completed the last known episode, or what is no episode.
    """
    awaited = following(title_id, titles)
    if not awaited:
        return set(), set()
    data_to = max(play.day for play in plays)
    own = [play for play in plays if play.title_id == title_id and play.completer]
    completers, went_on = set(), set()
    for user_id, completed in grouped(own, lambda play: play.user_id).items():
        first = min(completed, key=lambda play: (play.started_at, play.ended_at))
        until = first.ended_at + NEXT_EPISODE_WITHIN
        if until.date() >= data_to:
            continue  # it is too early to tell
        completers.add(user_id)
        started = [play for play in plays if play.user_id == user_id and play.starter]
        if any(
            play.title_id in awaited and first.started_at <= play.started_at <= until
            for play in started
        ):
            went_on.add(user_id)
    return completers, went_on


def following(title_id: str, titles: dict[str, Row]) -> set[str]:
    """The next episode's titles: the next known number, or the first of the next known season."""
    title = titles[title_id]
    if title["series_key"] is None or title["episode"] is None:
        return set()
    series = [
        other
        for other in titles.values()
        if other["series_key"] == title["series_key"] and other["episode"] is not None
    ]
    later = [
        other
        for other in series
        if other["season"] == title["season"] and other["episode"] > title["episode"]
    ]
    if not later and title["season"] is not None:
        later = [
            other
            for other in series
            if other["season"] is not None and other["season"] > title["season"]
        ]
        next_season = min((other["season"] for other in later), default=None)
        later = [other for other in later if other["season"] == next_season]
    number = min((other["episode"] for other in later), default=None)
    return {other["title_id"] for other in later if other["episode"] == number}
