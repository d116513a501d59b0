"""What happens around the viewing: searches, recommendations shown, reviews written.

Rows are coded as in `viewing`.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from netflix_pipeline.generate.distributions import Flags, Ints, Rng, event_ids, pick
from netflix_pipeline.generate.names import GENRES, PRAISE
from netflix_pipeline.generate.sittings import DAY_MS, Sittings
from netflix_pipeline.generate.viewing import UNKNOWN_COUNTRY, Plays
from netflix_pipeline.generate.world import Catalogue, Population

ALGORITHMS = ("because_you_watched", "trending_now", "new_releases", "similar_taste", "editorial")
SENTIMENTS = ("negative", "negative", "neutral", "positive", "positive")
"""Sentiment of a review by its rating, 1 to 5."""
SHELF = 5
"""Recommendations shown at a time."""
TEXTS = len(PRAISE)
"""Texts of a review for each rating."""


def queries(catalogue: Catalogue) -> list[str]:
    """What people type, by code: of each work its name, its first word and a typo; the genres."""
    typed = []
    for name in catalogue.names:
        whole = name.lower()
        typed += [whole, whole.split(" ")[0], whole[:2] + whole[3:]]
    return typed + [genre.lower() for genre in GENRES]


def _optional(values: NDArray[np.generic], known: Flags) -> pl.Series:
    return pl.Series(values).zip_with(
        pl.Series(known), pl.Series([None], dtype=pl.Series(values).dtype)
    )


def _coded(time: Ints, user: Ints, rng: Rng) -> dict[str, object]:
    high, low = event_ids(rng, len(time))
    return {
        "arrival": time + 200 + rng.exponential(1500, len(time)).astype(np.int64),
        "high": high,
        "low": low,
        "user": user.astype(np.uint32),
        "time": time,
        "dated": np.zeros(len(time), dtype=bool),
        "broken": np.zeros(len(time), dtype=bool),
    }


def searches(
    sittings: Sittings, catalogue: Catalogue, population: Population, epoch: int, n: int, rng: Rng
) -> pl.DataFrame:
    """`n` coded searches made shortly before some of a day's sittings."""
    of = np.sort(rng.integers(0, len(sittings.user), n))
    first = np.cumsum(sittings.plays) - sittings.plays
    user, work = sittings.user[of], sittings.work[first[of]]
    time = np.maximum(epoch, epoch + sittings.start[of] - (5 + rng.integers(0, 90_000, n)))
    form = pick(rng, (40, 35, 13, 12), n)
    works = len(catalogue.names)
    query = np.where(form == 3, 3 * works + catalogue.genre[work], 3 * work + form)
    results = np.where(rng.random(n) < np.where(form == 2, 0.5, 0.03), 0, rng.poisson(14, n))
    position = rng.geometric(0.45, n)
    clicked = (rng.random(n) < 0.66) & (position <= results)
    country = np.where(rng.random(n) < 0.03, UNKNOWN_COUNTRY, population.country[user])
    return pl.DataFrame(
        {
            **_coded(time, user, rng),
            "query": query.astype(np.uint32),
            "results": results.astype(np.int32),
            "clicked": _optional(position.astype(np.int32), clicked),
            "device": sittings.device[of].astype(np.uint8),
            "country": country.astype(np.uint8),
        }
    )


def recommendations(
    sittings: Sittings, catalogue: Catalogue, epoch: int, day: int, n: int, rng: Rng
) -> pl.DataFrame:
    """`n` coded recommendations, a shelf at a time, as some of a day's sittings begin."""
    shelf = np.repeat(np.sort(rng.integers(0, len(sittings.user), -(-n // SHELF))), SHELF)[:n]
    position = 1 + np.arange(n) % SHELF
    user, start = sittings.user[shelf], sittings.start[shelf]
    time = np.maximum(epoch, epoch + start - 1000 - (start % 4000))
    algorithm = pick(rng, (30, 25, 15, 20, 10), n)
    algorithm[rng.random(n) < 0.02] = len(ALGORITHMS)
    score = np.clip(0.95 - 0.07 * position + rng.normal(0, 0.05, n), 0, 1).round(3)
    return pl.DataFrame(
        {
            **_coded(time, user, rng),
            "title": catalogue.title[pick(rng, catalogue.weights(day), n)].astype(np.uint32),
            "clicked": rng.random(n) < 0.16 / position**0.6,
            "position": _optional(position.astype(np.int32), rng.random(n) >= 0.02),
            "score": np.where(rng.random(n) < 0.05, np.nan, score),
            "algorithm": algorithm.astype(np.uint8),
            "device": sittings.device[shelf].astype(np.uint8),
        }
    )


def reviews(plays: Plays, catalogue: Catalogue, horizon: int, n: int, rng: Rng) -> pl.DataFrame:
    """`n` coded reviews of works, within hours after some of a day's plays."""
    serious = np.flatnonzero(~plays.promo)
    if not len(serious):
        serious = np.arange(len(plays))
    of = np.sort(serious[rng.integers(0, len(serious), n)])
    time = plays.ends()[of] + rng.integers(60_000, 6 * 3_600_000, n)
    time = np.minimum(time, horizon - 1 - rng.integers(0, 60_000, n))
    work = plays.work[of]
    liking = 2.6 + (work * 7919 % 11) / 8 + 0.8 * plays.reached[of] + rng.normal(0, 0.9, n)
    rating = np.clip(np.round(liking), 1, 5)
    star = rating.astype(np.int64) - 1
    dated = rng.random(n) < 0.05
    return pl.DataFrame(
        {
            **_coded(time, plays.user[of], rng),
            "time": np.where(dated, time // DAY_MS * DAY_MS, time),
            "dated": dated,
            "title": catalogue.title[work].astype(np.uint32),
            "rating": rating,
            "text": _optional(
                (star * TEXTS + rng.integers(0, TEXTS, n)).astype(np.uint8), rng.random(n) < 0.7
            ),
            "sentiment": _optional(star.astype(np.uint8), rng.random(n) < 0.8),
        }
    )
