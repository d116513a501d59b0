"""Weights against what they are defined by, and sums of them against the matrix."""

import numpy as np
import polars as pl
import pytest

from netflix_pipeline.intelligence.what_next import ease, neighbours, together
from netflix_pipeline.intelligence.what_next.popularity import PLAIN, shares, trend
from netflix_pipeline.intelligence.what_next.scores import Rows, popular
from netflix_pipeline.intelligence.what_next.weights import (
    Fitting,
    Learner,
    genre_numbers,
    largest,
)
from netflix_pipeline.intelligence.what_next.works import History
from netflix_pipeline_tests.support.work_choices import DAY, begun, chosen

HISTORY = History.of(chosen(1.0))
WORKS = len(HISTORY.works)
X = np.zeros((len(HISTORY.users), WORKS))
X[HISTORY.user, HISTORY.work] = 1
GENRES = pl.DataFrame({"work": HISTORY.works}).with_columns(
    genre=pl.col("work").str.slice(1).cast(pl.Int64) % 2
)
NO_TREND = pl.DataFrame({"work": HISTORY.works}).with_columns(trend=pl.lit(1.0))


@pytest.mark.parametrize("kinship", [0.0, 30.0])
def test_ease_is_the_ridge_regression_of_each_work_on_all_others(kinship: float) -> None:
    numbers = genre_numbers(HISTORY.works, GENRES)
    found = ease.weights(together.dense(HISTORY, WORKS), 50.0, numbers, kinship)
    of_genres = np.sqrt(kinship) * np.array([numbers == genre for genre in set(numbers.tolist())])
    stacked = np.vstack([X, of_genres])
    for work in (0, 7, WORKS - 1):
        others = np.delete(np.arange(WORKS), work)
        given = stacked[:, others]
        normal = given.T @ given + 50.0 * np.eye(len(others))
        expected = np.linalg.solve(normal, given.T @ stacked[:, work])
        assert found[others, work] == pytest.approx(expected, abs=2e-4)
        assert found[work, work] == 0


def test_works_of_no_known_genre_have_nothing_in_common() -> None:
    counts = np.eye(3, dtype=np.float32)
    unknown = np.full(3, ease.UNKNOWN)
    assert not ease.weights(counts, 1.0, unknown, 100.0).any()


def test_neighbours_guess_on_average_the_share_of_people_who_started_a_work() -> None:
    pairs = together.sparse(HISTORY, 0)
    near = neighbours.weights(pairs, HISTORY.people, 5)
    assert near.group_by("work").len()["len"].unique().to_list() == [5]
    summed = Rows.of(near, WORKS).sums(HISTORY, np.arange(len(HISTORY.users)))
    assert summed.mean(axis=0) == pytest.approx(X.mean(axis=0), rel=1e-4)


def test_beyond_the_cap_works_have_neighbours() -> None:
    found = Learner(HISTORY, GENRES, NO_TREND, cap=20).fitted(Fitting(100.0, neighbours=5))
    counts = dict(found.group_by("work").len().iter_rows())
    assert set(counts) == set(range(WORKS))
    assert all(counts[work] == 19 for work in range(20))
    assert all(counts[work] == 5 for work in range(20, WORKS))


def test_sums_are_those_of_the_matrix_of_kept_weights() -> None:
    learned = ease.weights(together.dense(HISTORY, WORKS), 50.0, np.zeros(WORKS, np.int64))
    kept = largest(learned, 9)
    assert kept.group_by("work").len()["len"].unique().to_list() == [9]
    dense = np.zeros((WORKS, WORKS))
    dense[kept["because"], kept["work"]] = kept["weight"]
    for work in range(WORKS):
        assert (
            np.abs(learned[:, work])[dense[:, work] == 0].max()
            <= np.abs(dense[:, work][dense[:, work] != 0]).min()
        )
    some = np.array([3, 50, 399])
    assert Rows.of(kept, WORKS).sums(HISTORY, some) == pytest.approx(X[some] @ dense, abs=1e-5)


def test_popularity_is_the_share_of_a_countrys_people() -> None:
    until = DAY.replace(day=29)
    rows = begun(("a", "x", 0), ("b", "x", 3), ("b", "y", 4)).vstack(
        begun(("c", "y", 1), country="FR")
    )
    told = {
        (country, work): share for country, work, share in shares(rows, until, PLAIN).iter_rows()
    }
    assert told["DE", "x"] == 1.0
    assert told["DE", "y"] == 0.5
    assert told["FR", "x"] == 0.0
    assert told[None, "x"] == pytest.approx(2 / 3)
    leaning = dict(
        shares(rows, until, 1e9)
        .filter(pl.col("country") == "FR")
        .select("work", "share")
        .iter_rows()
    )
    assert leaning["x"] == pytest.approx(2 / 3, rel=1e-3)


def test_popularity_of_a_country_without_people_is_that_of_everywhere() -> None:
    told = shares(chosen(0.0), DAY.replace(month=6), 100.0)
    history = History.of(chosen(0.0).with_columns(country=pl.lit("AQ")))
    table, row = popular(told, history)
    assert set(row.tolist()) == {len(table) - 1}


def test_what_is_watched_more_than_before_has_a_trend() -> None:
    rows = [(f"a{n}", "old", 0) for n in range(50)] + [(f"b{n}", "new", 60) for n in range(50)]
    rows += [(f"b{n}", "old", 61) for n in range(5)]
    told = dict(trend(begun(*rows), DAY.replace(month=5, day=10)).iter_rows())
    assert told["new"] > 1 > told["old"]
