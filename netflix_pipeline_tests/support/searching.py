"""Searches of a day, as silver and gold have them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.transforms.gold_daily import search_daily, search_term_daily
from netflix_pipeline_tests.support.world import World, noon


@dataclass(frozen=True)
class Searched:
    """One search; `clicked` is the position of the result that was."""

    user_id: str
    query: str | None
    results: int | None = 5
    clicked: int | None = None
    country: str = "DE"
    device: str = "mobile"


def search(world: World, day: date, searches: Iterable[Searched]) -> None:
    """Write the searches of a day, and what is counted of them."""
    rows = [
        {
            **vars(one),
            "search_id": f"s-{number}",
            "event_time": noon(day, number / 3600),
            "time_precision": "second",
            "results_count": one.results,
            "clicked_position": one.clicked,
        }
        for number, one in enumerate(searches)
    ]
    frame = contract("silver/searches").conform(
        pl.DataFrame(rows, schema=contract("silver/searches").schema)
    )
    world.put("silver/searches", day, frame)
    world.put("gold/search_daily", day, search_daily(frame))
    world.put("gold/search_term_daily", day, search_term_daily(frame))
