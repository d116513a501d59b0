"""How long pages take in the browsers of those who look: told once a page, without who it was."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate

import msgspec
from fastapi import Request
from fastapi.responses import Response
from prometheus_client.metrics_core import HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from typing_extensions import override

from dash_app.page_request import DashboardPage

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


class Vitals(Collector):
    """Counts them by page; whatever else is sent is passed over.

    In this process alone: other processes of the platform may count together in files.
    """

    PATH = "/vitals"

    def __init__(self, pages: Sequence[DashboardPage]) -> None:
        self._pages = pages
        self._counts: dict[tuple[str, str], list[int]] = {}
        self._sums: dict[tuple[str, str], float] = {}

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
                    self._count((page, vital), min(seconds, LONGEST))
        return Response(status_code=204)

    def _count(self, of: tuple[str, str], seconds: float) -> None:
        counts = self._counts.setdefault(of, [0] * (len(BUCKETS) + 1))
        counts[bisect_left(BUCKETS, seconds)] += 1
        self._sums[of] = self._sums.get(of, 0.0) + seconds

    @override
    def collect(self) -> Iterator[Metric]:
        """The histogram of now."""
        family = HistogramMetricFamily(
            "netflix_page_seconds",
            "Time from opening a page of the dashboard, by what had come by then, in real browsers",
            labels=("page", "vital"),
        )
        bounds = [*map(str, BUCKETS), "+Inf"]
        for of, counts in list(self._counts.items()):
            told = zip(bounds, map(float, accumulate(counts)), strict=True)
            family.add_metric(of, [(bound, count) for bound, count in told], self._sums[of])
        yield family
