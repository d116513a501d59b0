from datetime import UTC, datetime, time, timedelta

import polars as pl
import pytest

from netflix_pipeline_tests.support.generated import DAYS, END, Clean

WEEK = pl.col("event_time").dt.truncate("1w")


@pytest.fixture(scope="module")
def timed(clean: Clean) -> pl.DataFrame:
    """Main events of second precision, with what the titles table says of them."""
    return clean.events.filter(kind="main", time_precision="second").join(
        clean.tables["titles"], on="title_id", how="left"
    )


def test_every_event_lies_in_the_period(clean: Clean) -> None:
    first = datetime.combine(END - timedelta(days=DAYS - 1), time(), UTC)
    for table in ("watch_events", "search_events", "recommendation_events", "reviews"):
        times = clean.tables[table]["event_time"]
        assert times.is_between(first, first + timedelta(days=DAYS), closed="left").all()
        assert times.dt.date().n_unique() == DAYS


def test_rows_stand_roughly_in_order_of_time(clean: Clean) -> None:
    behind = clean.events.filter(time_precision="second").select(
        pl.col("event_time").cum_max() - pl.col("event_time")
    )
    assert behind.max().item() < timedelta(hours=4)


def test_cohorts_decay(clean: Clean) -> None:
    weeks = clean.events.select("user_id", week=WEEK).unique()
    cohorts = weeks.with_columns(cohort=pl.col("week").min().over("user_id"))
    age = (pl.col("week") - pl.col("cohort")).dt.total_days() // 7
    there = dict(cohorts.group_by(age.alias("age")).len().iter_rows())
    # How many could be there after some weeks: the users whose cohort is that old.
    weeks_since = (pl.lit(END) - pl.col("cohort").dt.date()).dt.total_days() // 7
    ages = cohorts.filter(age == 0).select(weeks_since).to_series()
    share = [there[k] / (ages >= k).sum() for k in range(DAYS // 7)]
    assert share[0] == 1
    assert 0.4 < share[1] < 0.95
    assert share[4] < share[1] - 0.05
    assert cohorts["cohort"].n_unique() == 6


def test_evenings_and_weekends_are_the_busiest(clean: Clean, timed: pl.DataFrame) -> None:
    british = timed.filter(pl.col("country") == "GB")["event_time"].dt.hour()
    evening, night = (int(british.is_between(*hours).sum()) for hours in ((19, 22), (2, 5)))
    assert evening > 5 * night
    by_weekday = clean.events.group_by(pl.col("event_time").dt.weekday()).len()
    busy: dict[int, int] = dict(by_weekday.iter_rows())
    assert min(busy[6], busy[7]) > 1.15 * max(busy[1], busy[2], busy[3])


def test_few_titles_and_users_get_much_of_the_viewing(clean: Clean) -> None:
    for column, share in (("title_id", 0.3), ("user_id", 0.2)):
        counts = clean.events[column].value_counts(sort=True)["count"]
        assert counts.head(len(counts) // 10).sum() > share * int(counts.sum())


def test_plays_cross_midnight(timed: pl.DataFrame) -> None:
    stretches = timed.with_columns(
        end=pl.col("event_time") + pl.duration(milliseconds=pl.col("watch_seconds") * 1000)
    )
    crossing = stretches.filter(pl.col("event_time").dt.date() != pl.col("end").dt.date())
    assert crossing["event_time"].dt.date().n_unique() > DAYS // 2


def test_a_play_has_one_to_four_events(timed: pl.DataFrame) -> None:
    plays = timed.filter(pl.col("playback_id").is_not_null()).group_by("user_id", "playback_id")
    sizes = plays.agg(pl.len())["len"]
    assert sizes.unique().sort().to_list() == [1, 2, 3, 4]
    assert 2.0 < sizes.sum() / len(sizes) < 2.6
    assert plays.agg(pl.col("title_id").n_unique())["title_id"].max() == 1
    named = timed["playback_id"].is_not_null().sum()
    assert named / timed.height == pytest.approx(1 / 3, abs=0.03)


def test_viewers_watch_the_episodes_of_a_series_in_order(timed: pl.DataFrame) -> None:
    following = (
        timed.filter(pl.col("series_id").is_not_null())
        .group_by("user_id", "series_id", "season", "episode")
        .agg(pl.col("event_time").min())
        .sort("user_id", "series_id", "event_time")
        .with_columns(
            step=pl.col("episode").diff().over("user_id", "series_id"),
            pause=pl.col("event_time").diff().over("user_id", "series_id"),
            same_season=pl.col("season") == pl.col("season").shift().over("user_id", "series_id"),
        )
        .filter("same_season")
    )
    assert following.filter(step=1).height > 0.9 * following.height
    binged = following.filter((pl.col("step") == 1) & (pl.col("pause") < timedelta(hours=1)))
    assert binged.height > 0.3 * following.height


def test_some_things_are_left_unsaid(clean: Clean) -> None:
    events, titles, users = (clean.tables[table] for table in ("watch_events", "titles", "users"))
    for column in ("watch_seconds", "progress", "device", "quality", "country"):
        assert 0 < events[column].null_count() < 0.3 * events.height
    assert 0 < titles["runtime_minutes"].null_count() < 0.2 * titles.height
    assert users["age"].null_count() > 0
    stopped = events.filter(pl.col("action").is_in(["stopped", "completed"]))
    assert 0 < stopped["watch_seconds"].null_count() < 0.03 * stopped.height
    for column, described in (("user_id", users), ("title_id", titles)):
        strangers = events.filter(~pl.col(column).is_in(described[column].implode()))
        assert 0 < strangers.height < 0.03 * events.height
    assert 0 < events.filter(kind="promo").height < 0.06 * events.height
    by_day = events.filter(time_precision="day")["event_time"]
    assert 0 < len(by_day) < 0.02 * events.height
    assert (by_day.dt.time() == time()).all()


def test_numbers_are_round(clean: Clean) -> None:
    assert (clean.events["watch_seconds"].drop_nulls() * 2 % 1 == 0).all()
    progress = clean.events["progress"].drop_nulls()
    assert (progress == progress.round(3)).all()
    assert clean.events["event_id"].str.contains(
        "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
    ).all()  # fmt: skip


def test_series_are_described_episode_by_episode(clean: Clean) -> None:
    titles = clean.tables["titles"]
    episodes = titles.filter(pl.col("episode").is_not_null())
    seasons = episodes.group_by("series_id", "season").agg(
        pl.col("episode").sort(), pl.col("episodes").unique()
    )
    for numbers, told in seasons.select("episode", "episodes").iter_rows():
        assert numbers == list(range(1, len(numbers) + 1))
        assert told == [len(numbers)]
    series = titles.filter(pl.col("seasons").is_not_null())
    assert set(series["title_id"]) == set(episodes["series_id"])
    assert set(titles["content_type"]) == {"series", "film", "documentary", "stand_up"}


def test_searches_and_recommendations_are_plausible(clean: Clean) -> None:
    searches, shown = clean.tables["search_events"], clean.tables["recommendation_events"]
    clicked = searches.filter(pl.col("clicked_position").is_not_null())
    assert 0.3 < clicked.height / searches.height < 0.8
    assert (clicked["clicked_position"] <= clicked["results_count"]).all()
    rate = dict(shown.group_by("position").agg(pl.col("clicked").mean()).iter_rows())
    assert rate[1] > rate[5]
    assert shown["score"].is_between(0, 1).all()
    assert shown["algorithm"].n_unique() > 3


def test_reviews_agree_with_their_stars(clean: Clean) -> None:
    reviews = clean.tables["reviews"].drop_nulls(["sentiment", "text"])
    assert set(reviews["rating"]) == {1.0, 2.0, 3.0, 4.0, 5.0}
    assert reviews.filter(sentiment="negative")["rating"].max() == 2
    assert reviews.filter(sentiment="positive")["rating"].min() == 4
