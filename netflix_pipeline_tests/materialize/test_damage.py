"""A partition that cannot be built is told with its reason; all others are built."""

import shutil
from dataclasses import replace
from datetime import date, timedelta
from itertools import cycle
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from netflix_pipeline.contracts import contract
from netflix_pipeline.ingest import ingest_paths
from netflix_pipeline.lake import Lake, Sharding
from netflix_pipeline.lake.parquet_files import read_footer
from netflix_pipeline.materialize import Built, Versions, build, dependencies, pending
from netflix_pipeline.materialize.build_graph import TABLES
from netflix_pipeline.settings import Settings
from netflix_pipeline.transforms.gold_daily import activity
from netflix_pipeline_tests.support.damages import (
    DAMAGES,
    Damage,
    a_folder,
    a_link_to_nowhere,
    flipped,
    foreign,
)
from netflix_pipeline_tests.support.days import events_of

FIRST = date(2026, 1, 5)
DAYS = [FIRST + timedelta(days=n) for n in range(5)]
MIDDLE = DAYS[2]
BEHIND = DAYS[2:5]
"""The days into which plays of the middle one may reach."""
NEED_EVENTS = {"silver/plays", "gold/arrival_daily", "gold/ledger_daily"}
"""What is made of bronze watch events."""


PLACES = [
    *((table, None) for table in ("silver/users", "silver/titles", "gold/title_profile")),
    *((table, day) for table in ("silver/plays", "gold/title_daily") for day in DAYS),
]


@pytest.fixture(scope="module")
def built_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("damage")
    (folder / "events.csv").write_text(events_of(DAYS))
    home = Settings(home=folder / "home")
    ingest_paths(home, [folder / "events.csv"])
    for built in build(Lake.of(home), dependencies(), None, only_pending=True):
        assert built.good
    return home.root


@pytest.fixture
def lake(tmp_path: Path, built_home: Path) -> Lake:
    shutil.copytree(built_home, tmp_path / "home")
    return Lake.of(Settings(home=tmp_path / "home"))


def rebuilt(
    lake: Lake, *, only_pending: bool, sharding: Sharding | None = None
) -> tuple[list[Built], list[Built]]:
    """What was built, and what was not."""
    tables = dependencies()
    told = list(build(lake, tables, None, only_pending=only_pending, sharding=sharding))
    return [built for built in told if built.good], [built for built in told if not built.good]


@pytest.mark.parametrize(
    ("damage", "shards"), [*((damage, 1) for damage in (*DAMAGES, foreign)), (foreign, 3)]
)
def test_a_damaged_bronze_file_ends_the_days_that_need_it(
    lake: Lake, damage: Damage, shards: int
) -> None:
    before = {day: lake.read("silver/plays", day) for day in DAYS}
    (file,) = lake.batch_files("bronze/watch_events", MIDDLE)
    damage(file)
    good, failed = rebuilt(lake, only_pending=False, sharding=Sharding(shards, rows=1))
    assert {built.table for built in failed} <= NEED_EVENTS
    ended = {b.partition for b in failed if b.table == "silver/plays"}
    assert {MIDDLE} <= ended <= {*BEHIND}
    assert all(str(file) in built.problem for built in failed)
    others = {(built.table, built.partition) for built in good}
    assert {day for table, day in others if table == "silver/plays"} == {*DAYS} - ended
    for table in dependencies():
        if contract(table).partition == "day" and table.startswith("gold/"):
            assert {p for t, p in others if t == table} >= {*lake.partitions(table)} - {
                b.partition for b in failed if b.table == table
            }
    # The last good version stays, and says why it is not the newest.
    assert all(lake.read("silver/plays", day).equals(before[day]) for day in DAYS)
    assert str(file) in (lake.stale_reason("silver/plays", MIDDLE) or "")
    assert {*pending(Versions(lake))["silver/plays"]} >= ended


def test_a_file_that_is_mended_is_built_from_without_being_asked(lake: Lake) -> None:
    (file,) = lake.batch_files("bronze/watch_events", MIDDLE)
    whole = file.read_bytes()
    flipped(file)
    rebuilt(lake, only_pending=False)
    file.write_bytes(whole)
    good, failed = rebuilt(lake, only_pending=True)
    assert failed == []
    assert {b.partition for b in good if b.table == "silver/plays"} >= {MIDDLE}
    assert pending(Versions(lake)) == {}


def tables_with_files() -> list[str]:
    return [table for table in dependencies() if table not in EMPTY_HERE]


EMPTY_HERE = {
    "silver/searches",
    "silver/recommendations",
    "silver/reviews",
    "silver/quarantine",
    "gold/search_daily",
    "gold/search_term_daily",
    "gold/recommendation_daily",
}
"""Tables for which there are no rows in this home."""


def cases() -> list[tuple[str, Damage]]:
    """Every table with a damage, and one of each partitioning with every damage."""
    damages: list[Damage] = [*DAMAGES, a_link_to_nowhere]
    every: list[tuple[str, Damage]] = [
        (table, damage)
        for table in ("silver/users", "silver/plays", "gold/top10_weekly")
        for damage in damages
    ]
    turns = zip(tables_with_files(), cycle(damages), strict=False)
    return every + [case for case in turns if case not in every]


@pytest.mark.parametrize(("table", "damage"), cases())
def test_a_damaged_file_of_a_table_is_made_anew(lake: Lake, table: str, damage: Damage) -> None:
    partition = None
    if contract(table).partition != "whole":
        known = lake.partitions(table)
        partition = known[len(known) // 2]
    file = lake.path(table, partition)
    before = lake.read(table, partition)
    damage(file)
    late = lake.root.parent.parent / "late.csv"
    late.write_text(events_of([MIDDLE]).replace(f"{MIDDLE}-", "late-").replace(",u1", ",late"))
    ingest_paths(Settings(home=lake.root.parent), [late])
    if damage is a_folder:
        good, failed = rebuilt(lake, only_pending=True)
        assert any(str(file) in built.problem for built in failed)
        assert good
        file.rmdir()
    rebuilt(lake, only_pending=True)  # found when something reads it, and then built
    good, failed = rebuilt(lake, only_pending=True)
    assert failed == []
    assert pending(Versions(lake)) == {}
    if damage is flipped:
        again = build(lake, dependencies(), None, only_pending=False)
        assert not [built for built in again if built.changed or not built.good]
    assert lake.read(table, partition).columns == before.columns


@pytest.mark.parametrize("error", [pl.exceptions.PanicException("on purpose"), ValueError("no")])
def test_a_day_that_raises_ends_alone(
    lake: Lake, error: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    def raises(rows: pl.DataFrame) -> pl.DataFrame:
        if rows["started_at"].dt.date().eq(MIDDLE).any():
            raise error
        return activity(rows)

    made = replace(TABLES["gold/activity"], make=raises)
    monkeypatch.setitem(TABLES, "gold/activity", made)
    good, failed = rebuilt(lake, only_pending=False)
    assert [(built.table, built.partition) for built in failed] == [("gold/activity", MIDDLE)]
    assert str(error) in failed[0].problem
    assert len([built for built in good if built.table == "gold/activity"]) == len(DAYS) - 1


def test_what_lies_among_the_partitions_is_told_and_not_read(lake: Lake) -> None:
    folder = lake.folder("silver/plays")
    (folder / "event_date=foo").mkdir()
    (folder / "event_date=2026-02-31").mkdir()
    (folder / "event_date=2026-03-01").write_text("a file")
    (folder / "notes.txt").write_text("mine")
    (folder / ".DS_Store").write_text("x")
    assert lake.partitions("silver/plays") == DAYS
    assert [path.name for path in lake.strays("silver/plays")] == [
        "event_date=2026-02-31",
        "event_date=2026-03-01",
        "event_date=foo",
        "notes.txt",
    ]
    assert rebuilt(lake, only_pending=True) == ([], [])


def test_a_file_in_the_place_of_a_days_folder_ends_that_day(lake: Lake) -> None:
    shutil.rmtree(lake.folder("gold/activity", MIDDLE))
    lake.folder("gold/activity", MIDDLE).write_text("mine")
    _, failed = rebuilt(lake, only_pending=True)
    assert [(built.table, built.partition) for built in failed] == [("gold/activity", MIDDLE)]
    assert str(lake.folder("gold/activity", MIDDLE)) in failed[0].problem


def test_a_stored_row_that_breaks_its_contract_takes_no_table_along(
    lake: Lake, caplog: pytest.LogCaptureFixture
) -> None:
    """Such as an id of no letters, which a release before this one could store."""
    tables = {place: lake.read(*place) for place in PLACES}
    for table, day, broken in (
        ("bronze/watch_events", MIDDLE, {"user_id": "", "event_id": "no user"}),
        ("bronze/watch_events", MIDDLE, {"title_id": "", "event_id": "no title"}),
        ("bronze/watch_events", MIDDLE, {"progress": 2.0, "event_id": "far"}),
        ("bronze/user_mentions", None, {"user_id": ""}),
        ("bronze/title_mentions", None, {"title_id": "x" * 99}),
    ):
        (file,) = lake.batch_files(table, day, lake.committed_batches())
        footer, rows = read_footer(file), Lake.read_file(table, file, contract(table).names)
        one = rows[:1].with_columns(**{name: pl.lit(value) for name, value in broken.items()})
        assert footer is not None
        lake.append(table, day, file.stem, pl.concat([rows, one]), footer.reach)
    _, bad = rebuilt(lake, only_pending=False)
    assert not bad
    for (table, day), before in tables.items():
        assert_frame_equal(lake.read(table, day), before)
    assert f"bronze/watch_events {MIDDLE}: 3 rows break its contract" in caplog.text
