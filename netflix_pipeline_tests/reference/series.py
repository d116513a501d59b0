"""One series: its episodes in order, and how many of those who start it go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netflix_pipeline_tests.reference import daily
from netflix_pipeline_tests.reference.rows import Row

if TYPE_CHECKING:
    from netflix_pipeline_tests.reference.plays import Play

Titles = dict[str, Row]
Steps = list[list[str]]
"""Episodes, each as the ids of its titles."""
Seasons = list[tuple[int | None, Steps]]


def of_series(series_id: str, titles: Titles) -> list[str]:
    """The ids of its titles, and its own."""
    return [one for one, told in titles.items() if series_id in (one, told["series_key"])]


def watching(plays: list[Play], titles: Titles) -> Row:
    """What is told of some plays of titles."""
    told = daily.measures(plays)
    return {
        "hours_viewed": told.pop("watch_seconds") / 3600,
        **told,
        "views": daily.views(plays, titles),
        "viewers": len(daily.viewers(plays)),
        "hours_without_runtime": daily.seconds_without_runtime(plays, titles) / 3600,
        "completion_rate": daily.completion_rate(plays),
    }


def seasons(series_id: str, titles: Titles, plays: list[Play]) -> Seasons:
    """Its seasons with their episodes: the unknown behind the known, specials at the end."""
    played = {play.title_id for play in plays}
    members = [
        titles[one]
        for one in sorted(of_series(series_id, titles))
        if one != series_id or titles[one]["episode"] is not None or one in played
    ]
    known = sorted({title["season"] for title in members} - {None, 0})
    found = []
    for season in (*known, None, 0):
        within = [title for title in members if title["season"] == season]
        numbers = sorted({title["episode"] for title in within} - {None})
        steps = [[t["title_id"] for t in within if t["episode"] == number] for number in numbers]
        steps += [[title["title_id"]] for title in within if title["episode"] is None]
        if steps:
            found.append((season, steps))
    return found


def funnel(of_season: Seasons, titles: Titles) -> Seasons:
    """The seasons that are gone through one after another, with their numbered episodes."""
    numbered = [
        (season, [step for step in steps if titles[step[0]]["episode"] is not None])
        for season, steps in of_season
        if season != 0
    ]
    numbered = [(season, steps) for season, steps in numbered if steps]
    return [one for one in numbered if one[0] is not None] or numbered


def reached(steps: Steps, asked: list[Play], plays: list[Play]) -> list[set[str]]:
    """Who of those who started the first step, among the plays asked for, ever started each."""
    if not steps:
        return []
    first = {play.user_id for play in asked if play.starter and play.title_id in steps[0]}
    return [
        first & {play.user_id for play in plays if play.starter and play.title_id in step}
        for step in steps
    ]
