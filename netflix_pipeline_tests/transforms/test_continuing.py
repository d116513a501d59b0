from datetime import UTC, datetime, timedelta

import polars as pl

from netflix_pipeline.transforms.continuing import (
    CONTINUE,
    DAYS,
    NEXT,
    Continued,
    continued,
    continuing,
)
from netflix_pipeline.transforms.profiles import following

AT = datetime(2026, 3, 1, tzinfo=UTC)
TITLES = pl.DataFrame(
    {
        "title_id": ["s", "s1", "s2", "s3", "film"],
        "series_key": ["s", "s", "s", "s", None],
        "season": [None, 1, 1, 2, None],
        "episode": [None, 1, 2, 1, None],
    }
)


def played(*rows: tuple[str, float, bool, float | None], user: str = "a") -> pl.DataFrame:
    """Plays of (title, days before `AT`, completed, reached)."""
    return pl.DataFrame(
        [
            (user, title, AT - timedelta(days=ago), True, done, reached)
            for title, ago, done, reached in rows
        ],
        schema={
            "user_id": pl.String(),
            "title_id": pl.String(),
            "started_at": pl.Datetime("us", "UTC"),
            "starter": pl.Boolean(),
            "completer": pl.Boolean(),
            "reached": pl.Float64(),
        },
        orient="row",
    )


def offered(plays: pl.DataFrame) -> list[tuple[str, str, float | None]]:
    found = continuing(plays, TITLES, following(TITLES), AT)
    return list(found.select("title_id", "why", "reached").iter_rows())


def test_a_completed_episode_leads_to_the_next_also_of_the_next_season() -> None:
    assert offered(played(("s1", 2, True, 1.0))) == [("s2", NEXT, None)]
    assert offered(played(("s1", 3, True, 1.0), ("s2", 2, True, 0.95))) == [("s3", NEXT, None)]
    assert offered(played(("s3", 2, True, 1.0))) == []


def test_what_was_not_ended_is_gone_on_with_newest_first() -> None:
    plays = played(("film", 5, False, 0.4), ("s1", 9, True, 1.0), ("s2", 1, False, None))
    assert offered(plays) == [("s2", CONTINUE, None), ("film", CONTINUE, 0.4)]


def test_a_film_that_was_completed_and_what_is_long_ago_are_over() -> None:
    assert offered(played(("film", 1, True, 1.0))) == []
    assert offered(played(("film", DAYS + 1, False, 0.4))) == []


def test_who_begins_anew_is_in_the_midst_of_what_came_last() -> None:
    assert offered(played(("s2", 9, True, 1.0), ("s1", 1, False, 0.5))) == [("s1", CONTINUE, 0.5)]


def test_offers_are_judged_by_where_people_went_on() -> None:
    plays = played(("s1", 2, True, 1.0), ("film", 3, False, 0.4))
    offers = continuing(plays, TITLES, following(TITLES), AT)
    later = played(("s3", -5, True, 1.0), ("s2", -1, True, 1.0))
    assert continued(offers, later, TITLES) == Continued(offered=2, taken=1, told=1)
    assert continued(offers, later.filter(pl.col("title_id") == "s3"), TITLES).told == 0
