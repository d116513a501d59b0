"""Example answers of `/titles`."""

from __future__ import annotations

from datetime import date

from api.examples.example import SNAPSHOT
from netflix_pipeline.metrics import METRICS
from netflix_pipeline.serving import (
    Answer,
    DropOff,
    DropOffStep,
    NextEpisode,
    Page,
    Period,
    Title,
    TitleDay,
    TitleDetail,
    TitleGroup,
    TitleWatching,
)

EPISODE = Title(
    title_id="t-311",
    title="The Long Night: The Pass",
    content_type="series",
    genre="drama",
    genre_2=None,
    runtime_minutes=52,
    seasons=None,
    episodes=8,
    series_id="s-31",
    season=1,
    episode=1,
    release_year=2024,
    language="en",
    origin_country="GB",
    is_original=True,
    maturity_rating="16+",
    added_on=date(2025, 11, 2),
    list="tv",
    described=True,
    plays=912,
    hours_viewed=604.5,
    views=87.19,
    viewers=804,
    hours_without_runtime=0,
    completion_rate=0.61,
    starters_without_reach=0,
    reviews=18,
    rating=4.2,
)

TITLES = Page[tuple[Title, ...]](
    data=(EPISODE,),
    metrics=tuple(name for name in Title.model_fields if name in METRICS),
    snapshot=SNAPSHOT,
    next="WyJ0aXRsZXM6dGl0bGU6YXNjIiwidGhlIGxvbmcgbmlnaHQ6IHRoZSBwYXNzIiwidC0zMTEiXQ",
)

DAY = date(2026, 3, 6)
WATCHED = TitleWatching(
    plays=14,
    starters=12,
    watchers=9,
    completers=8,
    hours_viewed=9.25,
    plays_without_duration=0,
    views=1.33,
    viewers=11,
    hours_without_runtime=0,
    completion_rate=0.66667,
    starters_without_reach=0,
)

TITLE = Answer[TitleDetail](
    data=TitleDetail(
        **EPISODE.model_dump(),
        entry_id="s-31:S1",
        entry_name="The Long Night: Season 1",
        entry_runtime_minutes=416,
        titles_counted=1,
        episodes_counted=None,
        first_day=date(2025, 11, 2),
        last_day=DAY,
        in_period=WATCHED,
        days=(TitleDay(day=DAY, **WATCHED.model_dump()),),
        countries=(TitleGroup(name="DE", **WATCHED.model_dump()),),
        devices=(TitleGroup(name="smart_tv", **WATCHED.model_dump()),),
        drop_off=DropOff(
            starters=12,
            steps=(
                DropOffStep(reached=0.05, starters=12, share=1.0),
                DropOffStep(reached=1.0, starters=6, share=0.5),
            ),
        ),
        next_episode=NextEpisode(
            episode_completers=488, next_episode_starters=371, next_episode_rate=0.76025
        ),
    ),
    period=Period(from_=DAY, to=DAY),
    metrics=(*TitleWatching.model_fields, "rating", "drop_off", "next_episode_rate"),
    snapshot=SNAPSHOT,
)
