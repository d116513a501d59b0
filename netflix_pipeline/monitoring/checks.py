"""Whether a service is fit to be asked: checks, each passed, warned of or failed."""

from collections.abc import Iterator
from typing import Literal

from pydantic import BaseModel, Field

from netflix_pipeline import background


class Check(BaseModel):
    """One thing that was looked at."""

    name: str
    status: Literal["passed", "warning", "failed"] = Field(
        description="`failed` makes the service not ready, `warning` does not"
    )
    detail: str


def background_checks() -> Iterator[Check]:
    """One of each background task that does not do its work; else one of all together."""
    tasks = background.health()
    ill = [task for task in tasks if task.problem is not None]
    for task in ill:
        yield Check(
            name=f"background/{task.name}",
            status="failed" if task.vital else "warning",
            detail=task.problem or "",
        )
    if not tasks:
        detail = "no background task runs, so nothing is followed: the service's log tells why."
        yield Check(name="background", status="failed", detail=detail)
    elif not ill:
        yield Check(name="background", status="passed", detail=f"{len(tasks)} tasks do their work")
