"""Gold tables over all days: what is known of each user and of each title."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from netflix_pipeline_tests.reference.daily import measures, viewers, views
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
        starters = sum(play.starter for play in last_28)
        completion = sum(play.completer for play in last_28) / starters if starters else 0.0
        score = 40 * min(1, hours / 20) + 30 * min(1, active_days / 20) + 30 * completion
        found.append(
            {
                "user_id": user_id,
                "first_day": min(play.day for play in own),
                "last_day": max(play.day for play in own),
                "active_days": len({play.day for play in own}),
                **measures(own),
                "active_days_28": active_days,
                "hours_28": hours,
                "completion_rate_28": completion,
                "engagement_score": score,
                "segment": _segment(score),
                "favourite_genres": _favourite_genres(last_90),
            }
        )
    return found


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
        told = measures(own)
        completers, went_on = next_episode(title_id, plays, titles)
        found.append(
            {
                "title_id": title_id,
                "first_day": min((play.day for play in own), default=None),
                "last_day": max((play.day for play in own), default=None),
                **told,
                "views": views(own, titles),
                "viewers": len(viewers(own)),
                "completion_rate": (
                    told["completers"] / told["starters"] if told["starters"] else None
                ),
                "reviews": len(ratings),
                "rating": sum(ratings) / len(ratings) if ratings else None,
                "episode_completers": len(completers),
                "next_episode_starters": len(went_on),
            }
        )
    return found


def next_episode(
    title_id: str, plays: list[Play], titles: dict[str, Row]
) -> tuple[set[str], set[str]]:
    """The users who completed an episode, and those of them who soon started the next one."""
    title = titles[title_id]
    if title["series_key"] is None or title["episode"] is None:
        return set(), set()
    following = _following(title, titles)
    completed = [play for play in plays if play.title_id == title_id and play.completer]
    started = [play for play in plays if play.title_id in following and play.starter]
    went_on = {
        play.user_id
        for play in completed
        for later in started
        if later.user_id == play.user_id
        and play.started_at <= later.started_at <= play.started_at + NEXT_EPISODE_WITHIN
    }
    return {play.user_id for play in completed}, went_on


def _following(title: Row, titles: dict[str, Row]) -> set[str]:
    """The next episode's titles: same season, or, after its last, the first of the next."""
    series = [
        other
        for other in titles.values()
        if other["series_key"] == title["series_key"] and other["episode"] is not None
    ]
    in_season = [other for other in series if other["season"] == title["season"]]
    if any(other["episode"] > title["episode"] for other in in_season):
        return {
            other["title_id"] for other in in_season if other["episode"] == title["episode"] + 1
        }
    if title["season"] is None:
        return set()
    next_season = [other for other in series if other["season"] == title["season"] + 1]
    first = min((other["episode"] for other in next_season), default=None)
    return {other["title_id"] for other in next_season if other["episode"] == first}
