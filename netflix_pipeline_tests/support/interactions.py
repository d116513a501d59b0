"""Searches and recommendations of a day, as silver and gold have them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.transforms.gold_daily import (
    recommendation_daily,
    search_daily,
    search_term_daily,
)
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


@dataclass(frozen=True)
class Recommended:
    """One recommendation."""

    user_id: str
    title_id: str
    clicked: bool = False
    algorithm: str = "similar_taste"
    device: str = "mobile"


def search(world: World, day: date, searches: Iterable[Searched]) -> None:
    """Write the searches of a day, and what is counted of them."""
    rows = [
        vars(one)
        | {"search_id": f"s-{at}", "results_count": one.results, "clicked_position": one.clicked}
        for at, one in enumerate(searches)
    ]
    frame = _written(world, "silver/searches", day, rows)
    world.put("gold/search_daily", day, search_daily(frame))
    world.put("gold/search_term_daily", day, search_term_daily(frame))


def recommend(world: World, day: date, shown: Iterable[Recommended]) -> None:
    """Write the recommendations of a day, and what is counted of them."""
    rows = [vars(one) | {"recommendation_id": f"r-{at}"} for at, one in enumerate(shown)]
    frame = _written(world, "silver/recommendations", day, rows)
    world.put("gold/recommendation_daily", day, recommendation_daily(frame))


def _written(world: World, table: str, day: date, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Rows of a day, a second apart, in the order in which they are given."""
    timed = [
        row | {"event_time": noon(day, 12 + at / 3600), "time_precision": "second"}
        for at, row in enumerate(rows)
    ]
    told = contract(table)
    frame = told.conform(pl.DataFrame(timed, schema=told.schema))
    world.put(table, day, frame)
    return frame
