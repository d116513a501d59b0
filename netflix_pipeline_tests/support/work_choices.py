"""People who choose works, at random or by a camp that they belong to."""

from datetime import date, timedelta

import numpy as np
import polars as pl

from netflix_pipeline.intelligence.what_next.works import STARTS

DAY = date(2026, 3, 1)


def begun(*rows: tuple[str, str, int], country: str = "DE") -> pl.DataFrame:
    """Starts of (person, work, day after `DAY`)."""
    return pl.DataFrame(
        [(user, work, DAY + timedelta(days=day), country) for user, work, day in rows],
        schema=STARTS,
        orient="row",
    ).sort("user_id", "day", "work")


def chosen(
    loyalty: float, *, people: int = 400, works: int = 60, each: int = 12, seed: int = 1
) -> pl.DataFrame:
    """Starts over 112 days: works of two camps, of which people choose their own so often."""
    rng = np.random.default_rng(seed)
    liked = 1 / np.arange(2, works + 2) ** 0.7
    rows = []
    for person in range(people):
        ours = np.arange(works) % 2 == person % 2
        weights = liked * np.where(ours, 1 + loyalty * 9, 1)
        taken = rng.choice(works, each, replace=False, p=weights / weights.sum())
        rows += [(f"u{person:03}", f"w{work:02}", int(rng.integers(0, 112))) for work in taken]
    return begun(*rows)
