"""How long pages take in the browsers of those who look: told once a page, without who it was."""

from collections.abc import Sequence

import msgspec
from fastapi import Request
from fastapi.responses import Response

from dash_app.page_request import DashboardPage
from netflix_pipeline.monitoring import ProcessHistogram

VITALS = ("ttfb", "fcp", "lcp", "load")
"""Until the first byte, the first and the largest thing painted, and all that it loads."""
LONGEST = 60.0
"""Seconds to which a time is clamped: who was asleep says nothing of the dashboard."""
BUCKETS = (0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 6.0, 10.0, 30.0)


class Beacon(msgspec.Struct):
    """What a browser tells: a path, and seconds by vital."""

    page: str
    seconds: dict[str, float]


DECODER = msgspec.json.Decoder(Beacon)


class Vitals:
    """Counts them by page, in `counted`; whatever else is sent is passed over."""

    PATH = "/vitals"

    def __init__(self, pages: Sequence[DashboardPage]) -> None:
        self._pages = pages
        self.counted = ProcessHistogram(
            "netflix_page_seconds",
            "Time from opening a page of the dashboard, by what had come by then, in real browsers",
            ("page", "vital"),
            BUCKETS,
        )

    async def take(self, request: Request) -> Response:
        """Count what a browser tells."""
        try:
            told = DECODER.decode(await request.body())
        except (ValueError, RecursionError):  # no JSON, of another form, or nested without end
            return Response(status_code=422)
        pages = (page.path for page in self._pages if page.match(told.page) is not None)
        if (page := next(pages, None)) is not None:
            for vital in VITALS:
                if (seconds := told.seconds.get(vital, -1.0)) >= 0:
                    self.counted.observe((page, vital), min(seconds, LONGEST))
        return Response(status_code=204)
