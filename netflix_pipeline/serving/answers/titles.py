"""A title, and how it was watched so far."""

from __future__ import annotations

from pydantic import Field

from netflix_pipeline.serving.answers.answer import Shape, measure


class Title(Shape):
    """A title: what sources say of it, and how it was watched so far."""

    title_id: str
    title: str | None = Field(description="its name")
    content_type: str | None = Field(description="film, series, documentary, stand_up, …")
    genre: str | None = Field(description="primary genre")
    genre_2: str | None = Field(description="second genre")
    runtime_minutes: float | None = Field(
        description="runtime of the film, or of one episode [min]; null or ≤ 0 is unknown"
    )
    series_id: str | None = Field(description="the series of which it is an episode")
    season: int | None = Field(description="season of the episode")
    episode: int | None = Field(description="number of the episode in its season")
    release_year: int | None
    language: str | None
    described: bool = Field(description="whether a source describes it; else only events name it")
    plays: int = measure("plays")
    hours_viewed: float = measure("hours_viewed")
    views: float = measure("views")
    viewers: int = measure("viewers")
    completion_rate: float | None = measure("completion_rate")
    reviews: int = Field(description="reviews of it")
    rating: float | None = measure("rating")
