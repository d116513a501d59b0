"""What each metric means, and where it can be asked."""

from __future__ import annotations

from pydantic import Field

from netflix_pipeline.serving.answers.answer import Shape


class Definition(Shape):
    """A metric: what its number means, what it can be filtered by, and where it is answered."""

    name: str = Field(description="by which it is asked")
    label: str = Field(description="its name for people")
    sentence: str = Field(description="its definition")
    unit: str
    grain: str = Field(description="what one value stands for")
    filters: tuple[str, ...] = Field(description="what it can be filtered by")
    resources: tuple[str, ...] = Field(description="the resources that answer it")
