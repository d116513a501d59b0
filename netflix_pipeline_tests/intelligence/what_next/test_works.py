from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from netflix_pipeline.intelligence.what_next import together
from netflix_pipeline.intelligence.what_next.works import (
    LONGEST,
    History,
    earliest,
    genres_of,
    starts,
)
from netflix_pipeline_tests.support.work_choices import DAY, begun, chosen

TITLES = pl.DataFrame(
    {
        "title_id": ["s1", "s1e1", "s1e2", "f1", "f2"],
        "series_key": ["s1", "s1", "s1", None, None],
        "genre": ["Drama", "Comedy", None, None, "Crime"],
    }
)


def played(*rows: tuple[str, str, int, bool]) -> pl.DataFrame:
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    return pl.DataFrame(
        [
            (user, title, noon + timedelta(days=day), is_starter, "DE")
            for user, title, day, is_starter in rows
        ],
        schema={
            "user_id": pl.String(),
            "title_id": pl.String(),
            "started_at": pl.Datetime("us", "UTC"),
            "starter": pl.Boolean(),
            "country": pl.String(),
        },
        orient="row",
    )


def test_episodes_are_their_series_and_only_starters_count() -> None:
    plays = played(
        ("a", "s1e2", 3, True),
        ("a", "s1e1", 1, True),
        ("a", "s1e1", 0, False),
        ("a", "f1", 2, True),
        ("b", "unknown", 0, True),
    )
    assert starts(plays, TITLES).equals(begun(("a", "s1", 1), ("a", "f1", 2), ("b", "unknown", 0)))


def test_parts_in_any_order_give_the_first_start() -> None:
    parts = [played(("a", "s1e2", 5, True)), played(("a", "s1e1", 2, True), ("a", "f1", 9, True))]
    told = [starts(part, TITLES) for part in parts]
    assert earliest(told).equals(earliest(reversed(told)))
    assert earliest(told).equals(starts(pl.concat(parts), TITLES))


def test_a_work_of_nine_people_tells_nothing() -> None:
    rows = [(f"u{n}", "nine", 0) for n in range(9)] + [(f"u{n}", "ten", 1) for n in range(10)]
    history = History.of(begun(*rows))
    assert history.works.to_list() == ["ten"]
    assert history.people.tolist() == [10]
    assert len(history.users) == 10


def test_of_a_person_the_newest_works_count() -> None:
    rows = [("a", f"w{n:03}", n) for n in range(LONGEST + 5)]
    history = History.of(begun(*rows), fewest=1)
    assert set(history.works) == {f"w{n:03}" for n in range(5, LONGEST + 5)}


def test_the_genre_of_a_series_is_its_own() -> None:
    assert dict(genres_of(TITLES).iter_rows()) == {"s1": "Drama", "f2": "Crime"}


def test_people_of_two_works_are_counted_as_by_a_matrix() -> None:
    history = History.of(chosen(0.5))
    matrix = np.zeros((len(history.users), len(history.works)))
    matrix[history.user, history.work] = 1
    expected = matrix.T @ matrix
    works = len(history.works)
    assert np.array_equal(together.dense(history, works), expected)
    assert np.array_equal(together.dense(history, 7), expected[:7, :7])
    pairs = together.sparse(history, 40)
    found = np.zeros((works, works))
    found[pairs["because"], pairs["work"]] = pairs["people"]
    expected[:, :40] = 0
    np.fill_diagonal(expected, 0)
    assert np.array_equal(found, expected)


def test_counting_in_parts_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    history = History.of(chosen(0.5))
    whole = together.dense(history, 20)
    monkeypatch.setattr(together, "PAIRS_AT_ONCE", 500)
    assert np.array_equal(together.dense(history, 20), whole)


def test_the_numbers_of_pairs_are_those_of_the_history() -> None:
    rows = chosen(0.5)
    history = History.of(rows)
    user, work = history.numbered(rows)
    assert np.array_equal(user, history.user)
    assert np.array_equal(work, history.work)
    assert history.country.unique().to_list() == ["DE"]
    assert history.numbered(begun(("nobody", "w00", 0)))[0].size == 0
    assert rows["day"].min() >= DAY  # type: ignore[operator]
