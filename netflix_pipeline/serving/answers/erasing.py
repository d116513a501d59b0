"""One person's data: erased, or all of it at once."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from netflix_pipeline.serving.answers.answer import Shape, SnapshotInfo
from netflix_pipeline.serving.answers.people import User
from netflix_pipeline.serving.answers.plays import Play


class Erasure(Shape):
    """How far the erasure of a person is."""

    state: Literal["pending", "done"] = Field(
        description="pending: nothing is told or taken in of them any more, and their rows go with "
        "the next materialization; done: nothing holds them any more"
    )
    requested_at: datetime = Field(description="when it was asked for")
    done_at: datetime | None = Field(description="when it was complete; null while it is pending")


class Export(Shape):
    """All that is served of one person."""

    user: User = Field(description="profile and viewing; the plays stand beside it")
    snapshot: SnapshotInfo
    plays: tuple[Play, ...] = Field(description="every play, newest first")
