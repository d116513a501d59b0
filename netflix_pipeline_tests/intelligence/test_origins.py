"""What a model said on a day is written once, published, and stays."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import polars as pl
import pytest

from netflix_pipeline.contracts import contract, contracts, origin_tables
from netflix_pipeline.generate import generate
from netflix_pipeline.ingest import ingest_paths
from netflix_pipeline.intelligence.origins import (
    MODELS,
    due_origin,
    make_origins,
    missing,
    model_of,
    week_known,
)
from netflix_pipeline.lake import Lake
from netflix_pipeline.materialize import Versions, build, dependencies, pending
from netflix_pipeline.materialize.erasing import erase_tables
from netflix_pipeline.serving import publish_home, served_snapshots
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.homes import made_once
from netflix_pipeline_tests.support.world import World

DAILY = "gold/forecast_daily"
END = date(2026, 2, 1)
ORIGIN = END + timedelta(days=1)


class Lived(Settings):
    """A home in which people watched for six weeks."""

    def at(self, folder: Path) -> "Lived":
        return Lived(home=folder)


@made_once
def lived(folder: Path) -> Lived:
    home = Lived(home=folder)
    files = generate(
        folder / "files", events=900, users=40, titles=12, days=42, end=END, seed=4, dirty=False
    )
    ingest_paths(home, [files.paths[name] for name in ("watch_events", "users", "titles")])
    assert all(
        built.good for built in build(Lake.of(home), dependencies(), None, only_pending=True)
    )
    return home


@made_once
def spoken(folder: Path) -> Lived:
    """The home, after each model spoke at the origin of now."""
    home = lived(folder)
    built = list(make_origins(Lake.of(home), ORIGIN))
    assert [each.table for each in built] == [*origin_tables()]
    assert all(each.good for each in built)
    return home


@pytest.fixture
def said(tmp_path: Path) -> Settings:
    return spoken(tmp_path / "home")


def test_each_table_by_origin_belongs_to_one_model() -> None:
    assert sorted(origin_tables()) == sorted(t for model in MODELS for t in model.tables)
    for table in origin_tables():
        assert callable(model_of(table).maker)
        assert set(model_of(table).inputs) <= contracts().keys()
        assert contract(table).name.upper() in vars(
            __import__("netflix_pipeline.contracts.origins", fromlist=["_"])
        )


def test_what_was_said_stays_whatever_is_written_later(said: Settings) -> None:
    lake = Lake.of(said)
    before = lake.read(DAILY, ORIGIN)
    with lake.writing():
        footer, new = lake.write_origin(DAILY, ORIGIN, before.head(0), inputs={}, code="other")
    assert not new
    assert footer == lake.footer(DAILY, ORIGIN)
    assert lake.read(DAILY, ORIGIN).equals(before)
    assert not missing(lake, ORIGIN)
    assert not list(make_origins(lake, ORIGIN))


def test_a_file_that_cannot_be_read_is_said_anew(said: Settings) -> None:
    lake = Lake.of(said)
    before = lake.read(DAILY, ORIGIN)
    path = lake.path(DAILY, ORIGIN)
    path.unlink()
    path.write_bytes(b"torn")
    assert [model.name for model in missing(lake, ORIGIN)] == ["forecasts"]
    with lake.writing():
        _, new = lake.write_origin(DAILY, ORIGIN, before, inputs={}, code="c")
    assert new
    assert lake.read(DAILY, ORIGIN).equals(before)


def test_it_is_never_pending_and_tells_what_it_was_made_of(said: Settings) -> None:
    lake = Lake.of(said)
    assert not pending(Versions(lake))
    footer = lake.footer(DAILY, ORIGIN)
    assert footer is not None
    assert footer.code
    assert set(footer.inputs) == {*MODELS[0].inputs, *MODELS[0].whole}
    assert due_origin(lake, END) == END
    assert due_origin(lake, END + timedelta(days=9)) == ORIGIN


def test_it_is_published_by_a_patch_and_erasure_leaves_it_readable(said: Settings) -> None:
    lake = Lake.of(said)
    lake.path(DAILY, ORIGIN).rename(lake.root / "aside")
    assert publish_home(said).full
    (lake.root / "aside").rename(lake.path(DAILY, ORIGIN))
    assert not publish_home(said).full
    snapshot = served_snapshots(said).current()
    (row,) = snapshot.rows("SELECT origin_date, count(*) AS n FROM forecast_daily GROUP BY ALL")
    rows = lake.read(DAILY, ORIGIN)
    assert row == {"origin_date": ORIGIN, "n": rows.height}
    erase_tables(lake, [lake.read("silver/users")["user_id"][0]])
    assert lake.read(DAILY, ORIGIN).equals(rows)


def test_what_is_said_depends_on_nothing_of_the_day_or_later(tmp_path: Path) -> None:
    lake, early = Lake.of(lived(tmp_path / "home")), ORIGIN - timedelta(days=7)
    before = MODELS[0].maker(lake, early)[DAILY]
    for day in lake.partitions("silver/plays"):
        if day >= early:
            lake.path("silver/plays", day).unlink()
            lake.path("gold/arrival_daily", day).unlink()
    after = MODELS[0].maker(lake, early)[DAILY]
    assert after.equals(before)
    assert before.height
    assert before.select(pl.col("people").min()).item() >= 10


@pytest.mark.parametrize(
    ("bulk", "hours", "usually", "due"),
    [
        (0, 0, 0, 0),  # as it happened
        (10, 2000, 2000, 0),  # by a file, long after: as if it had come in time
        (0, 24, 24, 0),  # by files that always come a day later
        (0, 48, 0, 1),  # five of seven days had come, where all usually have
        (0, 120, 0, 1),
    ],
)
def test_nothing_is_said_where_most_of_the_week_before_came_later(
    tmp_path: Path, bulk: int, hours: int, usually: int, due: int
) -> None:
    world = World(tmp_path)
    for back in range(1, 50):
        day = ORIGIN - timedelta(days=back)
        world.put("silver/plays", day, contract("silver/plays").empty())
        received = datetime.combine(day, time(), UTC) + timedelta(days=1, hours=hours)
        late = hours if back <= 7 else usually
        row = {"within_hours": late, "rows": 10, "bulk_rows": bulk, "last_received_at": received}
        world.put("gold/arrival_daily", day, pl.DataFrame([row]))
    assert week_known(world.lake, ORIGIN) is (due == 0)
    newest = next(n for n in range(8) if week_known(world.lake, ORIGIN - timedelta(days=n)))
    assert due_origin(world.lake, ORIGIN) == ORIGIN - timedelta(days=newest)
    if due:
        assert newest > 0
        assert list(make_origins(world.lake, ORIGIN)) == []
