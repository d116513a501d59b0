"""The root of what is refused for its size alone."""

from __future__ import annotations

from typing import ClassVar

from netflix_pipeline.errors import BadInput


class OutOfBounds(BadInput):
    """A request is larger, or slower, than may be; `status` is the HTTP status that says so."""

    status: ClassVar[int]
