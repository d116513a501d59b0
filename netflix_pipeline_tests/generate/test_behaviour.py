"""What is asked for beyond habits is there, and nothing of it where it is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from netflix_pipeline.errors import BadInput
from netflix_pipeline.generate import Behaviour, generate
from netflix_pipeline.generate.behaviour import trend
from netflix_pipeline.generate.distributions import pick_within, stream
from netflix_pipeline.public_holidays import holidays_of

if TYPE_CHECKING:
    from pathlib import Path

END = date(2026, 1, 31)
DAYS = 84
DAY = pl.col("event_time").dt.date()


def tables(directory: Path, behaviour: Behaviour, events: int = 25_000) -> dict[str, pl.DataFrame]:
    made = generate(
        directory,
        events=events,
        users=300,
        titles=200,
        days=DAYS,
        end=END,
        seed=3,
        format="parquet",
        dirty=False,
        behaviour=behaviour,
    )
    return {table: pl.read_parquet(path) for table, path in made.paths.items()}


@pytest.fixture(scope="module")
def lifelike(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pl.DataFrame]:
    behaviour = replace(Behaviour.lifelike(DAYS), launches=3)
    return tables(tmp_path_factory.mktemp("lifelike"), behaviour)


def genre_shares(made: dict[str, pl.DataFrame]) -> float:
    """Which share of the works beside series that people watch is of their first genre."""
    described = made["titles"].filter(pl.col("content_type") != "series")
    plays = made["watch_events"].join(described, on="title_id").filter(kind="main")
    plays = plays.unique(["user_id", "title_id"])
    by_genre = plays.group_by("user_id", "genre").len()
    by_user = by_genre.group_by("user_id").agg(pl.col("len").max() / pl.col("len").sum())
    many = plays.group_by("user_id").len().filter(pl.col("len") > 5).select("user_id")
    share = by_user.join(many, on="user_id")["len"].mean()
    assert isinstance(share, float)
    return share


def test_taste_shows_in_what_people_watch(tmp_path: Path) -> None:
    none, some, all_of_it = (
        genre_shares(tables(tmp_path / str(taste), Behaviour(taste=taste)))
        for taste in (0.0, 0.6, 1.0)
    )
    assert none < some - 0.05
    assert some < all_of_it - 0.1


def test_a_work_of_the_wanted_genre_is_drawn_as_often_as_it_weighs() -> None:
    weights, group = np.array([1.0, 3.0, 5.0, 0.0, 2.0]), np.array([1, 1, 0, 3, 4])
    wanted = np.repeat([0, 1, 2, 3, 4], 4000)
    drawn = pick_within(stream(1), weights, group, wanted, 5)
    assert set(drawn[wanted == 0]) == {2}
    assert set(drawn[(wanted == 2) | (wanted == 3)]) == {-1}
    assert set(drawn[wanted == 4]) == {4}
    assert np.mean(drawn[wanted == 1] == 1) == pytest.approx(0.75, abs=0.03)


def test_people_leave_for_good_and_fade_before(tmp_path: Path) -> None:
    made = tables(tmp_path, Behaviour(leaving=0.4))
    last = made["watch_events"].group_by("user_id").agg(DAY.max().alias("last"), pl.len())
    users = made["users"].join(last, on="user_id", how="left")
    gone = users.filter(~pl.col("is_active"))
    assert 0.4 < gone.height / users.height < 0.9
    # Of those who were there for so long that all of it lies within the period.
    gone = gone.filter(pl.col("last") >= END - timedelta(days=28))
    per_day = made["watch_events"].join(gone.select("user_id", "last"), on="user_id")
    before = (pl.col("last") - DAY).dt.total_days()
    late, early = (per_day.filter(before.is_between(*days)).height for days in ((1, 14), (29, 42)))
    assert late < early


def test_launches_are_told_and_lift_the_viewing(lifelike: dict[str, pl.DataFrame]) -> None:
    views = lifelike["watch_events"].join(lifelike["titles"], on="title_id")
    first = END - timedelta(days=DAYS - 1)
    new = lifelike["titles"].filter(pl.col("added_on") >= first)
    assert not views.filter(pl.col("added_on") > DAY).height
    weeks = views.filter(pl.col("title_id").is_in(new["title_id"].implode())).with_columns(
        age=(DAY - pl.col("added_on")).dt.total_days() // 7
    )
    by_age = dict(weeks.group_by("age").len().iter_rows())
    assert by_age[0] > 1.5 * by_age[4]


def test_the_level_changes_at_breaks_alone() -> None:
    assert (trend(0, 50, stream(1)) == 1).all()
    level = trend(1, 400, stream(1))
    change = np.diff(np.log(level))
    assert np.count_nonzero(~np.isclose(np.diff(change), 0)) in {1, 2}
    assert level[0] == 1
    assert level[-1] != pytest.approx(1, abs=0.01)


def test_people_watch_more_on_holidays_of_their_country(tmp_path: Path) -> None:
    plain, more = (
        tables(tmp_path / name, Behaviour(steady=True, holidays=holidays))["watch_events"]
        for name, holidays in (("plain", False), ("more", True))
    )
    christmas = date(2025, 12, 25), date(2025, 12, 26)
    assert holidays_of("US", date(2025, 12, 24), 3).tolist() == [False, True, False]
    assert not holidays_of("unknown", date(2025, 12, 24), 3).any()

    def share(events: pl.DataFrame) -> float:
        return events.filter(christmas[0] == DAY).height / events.height

    assert share(more) > 1.1 * share(plain)
    british = pl.col("country") == "GB"
    boxing = [
        events.filter(christmas[1] == DAY, british).height
        / events.filter(christmas[1] == DAY).height
        for events in (plain, more)
    ]
    assert boxing[1] > boxing[0]


def test_events_tell_when_they_were_received(lifelike: dict[str, pl.DataFrame]) -> None:
    for table in ("watch_events", "search_events", "recommendation_events", "reviews"):
        rows = lifelike[table]
        assert rows["received_at"].is_sorted()
        assert (rows["received_at"] > rows["event_time"]).all()
    events = lifelike["watch_events"].filter(time_precision="second")
    late = pl.col("received_at") - pl.col("event_time") > timedelta(hours=4)
    by_download = dict(events.group_by("is_download").agg(late.mean()).iter_rows())
    assert by_download[True] > 0.4
    assert by_download[False] < 0.03
    assert "received_at" not in lifelike["users"].columns


def test_steady_days_are_alike(tmp_path: Path) -> None:
    made = tables(tmp_path, Behaviour(steady=True))
    counts = made["watch_events"].group_by(DAY).len()["len"]
    assert len(counts) == DAYS
    deviation, mean = counts.std(), counts.mean()
    assert isinstance(deviation, float)
    assert isinstance(mean, float)
    assert deviation / mean < 0.06
    assert made["users"]["is_active"].all()


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"taste": 1.5}, "taste is 1.5; give a share from 0 to 1"),
        ({"leaving": 1.0}, "leaving is 1.0; give a share from 0 to 0.99"),
        ({"launches": -1}, "launches is -1; give 0 or more"),
    ],
)
def test_what_cannot_be_is_refused(told: dict[str, float], why: str) -> None:
    with pytest.raises(BadInput, match=why):
        Behaviour(**told)  # type: ignore[arg-type]


def test_the_smallest_service_is_lifelike_too(tmp_path: Path) -> None:
    made = generate(
        tmp_path,
        events=1,
        users=1,
        titles=1,
        days=1,
        end=END,
        seed=1,
        dirty=True,
        behaviour=replace(Behaviour.lifelike(365), steady=True),
    )
    assert made.rows["watch_events"] > 1
