"""What is learned at an origin of what people watch next, as the rows of its tables."""

from collections.abc import Mapping
from datetime import date, timedelta
from math import isnan

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.intelligence.what_next import popularity
from netflix_pipeline.intelligence.what_next.accuracy import Bounded
from netflix_pipeline.intelligence.what_next.evaluation import (
    HORIZON,
    POPULARITY,
    Choice,
    Evaluation,
    Split,
    best_of,
    chosen,
    evaluated,
)
from netflix_pipeline.intelligence.what_next.judging import PLAYS_BY_DAY, known_starts
from netflix_pipeline.intelligence.what_next.weights import Learner
from netflix_pipeline.intelligence.what_next.works import History
from netflix_pipeline.lake import Lake

SIMILAR, POPULAR, HOW = "gold/similar_titles", "gold/popular_titles", "gold/what_next"
EVERYWHERE = "all"
"""The country that stands for all of them."""


def at_origin(lake: Lake, origin: date) -> Mapping[str, pl.DataFrame]:
    """The rows of the tables at an origin; none where there are not 56 days of plays before it.

    How to fit is chosen by the 28 days before the origin; what was chosen so 28 days earlier is
    judged by the same days.
    """
    step = timedelta(days=HORIZON)
    first, before = origin - 2 * step, origin - step
    days = lake.partitions(PLAYS_BY_DAY)
    if not days or days[0] >= first:
        return {table: contract(table).empty() for table in (SIMILAR, POPULAR, HOW)}
    known, genres = known_starts(lake, (first, before, origin))
    then = Split(known[first], known[before], first, genres)
    since = Split(known[before], known[origin], before, genres)
    judged = evaluated(then, since)
    choices = chosen(since)
    choice = choices[best_of(choices)].choice
    begun = known[origin]
    history = History.of(begun)
    return {
        SIMILAR: _similar(history, begun, genres, origin, choice),
        POPULAR: _popular(history, begun, origin, choice),
        HOW: _how(history, judged, choice),
    }


def _similar(
    history: History, begun: pl.DataFrame, genres: pl.DataFrame, origin: date, choice: Choice
) -> pl.DataFrame:
    if not choice.trusted:
        return contract(SIMILAR).empty()
    learner = Learner(history, genres, popularity.trend(begun, origin))
    weights = learner.fitted(choice.fitting)
    ids = history.works
    return weights.select(
        title_id=ids.gather(weights["work"]),
        because_title_id=ids.gather(weights["because"]),
        weight=pl.col("weight").cast(pl.Float64),
    )


def _popular(history: History, begun: pl.DataFrame, origin: date, choice: Choice) -> pl.DataFrame:
    return (
        popularity.shares(begun, origin, choice.prior)
        .filter(pl.col("work").is_in(history.works.implode()))
        .select(pl.col("country").fill_null(EVERYWHERE), "share", title_id="work")
    )


def _how(history: History, judged: Evaluation, choice: Choice) -> pl.DataFrame:
    ours, plain = judged.models[judged.chosen], judged.models[POPULARITY]
    return pl.DataFrame(
        {
            "model": choice.model,
            "trusted": choice.trusted,
            "penalty": choice.fitting.penalty if choice.trusted else None,
            "kinship": choice.fitting.kinship if choice.trusted else 0.0,
            "prior": choice.prior,
            "people": len(history.users),
            "titles": len(history.works),
            "judged_from": judged.origin,
            "judged_model": ours.choice.model,
            "judged_people": judged.people,
            **_told("recall_20", ours.recall),
            **_told("popularity_recall_20", plain.recall),
            **_told("ndcg_100", ours.ndcg_long),
            **_told("popularity_ndcg_100", plain.ndcg_long),
        },
        schema_overrides=contract(HOW).schema,
    )


def _told(name: str, number: Bounded) -> dict[str, float | None]:
    """A number and its bounds; nothing where nobody started anything new."""
    bounds = {"": number.value, "_low": number.low, "_high": number.high}
    return {f"{name}{bound}": None if isnan(value) else value for bound, value in bounds.items()}
