"""With which period a period is compared, and how numbers changed since."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from netflix_pipeline.serving.answer import AnswerModel

Compare = Literal["previous", "year"]
"""With which period a period is compared."""


class Change(AnswerModel):
    """From the period compared with to the period asked for."""

    absolute: float | None = Field(description="the difference; null where either is null")
    relative: float | None = Field(
        description="the difference ÷ the value before; null where that is 0 or null"
    )


def change(now: float | None, before: float | None) -> Change:
    """From one value to another."""
    if now is None or before is None:
        return Change(absolute=None, relative=None)
    return Change(absolute=now - before, relative=(now - before) / before if before else None)


def changes(
    now: Mapping[str, float | None], before: Mapping[str, float | None]
) -> dict[str, Change]:
    """From values to others, by name."""
    return {name: change(value, before[name]) for name, value in now.items()}
