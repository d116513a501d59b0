"""Every silver and gold table agrees with the definitions as plain Python computes them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from netflix_pipeline.contracts import contract
from netflix_pipeline.lake import Lake, Sharding
from netflix_pipeline.materialize import Versions
from netflix_pipeline.object_storage import ObjectStore
from netflix_pipeline.object_storage.proof import prove
from netflix_pipeline.transforms.audience import audience_daily, peaks_concurrent, viewers
from netflix_pipeline.transforms.gold_daily import (
    activity,
    arrival_daily,
    drop_off,
    engagement_daily,
    recommendation_daily,
    search_daily,
    search_term_daily,
    sitting_daily,
    sitting_quarters,
    title_daily,
    user_daily,
)
from netflix_pipeline.transforms.gold_weekly import (
    cohort_counts,
    lifecycle_counts,
    lifecycle_weekly,
    retention_weekly,
    top10_lists,
    user_weeks,
    week_sums,
    weeks_counted,
)
from netflix_pipeline.transforms.plays import walk_plays
from netflix_pipeline.transforms.profiles import title_profile, user_profile
from netflix_pipeline.transforms.silver_tables import (
    recommendations,
    reviews,
    searches,
    titles,
    users,
)
from netflix_pipeline.transforms.sittings import walk_sittings
from netflix_pipeline_tests.reference.agreement import assert_agrees, disagreements
from netflix_pipeline_tests.reference.arrival import day_of
from netflix_pipeline_tests.reference.frames import frame
from netflix_pipeline_tests.reference.golden import golden, live, standing
from netflix_pipeline_tests.reference.home import Frames, Home
from netflix_pipeline_tests.reference.plays import end_of
from netflix_pipeline_tests.reference.rows import Row, grouped
from netflix_pipeline_tests.reference.strategies import (
    Csv,
    Dataset,
    datasets,
    dirty_files,
    histories,
)
from netflix_pipeline_tests.reference.tables import expected
from netflix_pipeline_tests.support.examples import at_most
from netflix_pipeline_tests.support.s3_server import S3Server


def frames_by_day(table: str, rows: Iterable[Row]) -> dict[date, pl.DataFrame]:
    return {day: frame(table, of_day) for day, of_day in grouped(rows, day_of).items()}


def transformed(bronze: Mapping[str, list[Row]]) -> Frames:
    """All tables that the transforms make of bronze rows, day by day."""
    made: Frames = {}
    events = frames_by_day("bronze/watch_events", bronze["watch_events"])
    ends = {
        day: max(map(end_of, rows)) for day, rows in grouped(bronze["watch_events"], day_of).items()
    }
    days = sorted(ends)

    def events_of(days: Sequence[date]) -> pl.DataFrame:
        return pl.concat(events[day] for day in days)

    def height(day: date) -> int:
        return len(events.get(day, ()))

    who = users(
        frame("bronze/users", bronze["users"]),
        frame("bronze/user_mentions", bronze["user_mentions"]),
    )
    what = titles(
        frame("bronze/titles", bronze["titles"]),
        frame("bronze/title_mentions", bronze["title_mentions"]),
    )
    made["silver/users"], made["silver/titles"] = {None: who}, {None: what}
    walked = walk_plays(days, events_of, height, ends.get, what, who)
    plays = {day: of_day for day, of_day, _ in walked}
    made["silver/plays"] = plays
    reaches = {
        day: max(of_day["ended_at"].to_list()) for day, of_day in plays.items() if of_day.height
    }

    def plays_of(days: Sequence[date]) -> pl.DataFrame:
        return pl.concat(plays[day] for day in days)

    sat = walk_sittings(days, plays_of, height, reaches, what)
    sessions = {day: sittings for day, sittings, _ in sat}
    made["silver/sessions"] = sessions
    for table, source, transform in (
        ("searches", "search_events", lambda rows: searches(rows, who)),
        ("recommendations", "recommendation_events", recommendations),
        ("reviews", "reviews", reviews),
    ):
        made[f"silver/{table}"] = {
            day: transform(rows)
            for day, rows in frames_by_day(f"bronze/{source}", bronze[source]).items()
        }
    for table, source, transform in (
        ("title_daily", "plays", lambda rows: title_daily(rows, what)),
        ("user_daily", "plays", user_daily),
        ("engagement_daily", "plays", lambda rows: engagement_daily(rows, what)),
        ("activity", "plays", activity),
        ("drop_off", "plays", drop_off),
        ("sitting_daily", "sessions", sitting_daily),
        ("sitting_quarters", "sessions", sitting_quarters),
        ("search_daily", "searches", search_daily),
        ("search_term_daily", "searches", search_term_daily),
        ("recommendation_daily", "recommendations", recommendation_daily),
    ):
        made[f"gold/{table}"] = {
            day: transform(rows) for day, rows in made[f"silver/{source}"].items()
        }
    made["gold/arrival_daily"] = {day: arrival_daily(rows) for day, rows in events.items()}
    made.update(over_all_days(made, audience_days(bronze)))
    return made


def over_all_days(made: Frames, calendar: list[date]) -> Frames:
    """The tables that look over the whole history, of those by day."""
    (what,) = made["silver/titles"].values()
    plays = pl.concat(
        [contract("silver/plays").empty(), *made["silver/plays"].values()]
    ).with_columns(day=pl.col("started_at").dt.date())
    viewer_days = plays.filter("starter").select("user_id", "day").unique()
    peaks = peaks_concurrent([plays], calendar)
    first = min(plays["day"].to_list(), default=date.max)
    counted = audience_daily([viewers(viewer_days, calendar)], peaks, first)
    audience: Frames = {"gold/audience_daily": counted}
    if plays.is_empty():
        return audience
    user_days = with_day(made["gold/user_daily"])
    title_days = with_day(made["gold/title_daily"])
    reviewed = pl.concat([contract("silver/reviews").empty(), *made["silver/reviews"].values()])
    weeks = user_weeks(user_days)
    data_to = max(plays["day"].to_list())
    return {
        **audience,
        "gold/top10_weekly": weeks_counted(top10_lists(week_sums(title_days), what)),
        "gold/retention_weekly": {None: retention_weekly([cohort_counts(weeks, data_to)], data_to)},
        "gold/lifecycle_weekly": {None: lifecycle_weekly([lifecycle_counts(weeks)], data_to)},
        "gold/user_profile": {None: user_profile(user_days, data_to)},
        "gold/title_profile": {None: title_profile([plays], what, reviewed, data_to)},
    }


def with_day(partitions: Mapping[Any, pl.DataFrame]) -> pl.DataFrame:
    """The rows of all days with a column `day`."""
    return pl.concat(of_day.with_columns(day=pl.lit(day)) for day, of_day in partitions.items())


def audience_days(bronze: Mapping[str, list[Row]]) -> list[date]:
    """The days with events and one more; days between distant ones are left out."""
    days = {day_of(row) for row in bronze["watch_events"]}
    return sorted({*days, *(day + timedelta(days=1) for day in days)})


@at_most(15)
@given(datasets())
def test_the_transforms_agree_with_the_definitions(dataset: Dataset) -> None:
    bronze = dataset.bronze()
    found = disagreements(expected(bronze, audience_days(bronze)), transformed(bronze))
    assert not found, "\n".join(found)


@at_most(20)
@given(histories())
def test_what_looks_over_all_days_agrees_with_the_definitions(dataset: Dataset) -> None:
    bronze = dataset.bronze()
    calendar = audience_days(bronze)
    told = expected(bronze, calendar)
    by_day: Frames = {
        table: {day: frame(table, rows) for day, rows in told[table].items()}
        for table in (
            "silver/titles",
            "silver/plays",
            "silver/reviews",
            "gold/user_daily",
            "gold/title_daily",
        )
    }
    found = disagreements(told, over_all_days(by_day, calendar))
    assert not found, "\n".join(found)


@settings(
    at_most(3),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # an example takes too long to shrink
)
@given(dirty_files(), st.data())
def test_files_that_arrive_in_any_order_become_the_tables_of_the_definitions(
    files: list[Csv], data: st.DataObject
) -> None:
    with TemporaryDirectory() as root:
        home = Home(Path(root))
        for file in files:
            home.arrive(file)
            if data.draw(st.integers(0, 3)) == 0:
                days = home.lake.partitions("bronze/watch_events")
                some = data.draw(st.lists(st.sampled_from(days), unique=True)) if days else []
                home.materialize(some, only_pending=data.draw(st.booleans()))
        assert_agrees(home)


def test_the_golden_files_become_the_tables_of_the_definitions(tmp_path: Path) -> None:
    made = golden(tmp_path)  # which compares them
    assert standing(made.settings) == made.standing
    lake = Lake.of(made.settings)
    quarantined = pl.concat(
        lake.read("silver/quarantine", day) for day in lake.partitions("silver/quarantine")
    )
    assert set(quarantined["reasons"].explode()) >= {
        "unparsable_row",
        "missing_user_id",
        "missing_title_id",
        "bad_event_time",
        "event_time_in_future",
        "negative_watch_seconds",
        "watch_too_long",
        "progress_out_of_range",
        "unknown_action",
        "conflicting_duplicate",
    }


def test_two_machines_with_a_lake_in_a_store_make_the_golden_tables(
    s3: S3Server, tmp_path: Path
) -> None:
    made, address = golden(tmp_path / "disk"), s3.address()
    prove(ObjectStore.of(address), writers=4, keys=2)
    one, other = (made.home(tmp_path / name, lake_address=address) for name in ("one", "other"))
    live(one, other, made.early, made.late)
    assert standing(one.settings) == made.standing


def test_eight_shards_of_each_day_make_the_golden_tables(tmp_path: Path) -> None:
    made = golden(tmp_path / "whole")
    cut = made.home(tmp_path / "cut", sharding=Sharding(8, rows=1))  # however few rows a day has
    for file in (*made.early, *made.late):
        cut.arrive(file)
    cut.materialize()
    days = cut.lake.partitions("bronze/watch_events")
    assert len(Versions(cut.lake, cut.sharding).shares("bronze/watch_events", days[:1])) == 8
    assert standing(cut.settings) == made.standing
