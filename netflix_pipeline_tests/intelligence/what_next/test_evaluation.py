"""Whole evaluations: something is found where there is something, and nothing where is nothing."""

from datetime import date, timedelta
from functools import cache

import polars as pl
import pytest

from netflix_pipeline.intelligence.what_next import evaluation
from netflix_pipeline.intelligence.what_next.evaluation import (
    EASE,
    KNN,
    PLAIN,
    POPULARITY,
    Evaluation,
    Split,
    chosen,
    evaluated,
)
from netflix_pipeline_tests.support import work_choices as choices
from netflix_pipeline_tests.support.work_choices import DAY

BEFORE, ORIGIN = DAY + timedelta(days=56), DAY + timedelta(days=84)
GENRES = pl.DataFrame(schema={"work": pl.String(), "genre": pl.String()})


def split(begun: pl.DataFrame, at: date) -> Split:
    until = pl.col("day") < at
    later = pl.col("day") < at + timedelta(days=28)
    return Split(begun.filter(until), begun.filter(later), at, GENRES)


@cache
def of(loyalty: float) -> Evaluation:
    begun = choices.chosen(loyalty, seed=3)
    return evaluated(split(begun, BEFORE), split(begun, ORIGIN))


def test_where_people_have_camps_models_are_better_than_popularity() -> None:
    told = of(1.0)
    assert told.chosen in (EASE, KNN)
    assert told.models[EASE].ndcg_ratio.low > 1.1
    assert told.models[EASE].recall.value > told.models[POPULARITY].recall.value
    assert told.models[EASE].choice.trusted > 0
    assert set(told.models) == {POPULARITY, PLAIN, EASE, KNN}
    assert told.people > 300
    assert told.models[POPULARITY].ndcg_ratio.value == 1


def test_where_people_have_none_the_model_is_popularity() -> None:
    told = of(0.0)
    assert told.models[EASE].choice.model == POPULARITY
    assert told.models[EASE].recall_ratio.value == 1
    assert told.models[EASE].recall == told.models[POPULARITY].recall


def test_what_came_later_is_in_no_fit_and_no_choice() -> None:
    begun = choices.chosen(1.0, seed=5)
    early = begun.filter(pl.col("day") < ORIGIN)
    told = [chosen(split(each, BEFORE)) for each in (begun, early)]
    assert told[0] == told[1]
    how = told[0][EASE].choice.fitting
    first, second = (split(each, ORIGIN).learner.fitted(how) for each in (begun, early))
    assert first.equals(second)


def test_new_works_are_counted_as_beyond_anybodys_reach() -> None:
    begun = choices.chosen(0.0, people=40)
    new = choices.begun(("u001", "brand new", 90), ("u002", "brand new", 91))
    told = [split(each, ORIGIN) for each in (begun, pl.concat([begun, new]))]
    assert told[1].beyond == told[0].beyond + 2
    assert told[1].starts == told[0].starts
    assert "brand new" not in told[1].history.works


def test_many_people_are_judged_by_some(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "MOST_PEOPLE", 25)
    assert len(split(choices.chosen(0.0), ORIGIN).people) == 25
